"""All that is wrong with a dataset at once, and what a training would do about it."""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from skelgraph.config import SplitSettings, TrainConfig
from skelgraph.data import ClipSet, Progress, check_label_counts, name_a_few, survey_folder
from skelgraph.errors import SkelgraphError
from skelgraph.evaluation import SharedContent, find_shared_content, inspect_split
from skelgraph.layouts import JointLayout, get_layout
from skelgraph.poses import LazySequence, PoseSequence, Preprocessing
from skelgraph.training.chosen_clips import take_listed_clips
from skelgraph.training.clip_cleaning import (
    describe_conversions,
    describe_handling,
    plan_preprocessing,
    preprocess,
    share_layout,
)
from skelgraph.training.preparation import choose_channels, choose_layout, read_clips, split_clips
from skelgraph.training.prepared_data import list_modalities, take_skeletons

_MOST_NAMED = 20


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that a user should know of a dataset.

    Args:
        problem: What it is, and where.
        consequence: What a training does about it.
        refuses: Whether a training stops because of it.
    """

    problem: str
    consequence: str
    refuses: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class DatasetReport:
    """What came of checking a dataset.

    ``clips`` are those that can be read, None if there are none; findings that stop a training
    come first.
    """

    clips: ClipSet | None
    findings: tuple[Finding, ...]

    @property
    def refuses(self) -> bool:
        """Whether a training would stop."""
        return any(finding.refuses for finding in self.findings)


def check_dataset(config: TrainConfig, progress: Progress | None = None) -> DatasetReport:
    """Check the dataset that a configuration names, as a training with it would use it.

    Layout, frame rate, split and cleaning are those of the configuration.

    Raises:
        DatasetError: If there is no such dataset, or its labels cannot be understood: there is
            nothing to check.
        LayoutError: If the configuration's layout is unknown.
    """
    layout = None if config.data.named_layout is None else get_layout(config.data.named_layout)
    fps, folder = config.preparation.fps, config.data.folder
    if folder is None or folder.is_file():
        known = read_clips(config.data, fps=fps, seed=config.seed, layout=layout, progress=progress)
        clips: ClipSet | None = (known := take_listed_clips(known, config.split))
        findings = [_note(note, "goes on") for note in known.notes]
    else:
        survey = survey_folder(
            folder, layout=layout, fps=fps, person=config.data.person, progress=progress
        )
        clips = survey.clips
        findings = [
            *(_refuse(f"{file}: listed in labels.csv, but not there") for file in survey.absent),
            *(_refuse(reason) for reason in survey.unreadable),
            *(_note(note, "goes on without, or with what is said") for note in survey.notes),
            *_try(lambda: check_label_counts(survey.labels, minimum=2, where="labels")),
        ]
    if clips is not None:
        findings += _check_clips(clips, config)
    findings.sort(key=lambda finding: not finding.refuses)
    return DatasetReport(clips=clips, findings=tuple(findings))


def _refuse(problem: str) -> Finding:
    return Finding(problem=problem, consequence="stops", refuses=True)


def _note(problem: str, consequence: str) -> Finding:
    return Finding(problem=problem, consequence=consequence, refuses=False)


def _try(step: Callable[[], object]) -> list[Finding]:
    """Return the error that a step of a training would stop with."""
    try:
        step()
    except SkelgraphError as error:
        return [_refuse(str(error))]
    return []


def _check_clips(clips: ClipSet, config: TrainConfig) -> Iterator[Finding]:
    target = choose_layout(clips, config.data, own=config.model.info.is_ridge)
    there = list_modalities(clips)
    yield from _try(lambda: choose_channels(clips, config.stream.channels, there))
    unlike = yield from _check_layouts(clips, target)
    usable = [clip for clip in clips.sequences if clip.layout not in unlike]
    if clips.media:
        yield from _check_modalities(clips)
        usable = [clip for clip in usable if clip.has_joints]
    cleaned = yield from _clean_each(usable, plan_preprocessing(config.preparation, target))
    yield from _check_rates(clips, config.preparation.fps)
    yield from _check_missing(clips)
    yield from (_note(text, "does so too") for text in describe_handling(clips.sequences))
    compared = share_layout([cleaned.get(clip.name, clip) for clip in clips.sequences])
    shared = find_shared_content(compared)
    yield from _check_shared(clips, shared)
    yield from _check_split(clips, config.split, config.seed, shared)


def _check_layouts(
    clips: ClipSet, target: JointLayout | None
) -> Generator[Finding, None, set[JointLayout]]:
    """Report what happens to each layout; return those that cannot be converted."""
    unlike: set[JointLayout] = set()
    for layout in dict.fromkeys(clip.layout for clip in clips.sequences):
        names = [clip.name for clip in clips.sequences if clip.layout == layout]
        try:
            notes = describe_conversions([layout] * len(names), target or layout)
        except SkelgraphError as error:
            unlike.add(layout)
            yield _refuse(f"{name_a_few(names)}: {error}")
        else:
            yield from (_note(note, "converts them") for note in notes)
    return unlike


def _check_modalities(clips: ClipSet) -> Iterator[Finding]:
    """Which clips lack one of audio, text and skeleton."""
    lacks = {
        "skeleton": [not clip.has_joints for clip in clips.sequences],
        "audio": [media.audio is None for media in clips.media],
        "text": [media.text is None for media in clips.media],
    }
    for modality, flags in lacks.items():
        names = [clip.name for clip, lack in zip(clips.sequences, flags, strict=True) if lack]
        if names:
            yield _note(
                f"{len(names)} of {len(clips)} clips have no {modality}: {name_a_few(names)}",
                f"takes them only where the network has more to go by than {modality}",
            )


def _clean_each(
    sequences: Iterable[PoseSequence], preprocessing: Preprocessing
) -> Generator[Finding, None, dict[str, PoseSequence]]:
    """Report the error with which the cleaning of each clip would stop; return those to compare."""
    cleaned: dict[str, PoseSequence] = {}
    for sequence in sequences:
        try:
            done = preprocess(sequence, preprocessing)
            cleaned[sequence.name] = sequence if isinstance(sequence, LazySequence) else done
        except SkelgraphError as error:
            yield _refuse(str(error))
    return cleaned


def _check_rates(clips: ClipSet, fps: float) -> Iterator[Finding]:
    rates = Counter(clip.fps for clip in clips.sequences if clip.fps != fps)
    if rates:
        counts = name_a_few([f"{count} at {rate:g}" for rate, count in sorted(rates.items())])
        yield _note(
            f"{sum(rates.values())} of {len(clips)} clips are not at {fps:g} frames/s: {counts}",
            "resamples them",
        )


def _check_missing(clips: ClipSet) -> Iterator[Finding]:
    never: Counter[str] = Counter()
    partly = 0
    for clip in clips.sequences:
        present = clip.present
        if not present.any():
            continue
        seen = present.any(axis=0)
        never.update(clip.layout.joints[joint] for joint in np.flatnonzero(~seen))
        partly += not present[:, seen].all()
    if never:
        counts = name_a_few([f"{joint} in {count}" for joint, count in never.most_common()])
        yield _note(f"joints that are missing throughout a clip: {counts} clips", "masks them")
    if partly:
        yield _note(
            f"{partly} of {len(clips)} clips have joints that are missing in some frames",
            "fills short gaps and masks the others",
        )


def _check_shared(clips: ClipSet, shared: Sequence[SharedContent]) -> Iterator[Finding]:
    """Report the clips that are one recording, together if there are several."""
    names = [clip.name for clip in clips.sequences]
    for group in _join_pairs(shared):
        pairs = [one for one in shared if one.first in group]
        labels = sorted({clips.labels[clip] for clip in group})
        differ = len(labels) > 1
        under = f" under the labels {', '.join(labels)}" if differ else ""
        partly = any(one.kind != "duplicate" or one.mirrored for one in pairs)
        how = f": {name_a_few([one.describe(names) for one in pairs])}" if partly else ""
        who = name_a_few([names[clip] for clip in sorted(group)])
        yield _note(
            f"{who} hold the same motion{under}{how}",
            "learns both: one label is wrong" if differ else "counts each: leave out all but one",
        )


def _join_pairs(shared: Sequence[SharedContent]) -> list[set[int]]:
    """Return groups of clips that are joined by pairs."""
    groups: list[set[int]] = []
    for one in shared:
        joined = {one.first, one.second}
        joined.update(*(group for group in groups if group & joined))
        groups = [*(group for group in groups if not group & joined), joined]
    return groups


def _check_split(
    clips: ClipSet, settings: SplitSettings, seed: int, shared: Sequence[SharedContent]
) -> Iterator[Finding]:
    nameless = clips.subjects.count(None)
    if 0 < nameless < len(clips):
        yield _note(f"{nameless} of {len(clips)} clips have no subject", "cannot split by subject")
    try:
        check_label_counts(clips.labels, minimum=2, where="the clips that can be read")
        split = split_clips(clips, settings, seed=seed)
    except SkelgraphError as error:
        yield _refuse(str(error))
        return
    inspection = inspect_split(
        split,
        subjects=clips.subjects,
        recordings=clips.recordings,
        names=[clip.name for clip in clips.sequences],
        shared=shared,
    )
    sizes = f"{len(split.train)} train, {len(split.val)} validate, {len(split.test)} test"
    yield _note(f"split {split.protocol}", f"{sizes}: {inspection.tests}")
    for leak in inspection.leaks:
        if leak in inspection.refused and not settings.allow_leaks:
            yield Finding(problem=leak, consequence="stops without --allow-leaks", refuses=True)
        else:
            yield _note(leak, "goes on: the test is too kind")


def describe_clips(clips: ClipSet) -> dict[str, str]:
    """Describe the clips: counts, lengths; frame rates, layouts and units of those that have a
    skeleton.
    """
    seconds = np.array([clip.duration_s for clip in clips.sequences])
    frames = np.array([clip.num_frames for clip in clips.sequences])

    def count(values: Sequence[object]) -> str:
        counts = [f"{value} ({number})" for value, number in Counter(values).most_common()]
        return name_a_few(counts, limit=_MOST_NAMED) if counts else "-"

    skeletons = take_skeletons(clips)
    return {
        "clips": str(len(clips)),
        "labels": count(clips.labels),
        "subjects": count([subject or "unknown" for subject in clips.subjects]),
        "recordings": str(len({one for one in clips.recordings if one is not None})),
        "lengths": (
            f"{frames.min()} to {frames.max()} frames; {seconds.min():.2f} to {seconds.max():.2f} "
            f"s, median {np.median(seconds):.2f} s"
        ),
        "frame rates": count([f"{clip.fps:g}" for clip in skeletons]),
        "layouts": count([clip.layout.name for clip in skeletons]),
        "dimensions": count([f"{clip.num_dimensions}D" for clip in skeletons]),
        "units": count([clip.unit for clip in skeletons]),
        **_describe_media(clips, len(skeletons)),
    }


def _describe_media(clips: ClipSet, num_skeletons: int) -> dict[str, str]:
    if not clips.media:
        return {}
    return {
        "skeletons": f"{num_skeletons} clips",
        "audio": f"{sum(media.audio is not None for media in clips.media)} clips",
        "text": f"{sum(media.text is not None for media in clips.media)} clips",
    }
