"""Audio and text of clips: the files that a labels file names, and the duration of a wav file."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from skelgraph.data.clip_set import ClipMedia, ReadResult
from skelgraph.data.labels_file import LabeledFile
from skelgraph.errors import DatasetError
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence

_TEXT_SUFFIX = ".txt"


@dataclass(frozen=True, kw_only=True)
class FoundMedia:
    """Audio and text of each clip of a labels file, the files that hold them, and absent files."""

    media: tuple[ClipMedia, ...] = ()
    sources: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


def find_media(root: Path, files: Sequence[LabeledFile]) -> FoundMedia:
    """Look for the audio and text files that a labels file names.

    Raises:
        DatasetError: If a text file cannot be read.
    """
    sources: list[str] = []
    absent: list[str] = []

    def find(file: str) -> Path | None:
        exists = (root / file).is_file()
        (sources if exists else absent).append(str(root / file) if exists else file)
        return root / file if exists else None

    def find_text(text: str) -> str | None:
        if not names_text_file(text):
            return text
        path = find(text)
        return None if path is None else read_transcript(path)

    media = tuple(
        ClipMedia(
            audio=None if file.audio is None else find(file.audio),
            text=None if file.text is None else find_text(file.text),
        )
        for file in files
    )
    return FoundMedia(
        media=media, sources=tuple(dict.fromkeys(sources)), absent=tuple(dict.fromkeys(absent))
    )


def names_text_file(text: str) -> bool:
    """Return whether a transcript looks like the path of a text file: one word in ``.txt``.

    Example:
        >>> names_text_file("texts/a 1.txt"), names_text_file("I lost my notes in notes.txt")
        (True, False)
    """
    name = text.replace("\\", "/").rpartition("/")[2]
    return text.lower().endswith(_TEXT_SUFFIX) and name.count(" ") <= 1


def read_transcript(path: Path) -> str:
    """Read a text file in UTF-8, or else in Latin-1, and strip white space around the text.

    Raises:
        DatasetError: If the file cannot be opened.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path}: cannot be opened: {error.strerror}") from error
    try:
        return content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return content.decode("latin-1").strip()


def measure_wav(path: Path) -> float:
    """Return the duration of a wav file in seconds.

    Raises:
        DatasetError: If the file is not a wav file, or is truncated.
    """
    from scipy.io import wavfile  # takes half a second to import

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about unknown chunks
            try:
                rate_hz, samples = wavfile.read(path, mmap=True)
            except ValueError:  # samples of three bytes cannot be memory-mapped
                rate_hz, samples = wavfile.read(path)
    except (OSError, ValueError, EOFError, ArithmeticError, TypeError, LookupError) as error:
        raise DatasetError(
            f"{path}: expected a wav file, but it cannot be read: {error}"
        ) from error
    if not rate_hz:
        raise DatasetError(f"{path}: expected a wav file, but its sampling rate is 0")
    return float(len(samples) / rate_hz)


def make_blank(name: str, *, duration_s: float, like: PoseSequence | None = None) -> PoseSequence:
    """Make a clip without a skeleton: all joints are missing in all frames.

    Args:
        name: Name of the clip.
        duration_s: Its duration; it has at least one frame.
        like: A clip with the same layout, frame rate, unit and dimensions; by default ``upper10``,
            30 frames/s and 3D.
    """
    template = like
    if template is None:
        zeros = np.zeros((1, UPPER10.num_joints, 3), dtype=np.float32)
        template = PoseSequence(positions=zeros, layout=UPPER10, fps=30.0)
    T, (V, C) = max(round(duration_s * template.fps), 1), template.positions.shape[1:]
    return PoseSequence(
        positions=np.full((T, V, C), np.nan, dtype=np.float32),
        confidence=None if template.confidence is None else np.zeros((T, V), dtype=np.float32),
        layout=template.layout,
        fps=template.fps,
        unit=template.unit,
        up=template.up,
        name=name,
    )


def liken_blanks(result: ReadResult) -> ReadResult:
    """Give clips without a skeleton the layout, frame rate and unit of the others."""
    is_blank = [not sequence.has_joints for sequence in result.sequences]
    if not any(is_blank) or all(is_blank):
        return result
    template = result.sequences[is_blank.index(False)]
    sequences = tuple(
        replace(
            make_blank(sequence.name, duration_s=sequence.duration_s, like=template),
            label=sequence.label,
            subject=sequence.subject,
            recording=sequence.recording,
        )
        if blank
        else sequence
        for sequence, blank in zip(result.sequences, is_blank, strict=True)
    )
    return replace(result, sequences=sequences)
