"""Place, heading, size and bones as frames come: what ``Preprocessing.normalize`` does to files."""

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from skelgraph.layouts import JointLayout
from skelgraph.poses import METERS_PER_UNIT, Preprocessing, Unit, UpAxis, find_heading_pairs
from skelgraph.typing import Float32Array, FloatArray

_LEAST_HEADING = 1e-3
_LEAST_LENGTH = 1e-6
_SIZE_FRAMES = 256
_SIZE_EVERY = 8


class View(NamedTuple):
    """How a person is seen at a moment, as far as the frames so far tell.

    Args:
        axes: The person's axes as columns (C, C): to the left, up, forward. None as long as the
            heading is not known.
        size: What lengths are divided by.
    """

    axes: FloatArray | None
    size: float

    def apply(self, positions: FloatArray | Float32Array) -> Float32Array:
        """Return positions (..., C) along the person's axes, divided by the size.

        They are missing as long as the heading is not known.
        """
        if self.axes is None:
            return np.full(positions.shape, np.nan, dtype=np.float32)
        return np.asarray(positions @ self.axes / self.size, dtype=np.float32)


@dataclass
class NormalizerState:
    """What an :class:`OnlineNormalizer` keeps of one person.

    Args:
        root: Last place (C,) of the center joint; None before it was there.
        num_frames: Number of frames in which a heading could be taken.
        across: Sum of the vectors from right to left joints, with the weights of the memory.
        width: Sum of their lengths, with the same weights.
        axes: The person's axes (C, C); None as long as they are not known.
        num_bones: Number of frames in which bones were measured.
        lengths: Lengths (V,) of the bones in the last frames.
        medians: Their medians (V,); None if they have to be taken anew.
    """

    root: FloatArray | None = None
    num_frames: int = 0
    across: FloatArray = field(default_factory=lambda: np.zeros(3))
    width: float = 0.0
    axes: FloatArray | None = None
    num_bones: int = 0
    lengths: deque[FloatArray] = field(default_factory=lambda: deque(maxlen=_SIZE_FRAMES))
    medians: FloatArray | None = None


