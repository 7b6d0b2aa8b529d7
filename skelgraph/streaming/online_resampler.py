"""Resampling by time stamps as frames come: a rate that wanders, frames that are dropped."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from skelgraph.typing import Float32Array

_SAME_INSTANT = 1e-6


class CleanFrame(NamedTuple):
    """A frame of one person after cleaning.

    Args:
        number: Its number from 0; frames of a person follow one another without holes.
        time_s: Its time in seconds, by the source's clock.
        positions: Positions (V, C), NaN where a joint is missing.
        confidence: Confidence (V,) of each joint; None if the source has none.
    """

    number: int
    time_s: float
    positions: Float32Array
    confidence: Float32Array | None


@dataclass
class ResamplerState:
    """What an :class:`OnlineResampler` keeps of one person.

    Args:
        start_s: Time of the first frame; None before it.
        num_frames: Number of frames that were given out.
        last: The source's last frame, whose number does not count.
    """

    start_s: float | None = None
    num_frames: int = 0
    last: CleanFrame | None = None


class OnlineResampler:
    """Give frames at multiples of ``1 / fps`` from a person's first frame, as they can be had.

    A frame is the linear interpolation of the two frames around it, as
    :func:`skelgraph.poses.resample` does for a recording, and comes once the later of these is
    there; it is missing where one of them is. One that falls on a frame is that frame.
    If frames were dropped, the two are farther apart, and several frames come at once. Frames
    inside a pause that is longer than ``longest_pause_s`` have no joints.

    The first of the two frames may be any time before: nothing but the last frame is kept.

    Args:
        fps: Frames per second that are wanted.
        longest_pause_s: Longest time between two frames over which is interpolated.
    """

    def __init__(self, *, fps: float, longest_pause_s: float = 0.5) -> None:
        self.fps = fps
        self.longest_pause_s = longest_pause_s

    def push(
        self,
        state: ResamplerState,
        time_s: float,
        positions: Float32Array,
        confidence: Float32Array | None,
    ) -> list[CleanFrame]:
        """Return the frames up to a new one of the source, and change the state.

        Args:
            state: What is kept of the person.
            time_s: Time of the new frame in seconds, later than that of the frame before.
            positions: Its positions (V, C), NaN where a joint is missing.
            confidence: Its confidences (V,), if there are any.
        """
        new = CleanFrame(0, time_s, positions, confidence)
        if state.start_s is None:
            state.start_s = time_s
        old = state.last or new
        state.last = new
        # Counted in wanted frames from the first one, so that large clocks keep their precision.
        begin = (old.time_s - state.start_s) * self.fps
        end = (time_s - state.start_s) * self.fps
        frames: list[CleanFrame] = []
        while state.num_frames <= end + _SAME_INSTANT * max(end, 1.0):
            frames.append(self._interpolate(old, new, state.num_frames, begin, end, state.start_s))
            state.num_frames += 1
        return frames

    def _interpolate(
        self,
        old: CleanFrame,
        new: CleanFrame,
        number: int,
        begin: float,
        end: float,
        start_s: float,
    ) -> CleanFrame:
        """Return the frame of a number between two frames at ``begin`` and ``end``."""
        time_s = start_s + number / self.fps
        tolerance = _SAME_INSTANT * max(number, 1)
        for frame, at in ((old, begin), (new, end)):
            if abs(at - number) < tolerance:
                return CleanFrame(number, time_s, frame.positions, frame.confidence)
        if end - begin > self.longest_pause_s * self.fps + _SAME_INSTANT:
            blank = np.full_like(new.positions, np.nan)
            return CleanFrame(number, time_s, blank, _least(old.confidence, new.confidence))
        share = np.float32((number - begin) / (end - begin))
        positions = old.positions + share * (new.positions - old.positions)
        return CleanFrame(number, time_s, positions, _least(old.confidence, new.confidence))


def _least(old: Float32Array | None, new: Float32Array | None) -> Float32Array | None:
    return None if old is None or new is None else np.minimum(old, new)
