"""The points of a body that posture and movement are measured at, in any layout that has them."""

from collections.abc import Mapping

import numpy as np

from skelgraph.errors import PoseError
from skelgraph.layouts import JointLayout, find_parts
from skelgraph.poses import PoseSequence, hold_positions
from skelgraph.typing import Float32Array, FloatArray

BodyPoints = Mapping[str, FloatArray]
"""Positions (T, C) of each point, without gaps: x to the person's left, y up, z forward."""

_ALTERNATIVES: dict[str, tuple[tuple[str, ...], ...]] = {
    "hips": (("pelvis",), ("left_hip", "right_hip")),
    "chest": (("thorax",), ("left_shoulder", "right_shoulder")),
    "neck": (("neck",), ("thorax",), ("left_shoulder", "right_shoulder")),
    "head": (("head",), ("left_ear", "right_ear"), ("nose",), ("neck_nose",)),
    **{
        f"{side}_{point}": ((f"{side}_{part}",),)
        for side in ("left", "right")
        for point, part in (
            ("shoulder", "shoulder"),
            ("elbow", "elbow"),
            ("hand", "wrist"),
            ("foot", "ankle"),
        )
    },
}
"""Body parts whose mean is a point; the first alternative that a layout has is taken."""

_NEEDED = ("chest", "head", "left_hand", "right_hand")


def find_point_joints(layout: JointLayout) -> dict[str, tuple[int, ...]]:
    """Return the joints whose mean is each body point that a layout has.

    A layout without a pelvis and hips measures from its center joint.

    Raises:
        PoseError: If the layout has no trunk, head or hands.

    Example:
        >>> from skelgraph.layouts import COCO17
        >>> [COCO17.joints[joint] for joint in find_point_joints(COCO17)["hips"]]
        ['left_hip', 'right_hip']
    """
    parts = find_parts(layout)
    joints: dict[str, tuple[int, ...]] = {}
    for point, alternatives in _ALTERNATIVES.items():
        for names in alternatives:
            if all(name in parts for name in names):
                joints[point] = tuple(parts[name] for name in names)
                break
    joints.setdefault("hips", (layout.center,))
    missing = [point.replace("_", " ") for point in _NEEDED if point not in joints]
    if missing:
        raise PoseError(
            f"layout {layout.name!r}: posture is measured at head, trunk and hands, but the layout "
            f"has no {' and no '.join(missing)}"
        )
    return joints


def locate_body(sequence: PoseSequence) -> dict[str, FloatArray]:
    """Return the body points of a recording over time, each (T, C), without gaps.

    A gap is bridged linearly, and the ends are held. A point that is never there is left out.

    Args:
        sequence: A cleaned recording: centered, facing +z, with y up
            (:class:`~skelgraph.poses.Preprocessing`).

    Raises:
        PoseError: If the layout has no trunk, head or hands, or the recording never shows any.
    """
    points = locate_points(sequence.positions, sequence.layout)
    if not any(point in points for point in _NEEDED):
        raise PoseError(
            f"sequence {sequence.name!r}: posture is measured at head, trunk and hands, but all of "
            f"them are missing in all {sequence.num_frames} frames"
        )
    return points


def locate_points(
    positions: FloatArray | Float32Array, layout: JointLayout
) -> dict[str, FloatArray]:
    """Return the body points of positions (T, V, C), NaN where missing; see :func:`locate_body`."""
    joints = find_point_joints(layout)
    means = [positions[:, list(own)].mean(axis=1, dtype=np.float64) for own in joints.values()]
    tracks = hold_positions(np.stack(means, axis=1)).transpose(1, 0, 2)  # (points, T, C)
    named = zip(joints, tracks, strict=True)
    return {point: track for point, track in named if np.isfinite(track).all()}


def mirror_body(points: BodyPoints) -> dict[str, FloatArray]:
    """Return the body points of the mirror image: left and right exchanged, x negated."""
    swap = {"left": "right", "right": "left"}
    mirrored = {}
    for name, track in points.items():
        side, _, rest = name.partition("_")
        flipped = track.copy()
        flipped[:, 0] *= -1
        mirrored[f"{swap[side]}_{rest}" if side in swap else name] = flipped
    return mirrored