class OnlineNormalizer:
    """Take place, heading, size and proportions from the frames of people as they come.

    The steps are those of :meth:`skelgraph.poses.Preprocessing.normalize`. Center and bone lengths
    are equal to it in frames without missing joints. What is of the whole recording there is of the
    frames so far here:

    - Heading: the mean direction of the frames so far, and of the last ``memory_s`` seconds or so
      once there are more (an exponential memory). Until a pair of left and right joints was there,
      frames have no joints.
    - Size, where the unit is no length: the mean of the bones' median lengths in the last 256
      frames, taken anew every 8 frames.
    - A root that is missing is where it was last, and joints are missing before it was there.

    The heading changes while frames come; so :meth:`push` returns positions along the source's
    axes, and a :class:`View` that turns these and those shortly before alike. A derivative of
    turned positions would take a better guess of the heading for a movement.

    Args:
        preprocessing: The run's.
        layout: Layout of the cleaned frames.
        unit: Their unit of length.
        num_dimensions: Their number of coordinates C, 2 or 3.
        up: Their axis that points upward.
        fps: Frames per second.
        memory_s: Memory of the heading in seconds.

    Raises:
        PoseError: If headings are to be aligned, and the layout has no left and right.
    """

    def __init__(
        self,
        preprocessing: Preprocessing,
        *,
        layout: JointLayout,
        unit: Unit,
        num_dimensions: int,
        up: UpAxis,
        fps: float,
        memory_s: float = 2.5,
    ) -> None:
        self.layout = layout
        self.num_dimensions = num_dimensions
        self.center = preprocessing.center
        self.aligns_heading = preprocessing.align_heading and num_dimensions == 3
        self.scales = preprocessing.scale and unit not in METERS_PER_UNIT
        self.memory_frames = max(memory_s * fps, 1.0)  # less would give old frames negative weights
        self.bone_lengths = None
        if preprocessing.bone_lengths is not None and num_dimensions == 3:
            self.bone_lengths = np.array(preprocessing.bone_lengths)
            self.bone_lengths[layout.center] = 0.0
        self._pairs = find_heading_pairs(layout) if self.aligns_heading else np.zeros((0, 2), int)
        self._up = np.zeros(3)
        self._up["xyz".index(up[1])] = -1.0 if up[0] == "-" else 1.0
        # What a cross product with the upward axis does, (3, 3).
        self._turn = np.cross(np.eye(3), self._up).T
        self._fixed_axes = np.eye(num_dimensions)
        if num_dimensions == 2 and up == "-y":
            self._fixed_axes[1, 1] = -1.0

    def push(self, state: NormalizerState, positions: Float32Array) -> tuple[Float32Array, View]:
        """Return a frame relative to the root, with the run's bones; change the state.

        Args:
            state: What is kept of the person.
            positions: Positions (V, C) of the next cleaned frame; NaN where a joint is missing.

        Returns:
            Positions (V, C) along the source's axes, and how the person is seen now.
        """
        frame = self._center(state, positions) if self.center else positions
        if self.aligns_heading:
            self._update_heading(state, frame)
        if self.scales or self.bone_lengths is not None:
            self._measure_bones(state, frame)
        size = self._find_size(state) if self.scales else 1.0
        axes = state.axes if self.aligns_heading else self._fixed_axes
        if self.bone_lengths is None:
            return frame, View(axes, size)
        # The bones have their lengths in the end, so that only where the root is has to be scaled.
        return self._fit_bones(state, (frame / size).astype(np.float32), size), View(axes, 1.0)

    def _center(self, state: NormalizerState, positions: Float32Array) -> Float32Array:
        """Return a frame with the center joint at the origin."""
        root = positions[self.layout.center]
        if not np.isnan(root[0]):
            state.root = root.astype(np.float64)
        if state.root is None:
            return np.full_like(positions, np.nan)
        return (positions - state.root).astype(np.float32)

    def _update_heading(self, state: NormalizerState, frame: Float32Array) -> None:
        """Take in the direction from right to left of one more frame."""
        left, right = self._pairs.T
        across = frame[left].astype(np.float64) - frame[right]
        across = across[~np.isnan(across[:, 0])]
        if not len(across):
            return
        state.num_frames += 1
        kept = 1.0 if state.num_frames <= self.memory_frames else 1 - 1 / self.memory_frames
        state.across = kept * state.across + across.sum(axis=0)
        state.width = kept * state.width + float(np.linalg.norm(across, axis=1).sum())
        horizontal = state.across - self._up * (state.across @ self._up)
        length = float(np.linalg.norm(horizontal))
        if length > _LEAST_HEADING * state.width:  # else the heading stays as it was
            toward_left = horizontal / length
            state.axes = np.stack([toward_left, self._up, self._turn @ toward_left], axis=1)

    def _measure_bones(self, state: NormalizerState, frame: Float32Array) -> None:
        """Take in the lengths of the bones of one more frame."""
        bones = (frame - frame[self.layout.parents]).astype(np.float64)
        state.lengths.append(np.linalg.norm(bones, axis=1))
        state.num_bones += 1
        if state.num_bones < _SIZE_EVERY or state.num_bones % _SIZE_EVERY == 0:
            state.medians = None

    def _find_medians(self, state: NormalizerState) -> FloatArray:
        """Return the median length (V,) of each bone, NaN where it was never there."""
        if state.medians is None:
            lengths = np.array(state.lengths)
            seen = ~np.isnan(lengths).all(axis=0)
            state.medians = np.full(lengths.shape[1], np.nan)
            state.medians[seen] = np.nanmedian(lengths[:, seen], axis=0)
            state.medians[self.layout.center] = 0.0
        return state.medians

    def _find_size(self, state: NormalizerState) -> float:
        """Return the mean bone, 1 as long as no bone of some length was there."""
        medians = np.delete(self._find_medians(state), self.layout.center)
        seen = medians[~np.isnan(medians)]
        return float(seen.mean()) if seen.sum() > 0 else 1.0

    def _fit_bones(self, state: NormalizerState, frame: Float32Array, size: float) -> Float32Array:
        """Return a frame with the run's bone lengths: one of ``normalize_bone_lengths``."""
        assert self.bone_lengths is not None
        layout, wanted = self.layout, self.bone_lengths
        old = frame.astype(np.float64)
        present = ~np.isnan(old[:, 0])
        if not present[layout.center] and state.root is not None:
            old[layout.center] = 0.0 if self.center else state.root / size
        ancestors = _find_ancestors(layout, present)
        bones = old - old[ancestors]
        lengths = np.linalg.norm(bones, axis=1)
        has_direction = present[layout.parents] & (lengths > _LEAST_LENGTH * np.nansum(lengths))
        has_direction &= ~np.isnan(wanted)
        stretch = np.ones(len(old))
        np.divide(wanted, lengths, out=stretch, where=has_direction)
        has_direction[layout.center] = True  # the center has no bone
        if not has_direction.all():
            stretch[~has_direction] = self._relative_size(state, size)
        steps = bones * stretch[:, None]
        new = old.copy()
        for joint in layout.depth_first[1:]:
            if present[joint]:
                placed = new[ancestors[joint]] + steps[joint]
                new[joint] = old[joint] if np.isnan(placed[0]) else placed
        new[layout.center] = frame[layout.center]
        return new.astype(np.float32)

    def _relative_size(self, state: NormalizerState, size: float) -> float:
        """Return the total length of the run's bones, over that of the person's."""
        assert self.bone_lengths is not None
        own = self._find_medians(state) / size
        known = ~(np.isnan(own) | np.isnan(self.bone_lengths))
        total = own[known].sum()
        return float(self.bone_lengths[known].sum() / total) if total > 0 else 1.0


def _find_ancestors(layout: JointLayout, present: np.ndarray) -> np.ndarray:
    """Return each joint's nearest ancestor (V,) that is there, or the center."""
    ancestors = layout.parents.copy()
    if present.all():
        return ancestors
    for joint in layout.depth_first[1:]:
        parent = layout.parents[joint]
        ancestors[joint] = parent if present[parent] else ancestors[parent]
    return ancestors
