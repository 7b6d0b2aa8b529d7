"""Posture scalars and their velocities of a few frames: the kernels of two online streams."""

import numpy as np

from skelgraph.layouts import JointLayout
from skelgraph.movement import (
    count_derivative_frames,
    differentiate,
    find_point_joints,
    list_posture_scalars,
    measure_posture,
)
from skelgraph.poses import hold_positions
from skelgraph.typing import FloatArray


class PostureMeter:
    """Measure the posture of a person in a few frames, as :mod:`skelgraph.movement` does in many.

    Args:
        layout: Layout of the frames.
        num_dimensions: Their number of coordinates C.
        fps: Frames per second.

    Raises:
        PoseError: If the layout has no trunk, head or hands.
    """

    def __init__(self, layout: JointLayout, *, num_dimensions: int, fps: float) -> None:
        joints = find_point_joints(layout)
        self.num_dimensions = num_dimensions
        self.num_frames = count_derivative_frames(fps)
        scalars = list_posture_scalars(num_dimensions)
        self.num_scalars = len(scalars)
        self.are_angles = np.array([scalar.unit == "rad" for scalar in scalars])
        self._points = tuple(joints)
        self._first = np.array([own[0] for own in joints.values()])
        self._last = np.array(
            [own[-1] for own in joints.values()]
        )  # a point is of one joint or two
        # What the derivative in each frame of a window takes of each of its frames, (T, T).
        self._rates = differentiate(np.eye(self.num_frames), fps)

    def measure(self, positions: FloatArray) -> FloatArray:
        """Return the scalars (T, K) of positions (T, V, C), NaN where missing; 0 if unknown."""
        ends = positions[:, self._first], positions[:, self._last]
        tracks: FloatArray = np.mean(ends, axis=0)  # (T, points, C)
        if np.isnan(tracks).any():
            tracks = hold_positions(tracks)
        known = np.asarray(np.isfinite(tracks).all(axis=(0, 2)))
        points = {
            name: tracks[:, number] for number, name in enumerate(self._points) if known[number]
        }
        if not points:
            return np.zeros((len(positions), self.num_scalars))
        return np.nan_to_num(measure_posture(points, self.num_dimensions))

    def differentiate(self, windows: FloatArray, frame: int) -> tuple[FloatArray, FloatArray]:
        """Return the motion of joints (N, V, C + 1) and of scalars (N, K) in a frame of N windows.

        Args:
            windows: Positions (N, :attr:`num_frames`, V, C), NaN where missing.
            frame: Number of the frame in the window.
        """
        rates = self._rates[frame]
        held, scalars = windows.copy(), np.zeros((*windows.shape[:2], self.num_scalars))
        missing = np.isnan(windows)
        has_gap = missing.any(axis=(1, 2, 3))
        for number in np.flatnonzero(has_gap & ~missing.all(axis=(1, 2, 3))):
            held[number] = hold_positions(windows[number])
            scalars[number] = self.measure(windows[number])
        # The others one after another, as if they were one: angles a whole turn off do not move.
        if not has_gap.all():
            row = self.measure(windows[~has_gap].reshape(-1, *windows.shape[2:]))
            scalars[~has_gap] = row.reshape(-1, *scalars.shape[1:])
        velocity = np.einsum("t,ntvc->nvc", rates, np.nan_to_num(held))
        speed = np.linalg.norm(velocity, axis=2, keepdims=True)
        return np.concatenate([velocity, speed], axis=2), np.einsum("t,ntk->nk", rates, scalars)
