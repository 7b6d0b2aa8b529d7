"""The parts of all readers and writers: entries of the tables, and the constructor of sequences."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from skelgraph.errors import FormatError, FormatWarning, PoseError, RateError
from skelgraph.io.foreign_files import describe_hands
from skelgraph.io.guess_metadata import guess_unit, guess_up
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence, Unit, UpAxis, describe_misfit
from skelgraph.typing import FloatArray, IntArray

Hint = Literal["layout", "fps"]


class ReadPersons(Protocol):
    """A function that reads the persons of a file."""

    def __call__(
        self, path: Path, *, layout: JointLayout | None, fps: float | None
    ) -> list[PoseSequence]:
        """Return one sequence per person; else raise a FormatError that names the file."""
        ...


class ReadPerson(Protocol):
    """A function that reads the one person of a file."""

    def __call__(
        self, path: Path, *, layout: JointLayout | None, fps: float | None
    ) -> PoseSequence:
        """Return the sequence; for anything else raise a FormatError that names the file."""
        ...


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A file format that can be read.

    Args:
        name: Name of the format.
        suffixes: Its usual suffixes, with the dot, in lower case.
        sniff: Whether a file looks like this format, told from its path and its first bytes (none
            for a folder). It must not raise.
        read: Reads a file's persons. ``layout`` names the joints if the file does not, or selects
            some of those that it names; ``fps`` is used only if the file tells no frame rate.
        description: What the format is, in one line.
        guesses_layout: Whether nothing but the number of joints tells what they are, so that a
            layout with as many is believed more than the file.
        frame_suffix: Suffix of the files of one frame each, where a folder of them is a recording.
    """

    name: str
    suffixes: tuple[str, ...]
    sniff: Callable[[Path, bytes], bool]
    read: ReadPersons
    description: str
    guesses_layout: bool = False
    frame_suffix: str | None = None


