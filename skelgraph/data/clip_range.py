"""The start and the end of a clip that is cut from a long take."""

import math
import re
import warnings
from typing import Literal, NamedTuple

from skelgraph.errors import DatasetError, FormatWarning
from skelgraph.poses import PoseSequence

TimeUnit = Literal["s", "f"]

_FACTORS: dict[str, tuple[float, TimeUnit]] = {"s": (1, "s"), "ms": (0.001, "s"), "f": (1, "f")}
_NUMBER = re.compile(r"(\d{1,15}(?:[.,]\d{0,15})?|[.,]\d{1,15})\s*(s|ms|f|)", re.ASCII | re.I)
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2}(?:[.,]\d{1,9})?)", re.ASCII)
_TOLERANCE_S = 0.05
_ALMOST_HALF = 0.5 + 1e-6


class Moment(NamedTuple):
    """A moment of a recording.

    Args:
        value: Seconds by the clock of the recording, or the number of a frame.
        unit: ``"s"`` or ``"f"``.
    """

    value: float
    unit: TimeUnit

    def __str__(self) -> str:
        return f"{self.value:.12g}{self.unit}"

    def to_seconds(self, sequence: PoseSequence) -> float:
        """Return the time by the clock of a recording."""
        rate = 1.0 if self.unit == "s" else sequence.numbering_hz or sequence.fps
        return self.value / rate

    def find_frame(self, sequence: PoseSequence) -> int:
        """Return the frame nearest to the moment, counted from the first frame of a recording.

        The later one, if the moment is in the middle between two.
        """
        frames = (self.to_seconds(sequence) - sequence.start_s) * sequence.fps
        return math.floor(frames + _ALMOST_HALF)


class ClipRange(NamedTuple):
    """The part of a recording that is a clip: from the start up to, but not including, the end.

    Args:
        start: Its start; None for that of the recording.
        end: Its end; None for that of the recording.
    """

    start: Moment | None = None
    end: Moment | None = None

    def __bool__(self) -> bool:
        return self != (None, None)

    def __str__(self) -> str:
        return f"{self.start or 'start'}-{self.end or 'end'}"

    @property
    def is_backward(self) -> bool:
        """Whether the end is not after the start, as far as their units tell."""
        if self.start is None or self.end is None or self.start.unit != self.end.unit:
            return False
        return self.end.value <= self.start.value


def parse_moment(text: str, unit: TimeUnit = "s") -> Moment | None:
    """Parse a moment; None for any other text.

    Args:
        text: A number with or without a unit (``s``, ``ms``, or ``f`` for the number of a frame),
            or a time such as ``1:02.5`` or ``0:01:02.500``.
        unit: Unit of a number without one.

    Example:
        >>> [str(parse_moment(text)) for text in ("12.5", "375f", "1:02,5", "1:00:00", "80 ms")]
        ['12.5s', '375f', '62.5s', '3600s', '0.08s']
    """
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        hours, minutes, seconds = clock.groups()
        value = 3600 * int(hours or 0) + 60 * int(minutes) + float(seconds.replace(",", "."))
        return Moment(value, "s")
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    factor, kind = _FACTORS[match[2].lower() or unit]
    return Moment(float(match[1].replace(",", ".")) * factor, kind)


def cut_take(take: PoseSequence, clip: ClipRange, where: str) -> PoseSequence:
    """Return the frames of a clip.

    A start before the recording, and an end after it, by up to a frame or 0.05 s are those of the
    recording; such an end is a FormatWarning.

    Args:
        take: The recording.
        clip: The part of it.
        where: Begins a message: the file and the clip.

    Raises:
        DatasetError: If the clip has no frame, or is not within the recording.
    """
    start = 0 if clip.start is None else clip.start.find_frame(take)
    end = take.num_frames if clip.end is None else clip.end.find_frame(take)
    tolerance = max(1, math.floor(_TOLERANCE_S * take.fps))
    if start < -tolerance or end > take.num_frames + tolerance or start >= take.num_frames:
        raise DatasetError(f"{where}: expected a clip within the recording, {_describe(take)}")
    if end <= start:
        raise DatasetError(
            f"{where}: expected a start before the end, by a frame or more, but got "
            f"{start} and {end}, counted in frames of {take.fps:g}/s from the first one"
        )
    if end > take.num_frames:
        late = (end - take.num_frames) / take.fps
        message = f"{where}: ends {late:.3f} s after the recording, and was cut there"
        warnings.warn(message, FormatWarning, stacklevel=2)
    return take[max(start, 0) : end]


def _describe(take: PoseSequence) -> str:
    rate = take.numbering_hz or take.fps
    first, last = (round(time * rate) for time in (take.start_s, _end(take) - 1 / take.fps))
    return (
        f"which goes from {take.start_s:.3f} s to {_end(take):.3f} s (its frames are numbered "
        f"{first} to {last})"
    )


def _end(take: PoseSequence) -> float:
    return take.start_s + take.duration_s
