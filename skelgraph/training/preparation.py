"""From a configuration to clips that are split, cleaned and ready to become batches."""

from collections import Counter
from collections.abc import Iterable, Sequence

from skelgraph.config import Channels, TrainConfig
from skelgraph.data import (
    DATASETS,
    EMOTIVE_MOTION,
    ClipSet,
    Progress,
    check_dimensions,
    common_layout,
    load_dataset,
    name_a_few,
    read_folder,
)
from skelgraph.errors import DatasetError, SkelgraphError
from skelgraph.evaluation import (
    SINGLE_CLIP_KINDS,
    Split,
    default_split_kind,
    find_leaks,
    make_split,
)
from skelgraph.layouts import JointLayout, get_layout, plan_conversion
from skelgraph.poses import PoseSequence, Preprocessing
from skelgraph.training.multimodal import check_modalities, prepare_speech, require_modalities
from skelgraph.training.prepared_data import PreparedData

MIN_FRAMES = 8
"""Fewest frames of a clip: about the receptive field of one temporal convolution."""


def read_clips(
    config: TrainConfig,
    progress: Progress | None = None,
    *,
    layout: JointLayout | None = None,
    unlabeled: str | None = None,
) -> ClipSet:
    """Reads the dataset that a configuration names.

    Args:
        config: The configuration.
        progress: Called with the numbers of files read and to read.
        layout: What ``config.layout`` names. Files that do not name their joints have it, as those
            that do not tell their frame rate have the configuration's.
        unlabeled: Where labels do not matter, that of files that have none; then a label may have
            one file only.

    Raises:
        DatasetError: If there is no such dataset, or it cannot be read.
    """
    if config.data is not None:
        clips = read_folder(
            config.data,
            layout=layout,
            fps=config.fps,
            person=config.person,
            min_files_per_label=2 if unlabeled is None else 1,
            unlabeled=unlabeled,
            progress=progress,
        )
    else:
        clips = load_dataset(
            config.dataset or EMOTIVE_MOTION,
            root=config.root,
            options=config.dataset_options,
            seed=config.seed,
            progress=progress,
        )
    return require_modalities(clips, config.require) if config.require else clips


def is_synthetic(config: TrainConfig) -> bool:
    """Whether a configuration's data is the built-in generator's."""
    return config.data is None and config.dataset in (None, EMOTIVE_MOTION)


def prepare(
    config: TrainConfig, progress: Progress | None = None, *, layout: JointLayout | None = None
) -> PreparedData:
    """Reads, splits and cleans the dataset that a configuration names.

    Args:
        config: The configuration.
        progress: Called with the numbers of files read and to read.
        layout: What ``config.layout`` names, where that is known already.

    Raises:
        SkelgraphError: If it cannot be read, split, converted to one layout or cleaned.
    """
    if layout is None and config.layout is not None:
        layout = get_layout(config.layout)
    clips = read_clips(config, progress, layout=layout)
    check_modalities(clips, config.modalities)
    known = take_skeletons(clips)
    sees = "skeleton" in config.modalities
    if sees:
        check_dimensions(known)
    channels = choose_channels(known or clips.sequences, config)
    split = split_clips(clips, config)
    target = layout or choose_layout(clips, config)
    preprocessing = plan_preprocessing(config, target)
    if sees and config.normalize_bones:
        trained = [clips.sequences[clip] for clip in split.train]
        preprocessing = preprocessing.fit(one for one in trained if one.present.any())
    sequences = tuple(
        preprocess(sequence, preprocessing) if sees and sequence.present.any() else sequence
        for sequence in clips.sequences
    )
    speech, speech_notes = prepare_speech(clips, split, config, progress)
    nameless = clips.subjects.count(None)
    layouts = [sequence.layout for sequence in known] if sees else []
    notes = [*clips.notes, *describe_conversions(layouts, target), *speech_notes]
    if 0 < nameless < len(clips):
        notes.append(f"{nameless} of {len(clips)} clips have no subject; a split by it needs all")
    if split.kind in SINGLE_CLIP_KINDS:
        notes += find_leaks(split, subjects=clips.subjects, recordings=clips.recordings)
    return PreparedData(
        clips=clips,
        sequences=sequences,
        classes=clips.classes,
        split=split,
        preprocessing=preprocessing,
        channels=channels,
        modalities=config.modalities,
        speech=speech,
        notes=tuple(notes),
    )


