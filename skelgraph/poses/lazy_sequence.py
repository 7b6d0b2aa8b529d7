"""Recordings whose numbers are read, or computed, when somebody asks for them."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast, overload

from skelgraph.layouts import JointLayout
from skelgraph.poses.pose_sequence import PoseSequence, Unit, UpAxis
from skelgraph.typing import Float32Array


class SequenceSource(Protocol):
    """Where the numbers of lazy sequences come from."""

    def load(self, number: int) -> PoseSequence:
        """Return the sequence of a number, with its positions."""
        ...

    def digest(self, number: int) -> bytes:
        """Return a digest of the numbers from which a sequence is made."""
        ...


class LazySequence(PoseSequence):
    """A recording that is loaded from a source whenever its numbers are asked for, and not kept.

    It is used as any other recording: names, facts and length are there at once. Whoever needs
    several of its arrays calls :meth:`load` first. A copy that ``dataclasses.replace`` makes is a
    plain :class:`PoseSequence`. At least one joint must be present in some frame.

    Example:
        >>> import numpy as np
        >>> class Zeros:
        ...     def load(self, number):
        ...         return PoseSequence(positions=np.zeros((9, 10, 3)), layout="upper10", fps=30)
        ...     def digest(self, number):
        ...         return b"zeros"
        >>> lazy = LazySequence.of(
        ...     Zeros(), 0, num_frames=9, num_dimensions=3, layout="upper10", fps=30, name="still"
        ... )
        >>> lazy.name, lazy.num_frames, lazy.positions.shape
        ('still', 9, (9, 10, 3))
    """

    _source: SequenceSource
    _number: int
    _num_frames: int
    _num_dimensions: int
    _has_confidence: bool

    def __new__(cls, **fields: Any) -> "LazySequence":
        """Return a plain sequence: all fields are given, as ``replace`` does."""
        return cast("LazySequence", PoseSequence(**fields))

    @classmethod
    def of(
        cls,
        source: SequenceSource,
        number: int,
        *,
        num_frames: int,
        num_dimensions: int,
        layout: JointLayout,
        fps: float,
        unit: Unit = "unknown",
        up: UpAxis = "+y",
        name: str = "",
        label: str | None = None,
        subject: str | None = None,
        recording: str | None = None,
        has_confidence: bool = False,
    ) -> "LazySequence":
        """Return the sequence of a number of a source, which is not loaded yet.

        Args:
            source: Loads it.
            number: Its number there.
            num_frames: Number of frames; about that of a recording that is cleaned when loaded.
            num_dimensions: Number of coordinates of a joint.
            layout: As for :class:`PoseSequence`, and so are the others.
            fps: Frames per second.
            unit: Unit of length of the positions.
            up: Axis that points upward.
            name: Name of the clip.
            label: What is shown, where it is known.
            subject: Who is recorded, where it is known.
            recording: The recording from which the clip is cut, where it is known.
            has_confidence: Whether joints have a confidence.
        """
        sequence = object.__new__(cls)
        fields = {
            "_source": source,
            "_number": number,
            "_num_frames": num_frames,
            "_num_dimensions": num_dimensions,
            "_has_confidence": has_confidence,
            "layout": layout,
            "fps": fps,
            "unit": unit,
            "up": up,
            "name": name,
            "label": label,
            "subject": subject,
            "recording": recording,
        }
        object.__setattr__(sequence, "__dict__", fields)  # all at once: there may be very many
        return sequence

    def load(self) -> PoseSequence:
        """Return the recording with its numbers in memory."""
        return self._source.load(self._number)

    def digest(self) -> bytes:
        """Return a digest of what the recording is made from; equal ones have equal numbers."""
        return self._source.digest(self._number)

    @property
    def positions(self) -> Float32Array:
        """Array (T, V, C), loaded each time."""
        return self.load().positions

    @property
    def confidence(self) -> Float32Array | None:
        """Array (T, V), loaded each time, or None."""
        return self.load().confidence if self._has_confidence else None

    @property
    def partners(self) -> tuple[PoseSequence, ...]:
        """The other persons of the clip, loaded each time."""
        return self.load().partners

    @property
    def num_frames(self) -> int:
        """Number of frames T."""
        return self._num_frames

    @property
    def num_dimensions(self) -> int:
        """Number of coordinates C of a joint: 2 or 3."""
        return self._num_dimensions

    @property
    def has_joints(self) -> bool:
        """Whether any joint is there in any frame."""
        return True


class LazySequences(Sequence[PoseSequence]):
    """Very many lazy sequences, each of which is made when it is asked for.

    Args:
        source: Loads them.
        columns: The arguments of :meth:`LazySequence.of`, a list for each.
    """

    def __init__(self, source: SequenceSource, columns: Mapping[str, Sequence[Any]]) -> None:
        self.source = source
        self.columns = dict(columns)
        self.size = len(next(iter(columns.values())))

    def list_field(self, name: str) -> tuple[Any, ...]:
        """Return a field of all sequences, none of which is made for it."""
        return tuple(self.columns[name])

    @overload
    def __getitem__(self, number: int) -> PoseSequence: ...

    @overload
    def __getitem__(self, number: slice) -> tuple[PoseSequence, ...]: ...

    def __getitem__(self, number: int | slice) -> PoseSequence | tuple[PoseSequence, ...]:
        """Return the sequence of a number, or a tuple of some."""
        if isinstance(number, slice):
            return tuple(self[one] for one in range(*number.indices(self.size)))
        place = range(self.size)[number]  # which refuses numbers that are out of range
        values = {key: column[place] for key, column in self.columns.items()}
        return LazySequence.of(self.source, place, **values)

    def __len__(self) -> int:
        return self.size


def list_field(sequences: Sequence[PoseSequence], name: str) -> tuple[Any, ...]:
    """Return a field of all sequences, such as their names.

    Example:
        >>> list_field([], "name")
        ()
    """
    if isinstance(sequences, LazySequences):
        return sequences.list_field(name)
    return tuple(getattr(sequence, name) for sequence in sequences)
