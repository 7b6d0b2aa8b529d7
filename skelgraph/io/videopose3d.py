"""Reader of VideoPose3D's data sets: npz archives of nested dictionaries of positions.

``positions_2d`` maps a subject or video to its actions (``custom`` for one's own videos), and each
to one array (T, V, 2) in pixels per camera; ``metadata`` names the layout (``coco`` or ``h36m``)
and tells the videos' sizes. ``positions_3d`` (the file of Human3.6M) maps a subject to its actions,
and each to one array (T, 32, 3) in meters, z up, at 50 frames/s. The dictionaries are pickled: they
are read as data, and nothing in them is executed. The detections that ``infer_video_d2.py`` saves
are read by :mod:`skelgraph.io.videopose3d_detections`.

Format: VideoPose3D, data/prepare_data_2d_custom.py and data/prepare_data_h36m.py.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.npz_archive import NpzArchive
from skelgraph.io.reader import Reader, build_sequence, require_rate
from skelgraph.io.unnamed_joints import blank_zeros, layout_of_count
from skelgraph.io.videopose3d_detections import DETECTION_KEYS, read_detections
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

_KEYS = ("positions_2d", "positions_3d")
_LAYOUTS = {"coco": "coco17", "h36m": "h36m17"}
_H36M_32 = (0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27)
"""The joints of ``h36m17`` among Human3.6M's 32."""
_H36M_FPS = 50.0
_OWN_VIDEO = "custom"


def read_videopose3d(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read a data set of VideoPose3D: a sequence for each video or take, and camera.

    Detections of a video are read as a sequence for each person.

    A video of one's own is named after itself; a take ``<subject>/<action>``, with ``/<number>``
    where there are several cameras, and its recording is ``<subject>/<action>``. A layout is that
    of joints of which the metadata does not tell it. The rate must be given in the plane; in space
    it is the 50 of Human3.6M without one.

    Raises:
        FormatError: If the file is damaged, holds anything but arrays, or layout or rate are
            neither told nor given.
    """
    path = Path(path)
    archive = NpzArchive(path)
    key = next((key for key in _KEYS if key in archive.keys), None)
    if key is None and _has_detections(archive):
        own_rate = require_rate(fps, path, "detections of a video")
        return read_detections(archive, path, layout=layout, fps=own_rate)
    if key is None:
        raise FormatError(f"{path}: expected an array {' or '.join(map(repr, _KEYS))}")
    dimensions = 2 if key == "positions_2d" else 3
    usual = None if layout is not None else _read_layout_name(archive)
    sequences = []
    room = archive.size_limit
    for subject, action, camera, array in _walk(archive.read_object(key), path):
        where = Path(f"{path}, {subject}/{action}")
        if array.ndim != 3 or array.dtype.kind not in "fiu" or array.shape[2] != dimensions:
            raise FormatError(
                f"{where}: expected numbers (frames, joints, {dimensions}), but got {array.dtype} "
                f"{array.shape}"
            )
        room -= array.nbytes
        if room < 0:
            raise FormatError(f"{path}: its arrays are out of proportion to the file")
        rate = fps
        if dimensions == 3 and array.shape[1] == 32 and (layout is None or layout.num_joints != 32):
            array, usual, rate = array[:, _H36M_32], "h36m17", fps or _H36M_FPS
        skeleton = layout_of_count(array.shape[1], layout, where, usual=usual)
        is_own = action == _OWN_VIDEO
        take = subject if is_own else f"{subject}/{action}"
        sequences.append(
            build_sequence(
                where,
                blank_zeros(_widen(array), skeleton),
                layout=skeleton,
                fps=require_rate(rate, path, "positions in the plane"),
                unit="px" if dimensions == 2 else None,
                up="-y" if dimensions == 2 else None,
                name=take if camera is None else f"{take}/{camera}",
                subject=None if is_own else subject,
                recording=take,
            )
        )
    if not sequences:
        raise FormatError(f"{path}: expected arrays in {key!r}, but got none")
    return sequences


def _has_detections(archive: NpzArchive) -> bool:
    return all(key in archive.keys for key in DETECTION_KEYS)


def _widen(array: FloatArray) -> FloatArray:
    with np.errstate(over="ignore", invalid="ignore"):  # NaN of a kind that warns
        return array.astype(np.float64)


def _read_layout_name(archive: NpzArchive) -> str | None:
    if "metadata" not in archive.keys:
        return None
    metadata = archive.read_object("metadata")
    name = metadata.get("layout_name") if isinstance(metadata, dict) else None
    return _LAYOUTS.get(name) if isinstance(name, str) else None


def _walk(value: Any, path: Path) -> Iterator[tuple[str, str, int | None, FloatArray]]:
    """Yield subject, action, the camera's number if there are several, and the array."""
    for subject, actions in _items(value, path):
        for action, arrays in _items(actions, path):
            if isinstance(arrays, np.ndarray) and arrays.dtype != object:
                yield subject, action, None, arrays
                continue
            cameras = list(arrays) if isinstance(arrays, list | tuple | np.ndarray) else [None]
            for number, array in enumerate(cameras):
                if not isinstance(array, np.ndarray):
                    raise FormatError(
                        f"{path}, {subject}/{action}: expected an array for each camera, but got "
                        f"{type(array).__name__}"
                    )
                yield subject, action, number if len(cameras) > 1 else None, array


def _items(value: Any, path: Path) -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        raise FormatError(
            f"{path}: expected a dictionary of subjects, and in each one of actions, but got "
            f"{type(value).__name__}"
        )
    if not all(isinstance(key, str) for key in value):
        raise FormatError(
            f"{path}: expected texts as names of subjects and actions, but got others"
        )
    try:
        "".join(value).encode()  # half of a surrogate pair could not be printed
    except UnicodeEncodeError as error:
        raise FormatError(f"{path}: a name is damaged text") from error
    return list(value.items())


def _sniff(path: Path, head: bytes) -> bool:
    if not head.startswith(b"PK"):
        return False
    try:
        archive = NpzArchive(path)
        return any(key in archive.keys for key in _KEYS) or _has_detections(archive)
    except FormatError:
        return False


READER = Reader(
    name="videopose3d",
    suffixes=(".npz",),
    sniff=_sniff,
    read=read_videopose3d,
    description="data set of VideoPose3D: positions_2d or positions_3d of many takes",
)
