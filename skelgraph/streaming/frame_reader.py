"""The steps of cleaning that take one frame by itself: checks, meters, confidence, layout."""

import numpy as np

from skelgraph.errors import PoseError
from skelgraph.layouts import JointLayout, LayoutConversion, plan_conversion
from skelgraph.poses import METERS_PER_UNIT, Unit
from skelgraph.typing import Float32Array, FloatArray, IntArray

Confidence = Float32Array | None


class FrameReader:
    """Read a frame of one person into a run's unit and layout.

    Args:
        source: Layout of the frames that come.
        target: Layout that is wanted.
        unit: Unit of length of the frames that come.
        min_confidence: Joints of less confidence are missing; None takes all.

    Raises:
        LayoutError: If the layout cannot be converted.
    """

    def __init__(
        self,
        source: JointLayout,
        target: JointLayout,
        *,
        unit: Unit = "unknown",
        min_confidence: float | None = None,
    ) -> None:
        self.source, self.target = source, target
        self.unit: Unit = "m" if unit in METERS_PER_UNIT else unit
        self.min_confidence = min_confidence
        self._scale = np.float32(METERS_PER_UNIT.get(unit, 1.0))
        self._sources, self._shares = _list_sources(plan_conversion(source, target))

    def read(
        self,
        positions: FloatArray | Float32Array,
        confidence: FloatArray | Float32Array | None = None,
    ) -> tuple[Float32Array, Confidence]:
        """Return positions (V, C) and confidences (V,) in the wanted layout.

        Raises:
            PoseError: If the shapes are others, or a number is infinite.
        """
        frame = self._check_positions(positions)
        scores = None if confidence is None else self._check_confidence(confidence)
        if scores is not None and self.min_confidence is not None:
            frame[scores < self.min_confidence] = np.nan
        joints = frame[self._sources]  # (V, S, C)
        converted = (self._shares[:, :, None] * joints).sum(axis=1)
        return converted, None if scores is None else self._convert_confidence(scores)

    def _check_positions(self, positions: FloatArray | Float32Array) -> Float32Array:
        """Return positions in meters, if their unit is one of length; nobody is NaN."""
        frame = np.array(positions, dtype=np.float32)
        num_joints = self.source.num_joints
        if frame.ndim != 2 or len(frame) != num_joints or frame.shape[1] not in (2, 3):
            raise PoseError(
                f"expected positions ({num_joints}, 2 or 3) for layout {self.source.name!r}, but "
                f"got {frame.shape}"
            )
        if np.isinf(frame).any():
            raise PoseError("expected finite positions or NaN, but got inf")
        missing = np.asarray(np.isnan(frame).any(axis=1))
        if num_joints > 1 and ((frame == 0).all(axis=1) | missing).all():
            missing[:] = True  # programs write zeros for a person whom they do not see
        frame[missing] = np.nan
        return frame * self._scale

    def _check_confidence(self, confidence: FloatArray | Float32Array) -> Float32Array:
        scores = np.array(confidence, dtype=np.float32)
        num_joints = self.source.num_joints
        if scores.shape != (num_joints,) or not (np.isfinite(scores) & (scores >= 0)).all():
            raise PoseError(
                f"expected {num_joints} finite confidences of 0 or more, but got {scores.tolist()}"
            )
        return scores

    def _convert_confidence(self, scores: Float32Array) -> Float32Array:
        """Return the least confidence of the joints that each joint is made of, 0 without any."""
        least = scores[self._sources].min(axis=1)
        return np.where(np.isnan(self._shares[:, 0]), np.float32(0), least)


def _list_sources(conversion: LayoutConversion) -> tuple[IntArray, Float32Array]:
    """Return the source joints (V, S) of each target joint, and their shares.

    A joint of fewer sources repeats its first with the share 0; the shares of a joint that cannot
    be had are NaN.
    """
    width = max(len(weights) for weights in conversion.weights)
    sources = np.zeros((len(conversion.weights), width), dtype=np.int64)
    shares = np.full(sources.shape, np.nan, dtype=np.float32)
    for joint, weights in enumerate(conversion.weights):
        if weights:
            sources[joint] = next(iter(weights))
            sources[joint, : len(weights)] = list(weights)
            shares[joint] = 0.0
            shares[joint, : len(weights)] = list(weights.values())
    return sources, shares
