"""Writer of BVH files: a skeleton of constant bone lengths and the angles of its joints.

Positions in space are fitted by :func:`skelgraph.poses.fit_rotations`: the hierarchy is the
layout's tree from its center, the rest pose that of the first frame, and what positions cannot tell
(the turn of a limb about itself) is the smallest turn against the joint before it. y points up, and
the unit is the centimeter where it is known. A joint in which a branch ends has an end site a
quarter of its bone further on, so that programs draw the bone. BVH knows no missing joint: one that
is missing for a while is moved in a straight line meanwhile, and one that is never there is left
out. A warning says so, and how far joints are from where they were, if bones did not keep their
lengths or the children of a joint their shape.
"""

import re
import warnings
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError, FormatWarning, LayoutError
from skelgraph.io.reader import Writer
from skelgraph.io.text import shorten
from skelgraph.layouts import JointLayout
from skelgraph.poses import METERS_PER_UNIT, PoseSequence, UpAxis, fit_rotations, hold_positions
from skelgraph.typing import FloatArray

_TO_Y_UP: dict[UpAxis, list[list[int]]] = {
    "+x": [[0, -1, 0], [1, 0, 0], [0, 0, 1]],
    "-x": [[0, 1, 0], [-1, 0, 0], [0, 0, 1]],
    "+y": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "-y": [[1, 0, 0], [0, -1, 0], [0, 0, -1]],
    "+z": [[1, 0, 0], [0, 0, 1], [0, -1, 0]],
    "-z": [[1, 0, 0], [0, 0, -1], [0, 1, 0]],
}
"""The rotation that brings the axis that points up to y."""

_END_SITE = 0.25
_PLACE = "6 Xposition Yposition Zposition"
_ANGLES = "Zrotation Xrotation Yrotation"
_LEAST_DEVIATION_CM = 0.1
_LEAST_DEVIATION = 1e-3
"""In shares of the skeleton's size, where the unit is not known."""

_LOCKED = 1e-7


def write_bvh(path: str | Path, sequence: PoseSequence) -> None:
    """Write a sequence in space as BVH.

    Label, subject and confidences are not written, and the order of the joints is that of the tree.

    Raises:
        FormatError: If the sequence is one of an image, its center is never there, or a joint has a
            name that BVH cannot hold.
    """
    path = Path(path)
    if sequence.num_dimensions != 3:
        raise FormatError(
            f"{path}: expected positions in space to write BVH, but sequence {sequence.name!r} has "
            f"2 dimensions; lift it before"
        )
    sequence, notes = _drop_absent(sequence, path)
    layout = sequence.layout
    wrong = [joint for joint in layout.joints if not _is_plain(joint)]
    if wrong:
        raise FormatError(f"{path}: BVH cannot hold the joint name {shorten(wrong[0])!r}")
    scale = METERS_PER_UNIT[sequence.unit] * 100 if sequence.unit in METERS_PER_UNIT else 1.0
    positions = hold_positions(sequence.positions) @ np.transpose(_TO_Y_UP[sequence.up]) * scale
    fit = fit_rotations(positions, layout)
    notes += _describe_deviation(fit.positions, positions, sequence)
    local = fit.to_local(layout)
    angles = [_list_angles(local[:, joint]) for joint in layout.depth_first]
    motion = np.concatenate([positions[:, layout.center], *angles], axis=1)
    lines = ["HIERARCHY", *_format_hierarchy(layout, fit.offsets)]
    lines += ["MOTION", f"Frames: {len(motion)}", f"Frame Time: {1 / sequence.fps:.12f}"]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(lines) + "\n")
        np.savetxt(file, motion, fmt="%.6f")
    if notes:
        warnings.warn(f"{path}: {'; '.join(notes)}", FormatWarning, stacklevel=2)


