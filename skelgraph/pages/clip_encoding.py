"""Clips as a page holds them: whole numbers of 16 bits in base64, no more of them than fit."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from skelgraph.errors import PoseError
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence, find_heading_pairs
from skelgraph.typing import FloatArray, IntArray

BUDGET = 4_000_000
"""Most bytes of all clips of a page together, which leaves room for the rest below 6 MB."""

MOST_CLIPS = 500
"""Most clips of a page."""

_FEWEST_FPS = 15.0
_SAMPLE = 50
_LARGEST = 32767
_MISSING = -32768
_BYTES_PER_NUMBER = 2 * 4 / 3


class PageClips:
    """The clips of a page, and the layouts that they share.

    Frames are left out evenly if the clips would be larger than the budget; the page tells the rate
    that it shows.

    Args:
        most_fps: Frames per second that are enough.
        budget: Most bytes of all clips.
        num_clips: Number of clips that are to come; each may have an equal part of the budget.
    """

    def __init__(self, num_clips: int, *, most_fps: float = np.inf, budget: float = BUDGET) -> None:
        self.most_fps = most_fps
        self.bytes_each = budget / max(num_clips, 1)
        self.clips: list[dict[str, Any]] = []
        self._layouts: list[JointLayout] = []

    @property
    def data(self) -> dict[str, Any]:
        """Clips and layouts, of plain types."""
        return {"clips": self.clips, "layouts": [_describe_layout(one) for one in self._layouts]}

    def add(
        self,
        persons: Sequence[PoseSequence],
        *,
        values: Sequence[tuple[str, bool, FloatArray]] = (),
        video: str | None = None,
    ) -> int:
        """Add a clip, and return its number on the page.

        Args:
            persons: Those who are in it, with one frame rate.
            values: Numbers (T, V) of the first person's joints to be shown as colors: their name,
                whether they have a sign, and themselves.
            video: Address of a video of the clip.
        """
        first = persons[0]
        stride = self._choose_stride(persons)
        start_s = min(person.start_s for person in persons)
        self.clips.append(
            {
                "name": first.name,
                "label": first.label,
                "subject": first.subject,
                "fps": first.fps / stride,
                "recordedFps": first.fps,
                "start": start_s,
                "dimensions": first.num_dimensions,
                "yaw": _find_yaw(persons),
                "video": video,
                "persons": [
                    self._encode_person(person, start_s, stride, several=len(persons) > 1)
                    for person in persons
                ],
                "values": [
                    {"name": name, "signed": signed, **_encode_values(array[::stride])}
                    for name, signed, array in values
                ],
            }
        )
        return len(self.clips) - 1

    def _choose_stride(self, persons: Sequence[PoseSequence]) -> int:
        size = _BYTES_PER_NUMBER * sum(person.positions.size for person in persons)
        fits = size / self.bytes_each
        return max(1, int(np.ceil(max(fits, persons[0].fps / self.most_fps) - 1e-9)))

    def _encode_person(
        self, person: PoseSequence, start_s: float, stride: int, *, several: bool
    ) -> dict[str, Any]:
        if person.layout not in self._layouts:
            self._layouts.append(person.layout)
        confidence = None
        if person.confidence is not None:
            confidence = _to_base64(_scale_confidence(person.confidence[::stride]))
        return {
            "name": person.name if several else "",
            "layout": self._layouts.index(person.layout),
            "first": round((person.start_s - start_s) * person.fps / stride),
            "confidence": confidence,
            **_encode_positions(stand_up(person)[::stride]),
        }


def count_fitting(clips: Sequence[PoseSequence]) -> int:
    """Return how many of some clips a page can hold at 15 frames a second, judged by a sample."""
    if not clips:
        return 0
    numbers = np.linspace(0, len(clips) - 1, min(len(clips), _SAMPLE)).round().astype(int)
    sizes = [
        _BYTES_PER_NUMBER * clip.positions.size * min(1.0, _FEWEST_FPS / clip.fps)
        for clip in (clips[number].load() for number in numbers.tolist())
    ]
    fitting = int(BUDGET / np.mean(sizes))
    return max(1, min(len(clips), MOST_CLIPS, fitting))


def stand_up(sequence: PoseSequence) -> FloatArray:
    """Return positions (T, V, C) with x to the right, y up and, in space, z toward who looks.

    A right-handed recording stays right-handed: it is turned, never mirrored.

    Example:
        >>> clip = PoseSequence(positions=[[[1, 2, 3]] * 10], layout="upper10", fps=1.0, up="+z")
        >>> stand_up(clip)[0, 0].tolist()
        [1.0, 3.0, -2.0]
    """
    positions = sequence.positions.astype(np.float64)
    axis = "xyz".index(sequence.up[1])
    sign = 1.0 if sequence.up[0] == "+" else -1.0
    if sequence.num_dimensions == 2:
        if axis == 0:
            return np.stack([positions[:, :, 1], sign * positions[:, :, 0]], axis=2)
        return np.stack([positions[:, :, 0], sign * positions[:, :, 1]], axis=2)
    up = sign * np.eye(3)[axis]
    right = np.eye(3)[1 if axis == 0 else 0]
    return np.asarray(positions @ np.stack([right, up, np.cross(right, up)], axis=1))


def _find_yaw(persons: Sequence[PoseSequence]) -> float:
    """Return the angle by which the first person is to be turned to face who looks, in radians."""
    first = persons[0]
    if first.num_dimensions != 3:
        return 0.0
    try:
        left, right = find_heading_pairs(first.layout).T
    except PoseError:
        return 0.0
    positions = stand_up(first)
    across = (positions[:, left] - positions[:, right]).reshape(-1, 3)
    across = across[np.isfinite(across).all(axis=1)]
    if not len(across):
        return 0.0
    x, _, z = across.mean(axis=0)
    return float(np.arctan2(z, x))


def _encode_positions(positions: FloatArray) -> dict[str, Any]:
    """Return positions as whole numbers, of which ``scale`` and ``middle`` make them again."""
    there = np.asarray(np.isfinite(positions).all(axis=2))
    seen = positions[there] if there.any() else np.zeros((1, positions.shape[2]))
    low, high = seen.min(axis=0), seen.max(axis=0)
    middle = (low + high) / 2
    scale = float((high - low).max()) / 2 / _LARGEST or 1.0
    steps = np.where(there[:, :, None], (positions - middle) / scale, _MISSING)
    return {"scale": scale, "middle": middle.tolist(), "positions": _to_base64(_round(steps))}


def _round(numbers: FloatArray) -> IntArray:
    return np.asarray(np.rint(numbers), dtype="<i2")


def _scale_confidence(confidence: FloatArray) -> IntArray:
    """Return confidences as bytes, of which 255 is the largest, at least 1."""
    most = max(1.0, float(confidence.max(initial=0.0)))
    return np.asarray(np.rint(255 * confidence / most), dtype=np.uint8)


def _encode_values(values: FloatArray) -> dict[str, Any]:
    """Return numbers as bytes with a sign, relative to the largest."""
    most = float(np.abs(values).max(initial=0.0))
    return {
        "most": most,
        "bytes": _to_base64(np.rint(127 * values / (most or 1.0)).astype(np.int8)),
    }


def _to_base64(array: npt.NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def _describe_layout(layout: JointLayout) -> dict[str, Any]:
    sides = [0] * layout.num_joints
    for left, right in layout.pairs:
        sides[left], sides[right] = -1, 1
    return {
        "name": layout.name,
        "joints": list(layout.joints),
        "bones": [list(bone) for bone in layout.bones],
        "extra": [list(edge) for edge in layout.extra_edges],
        "added": sorted(layout.added_bones),
        "sides": sides,
    }
