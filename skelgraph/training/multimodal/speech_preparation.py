"""From a dataset's audio files and transcripts to the speech that networks take."""

from skelgraph.config import AcousticBackend, Modality, MultimodalSettings
from skelgraph.data import ClipSet, Progress
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
from skelgraph.training import find_modality
from skelgraph.training.multimodal.acoustic_scaler import AcousticScaler
from skelgraph.training.multimodal.speech import SpeechData, SpeechEncoding


def prepare_speech(
    clips: ClipSet,
    split: Split,
    settings: MultimodalSettings,
    modalities: tuple[Modality, ...],
    *,
    seed: int,
    progress: Progress | None = None,
) -> tuple[SpeechData, list[str]]:
    """Return the speech of a dataset, and what a user should know of it.

    Vocabulary and statistics are of the training part alone.

    Raises:
        SkelgraphError: If audio or word vectors cannot be read, or the training part has none.
    """
    has_audio, has_text = ("audio" in modalities), ("text" in modalities)
    acoustic: list[AcousticFeatures | None] = [None] * len(clips)
    if has_audio:
        acoustic = extract_clips(clips, settings.acoustic, progress)
    texts = [one.text if has_text else None for one in clips.media]
    heard = [features for clip in split.train if (features := acoustic[clip]) is not None]
    read = [tokenize(text) for clip in split.train if (text := texts[clip]) is not None]
    for wanted, found, what in ((has_audio, heard, "audio"), (has_text, read, "text")):
        if wanted and not found:
            raise DatasetError(f"expected {what} in the training part, but no clip of it has any")
    vocabulary = Vocabulary.build(read, max_tokens=settings.max_tokens) if has_text else None
    vectors, notes = _read_vectors(vocabulary, settings, seed)
    encoding = SpeechEncoding(
        acoustic=settings.acoustic if has_audio else None,
        scaler=AcousticScaler.fit(heard) if has_audio and settings.standardize else None,
        max_mfcc_frames=settings.max_mfcc_frames,
        vocabulary=vocabulary,
        embedding_size=settings.embedding_size if vectors is None else vectors.matrix.shape[1],
    )
    for modality in modalities:
        missing = find_modality(clips, modality).count(False)
        if missing:
            notes.append(f"{missing} of {len(clips)} clips have no {modality}: it is masked there")
    speech = SpeechData(
        encoding=encoding, acoustic=tuple(acoustic), texts=tuple(texts), vectors=vectors
    )
    return speech, notes


def extract_clips(
    clips: ClipSet, backend: AcousticBackend, progress: Progress | None = None
) -> list[AcousticFeatures | None]:
    """Return the acoustic features of each clip; None if it has no audio."""
    paths = {n: one.audio for n, one in enumerate(clips.media) if one.audio is not None}
    found = extract_all(list(paths.values()), backend, progress=progress)
    features: list[AcousticFeatures | None] = [None] * len(clips)
    for number, one in zip(paths, found, strict=True):
        features[number] = one
    return features


def _read_vectors(
    vocabulary: Vocabulary | None, settings: MultimodalSettings, seed: int
) -> tuple[WordVectors | None, list[str]]:
    if vocabulary is None:
        return None, []
    words = f"{len(vocabulary.words)} words in the training part"
    glove = settings.glove
    if glove is None:
        return None, [f"{words}; their vectors start at random, since there is no --glove file"]
    vectors = read_word_vectors(glove, vocabulary, seed=seed)
    return vectors, [f"{words}; {vectors.coverage:.1%} of them have a vector in {glove.name}"]
