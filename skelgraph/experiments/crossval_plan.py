"""The plan of a cross-validation: its clips, its folds, and the training of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from skelgraph.config import DEFAULT_FOLDS, CrossvalConfig, FoldKind, SplitSettings, TrainConfig
from skelgraph.data import ClipSet, Progress, record_left_out
from skelgraph.errors import DatasetError, SplitError
from skelgraph.evaluation import Fold, default_fold_kind, make_folds
from skelgraph.experiments.fold_workers import FoldTask
from skelgraph.runs import CROSSVAL_KIND, SYNTHETIC_NOTE, RunDirectory
from skelgraph.training import (
    describe_data,
    point_to_check,
    prepare_clips,
    read_usable_clips,
    split_clips,
)
from skelgraph.training.starting import (
    StartingPoint,
    find_leaks_of_start,
    refuse_leaks_of_start,
    resolve_start,
    start_from,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Study:
    """A cross-validation that is planned: its clips and folds, and its run directory."""

    config: CrossvalConfig
    run: RunDirectory
    clips: ClipSet
    folds: tuple[Fold, ...]
    protocol: str
    notes: tuple[str, ...] = ()

    def configure_fold(self, fold: Fold, seed: int) -> TrainConfig:
        """Return the settings of a fold, as ``skelgraph train`` takes them."""
        return self.config.train.change(
            split=SplitSettings(
                test_subjects=fold.test_subjects,
                test_recordings=fold.test_recordings,
                allow_leaks=self.config.train.split.allow_leaks,
            ),
            seed=seed,
            out=self.fold_run(fold, seed).path,
        )

    def fold_run(self, fold: Fold, seed: int) -> RunDirectory:
        """Return the run directory of a fold with a seed."""
        return RunDirectory(path=self.run.path / "folds" / f"{fold.name}-seed{seed}")

    def list_tasks(self) -> list[FoldTask]:
        """Return the training of each fold and seed, and that of the final model."""
        tasks = [
            FoldTask(title=f"{fold.name}, seed {seed}", config=self.configure_fold(fold, seed))
            for seed in self.config.all_seeds
            for fold in self.folds
        ]
        if self.config.final:
            everybody = self.config.train.change(
                split=SplitSettings(kind="none", allow_leaks=self.config.train.split.allow_leaks),
                seed=self.config.all_seeds[0],
                out=self.run.final.path,
            )
            tasks.append(FoldTask(title="final model, on everybody", config=everybody))
        return tasks

    def describe(self, num_tasks: int, workers: int) -> Iterator[str]:
        """Yield lines that tell what is trained and tested."""
        if self.config.train.data.is_generated:
            yield f"data: {SYNTHETIC_NOTE}"
        yield from self.notes
        yield f"{self.protocol}: {num_tasks} trainings to do, {workers} at a time"

    def to_facts(self) -> dict[str, Any]:
        """Return what ``config.json`` holds."""
        own = self.config.to_dict()
        return {
            "kind": CROSSVAL_KIND,
            "config": own.pop("train"),
            "crossval": own,
            "recipe": self.config.train.resolve_recipe().to_dict(),
            "classes": list(self.clips.classes),
            "data": {"name": self.clips.name, "fingerprint": self.clips.fingerprint},
            "left_out": record_left_out(self.clips),
            "protocol": self.protocol,
            "folds": [
                {
                    "name": fold.name,
                    "test_subjects": list(fold.test_subjects),
                    "test_recordings": list(fold.test_recordings),
                }
                for fold in self.folds
            ],
        }


def plan_study(config: CrossvalConfig, run: RunDirectory, *, progress: Progress | None) -> Study:
    """Read the clips and divide them; what stops a fold is found before any is trained.

    Raises:
        SkelgraphError: If the clips cannot be read, divided or prepared.
    """
    train, seed = config.train, config.all_seeds[0]
    with point_to_check(train.data):
        clips = read_usable_clips(train, seed=seed, progress=progress)
    if config.calibrated and None in clips.subjects:
        unknown = clips.subjects.count(None)
        raise DatasetError(
            f"--calibrated takes each person's own clips, but of {unknown} of "
            f"{len(clips.subjects)} clips it is not known whose they are; name the subjects in the "
            f"labels.csv"
        )
    kind = config.protocol or default_fold_kind(clips.subjects)
    folds = make_folds(
        kind,
        labels=clips.labels,
        subjects=clips.subjects,
        recordings=clips.recordings,
        num_folds=config.folds or DEFAULT_FOLDS,
        seed=seed,
    )
    protocol = _describe_folds(kind, folds, config)
    study = Study(config=config, run=run, clips=clips, folds=folds, protocol=protocol)
    validation = _check_folds(study)
    start = _check_start(study)
    first = study.configure_fold(folds[0], seed)
    data = prepare_clips(first)
    what, _, *notes = describe_data(data if start is None else start_from(data, start, first))
    return replace(
        study,
        protocol=f"{protocol}; validation by {validation} in each fold",
        notes=(what, *notes),
    )


def _check_folds(study: Study) -> str:
    """Check that all folds leave something to train on, and return by what they are validated."""
    kinds = set()
    for seed in study.config.all_seeds:
        for fold in study.folds:
            try:
                split = split_clips(study.clips, study.configure_fold(fold, seed).split, seed=seed)
            except SplitError as error:
                raise SplitError(f"fold {fold.name}: {error}") from error
            kinds.add(split.val_kind)
    return "recording" if kinds == {"group"} else "clip (recordings are not known)"


def _check_start(study: Study) -> StartingPoint | None:
    """Return what each fold starts from, after a check that it knows nobody who is tested."""
    train, clips = study.config.train, study.clips
    _, start = resolve_start(train)
    if start is not None and not train.split.allow_leaks:
        for fold in study.folds:
            split = split_clips(clips, study.configure_fold(fold, 0).split, seed=0)
            leaks = find_leaks_of_start(start, clips, split.test.tolist())
            try:
                refuse_leaks_of_start(leaks)
            except SplitError as error:
                raise SplitError(f"fold {fold.name}: {error}") from error
    return start


def _describe_folds(kind: FoldKind, folds: Sequence[Fold], config: CrossvalConfig) -> str:
    seeds = ", ".join(map(str, config.all_seeds))
    times = f"seeds {seeds}" if len(config.all_seeds) > 1 else f"seed {seeds}"
    if kind == "group":
        unit = "subjects" if folds[0].test_subjects else "recordings"
        return f"cross-validation: {len(folds)} folds of whole {unit}, {times}"
    return f"cross-validation: each of {len(folds)} {kind}s left out once, {times}"
