"""What is said in clips and how, as networks take it: fitted to the training part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from skelgraph.config import AcousticBackend
from skelgraph.errors import RunError, SkelgraphError
from skelgraph.features import AcousticFeatures, Vocabulary, WordVectors, tokenize
from skelgraph.runs import RunDirectory, read_json_file, write_json
from skelgraph.training.multimodal.acoustic_scaler import AcousticScaler


@dataclass(frozen=True, kw_only=True, eq=False)
class SpeechEncoding:
    """From acoustic features and transcripts to what the audio and the text encoder take.

    Args:
        acoustic: What computes acoustic features; None of a network that does not hear.
        scaler: Statistics of the training part; None takes features as they are.
        max_mfcc_frames: MFCC frames after which an utterance is cut.
        vocabulary: The words of the training part; None of a network that does not read.
        embedding_size: Numbers of a token's vector.
    """

    acoustic: AcousticBackend | None
    scaler: AcousticScaler | None
    max_mfcc_frames: int
    vocabulary: Vocabulary | None
    embedding_size: int

    def encode_audio(self, features: AcousticFeatures) -> tuple[Tensor, Tensor]:
        """MFCC (T, 39) and prosody (35,) of an utterance."""
        scaled = features if self.scaler is None else self.scaler.apply(features)
        mfcc = torch.from_numpy(scaled.mfcc[: self.max_mfcc_frames].copy())
        return mfcc, torch.from_numpy(scaled.prosody.copy())

    def encode_text(self, text: str) -> Tensor:
        """Numbers (L,) of the tokens of a transcript.

        Raises:
            RunError: If there is no vocabulary.
        """
        if self.vocabulary is None:
            raise RunError("this network has_text no text: it has no vocabulary")
        return torch.from_numpy(self.vocabulary.encode(tokenize(text)))

    def to_dict(self) -> dict[str, Any]:
        """Return the encoding as plain JSON types."""
        return {
            "acoustic": self.acoustic,
            "scaler": None if self.scaler is None else self.scaler.to_dict(),
            "max_mfcc_frames": self.max_mfcc_frames,
            "vocabulary": None if self.vocabulary is None else self.vocabulary.to_dict(),
            "embedding_size": self.embedding_size,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "SpeechEncoding":
        """Return the encoding that :meth:`to_dict` wrote.

        Raises:
            KeyError, TypeError, ValueError, SkelgraphError: If the values are others.
        """
        scaler, vocabulary = values["scaler"], values["vocabulary"]
        return cls(
            acoustic=values["acoustic"],
            scaler=None if scaler is None else AcousticScaler.from_dict(scaler),
            max_mfcc_frames=int(values["max_mfcc_frames"]),
            vocabulary=None if vocabulary is None else Vocabulary.from_dict(vocabulary),
            embedding_size=int(values["embedding_size"]),
        )

    def of(self, *, has_audio: bool, has_text: bool) -> "SpeechEncoding":
        """Return the encoding of a network that takes no more than this."""
        return SpeechEncoding(
            acoustic=self.acoustic if has_audio else None,
            scaler=self.scaler if has_audio else None,
            max_mfcc_frames=self.max_mfcc_frames,
            vocabulary=self.vocabulary if has_text else None,
            embedding_size=self.embedding_size,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class SpeechData:
    """The speech of a dataset's clips.

    Args:
        encoding: How it becomes what networks take.
        acoustic: Features of each clip; None where it has no audio or none is listened to.
        texts: Transcript of each clip; None where it has none or none is read.
        vectors: Word vectors from which the text encoder starts; None for random ones.
    """

    encoding: SpeechEncoding
    acoustic: tuple[AcousticFeatures | None, ...]
    texts: tuple[str | None, ...]
    vectors: WordVectors | None = None

    def describe(self) -> list[str]:
        """Return what is known of it, in a few words each."""
        encoding = self.encoding
        audio = [] if encoding.acoustic is None else [f"audio by {encoding.acoustic}"]
        return [*audio, *([] if encoding.vocabulary is None else ["transcripts"])]

    def take(self, clips: Sequence[int]) -> "SpeechData":
        """Return the speech of some of the clips, in that order."""
        return SpeechData(
            encoding=self.encoding,
            acoustic=tuple(self.acoustic[clip] for clip in clips),
            texts=tuple(self.texts[clip] for clip in clips),
            vectors=self.vectors,
        )


def write_encoding(run: RunDirectory, encoding: SpeechEncoding) -> None:
    """Write ``speech.json``."""
    write_json(run.speech_file, encoding.to_dict())


def read_encoding(run: RunDirectory) -> SpeechEncoding:
    """Return the encoding of a run.

    Raises:
        RunError: If there is none, or it is damaged.
    """
    contents = read_json_file(run.path, run.speech_file)
    try:
        return SpeechEncoding.from_dict(contents)
    except (KeyError, TypeError, ValueError, SkelgraphError) as error:
        raise RunError(
            f"{run.speech_file}: expected vocabulary and statistics of a run, but they are "
            f"incomplete or damaged ({error})"
        ) from error
