"""Reader of ``.npy`` files: one array of numbers, whose layout and frame rate are given.

Axes are (frames, joints, coordinates), or in the order of ST-GCN (coordinates, frames, joints) and
(coordinates, frames, joints, persons), in which a joint that was not found, and a person who is
not there, is zero. The layout's number of joints must tell which it is. Arrays in ST-GCN's order
with the 18 joints of OpenPose hold x, y and the confidence, as ST-GCN's Kinetics data does; those
of VideoPose3D's ``--viz-export`` are (frames, 17, 3) in the layout ``h36m17``. FreeMoCap's
``mediapipe_body_3d_xyz.npy`` tells its layout by its name.

Format: numpy.lib.format.
"""

from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.confidence import scale_confidence
from skelgraph.io.npz_archive import parse_npy_numbers
from skelgraph.io.persons import name_persons, parse_ntu_name
from skelgraph.io.reader import Reader, build_sequence, require_rate
from skelgraph.io.text import read_bytes
from skelgraph.io.unnamed_joints import advise_layouts, blank_zeros
from skelgraph.layouts import MEDIAPIPE33, JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

_MAX_PERSONS = 20
_MEDIAPIPE = "mediapipe"


def read_npy(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read an array of positions: a sequence for each person who is there.

    Layout and rate must be given, except the layout of FreeMoCap's arrays.

    Raises:
        FormatError: If the file is damaged, layout or rate are not given, or the shape does not
            tell the order of the axes.
    """
    path = Path(path)
    array = parse_npy_numbers(read_bytes(path), path)
    if layout is None and _MEDIAPIPE in path.stem and array.shape[1:] == (33, 3):
        layout = MEDIAPIPE33
    if layout is None:
        choices = advise_layouts(array.shape)
        raise FormatError(
            f"{path}: an array {array.shape} does not tell its layout; pass it ({choices})"
        )
    fps = require_rate(fps, path, "arrays")
    persons, confidences = _order_axes(array, layout, path)
    there = [number for number, person in enumerate(persons) if np.isfinite(person).any()]
    if not there:
        raise FormatError(f"{path}: expected a person, but no joint is there in any frame")
    subject, recording, label = parse_ntu_name(path.stem) or (None, None, None)
    return [
        build_sequence(
            path,
            persons[number],
            layout=layout,
            fps=fps,
            confidence=None if confidences is None else confidences[number],
            name=name,
            label=label,
            subject=subject,
            recording=recording or (path.stem if len(there) > 1 else None),
        )
        for number, name in zip(there, name_persons(path.stem, len(there)), strict=True)
    ]


def _order_axes(
    array: FloatArray, layout: JointLayout, path: Path
) -> tuple[FloatArray, FloatArray | None]:
    """Return the positions (M, T, V, C) and, where the array has them, confidences (M, T, V)."""
    V, shape = layout.num_joints, array.shape
    if 0 not in shape:
        frames_first = len(shape) == 3 and shape[1] == V and shape[2] in (2, 3)
        stgcn = (
            len(shape) in (3, 4)
            and (shape[0] in (2, 3) and shape[2] == V)
            and all(size <= _MAX_PERSONS for size in shape[3:])
        )
        if frames_first and not stgcn:
            return array[None], None
        if stgcn and not frames_first:
            return _from_stgcn(array.reshape(*shape[:3], -1).transpose(3, 1, 2, 0), layout, path)
    raise FormatError(
        f"{path}: expected an array (frames, {V}, 2 or 3), (2 or 3, frames, {V}) or "
        f"(2 or 3, frames, {V}, persons) for layout {layout.name!r}, and just one of them, but got "
        f"{shape}; save it as (frames, joints, coordinates), one file a clip"
    )


def _from_stgcn(
    array: FloatArray, layout: JointLayout, path: Path
) -> tuple[FloatArray, FloatArray | None]:
    confidences = None
    if layout.name == "openpose18" and array.shape[3] == 3:
        confidences = scale_confidence(np.nan_to_num(array[..., 2]), path)
        array = array[..., :2]
    return np.stack([blank_zeros(person, layout) for person in array]), confidences


def _sniff(path: Path, head: bytes) -> bool:
    return head.startswith(b"\x93NUMPY")


READER = Reader(
    name="npy",
    suffixes=(".npy",),
    sniff=_sniff,
    read=read_npy,
    description="one numpy array of positions; layout and frame rate must be given",
    guesses_layout=True,
)