def take_skeletons(clips: ClipSet) -> list[PoseSequence]:
    """The clips of a dataset that have a skeleton."""
    return [sequence for sequence in clips.sequences if sequence.present.any()]


def choose_channels(sequences: Sequence[PoseSequence], config: TrainConfig) -> Channels:
    """What a network sees of the joints of clips that are all in 2D, or all in 3D.

    Raises:
        DatasetError: If the channels of the configuration are not to be had of all clips.
    """
    is_plane = sequences[0].num_dimensions == 2
    if config.channels is None:
        return "xy" if is_plane else "xyz"
    if is_plane != (config.channels != "xyz"):
        kind, fitting = ("2D", "xy or xyc") if is_plane else ("3D", "xyz")
        raise DatasetError(
            f"channels {config.channels}: the clips are in {kind}; choose {fitting}, or none"
        )
    unsure = [sequence.name for sequence in sequences if sequence.confidence is None]
    if config.channels == "xyc" and unsure:
        raise DatasetError(
            f"channels xyc: expected clips with confidence, but {len(unsure)} of {len(sequences)} "
            f"have none ({name_a_few(unsure)}); choose xy"
        )
    return config.channels


def plan_preprocessing(config: TrainConfig, layout: JointLayout) -> Preprocessing:
    """What a configuration asks to be done to each clip; bone lengths are not fitted yet."""
    return Preprocessing(
        layout=layout,
        fps=config.fps,
        min_confidence=config.min_confidence,
        max_gap_s=config.max_gap_s,
        filter=config.filter,
        cutoff_hz=config.cutoff_hz,
        align_heading=config.align_heading,
    )


def preprocess(sequence: PoseSequence, preprocessing: Preprocessing) -> PoseSequence:
    """A recording as a model gets it.

    Raises:
        SkelgraphError: If it has too few frames, no joints, or cannot be preprocessed; the error
            names the clip.
    """
    where = sequence.name or "the sequence"
    if not sequence.present.any():
        raise DatasetError(f"{where}: expected joint positions, but all of them are missing (NaN)")
    try:
        done = preprocessing.apply(sequence)
    except SkelgraphError as error:
        text = str(error)
        raise type(error)(text if where in text else f"{where}: {text}") from error
    if done.num_frames < MIN_FRAMES:
        raise DatasetError(
            f"{where}: expected at least {MIN_FRAMES} frames at {done.fps:g} frames/s, but got "
            f"{done.num_frames} ({sequence.num_frames} at {sequence.fps:g} frames/s in the file); "
            f"leave the clip out"
        )
    if not done.present.any():
        raise DatasetError(
            f"{where}: no joint of layout {done.layout.name!r} is there in any frame"
        )
    return done


def split_clips(
    clips: ClipSet, config: TrainConfig, *, labels: Sequence[str] | None = None
) -> Split:
    """Divides a dataset as a configuration says.

    Args:
        clips: The dataset.
        config: The configuration.
        labels: What is divided evenly, instead of the clips' labels.

    Raises:
        SplitError: If it cannot be divided so.
    """
    kind = config.split
    if kind is None:
        has_parts = clips.parts is not None
        kind = "file" if has_parts else default_split_kind(clips.subjects, clips.recordings)
    return make_split(
        kind,
        labels=clips.labels if labels is None else labels,
        subjects=clips.subjects,
        recordings=clips.recordings,
        parts=clips.parts,
        test_subjects=config.test_subjects,
        val_subjects=config.val_subjects,
        fold=config.fold,
        seed=config.seed,
    )


def choose_layout(clips: ClipSet, config: TrainConfig) -> JointLayout:
    """The layout that all clips get where a configuration names none: a known dataset's own, the
    clips' where they share one, and else ``upper10``.
    """
    if config.data is None:
        return get_layout(DATASETS[config.dataset or EMOTIVE_MOTION].layout)
    return common_layout(take_skeletons(clips) or clips.sequences)


def describe_conversions(layouts: Iterable[JointLayout], target: JointLayout) -> list[str]:
    """One line for each layout that is converted: how many clips, what is made up or missing.

    Args:
        layouts: Layout of each clip.
        target: Layout that all are converted to.

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
