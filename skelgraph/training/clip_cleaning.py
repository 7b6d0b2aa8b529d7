"""Cleaning of clips, in training and afterwards."""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from skelgraph.config import PreparationSettings
from skelgraph.data import split_message
from skelgraph.errors import DatasetError, LayoutError, PoseError, SkelgraphError
from skelgraph.evaluation import describe_comparison, finds_copies_alone
from skelgraph.layouts import UPPER10, JointLayout, plan_conversion
from skelgraph.poses import PoseSequence, Preprocessing, convert_layout, drop_empty_frames
from skelgraph.training.lazy_cleaning import MIN_FRAMES as MIN_FRAMES
from skelgraph.training.lazy_cleaning import clean_lazily, cleans_lazily, describe_cleaning


def plan_preprocessing(settings: PreparationSettings, layout: JointLayout | None) -> Preprocessing:
    """Return what the settings ask to be done to each clip; bone lengths are not fitted yet."""
    return Preprocessing(
        layout=layout,
        fps=settings.fps,
        min_confidence=settings.min_confidence,
        max_gap_s=settings.max_gap_s,
        filter=settings.filter,
        cutoff_hz=settings.cutoff_hz or None,
        align_heading=settings.align_heading,
    )


def preprocess(sequence: PoseSequence, preprocessing: Preprocessing) -> PoseSequence:
    """Return a recording as a model takes it.

    Raises:
        SkelgraphError: If it has too few frames, no joints, or cannot be preprocessed; the error
            names the clip.
    """
    sequence = sequence.load()
    where = sequence.name or "the sequence"
    if not sequence.has_joints:
        raise DatasetError(f"{where}: expected joint positions, but all of them are missing (NaN)")
    try:
        done = preprocessing.apply(sequence)
    except SkelgraphError as error:
        if isinstance(error, PoseError) and not drop_empty_frames(sequence).present.any():
            raise DatasetError(
                f"{where}: expected a person, but nobody is there: all positions are 0"
            ) from error
        text = str(error)
        if isinstance(error, PoseError) and (advice := _find_remedy(sequence, preprocessing)):
            text = f"{text.partition(';')[0]}; {advice}"
        raise type(error)(text if where in text else f"{where}: {text}") from error
    if done.num_frames < MIN_FRAMES:
        raise DatasetError(
            f"{where}: expected at least {MIN_FRAMES} frames at {done.fps:g} frames/s, but got "
            f"{done.num_frames} ({sequence.num_frames} at {sequence.fps:g} frames/s in the file); "
            f"leave the clip out, as --skip-bad does"
        )
    if not done.has_joints:
        raise DatasetError(
            f"{where}: no joint of layout {done.layout.name!r} is there in any frame"
        )
    return done


def _find_remedy(sequence: PoseSequence, preprocessing: Preprocessing) -> str:
    """Return the option with which a clip that cannot be preprocessed can be; else what is left."""
    remedies = {
        f"joints below --min-confidence {preprocessing.min_confidence or 0:g} are missing; pass "
        f"--min-confidence 0 to take them all": replace(preprocessing, min_confidence=None),
        "pass --no-align-heading": replace(preprocessing, align_heading=False),
    }
    for advice, changed in remedies.items():
        if changed != preprocessing:
            with suppress(SkelgraphError):
                changed.apply(sequence)
                return advice
    try:
        replace(preprocessing, center=False, align_heading=False).apply(sequence)
    except SkelgraphError:
        return "leave the clip out, as --skip-bad does"
    return (
        "leave the clip out, as --skip-bad does, or pass a --layout file with another center "
        "(`skelgraph layouts NAME --toml` writes one to edit)"
    )


def find_unusable(
    sequences: Sequence[PoseSequence], preprocessing: Preprocessing
) -> dict[int, str]:
    """Return the reason for each clip that cannot be preprocessed; those without joints stay."""
    unusable = {}
    for clip, sequence in enumerate(sequences):
        if sequence.has_joints:
            try:
                preprocess(sequence, preprocessing)
            except SkelgraphError as error:
                unusable[clip] = split_message(str(error), [sequence.name or ""])[1]
    return unusable


def preprocess_all(
    sequences: Sequence[PoseSequence],
    preprocessing: Preprocessing,
    *,
    fit_bones_to: Iterable[int] | None,
) -> tuple[tuple[PoseSequence, ...], Preprocessing]:
    """Clean clips, each once, with bone lengths of some of them; those without joints stay.

    Clips that are read when they are used are cleaned then
    (:mod:`skelgraph.training.lazy_cleaning`).

    Args:
        sequences: The clips.
        preprocessing: What is done to each; bone lengths are not fitted yet.
        fit_bones_to: Numbers of the clips whose bone lengths all get; None normalizes none.

    Raises:
        SkelgraphError: As :func:`preprocess`.
    """
    if cleans_lazily(sequences):
        return clean_lazily(sequences, preprocessing, clean=preprocess, fit_bones_to=fit_bones_to)
    cleaned = list(sequences)
    present = [clip for clip, sequence in enumerate(sequences) if sequence.has_joints]
    for clip in present:
        cleaned[clip] = preprocess(cleaned[clip], preprocessing)
    if fit_bones_to is not None:
        trained = sorted(set(present) & set(fit_bones_to))
        preprocessing = preprocessing.fit_applied(cleaned[clip] for clip in trained)
        for clip in present:
            cleaned[clip] = preprocessing.normalize_bones(cleaned[clip])
    return tuple(cleaned), preprocessing


def describe_conversions(layouts: Iterable[JointLayout], target: JointLayout) -> list[str]:
    """Return a line for each layout that is converted: how many clips, what is made up or missing.

    Raises:
        LayoutError: If one cannot be converted.
    """
    notes = []
    for layout, count in Counter(layouts).items():
        if layout != target:
            clips = "1 clip" if count == 1 else f"{count} clips"
            details = plan_conversion(layout, target).describe()
            notes.append(
                f"{clips} converted from layout {layout.name} to {target.name}"
                + (f": {details}" if details else "")
            )
    return notes


def describe_handling(sequences: Sequence[PoseSequence]) -> list[str]:
    """Return what a user should know of how very many clips are cleaned and compared."""
    texts = (describe_cleaning(sequences), describe_comparison(sequences))
    return [text for text in texts if text is not None]


def share_layout(sequences: Sequence[PoseSequence]) -> list[PoseSequence]:
    """Return recordings whose content can be compared: unlike skeletons as ``upper10``.

    One that has too few of its joints stays as it is.
    """
    if len({sequence.layout for sequence in sequences}) == 1 or finds_copies_alone(sequences):
        return list(sequences)
    shared = []
    for sequence in sequences:
        try:
            shared.append(convert_layout(sequence, UPPER10))
        except LayoutError:
            shared.append(sequence)
    return shared
