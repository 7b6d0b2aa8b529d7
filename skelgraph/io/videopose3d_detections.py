"""Detections of a video as VideoPose3D's ``infer_video_d2.py`` saves them, before it prepares them.

An npz archive of pickled lists with an entry a frame: ``boxes``, ``segments`` and ``keypoints``,
each with an empty list for the background and an array of the persons; and ``metadata`` with the
video's ``w`` and ``h``. The keypoints of a person are four rows of COCO's 17: x and y in pixels, y
down, a logit and the probability. A frame in which nobody was found has an empty list.

Format: facebookresearch/VideoPose3D, inference/infer_video_d2.py.
"""

from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.detections import Detections, build_persons
from skelgraph.io.npz_archive import NpzArchive
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

DETECTION_KEYS = ("boxes", "keypoints")
_ROWS = 4


def read_detections(
    archive: NpzArchive, path: Path, *, layout: JointLayout | None, fps: float
) -> list[PoseSequence]:
    """Read the persons of a video, a sequence for each.

    Raises:
        FormatError: If the archive is damaged, holds anything else, or nobody is there.
    """
    frames = archive.read_objects("keypoints")
    if frames.ndim == 0:
        raise FormatError(f"{path}: expected a list of frames in 'keypoints', but got none")
    persons: list[FloatArray] = []
    owners: list[int] = []
    room = archive.size_limit
    for number, classes in enumerate(frames):
        found = _find_persons(classes, f"{path}, frame {number}")
        room -= found.nbytes
        if room < 0:
            raise FormatError(f"{path}: its arrays are out of proportion to the file")
        persons += list(found)
        owners += [number] * len(found)
    if not persons:
        raise FormatError(f"{path}: expected a person, but nobody is there in any frame")
    if len({person.shape for person in persons}) > 1:
        raise FormatError(f"{path}: expected as many keypoints in each frame, but they differ")
    table = np.stack(persons)
    detections = Detections(
        keypoints=table[:, :2].transpose(0, 2, 1),
        scores=table[:, _ROWS - 1],
        frames=np.array(owners, dtype=np.int64),
        num_frames=len(frames),
    )
    return build_persons(path, detections, layout=layout, fps=fps)


def _find_persons(classes: Any, where: str) -> FloatArray:
    """Return the keypoints (persons, 4, V) of a frame."""
    is_array = isinstance(classes, np.ndarray) and classes.ndim > 0
    people = classes[-1] if (is_array or isinstance(classes, list)) and len(classes) else None
    if isinstance(people, list) and not people:
        return np.zeros((0, _ROWS, 0))
    if isinstance(people, np.ndarray) and people.size == 0:
        return np.zeros((0, _ROWS, 0))
    if not isinstance(people, np.ndarray) or people.dtype.kind not in "fiu" or people.ndim != 3:
        got = getattr(people, "shape", type(people).__name__)
        raise FormatError(f"{where}: expected keypoints (persons, 4, joints), but got {got}")
    if people.shape[1] != _ROWS:
        raise FormatError(
            f"{where}: expected rows of x, y, logit and probability, but got {people.shape[1]} rows"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        numbers = people.astype(np.float64)
    return np.where(np.isfinite(numbers), numbers, np.nan)
