"""Cleaning frames as they come: what :meth:`skelgraph.poses.Preprocessing.clean` does to files."""

from dataclasses import dataclass, field

import numpy as np

from skelgraph.errors import PoseError
from skelgraph.layouts import JointLayout
from skelgraph.poses import OneEuroFilter, Preprocessing, Unit, guess_meters
from skelgraph.streaming.frame_reader import Confidence, FrameReader
from skelgraph.streaming.online_filter import CausalLowPass, LowPassState
from skelgraph.streaming.online_resampler import CleanFrame, OnlineResampler, ResamplerState
from skelgraph.typing import Float32Array, FloatArray

_EARLY_FRAMES = 5
_SHARE_OF_BODY = 0.1
_ANTI_ALIAS_CUTOFF = 0.4
_ANTI_ALIAS_ORDER = 4
_BETA_PER_M = 10.0
_SAVGOL_CUTOFF_HZ = 4.8
"""Where the Savitzky-Golay filter of 7 frames at 30 frames/s has its -3 dB point."""


@dataclass
class CleanerState:
    """What an :class:`OnlineCleaner` keeps of one person.

    Args:
        resampler: The resampler's part.
        low_pass: The low-pass filter's part.
        anti_alias: The part of the filter before a lower rate.
        one_euro: The 1 Euro filter, once there was a frame, if the run has it.
        meters: Meters that a unit stands for, if the 1 Euro filter needs to know and does.
        time_s: Time of the last frame; None before the first.
        num_frames: Number of frames that came.
        last: Positions (V, C) of the last frame, before gaps and filters.
        held: Last known positions (V, C), NaN before a joint was there.
        held_s: When each joint (V,) was last there.
    """

    resampler: ResamplerState = field(default_factory=ResamplerState)
    low_pass: LowPassState = field(default_factory=LowPassState)
    anti_alias: LowPassState = field(default_factory=LowPassState)
    one_euro: OneEuroFilter | None = None
    meters: float | None = None
    time_s: float | None = None
    num_frames: int = 0
    last: Float32Array | None = None
    held: Float32Array | None = None
    held_s: FloatArray | None = None