@dataclass(frozen=True, kw_only=True)
class Writer:
    """A file format that can be written.

    Args:
        name: Name of the format, as in the table of readers.
        suffixes: The suffixes of its files, with the dot, in lower case.
        write: Writes one person's sequence; an existing file is replaced.
        description: What is kept of a sequence, in one line.
        in_plane: Whether a sequence of an image can be written.
        list_files_beside: The files that ``write`` writes besides the one it is told.
    """

    name: str
    suffixes: tuple[str, ...]
    write: Callable[[Path, PoseSequence], None]
    description: str
    in_plane: bool = True
    list_files_beside: Callable[[Path, PoseSequence], list[Path]] = lambda path, sequence: []


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A file, or a folder of one file per frame, and the reader of its format.

    :func:`skelgraph.io.open_recording` makes it; its format is not detected again.

    Args:
        path: The file.
        reader: The reader.
    """

    path: Path
    reader: Reader

    @property
    def format(self) -> str:
        """Name of the format, a key of :data:`skelgraph.io.READERS`."""
        return self.reader.name

    @property
    def guesses_layout(self) -> bool:
        """Whether nothing but the number of joints tells what the joints are."""
        return self.reader.guesses_layout

    def read(
        self,
        *,
        layout: JointLayout | None = None,
        fps: float | None = None,
        override_fps: float | None = None,
    ) -> list[PoseSequence]:
        """Read all persons, one sequence each.

        The arguments are those of :func:`skelgraph.io.read_sequences`.

        Raises:
            FormatError: If the file is not what its format asks for, or shows hands alone.
        """
        sequences = self._read(layout, override_fps or fps)
        told = {sequence.fps for sequence in sequences} - {override_fps or fps}
        rates = " and ".join(f"{rate:g}" for rate in sorted(told))
        if override_fps is not None and told:
            _warn(f"{self.path}: its own {rates} frames/s are replaced with {override_fps:g}")
            return [replace(sequence, fps=override_fps) for sequence in sequences]
        if fps is not None and told:
            _warn(
                f"{self.path}: tells {rates} frames/s itself, which are used instead of {fps:g}; "
                "--override-fps replaces them"
            )
        return sequences

    def read_with_hints(
        self,
        *,
        layout: JointLayout | None,
        fps: float | None,
        override_fps: float | None = None,
    ) -> tuple[list[PoseSequence], tuple[Hint, ...]]:
        """Read all persons, and use only those hints that the file needs.

        A reader with a layout picks just its joints, by name; a reader with a frame rate takes it
        for the file's. In a folder of unlike files that would be wrong for those that have their
        own, so that each file is first read without. If it could only guess its layout, the layout
        of the hint is tried first.

        Args:
            layout: Layout of a file that does not name its joints.
            fps: Frames per second of a file that does not tell it.
            override_fps: Frames per second, whatever the file and the hint tell.

        Returns:
            The sequences, and the hints that were used.

        Raises:
            FormatError: If the file cannot be read with all hints either.
        """
        tries: dict[tuple[JointLayout | None, float | None], tuple[Hint, ...]] = {}
        for hint in (layout, None) if self.guesses_layout else (None, layout):
            used: tuple[Hint, ...] = () if hint is None else ("layout",)
            tries.setdefault((hint, None), used)
            if override_fps is None:
                tries.setdefault((hint, fps), (*used, "fps"))
        problem = FormatError("there is nothing to read")
        for (own_layout, own_fps), used in tries.items():
            try:
                read = self._read(own_layout, override_fps or own_fps)
            except FormatError as error:
                problem = error
                continue
            if override_fps is not None:
                read = [replace(sequence, fps=override_fps) for sequence in read]
            return read, used
        raise problem

    def _read(self, layout: JointLayout | None, fps: float | None) -> list[PoseSequence]:
        """Read all persons, and warn if joints without names hardly make a body."""
        try:
            sequences = self.reader.read(self.path, layout=layout, fps=fps)
        except RateError:
            raise
        except FormatError as error:
            if (hands := describe_hands(self.path)) is not None:
                raise FormatError(hands) from error
            raise
        if self.guesses_layout and sequences:
            problem = describe_misfit(sequences[0].positions, sequences[0].layout)
            if problem is not None:
                _warn(f"{self.path}: {problem}")
        return sequences


def _warn(text: str) -> None:
    warnings.warn(text, FormatWarning, stacklevel=3)


def read_as_list(read: ReadPerson) -> ReadPersons:
    """Turn a function that reads one person into one that returns a list."""

    def read_persons(
        path: Path, *, layout: JointLayout | None, fps: float | None
    ) -> list[PoseSequence]:
        return [read(path, layout=layout, fps=fps)]

    return read_persons


def require_rate(fps: float | None, path: Path, what: str) -> float:
    """Return the given frame rate for a file of a format that tells none.

    Raises:
        RateError: If none was given; ``what`` names what does not tell it.
    """
    if fps is None:
        raise RateError(
            f"{path}: expected the frame rate, which {what} do not tell; pass it (--fps)"
        )
    return fps


def check_reach(
    path: Path, positions: FloatArray, layout: JointLayout, frames: IntArray | None = None
) -> None:
    """Check that single precision can hold all positions (N, V, C).

    Args:
        path: The file, for the error.
        positions: NaN where a joint is missing.
        layout: The skeleton with V joints.
        frames: Array (N,), frame of each row where it is not the row's number.

    Raises:
        FormatError: If it cannot.
    """
    too_large = np.abs(positions) > np.finfo(np.float32).max
    if too_large.any():
        row, joint = (int(number) for number in np.argwhere(too_large)[0, :2])
        raise FormatError(
            f"{path}, frame {row if frames is None else frames[row]}: joint "
            f"{layout.joints[joint]!r} lies farther away than single precision reaches"
        )


def build_sequence(
    path: Path,
    positions: FloatArray,
    *,
    layout: JointLayout,
    fps: float,
    unit: Unit | None = None,
    up: UpAxis | None = None,
    confidence: FloatArray | None = None,
    name: str | None = None,
    label: str | None = None,
    subject: str | None = None,
    recording: str | None = None,
    start_s: float = 0.0,
    numbering_hz: float | None = None,
) -> PoseSequence:
    """Build the sequence of a file's positions (T, V, C), which are NaN where a joint is missing.

    The unit is guessed from the size of the skeleton and the up axis from the trunk, if the file
    does not say them. A sequence without another name has the file's, without the suffix.

    Raises:
        FormatError: If the values make no sequence.
    """
    single = np.finfo(np.float32)
    if confidence is not None:
        confidence = np.clip(confidence, single.min, single.max).astype(np.float32)
    check_reach(path, positions, layout)
    try:
        return PoseSequence(
            positions=positions.astype(np.float32),
            layout=layout,
            fps=fps,
            unit=guess_unit(positions, layout) if unit is None else unit,
            up=guess_up(positions, layout) if up is None else up,
            confidence=confidence,
            name=name or path.stem,
            label=label,
            subject=subject,
            recording=recording,
            start_s=start_s,
            numbering_hz=numbering_hz,
        )
    except PoseError as error:
        raise FormatError(f"{path}: {error}") from error
