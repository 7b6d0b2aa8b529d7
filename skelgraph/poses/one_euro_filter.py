"""The 1 Euro filter: low-pass filtering as the frames come, for streaming.

Source: Casiez, Roussel and Vogel, "1 Euro Filter: A Simple Speed-based Low-pass Filter for Noisy
Input in Interactive Systems", CHI 2012, algorithm 1.
"""

from dataclasses import replace

import numpy as np

from skelgraph.errors import PoseError
from skelgraph.layouts import JointLayout
from skelgraph.poses.pose_sequence import METERS_PER_UNIT, PoseSequence, Unit
from skelgraph.typing import Float32Array, FloatArray

_METERS_PER_BONE = 0.25
"""Mean length of a bone of the body, where an image tells no other measure."""


class OneEuroFilter:
    r"""Smooths the positions of joints frame by frame, and never looks ahead.

    A first-order low-pass filter whose cutoff grows with the speed of the joint: rest is free of
    jitter, and fast movement of lag.

    .. math::  \hat x_t = \hat x_{t-1} + \alpha (x_t - \hat x_{t-1}), \quad
        \alpha = \frac{1}{1 + \frac{f}{2\pi f_c}}, \quad
        f_c = f_{min} + \beta \lvert \hat v_t \rvert

    with the frame rate :math:`f` and the velocity :math:`\hat v`, that of
    :math:`f (x_t - \hat x_{t-1})` after such a filter of a fixed cutoff. The speed is the length of
    the velocity of all coordinates together, so that it does not matter how the axes lie.

    Each joint has a state of its own. A joint that is missing (NaN) stays missing, and its state is
    forgotten: when it comes back, the filter begins anew, as at a gap in the other filters.

    Args:
        fps: Frames per second.
        min_cutoff_hz: Cutoff at rest in Hz, above 0: lower is smoother, and lags more.
        beta: How many Hz the cutoff grows for each unit of length per second, 0 or more. The unit
            is that of the positions: 10 Hz for one m/s are 0.1 Hz for one cm/s.
        velocity_cutoff_hz: Cutoff of the filter of the velocity in Hz, above 0; 1 Hz in the source.

    Raises:
        PoseError: If a setting is out of its range.

    Example:
        >>> smoother = OneEuroFilter(fps=30.0)  # positions in meters
        >>> smoother.update(np.zeros((1, 2))).tolist(), smoother.update(np.ones((1, 2))).tolist()
        ([[0.0, 0.0]], [[0.93..., 0.93...]])
    """

    def __init__(
        self,
        *,
        fps: float,
        min_cutoff_hz: float = 1.0,
        beta: float = 10.0,
        velocity_cutoff_hz: float = 1.0,
    ) -> None:
        _check_above_zero("frame rate", fps, "frames/s")
        _check_above_zero("cutoff", min_cutoff_hz, "Hz")
        _check_above_zero("cutoff of the velocity", velocity_cutoff_hz, "Hz")
        if not (np.isfinite(beta) and beta >= 0):
            raise PoseError(f"expected a beta of 0 or more, but got {beta:g}")
        self.fps = fps
        self.min_cutoff_hz = min_cutoff_hz
        self.beta = beta
        self.velocity_cutoff_hz = velocity_cutoff_hz
        self.reset()

    def reset(self) -> None:
        """Forgets all frames: the next one is the first."""
        self._positions: FloatArray | None = None
        self._velocities: FloatArray | None = None

    def update(self, positions: FloatArray) -> FloatArray:
        """The next frame, smoothed.

        Args:
            positions: Array (V, C) of the joints of one frame; NaN where one is missing.

        Returns:
            Array (V, C); NaN where a joint is missing.

        Raises:
            PoseError: If it has another shape than the frame before.
        """
        positions = np.asarray(positions, dtype=np.float64)
        before, velocities = self._last(positions.shape)
        known = ~np.isnan(before).any(axis=1, keepdims=True)
        steps = np.where(known, positions - before, 0.0)
        share = self._share(np.array(self.velocity_cutoff_hz))
        velocities = np.where(known, velocities + share * (self.fps * steps - velocities), 0.0)
        speeds = np.linalg.norm(velocities, axis=1, keepdims=True)
        share = self._share(self.min_cutoff_hz + self.beta * speeds)
        self._positions = np.where(known, before + share * steps, positions)
        self._positions[np.isnan(positions).any(axis=1)] = np.nan
        self._velocities = velocities
        return self._positions.copy()

    def _last(self, shape: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
        """Positions and velocities of the frame before, for a frame of this shape."""
        if self._positions is None or self._velocities is None:
            if len(shape) != 2:
                raise PoseError(f"expected a frame (joints, coordinates), but got {shape}")
            return np.full(shape, np.nan), np.zeros(shape)
        if shape != self._positions.shape:
            raise PoseError(
                f"expected a frame {self._positions.shape} as before, but got {shape}; reset the "
                f"filter for another person"
            )
        return self._positions, self._velocities

    def _share(self, cutoff_hz: FloatArray) -> FloatArray:
        """How much of the new value goes into the filtered one."""
        return np.asarray(1 / (1 + self.fps / (2 * np.pi * cutoff_hz)))


def one_euro(
    sequence: PoseSequence,
    *,
    min_cutoff_hz: float = 1.0,
    beta_per_m: float = 10.0,
    velocity_cutoff_hz: float = 1.0,
) -> PoseSequence:
    """The same recording as :class:`OneEuroFilter` smooths it frame by frame.

    It lags; where the whole recording is there, :func:`low_pass` does not. At the wrists of the MPI
    recordings with noise of 1 cm on each axis, the RMS error of 17 mm becomes 11 mm with the
    defaults, as with those of :func:`low_pass`; with less noise a larger beta is better.

    Args:
        sequence: The recording.
        min_cutoff_hz: Cutoff at rest in Hz, above 0; 1 Hz is where the authors begin.
        beta_per_m: How many Hz the cutoff grows for each m/s of a joint's speed, 0 or more. In a
            recording whose unit is no length, such as pixels, four mean bones are a meter, as the
            first frame shows them that has any.
        velocity_cutoff_hz: Cutoff of the filter of the velocity in Hz, above 0.

    Raises:
        PoseError: If a setting is out of its range.
    """
    smoother = OneEuroFilter(
        fps=sequence.fps,
        min_cutoff_hz=min_cutoff_hz,
        beta=beta_per_m * (guess_meters(sequence.positions, sequence.layout, sequence.unit) or 1),
        velocity_cutoff_hz=velocity_cutoff_hz,
    )
    positions = np.stack([smoother.update(frame) for frame in sequence.positions])
    return replace(sequence, positions=positions.astype(np.float32))


def guess_meters(positions: Float32Array, layout: JointLayout, unit: Unit) -> float | None:
    """Return the meters that a unit of positions (T, V, C) stands for.

    In pixels, it is guessed from the first bones seen: four mean bones are a meter. Only from the
    first, so that no frame is filtered by what comes after it. None if no bone is seen.
    """
    if unit in METERS_PER_UNIT:
        return METERS_PER_UNIT[unit]
    children, parents = np.array(layout.bones).T
    for frame in positions.astype(np.float64):
        lengths = np.linalg.norm(frame[children] - frame[parents], axis=1)
        lengths = lengths[lengths > 0]  # neither missing nor of no length
        if len(lengths):
            return _METERS_PER_BONE / float(lengths.mean())
    return None


def _check_above_zero(what: str, value: float, unit: str) -> None:
    if not (np.isfinite(value) and value > 0):
        raise PoseError(f"expected a {what} above 0 {unit}, but got {value:g}")