class OnlineCleaner:
    """Clean the frames of people as they come, as a run's preprocessing cleans recordings.

    The steps and their order are those of :meth:`skelgraph.poses.Preprocessing.clean`: meters,
    confidence, layout, gaps, filter, frame rate. With the filters ``"none"`` and ``"one-euro"``,
    without gaps, and from a rate that is not above the run's, the frames are those of that
    function. Elsewhere it looks ahead, and this differs:

    - Gaps: a joint that is missing is held where it was, for ``max_gap_s`` at most, and missing
      after that. A recording's short gaps are interpolated, and its long ones are missing whole.
    - Filters without lag: ``"butterworth"`` and ``"savgol"`` become :class:`CausalLowPass` of the
      same -3 dB point. Movement lags by :attr:`lag_s`.
    - Where ``source_fps`` is above the run's rate and the filter does not limit the band, the
      filter against aliasing is such a filter too.
    - Rest poses before a recording are told by all that follows them
      (:func:`skelgraph.poses.drop_rest_pose`). Here a person begins anew if the whole body jumps by
      a tenth of its extent among the first five frames (:meth:`shows_jump`).

    A cleaner is not changed by what it cleans: each person has a state.

    Args:
        preprocessing: The run's.
        source_layout: Layout of the frames.
        unit: Unit of length of the frames.
        source_fps: Frames per second of the source, if they are known; by default those of the run.
            The time stamps count, not this, except for aliasing and for :attr:`lag_s`.

    Raises:
        LayoutError: If the layout cannot be converted to the run's.
        PoseError: If neither the run nor the source has a frame rate.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> preprocessing = Preprocessing(layout=UPPER10, fps=30.0, filter="none")
        >>> cleaner = OnlineCleaner(preprocessing, source_layout=UPPER10, unit="cm")
        >>> (frame,) = cleaner.push(CleanerState(), 0.0, np.full((10, 3), 50.0))
        >>> frame.positions[0].tolist()
        [0.5, 0.5, 0.5]
    """

    def __init__(
        self,
        preprocessing: Preprocessing,
        *,
        source_layout: JointLayout,
        unit: Unit = "unknown",
        source_fps: float | None = None,
    ) -> None:
        fps = preprocessing.fps or source_fps
        if fps is None:
            raise PoseError("expected the source's frame rate, since the run has none; give it")
        self.preprocessing = preprocessing
        self.fps = fps
        self.source_fps = source_fps or fps
        self.reader = FrameReader(
            source_layout,
            preprocessing.layout or source_layout,
            unit=unit,
            min_confidence=preprocessing.min_confidence,
        )
        longest_pause_s = max(preprocessing.max_gap_s or 0.0, 1.5 / self.source_fps)
        self._resampler = OnlineResampler(fps=fps, longest_pause_s=longest_pause_s)
        self._low_pass = _choose_low_pass(preprocessing)
        limit_hz = _ANTI_ALIAS_CUTOFF * fps
        is_limited = self._low_pass is not None and self._low_pass.cutoff_hz <= limit_hz
        self._anti_alias = None
        if not is_limited and self.source_fps > 1.01 * fps:
            self._anti_alias = CausalLowPass(cutoff_hz=limit_hz, order=_ANTI_ALIAS_ORDER)

    @property
    def layout(self) -> JointLayout:
        """Layout of the cleaned frames."""
        return self.reader.target

    @property
    def unit(self) -> Unit:
        """Unit of length of the cleaned frames."""
        return self.reader.unit

    @property
    def lag_s(self) -> float:
        """How far the filters lag behind slow movement, in seconds.

        The lag of the 1 Euro filter depends on speed, and is that of the training; it does not
        count.
        """
        filters = (self._low_pass, self._anti_alias)
        return sum(one.lag_s(self.source_fps) for one in filters if one is not None)

    def push(
        self,
        state: CleanerState,
        time_s: float,
        positions: FloatArray | Float32Array,
        confidence: FloatArray | Float32Array | None = None,
    ) -> list[CleanFrame]:
        """Return the frames at the run's rate up to a new frame of a person; change the state.

        Args:
            state: What is kept of the person.
            time_s: Time of the frame in seconds, later than that of the frame before.
            positions: Positions (V, C) in the source's layout and unit; NaN where a joint is
                missing.
            confidence: Confidence (V,) of each joint, 0 or more, if the source has any.

        Raises:
            PoseError: If the frame is not later, its shape is another one, or a number is infinite.
        """
        if not np.isfinite(time_s) or (state.time_s is not None and time_s <= state.time_s):
            raise PoseError(
                f"expected a frame later than {state.time_s or 0:g} s, but got {time_s:g} s"
            )
        frame, scores = self.reader.read(positions, confidence)
        interval_s = 0.0 if state.time_s is None else time_s - state.time_s
        state.time_s, state.last = time_s, frame
        state.num_frames += 1
        if self.preprocessing.max_gap_s is not None:
            frame, scores = _hold(state, time_s, frame, scores, self.preprocessing.max_gap_s)
        frame = self._smooth(state, frame, interval_s)
        return self._resampler.push(state.resampler, time_s, frame, scores)

    def shows_jump(self, state: CleanerState, positions: FloatArray | Float32Array) -> bool:
        """Return whether the frames so far were a rest pose, and the person must begin anew.

        Args:
            state: What is kept of the person so far.
            positions: Positions (V, C) of the next frame.
        """
        if state.last is None or state.num_frames > _EARLY_FRAMES:
            return False
        frame, _ = self.reader.read(positions)
        steps = np.linalg.norm(frame - state.last, axis=1)
        known = ~np.isnan(steps)
        if not known.any():
            return False
        extent = np.linalg.norm(np.nanmax(frame, axis=0) - np.nanmin(frame, axis=0))
        return bool(np.median(steps[known]) > _SHARE_OF_BODY * extent)

    def _smooth(self, state: CleanerState, frame: Float32Array, interval_s: float) -> Float32Array:
        """Return the frame after the filters."""
        if self.preprocessing.filter == "one-euro":
            frame = self._smooth_one_euro(state, frame, interval_s)
        if self._low_pass is not None:
            frame = self._low_pass.update(state.low_pass, frame, interval_s)
        if self._anti_alias is not None:
            frame = self._anti_alias.update(state.anti_alias, frame, interval_s)
        return frame.astype(np.float32)

    def _smooth_one_euro(
        self, state: CleanerState, frame: Float32Array, interval_s: float
    ) -> Float32Array:
        if state.one_euro is None:
            state.one_euro = OneEuroFilter(fps=self.source_fps)
        if state.meters is None:
            state.meters = guess_meters(frame[None], self.layout, self.unit)
            state.one_euro.beta = _BETA_PER_M * (state.meters or 1.0)
        if interval_s > 0:
            state.one_euro.fps = 1 / interval_s
        return state.one_euro.update(frame).astype(np.float32)


def _choose_low_pass(preprocessing: Preprocessing) -> CausalLowPass | None:
    """Return the filter that takes the place of a run's, if that is a low-pass filter."""
    if preprocessing.filter == "savgol":
        return CausalLowPass(cutoff_hz=_SAVGOL_CUTOFF_HZ)
    if preprocessing.filter == "butterworth" and preprocessing.cutoff_hz is not None:
        return CausalLowPass(cutoff_hz=preprocessing.cutoff_hz, order=preprocessing.order // 2)
    return None


def _hold(
    state: CleanerState, now_s: float, frame: Float32Array, scores: Confidence, longest_s: float
) -> tuple[Float32Array, Confidence]:
    """Return the frame with joints that were there a moment ago where they were."""
    missing = np.isnan(frame[:, 0])
    if state.held is None or state.held_s is None:
        state.held = np.full_like(frame, np.nan)
        state.held_s = np.full(len(frame), -np.inf)
    state.held[~missing] = frame[~missing]
    state.held_s[~missing] = now_s
    filled = missing & (now_s - state.held_s <= longest_s + 1e-6)
    if not filled.any():
        return frame, scores
    held = np.where(filled[:, None], state.held, frame)
    return held, None if scores is None else np.where(filled, np.float32(0), scores)