def _drop_absent(sequence: PoseSequence, path: Path) -> tuple[PoseSequence, list[str]]:
    """Return the sequence without the joints that are never there, and what is to be said."""
    seen = sequence.present.any(axis=0)
    kept = [sequence.layout.joints[joint] for joint in np.flatnonzero(seen)]
    notes = []
    if len(kept) < sequence.layout.num_joints:
        absent = [joint for joint in sequence.layout.joints if joint not in kept]
        try:
            sequence = sequence.select_joints(kept)
        except LayoutError as error:
            center = sequence.layout.joints[sequence.layout.center]
            raise FormatError(
                f"{path}: expected the center joint {center!r} in some frame, but it is never "
                f"there; convert to a layout whose center is seen"
            ) from error
        notes.append(f"{shorten(', '.join(absent), 80)} are never there and were left out")
    missing = int((~sequence.present).sum())
    if missing:
        share = f"{missing / sequence.present.size:.1%}"
        share = f"{missing} of {sequence.present.size}" if share == "0.0%" else f"{share} of the"
        notes.append(f"{share} joints were missing and were interpolated")
    return sequence, notes


def _is_plain(joint: str) -> bool:
    """Whether a name is read back as it is: no braces, no blanks but single spaces within."""
    return bool(joint) and joint == " ".join(joint.split()) and not re.search(r"[{}]", joint)


def _describe_deviation(
    fitted: FloatArray, positions: FloatArray, sequence: PoseSequence
) -> list[str]:
    deviation = np.where(sequence.present, np.linalg.norm(fitted - positions, axis=2), 0)
    frame, joint = np.unravel_index(deviation.argmax(), deviation.shape)
    largest = float(deviation[frame, joint])
    known = sequence.unit in METERS_PER_UNIT
    size = float(np.ptp(positions, axis=1).max())
    if largest <= (_LEAST_DEVIATION_CM if known else _LEAST_DEVIATION * size):
        return []
    far = f"{largest * 10:.3g} mm" if known else f"{largest:.3g}"
    return [
        f"bones of constant length do not fit exactly: joint "
        f"{sequence.layout.joints[int(joint)]!r} is {far} from where it was in frame {int(frame)}, "
        f"and all others are nearer"
    ]


def _list_angles(rotations: FloatArray) -> FloatArray:
    """Return the angles (T, 3) in degrees about z, x and y, each about the axes as turned before.

    They run on over 180 degrees, so that frames in between can be interpolated.
    """
    sine = np.clip(rotations[:, 2, 1], -1, 1)
    locked = 1 - np.abs(sine) < _LOCKED**2
    z = np.arctan2(-rotations[:, 0, 1], rotations[:, 1, 1])
    y = np.arctan2(-rotations[:, 2, 0], rotations[:, 2, 2])
    z = np.where(locked, np.arctan2(rotations[:, 1, 0], rotations[:, 0, 0]), z)
    angles = np.stack([z, np.arcsin(sine), np.where(locked, 0, y)], axis=1)
    return np.rad2deg(np.unwrap(angles, axis=0))


def _format_hierarchy(layout: JointLayout, offsets: FloatArray) -> list[str]:
    parents = set(layout.parents[list(layout.depth_first[1:])].tolist())
    depth = {layout.center: 0}
    lines: list[str] = []
    num_open = 0
    for joint in layout.depth_first:
        is_root = joint == layout.center
        depth.setdefault(joint, depth[int(layout.parents[joint])] + 1)
        lines += _close_blocks(num_open, depth[joint])
        indent = "\t" * depth[joint]
        lines += [
            f"{indent}{'ROOT' if is_root else 'JOINT'} {layout.joints[joint]}",
            f"{indent}{{",
            f"{indent}\tOFFSET {_format_offset(offsets[joint])}",
            f"{indent}\tCHANNELS {_PLACE if is_root else '3'} {_ANGLES}",
        ]
        num_open = depth[joint] + 1
        if joint not in parents:
            end = _format_offset(_END_SITE * offsets[joint])
            lines += [f"{indent}\tEnd Site", f"{indent}\t{{", f"{indent}\t\tOFFSET {end}"]
            num_open += 1
    return [*lines, *_close_blocks(num_open, 0)]


def _close_blocks(num_open: int, num_left: int) -> list[str]:
    return ["\t" * depth + "}" for depth in range(num_open - 1, num_left - 1, -1)]


def _format_offset(offset: FloatArray) -> str:
    return " ".join(f"{number:.6f}" for number in offset)


WRITER = Writer(
    name="bvh",
    suffixes=(".bvh",),
    write=write_bvh,
    in_plane=False,
    description="joint rotations of a skeleton of constant bone lengths, fitted to the positions",
)
