"""A training from the recordings to the tested run directory."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from skelgraph.config import (
    EMOTIVE_MOTION,
    FEATURES,
    TrainConfig,
    plan_encoders,
    plan_network,
    plan_streams,
)
from skelgraph.data import ClipSet, Progress, Transform
from skelgraph.errors import RunError
from skelgraph.layouts import JointLayout, find_parts
from skelgraph.models import lacks_bfloat16, load_factory, resolve_device
from skelgraph.poses import Preprocessing
from skelgraph.runs import SYNTHETIC_NOTE, RunDirectory, TrainResult, read_checkpoint
from skelgraph.training.callbacks import Shown
from skelgraph.training.chosen_clips import take_listed_clips
from skelgraph.training.clip_reading import choose_layout, point_to_check, read_usable_clips
from skelgraph.training.fusion import train_streams
from skelgraph.training.multimodal import MultimodalPlan, train_multimodal
from skelgraph.training.preparation import choose_channels, clean_clips, split_clips
from skelgraph.training.prepared_data import PreparedData, describe_data
from skelgraph.training.starting import keep_start, resolve_start, start_from
from skelgraph.training.stream_run import train_stream

Report = Callable[[str], None]

FEW_SUBJECTS = 20
"""Subjects from which on a deep network is not advised against."""

MIN_TEST_SUBJECTS = 3
"""Fewest tested subjects without a hint at cross-validation, if there are as many."""


def train(
    config: TrainConfig,
    *,
    resume: bool = False,
    show: Shown = "nothing",
    report: Report = lambda line: None,
    read_progress: Progress | None = None,
    clips: ClipSet | None = None,
    transform: Transform | None = None,
) -> TrainResult:
    """Train and test a network as a configuration says, and leave a run directory.

    The stages: read, split, clean, encode, fit, test, write. Several streams are trained one after
    the other, in run directories below it, and then fused; a stream that is finished is not trained
    again when the run is resumed.

    Args:
        config: The settings.
        resume: Whether to go on from the last checkpoint in the run directory.
        show: What is shown on stderr: ``"nothing"``, ``"progress"``, or ``"details"``.
        report: Called with each line that a user should read before the training.
        read_progress: Called with the numbers of files read and to read.
        clips: Clips of one's own, instead of those that the configuration names.
        transform: Applied to each clip after the stream, as the network then takes it; it may
            change the channels of a joint. :func:`load_run` needs it again.

    Raises:
        SkelgraphError: If the data or the settings cannot be used, or the run directory holds
            another run.
        KeyboardInterrupt: If it is stopped; after the first epoch it can be resumed.

    Example:
        >>> from skelgraph import TrainConfig, train
        >>> result = train(TrainConfig.of(stream="bone", epochs=1))  # doctest: +SKIP
    """
    config, start = resolve_start(config, resumed=_find_resumed(config) if resume else None)
    is_network = not config.model.info.is_multimodal and FEATURES not in config.stream.names
    if transform is not None and not is_network:
        what = "features" if FEATURES in config.stream.names else config.model.name
        raise RunError(f"a transform is of networks of skeletons, not of {what}")
    path = config.out or default_run_path(config, None if clips is None else clips.name)
    job = _Job(config=config, run=RunDirectory(path=path))
    job.check_run_directory(resume)
    device = resolve_device(config.device)
    load_factory(config.model.info.factory)  # what it lacks is said before data are read
    if config.data.is_generated and clips is None:
        report(f"data: {SYNTHETIC_NOTE}")
    if config.recipe.precision == "bf16" and lacks_bfloat16(device):
        report("note: this processor has no instructions for bf16; expect 32 to be much faster")
    layout = job.find_known_layout() if resume else None
    data = prepare_clips(config, layout=layout, progress=read_progress, clips=clips)
    data = replace(data, transform=transform)
    if start is not None:
        data = start_from(data, start, config)
    for line in (*advise_crossval(data), *advise_model(config, data)):
        report(line)
    if job.is_multimodal:
        plan = MultimodalPlan(network=plan_network(config), encoders=plan_encoders(config))
        return train_multimodal(
            plan,
            data,
            job.run,
            resume=resume,
            show=show,
            report=report,
            read_progress=read_progress,
        )
    for line in describe_data(data):
        report(line)
    if job.has_streams:
        if start is not None and not resume:
            keep_start(job.run, start)
        result = train_streams(
            plan_network(config),
            plan_streams(config),
            data,
            job.run,
            fusion=config.fusion,
            resume=resume,
            show=show,
            report=report,
        )
        job.run.start_file.unlink(missing_ok=True)
        return result
    return train_stream(plan_network(config), data, job.run, resume=resume, show=show)


def _find_resumed(config: TrainConfig) -> RunDirectory:
    return RunDirectory(path=config.out or default_run_path(config))


def prepare_clips(
    config: TrainConfig,
    *,
    layout: JointLayout | None = None,
    progress: Progress | None = None,
    clips: ClipSet | None = None,
) -> PreparedData:
    """Read, split and clean the clips that a configuration names, or those that are given.

    Raises:
        SkelgraphError: If they cannot be read, split, converted to one layout or cleaned.
    """
    if clips is None:
        with point_to_check(config.data):
            clips = read_usable_clips(config, layout=layout, progress=progress)
    clips = take_listed_clips(clips, config.split)
    layout = layout or choose_layout(clips, config.data, own=config.model.info.is_ridge)
    with point_to_check(config.data):
        channels = choose_channels(clips, config.stream.channels, config.modalities)
        return clean_clips(
            clips,
            split_clips(clips, config.split, seed=config.seed),
            config.preparation,
            layout=layout,
            channels=channels,
            modalities=config.modalities,
            allow_leaks=config.split.allow_leaks,
        )


def advise_crossval(data: PreparedData) -> Iterator[str]:
    """Yield a line if few subjects are tested although there are more."""
    subjects = data.clips.subjects
    known = {subject for subject in subjects if subject is not None}
    tested = {subjects[clip] for clip in data.split.test} & known
    if 0 < len(tested) < MIN_TEST_SUBJECTS <= len(known):
        yield (
            f"note: {len(tested)} of {len(known)} subjects tested, and another may give another "
            f"number; `skelgraph crossval` tests each in turn"
        )


def advise_model(config: TrainConfig, data: PreparedData) -> Iterator[str]:
    """Yield a line if a deep network is tested on people it has never seen, and few train it."""
    people = {subject for subject in data.clips.subjects if subject is not None}
    info, parts = config.model.info, find_parts(data.layout)
    is_deep = info.recipes == "skeleton" and not info.is_own
    could_do_better = data.note is None and {"left_wrist", "right_wrist"} <= parts.keys()
    is_new = data.inspection.tests == "unseen people" and len(people) < FEW_SUBJECTS
    if is_deep and is_new and could_do_better:
        yield (
            f"note: with {len(people)} subjects {config.model.name} mostly learns who they are; on "
            f"people never seen, --model s-stgcn-small --stream posture-motion,features did 20 "
            f"points better in our tests"
        )


def default_run_path(config: TrainConfig, data_name: str | None = None) -> Path:
    """Return a run directory named after the data, the model, the stream and the seed.

    Example:
        >>> default_run_path(TrainConfig.of(stream="bone")).as_posix()
        'runs/emotive-motion-s-stgcn-bone-0'
    """
    folder, subjects = config.data.folder, config.split.test_subjects
    known = folder.resolve().name if folder else config.data.dataset or EMOTIVE_MOTION
    parts = [data_name or known, *subjects]
    model = config.model.name
    parts.append(re.sub(r"\.py:", "-", Path(model).name) if config.model.info.is_own else model)
    if config.streams and not (config.model.info.streams or config.model.info.is_ridge):
        parts.append(config.stream.text)
    if config.start.init_from is not None:
        parts.append(f"from-{Path(config.start.init_from).name}")
    return Path("runs") / re.sub(r"[^\w.-]+", "_", "-".join([*parts, str(config.seed)]))


@dataclass(frozen=True, kw_only=True)
class _Job:
    """A configuration and its run directory."""

    config: TrainConfig
    run: RunDirectory

    @property
    def is_multimodal(self) -> bool:
        return self.config.model.info.is_multimodal

    @property
    def has_streams(self) -> bool:
        return not self.is_multimodal and len(self.config.stream.names) > 1

    def check_run_directory(self, resume: bool) -> None:
        """Check that a new run overwrites nothing, or that there is something to go on with."""
        run, parts = self.run, self._list_parts()
        if not resume:
            run.check_is_new(parts)
            return
        if run.metrics_file.exists() and not self._extends():
            is_final = bool(parts) or self.config.model.info.is_ridge
            advice = "" if is_final else "; --epochs N extends it to more epochs than it had"
            raise RunError(f"{run.path}: the run has ended; there is nothing to go on with{advice}")
        if parts:
            kind = "stream" if self.has_streams else "encoder"
            run.check_has_begun(parts, missing=f"checkpoint of any {kind}")
        else:
            run.check_has_begun()
            read_checkpoint(run.checkpoint("last"))

    def _extends(self) -> bool:
        """Return whether the settings ask for more epochs than a run of one network began with."""
        if self._list_parts():
            return False
        before = self.run.read_config().get("recipe", {}).get("epochs", 0)
        return self.config.resolve_recipe().epochs > int(before)

    def find_known_layout(self) -> JointLayout | None:
        """Return the layout that a run began with, whose file may be gone."""
        if self.config.data.named_layout is None:
            return None
        return Preprocessing.from_dict(self.run.read_config().get("preprocessing", {})).layout

    def _list_parts(self) -> list[RunDirectory]:
        """Return the run directories of its streams or encoders."""
        if self.has_streams:
            return [self.run.stream(name) for name in self.config.stream.names]
        if self.config.model.info.has_encoders:
            return [self.run.encoder(name) for name in plan_network(self.config).encoders]
        return []
