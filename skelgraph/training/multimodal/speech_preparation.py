"""From a dataset's audio files and transcripts to the speech that networks take."""

from collections.abc import Sequence
from dataclasses import replace

from skelgraph.config import MODALITIES, Modality, TrainConfig
from skelgraph.data import ClipSet, Progress, name_a_few
from skelgraph.errors import DatasetError
from skelgraph.evaluation import Split
from skelgraph.features import (
    AcousticFeatures,
    Vocabulary,
    WordVectors,
    extract_all,
    read_word_vectors,
    tokenize,
)
from skelgraph.training.multimodal.acoustic_scaler import AcousticScaler
from skelgraph.training.multimodal.speech import SpeechData, SpeechEncoding


def find_modality(clips: ClipSet, modality: Modality) -> list[bool]:
    """Whether each clip of a dataset has a modality."""
    if modality == "skeleton":
        return [bool(sequence.present.any()) for sequence in clips.sequences]
    if not clips.media:
        return [False] * len(clips)
    return [getattr(one, modality) is not None for one in clips.media]


def list_modalities(clips: ClipSet) -> tuple[Modality, ...]:
    """The modalities that some clip of a dataset has."""
    return tuple(one for one in MODALITIES if any(find_modality(clips, one)))


def require_modalities(clips: ClipSet, modalities: Sequence[Modality]) -> ClipSet:
    """The clips of a dataset that have all of some modalities.

    Raises:
        DatasetError: If there is none.
    """
    flags = [find_modality(clips, modality) for modality in modalities]
    kept = [clip for clip, has in enumerate(zip(*flags, strict=True)) if all(has)]
    if len(kept) == len(clips):
        return clips
    what = " and ".join(modalities)
    return replace(
        clips,
        sequences=tuple(clips.sequences[clip] for clip in kept),
        media=tuple(clips.media[clip] for clip in kept) if clips.media else (),
        parts=None if clips.parts is None else tuple(clips.parts[clip] for clip in kept),
        notes=(*clips.notes, f"{len(clips) - len(kept)} clips without {what} are left out"),
    )


def check_modalities(clips: ClipSet, modalities: Sequence[Modality]) -> None:
    """Checks that a dataset has what a network perceives.

    A network of one modality needs it of every clip; one of several needs some of each.

    Raises:
        DatasetError: If it has not.
    """
    there = {modality: find_modality(clips, modality) for modality in modalities}
    without = [modality for modality, flags in there.items() if not any(flags)]
    if without:
        columns = ", ".join({"skeleton": "file"}.get(one, one) for one in without)
        raise DatasetError(
            f"dataset {clips.name!r}: no clip has {' or '.join(without)}, which the network "
            f"perceives; choose other --modalities, or add the column {columns} to labels.csv"
        )
    names = [
        sequence.name
        for sequence, *flags in zip(clips.sequences, *there.values(), strict=True)
        if not any(flags)
    ]
    if not names:
        return
    what = " nor ".join(modalities)
    letters = ",".join(modality[0] for modality in modalities)
    advice = (
        f"with --require {letters}"
        if len(modalities) == 1
        else "of labels.csv, or choose more --modalities"
    )
    raise DatasetError(
        f"dataset {clips.name!r}: expected {' or '.join(modalities)} of each clip, but "
        f"{len(names)} of {len(clips)} have no {what} ({name_a_few(names)}); leave them out "
        f"{advice}"
    )


def prepare_speech(
    clips: ClipSet, split: Split, config: TrainConfig, progress: Progress | None = None
) -> tuple[SpeechData | None, list[str]]:
    """The speech of a dataset, and what a user should know of it.

    Vocabulary and statistics are of the training part alone.

    Raises:
        SkelgraphError: If audio or word vectors cannot be read, or the training part has none.
    """
    hears, reads = ("audio" in config.modalities), ("text" in config.modalities)
    if not (hears or reads):
        return None, []
    settings = config.multimodal
    acoustic = extract_clips(clips, config, progress) if hears else [None] * len(clips)
    texts = [one.text if reads else None for one in clips.media]
    heard = [features for clip in split.train if (features := acoustic[clip]) is not None]
    read = [tokenize(text) for clip in split.train if (text := texts[clip]) is not None]
    for wanted, found, what in ((hears, heard, "audio"), (reads, read, "text")):
        if wanted and not found:
            raise DatasetError(f"expected {what} in the training part, but no clip of it has any")
    vocabulary = Vocabulary.build(read, max_tokens=settings.max_tokens) if reads else None
    vectors, notes = _read_vectors(vocabulary, config)
    encoding = SpeechEncoding(
        acoustic=settings.acoustic if hears else None,
        scaler=AcousticScaler.fit(heard) if hears and settings.standardize else None,
        max_mfcc_frames=settings.max_mfcc_frames,
        vocabulary=vocabulary,
        embedding_size=settings.embedding_size if vectors is None else vectors.matrix.shape[1],
    )
    for modality in config.modalities:
        missing = find_modality(clips, modality).count(False)
        if missing:
            notes.append(f"{missing} of {len(clips)} clips have no {modality}: it is masked there")
    speech = SpeechData(
        encoding=encoding, acoustic=tuple(acoustic), texts=tuple(texts), vectors=vectors
    )
    return speech, notes


def extract_clips(
    clips: ClipSet, config: TrainConfig, progress: Progress | None = None
) -> list[AcousticFeatures | None]:
    """Acoustic features of each clip; None where it has no audio."""
    paths = {n: one.audio for n, one in enumerate(clips.media) if one.audio is not None}
    found = extract_all(list(paths.values()), config.multimodal.acoustic, progress=progress)
    features: list[AcousticFeatures | None] = [None] * len(clips)
    for number, one in zip(paths, found, strict=True):
        features[number] = one
    return features


def _read_vectors(
    vocabulary: Vocabulary | None, config: TrainConfig
) -> tuple[WordVectors | None, list[str]]:
    if vocabulary is None:
        return None, []
    words = f"{len(vocabulary.words)} words in the training part"
    glove = config.multimodal.glove
    if glove is None:
        return None, [f"{words}; their vectors start at random, since there is no --glove file"]
    vectors = read_word_vectors(glove, vocabulary, seed=config.seed)
    return vectors, [f"{words}; {vectors.coverage:.1%} of them have a vector in {glove.name}"]
