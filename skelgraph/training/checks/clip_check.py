"""What is wrong with the clips of a dataset, and what a training does about each kind of fault."""

from collections import Counter
from collections.abc import Generator, Iterator, Sequence

import numpy as np

from skelgraph.config import TrainConfig
from skelgraph.data import (
    ClipSet,
    check_label_counts,
    describe_similar,
    name_a_few,
    split_message,
)
from skelgraph.errors import SkelgraphError
from skelgraph.evaluation import (
    SharedContent,
    describe_overlaps,
    find_shared_content,
    inspect_split,
    join_pairs,
)
from skelgraph.layouts import JointLayout
from skelgraph.poses import LazySequence, PoseSequence
from skelgraph.training.checks.findings import (
    STOPS,
    Finding,
    group_unusable,
    make_note,
    make_stop,
    try_step,
)
from skelgraph.training.clip_cleaning import (
    describe_conversions,
    describe_handling,
    plan_preprocessing,
    preprocess,
    share_layout,
)
from skelgraph.training.clip_reading import choose_layout
from skelgraph.training.preparation import choose_channels, split_clips
from skelgraph.training.prepared_data import list_modalities

_MOST_GROUPS = 3
"""Most groups of clips of one motion that are findings of their own."""


def check_clips(
    clips: ClipSet, config: TrainConfig, labels: Sequence[str] = ()
) -> Iterator[Finding]:
    """Yield what is wrong with the clips of any dataset, as a training would use them.

    Args:
        clips: The clips that can be read.
        config: The settings of the training.
        labels: The labels of all files, if some cannot be read.
    """
    target = choose_layout(clips, config.data, own=config.model.info.is_ridge)
    there = list_modalities(clips)
    yield from try_step(lambda: choose_channels(clips, config.stream.channels, there))
    for text in describe_similar(clips.labels):
        yield make_note(text, "takes them as different classes; correct labels.csv")
    subjects = [subject for subject in clips.subjects if subject is not None]
    for text in describe_similar(subjects, "subjects", slips=False):
        yield make_note(text, "takes them as different people: a test may be too kind")
    unlike = yield from _check_layouts(clips, target)
    if clips.media:
        yield from _check_modalities(clips)
    cleaned, bad = _clean_each(clips, unlike, config, target)
    yield from group_unusable(bad, "clips", config.data)
    yield from _check_rates(clips, config.preparation.fps)
    yield from _check_missing(clips, config.preparation.min_confidence or 0.0)
    yield from (make_note(text, "does so too") for text in describe_handling(clips.sequences))
    yield from _check_still(clips)
    yield from _check_lengths(list(cleaned.values()), config.stream.frames)
    if config.data.skip_bad:
        labels = (*labels, *clips.labels)
        kept = [clip for clip, one in enumerate(clips.sequences) if one.name not in bad]
        if not kept:
            yield make_stop("no clip can be used")
            return
        clips = clips.take(kept, note="") if bad else clips
    compared = share_layout([cleaned.get(clip.name or "", clip) for clip in clips.sequences])
    shared = find_shared_content(compared)
    overlaps = describe_overlaps(clips.spans, [clip.name or "" for clip in clips.sequences])
    if overlaps is not None:
        yield make_note(overlaps, "learns what they share twice")
    yield from _check_shared(clips, shared)
    counted = try_step(
        lambda: check_label_counts(clips.labels, minimum=2, where="labels", before=labels)
    )
    yield from counted or _check_split(clips, config, shared)


def _check_layouts(
    clips: ClipSet, target: JointLayout | None
) -> Generator[Finding, None, set[JointLayout]]:
    """Report what happens to each layout; return those that cannot be converted."""
    unlike: set[JointLayout] = set()
    for layout in dict.fromkeys(clip.layout for clip in clips.sequences):
        names = [clip.name or "" for clip in clips.sequences if clip.layout == layout]
        try:
            notes = describe_conversions([layout] * len(names), target or layout)
        except SkelgraphError as error:
            unlike.add(layout)
            yield Finding(
                problem=f"{name_a_few(names)}: {error}",
                consequence=f"{STOPS}; pass --layout mixed, or leave them out of labels.csv",
                refuses=True,
                names=tuple(names),
            )
        else:
            yield from (make_note(note, "converts them", names) for note in notes)
    return unlike


def _check_modalities(clips: ClipSet) -> Iterator[Finding]:
    """Which clips lack one of audio, text and skeleton."""
    lacks = {
        "skeleton": [not clip.has_joints for clip in clips.sequences],
        "audio": [media.audio is None for media in clips.media],
        "text": [media.text is None for media in clips.media],
    }
    for modality, flags in lacks.items():
        names = [clip.name or "" for clip, lack in zip(clips.sequences, flags, strict=True) if lack]
        if names:
            yield make_note(
                f"{len(names)} of {len(clips)} clips have no {modality}: {name_a_few(names)}",
                f"takes them only where the network has more to go by than {modality}",
                names,
            )


def _clean_each(
    clips: ClipSet, unlike: set[JointLayout], config: TrainConfig, target: JointLayout | None
) -> tuple[dict[str, PoseSequence], dict[str, str]]:
    """Return the clips that can be cleaned, and the reason for each other one, by their names.

    Clips of an archive stay as they are, since all cleaned ones may not fit into memory.
    """
    preprocessing = plan_preprocessing(config.preparation, target)
    cleaned, bad = {}, {}
    for clip in clips.sequences:
        name = clip.name or ""
        if clip.layout in unlike or (clips.media and not clip.has_joints):
            continue
        try:
            done = preprocess(clip, preprocessing)
            cleaned[name] = clip if isinstance(clip, LazySequence) else done
        except SkelgraphError as error:
            bad[name] = split_message(str(error), [name])[1]
    return cleaned, bad


