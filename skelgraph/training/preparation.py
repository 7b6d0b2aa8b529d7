"""The first stages of a training: read, split and clean the clips."""

from collections.abc import Sequence

from skelgraph.config import (
    NTU_SPLITS,
    Channels,
    Modality,
    PreparationSettings,
    SplitSettings,
)
from skelgraph.data import (
    ClipSet,
    check_dimensions,
    describe_similar,
    name_a_few,
)
from skelgraph.errors import DatasetError
from skelgraph.evaluation import (
    Split,
    SplitInspection,
    default_split_kind,
    find_shared_content,
    finds_copies_alone,
    inspect_split,
    make_split,
)
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.training.chosen_clips import name_split
from skelgraph.training.clip_cleaning import (
    describe_conversions,
    describe_handling,
    plan_preprocessing,
    preprocess_all,
    share_layout,
)
from skelgraph.training.prepared_data import PreparedData, find_modality, take_skeletons

MIXED_NOTE = (
    "each clip keeps its skeleton: no weight of the network belongs to a joint (no edge importance)"
    ", and bones keep their lengths"
)
"""What a user should know of a training on unlike skeletons."""


def clean_clips(
    clips: ClipSet,
    split: Split,
    settings: PreparationSettings,
    *,
    layout: JointLayout | None,
    channels: Channels,
    modalities: Sequence[Modality] = ("skeleton",),
    allow_leaks: bool = False,
) -> PreparedData:
    """Clean clips, each once, with bone lengths that are fitted to the training part.

    Without a layout each clip keeps its own skeleton and bone lengths. Without skeletons among the
    modalities, clips are left alone.

    Raises:
        SplitError: If the parts share what they must not, and leaks are not allowed.
        SkelgraphError: If a clip cannot be converted or cleaned.
    """
    sequences, known = tuple(clips.sequences), take_skeletons(clips)
    preprocessing = plan_preprocessing(settings, layout)
    notes = [*clips.notes, *describe_similar(clips.labels)]
    if "skeleton" in modalities:
        fits_bones = settings.normalize_bones and layout is not None
        trained = split.train.tolist() if fits_bones else None
        sequences, preprocessing = preprocess_all(sequences, preprocessing, fit_bones_to=trained)
        if layout is not None:
            notes += describe_conversions([one.layout for one in known], layout)
        else:
            notes.append(MIXED_NOTE)
    notes += describe_handling(clips.sequences)
    nameless = clips.subjects.count(None)
    if 0 < nameless < len(clips):
        notes.append(f"{nameless} of {len(clips)} clips have no subject; a split by it needs all")
    inspection = find_shared(clips, sequences, split)
    if not allow_leaks:
        inspection.refuse_leaks()
    return PreparedData(
        clips=clips,
        sequences=sequences,
        classes=clips.classes,
        split=split,
        preprocessing=preprocessing,
        channels=channels,
        modalities=tuple(modalities),
        notes=tuple(notes),
        inspection=inspection,
    )


def find_shared(clips: ClipSet, sequences: Sequence[PoseSequence], split: Split) -> SplitInspection:
    """Find what the parts of a split share, by names and by the content of the cleaned clips.

    Of an archive of very many clips, exact copies are found.
    """
    parts = split.number_parts(len(clips)).tolist()
    if finds_copies_alone(clips.sequences):
        sequences = clips.sequences
    return inspect_split(
        split,
        subjects=clips.subjects,
        recordings=clips.recordings,
        names=clips.names,
        shared=find_shared_content(share_layout(sequences), parts=parts),
        spans=clips.spans,
    )


def check_modalities(clips: ClipSet, modalities: Sequence[Modality]) -> None:
    """Check that a dataset has the modalities that a network takes.

    A network of one modality needs it of every clip; one of several needs some of each.

    Raises:
        DatasetError: If it does not have them.
    """
    there = {modality: find_modality(clips, modality) for modality in modalities}
    without = [modality for modality, flags in there.items() if not any(flags)]
    if without:
        columns = ", ".join({"skeleton": "file"}.get(one, one) for one in without)
        raise DatasetError(
            f"dataset {clips.name!r}: no clip has {' or '.join(without)}, which the network "
            f"takes; choose other --modalities, or add the column {columns} to labels.csv"
        )
    names = [
        sequence.name
        for sequence, *flags in zip(clips.sequences, *there.values(), strict=True)
        if not any(flags)
    ]
    if not names:
        return
    letters = ",".join(modality[0] for modality in modalities)
    advice = (
        f"with --require {letters}"
        if len(modalities) == 1
        else "of labels.csv, or choose more --modalities"
    )
    raise DatasetError(
        f"dataset {clips.name!r}: expected {' or '.join(modalities)} of each clip, but "
        f"{len(names)} of {len(clips)} have no {' nor '.join(modalities)} ({name_a_few(names)}); "
        f"leave them out {advice}"
    )


def choose_channels(
    clips: ClipSet, wanted: Channels | None, modalities: Sequence[Modality] = ("skeleton",)
) -> Channels:
    """Return the channels of a joint, after a check that clips have what a network takes.

    Raises:
        DatasetError: If clips are in 2D and 3D, or lack channels or modalities.
    """
    check_modalities(clips, modalities)
    known = take_skeletons(clips)
    if "skeleton" in modalities:
        check_dimensions(known)
    sequences = known or clips.sequences
    is_plane = sequences[0].num_dimensions == 2
    if wanted is None:
        return "xy" if is_plane else "xyz"
    if is_plane != (wanted != "xyz"):
        kind, fitting = ("2D", "xy or xyc") if is_plane else ("3D", "xyz")
        raise DatasetError(f"channels {wanted}: the clips are in {kind}; choose {fitting}, or none")
    unsure = [sequence.name for sequence in sequences if sequence.confidence is None]
    if wanted == "xyc" and unsure:
        raise DatasetError(
            f"channels xyc: expected clips with confidence, but {len(unsure)} of {len(sequences)} "
            f"have none ({name_a_few(unsure)}); choose xy"
        )
    return wanted


def split_clips(
    clips: ClipSet, settings: SplitSettings, *, seed: int, labels: Sequence[str] | None = None
) -> Split:
    """Divide a dataset into training, validation and test part.

    What is divided evenly are the clips' labels, or the given ones.

    Raises:
        SplitError: If it cannot be divided so.
    """
    kind = settings.kind
    if kind is None:
        has_parts = clips.parts is not None
        kind = "file" if has_parts else default_split_kind(clips.subjects, clips.recordings)
    split = make_split(
        kind,
        labels=clips.labels if labels is None else labels,
        subjects=clips.subjects,
        recordings=clips.recordings,
        parts=clips.parts,
        names=clips.names if kind in NTU_SPLITS else None,
        test_subjects=settings.test_subjects,
        val_subjects=settings.val_subjects,
        test_recordings=settings.test_recordings,
        fold=settings.fold,
        seed=seed,
    )
    return split if settings.name is None else name_split(split, settings.name)