def _check_rates(clips: ClipSet, fps: float) -> Iterator[Finding]:
    rates = Counter(clip.fps for clip in clips.sequences if clip.fps != fps)
    if rates:
        counts = name_a_few([f"{count} at {rate:g}" for rate, count in sorted(rates.items())])
        yield make_note(
            f"{sum(rates.values())} of {len(clips)} clips are not at {fps:g} frames/s: {counts}",
            "resamples them",
        )


def _check_still(clips: ClipSet) -> Iterator[Finding]:
    """Report clips in which nothing moves, as of a recording whose angles are all 0."""
    still = [clip.name or "" for clip in clips.sequences if _is_still(clip.load())]
    if still:
        yield make_note(
            f"{len(still)} of {len(clips)} clips never move: {name_a_few(still, limit=3)}",
            "takes them; leave them out of labels.csv if they are damaged",
            still,
        )


def _is_still(clip: PoseSequence) -> bool:
    positions = clip.positions
    return (
        clip.num_frames > 1
        and bool(clip.present.any())
        and np.array_equal(positions[1:], positions[:-1], equal_nan=True)
        and bool(positions.any())  # else nobody is there
    )


def _check_lengths(cleaned: Sequence[PoseSequence], frames: int | None) -> Iterator[Finding]:
    if cleaned and frames is not None:
        lengths = [clip.num_frames for clip in cleaned]
        yield make_note(
            f"clips of {min(lengths)} to {max(lengths)} frames",
            f"resamples each to {frames} frames (--frames)",
        )


def _check_missing(clips: ClipSet, min_confidence: float) -> Iterator[Finding]:
    never: Counter[str] = Counter()
    doubted: Counter[str] = Counter()
    partly = 0
    for sequence in clips.sequences:
        clip = sequence.load()
        present = clip.present
        if not present.any():
            continue
        taken = present
        if clip.confidence is not None:
            taken = present & (clip.confidence >= min_confidence)
        seen = present.any(axis=0)
        kept = taken.any(axis=0)
        never.update(clip.layout.joints[joint] for joint in np.flatnonzero(~seen))
        doubted.update(clip.layout.joints[joint] for joint in np.flatnonzero(seen & ~kept))
        partly += not taken[:, kept].all()
    if never:
        counts = name_a_few([f"{joint} in {count}" for joint, count in never.most_common()])
        yield make_note(f"joints that are missing throughout a clip: {counts} clips", "masks them")
    if doubted:
        counts = name_a_few([f"{joint} in {count}" for joint, count in doubted.most_common()])
        yield make_note(
            f"joints below --min-confidence {min_confidence:g} throughout a clip: {counts} clips",
            "masks them; --min-confidence 0 takes them",
        )
    if partly:
        yield make_note(
            f"{partly} of {len(clips)} clips have joints that are missing in some frames",
            "fills short gaps and masks the others",
        )


def _check_shared(clips: ClipSet, shared: Sequence[SharedContent]) -> Iterator[Finding]:
    """Report the clips that are one recording, together if there are several."""
    names = [clip.name or "" for clip in clips.sequences]
    groups: dict[str, list[str]] = {}
    for group in join_pairs(shared):
        pairs = [one for one in shared if one.first in group]
        labels = sorted({clips.labels[clip] for clip in group})
        differ = len(labels) > 1
        under = f" under the labels {', '.join(labels)}" if differ else ""
        partly = any(one.kind != "duplicate" or one.mirrored for one in pairs)
        how = f": {name_a_few([one.describe(names) for one in pairs])}" if partly else ""
        who = name_a_few([names[clip] for clip in sorted(group)])
        what = "learns both: one label is wrong" if differ else "counts each: leave out all but one"
        groups.setdefault(what, []).append(f"{who} hold the same motion{under}{how}")
    for what, texts in groups.items():
        if len(texts) <= _MOST_GROUPS:
            yield from (make_note(text, what) for text in texts)
        else:
            shown = "; ".join(texts[:_MOST_GROUPS])
            yield make_note(
                f"{len(texts)} groups of clips hold the same motion: {shown}; and "
                f"{len(texts) - _MOST_GROUPS} more",
                what,
            )


def _check_split(
    clips: ClipSet, config: TrainConfig, shared: Sequence[SharedContent]
) -> Iterator[Finding]:
    nameless = clips.subjects.count(None)
    if 0 < nameless < len(clips):
        yield make_note(
            f"{nameless} of {len(clips)} clips have no subject", "cannot split by subject"
        )
    try:
        split = split_clips(clips, config.split, seed=config.seed)
    except SkelgraphError as error:
        yield make_stop(str(error))
        return
    inspection = inspect_split(
        split,
        subjects=clips.subjects,
        recordings=clips.recordings,
        names=[clip.name for clip in clips.sequences],
        shared=shared,
        spans=clips.spans,
    )
    sizes = f"{len(split.train)} train, {len(split.val)} validate, {len(split.test)} test"
    yield make_note(f"split {split.protocol}", f"{sizes}: {inspection.tests}")
    for leak in inspection.leaks:
        if leak in inspection.refused and not config.split.allow_leaks:
            yield Finding(problem=leak, consequence="stops without --allow-leaks", refuses=True)
        else:
            yield make_note(leak, "goes on: the test is too kind")
