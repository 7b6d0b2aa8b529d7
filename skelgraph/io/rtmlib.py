"""Reader of arrays that rtmlib's models return: keypoints and scores of all frames in one file.

rtmlib has no file format of its own. Its models return ``keypoints`` (persons, V, 2) in pixels, y
down, and ``scores`` (persons, V) for each frame; scripts save them as an npz archive with these two
arrays, or as the ``.npy`` of a dictionary with them: (frames, persons, V, 2) and (frames, persons,
V), or of a single person without that axis, or an array of Python objects, one array a frame, if
the number of persons varies. A person who is not there has scores of 0. V is 17 (COCO), 26 (Halpe),
133 (COCO-WholeBody), or 18 and 134 with ``to_openpose``. No file tells the frame rate.

Format: Tau-J/rtmlib, ``rtmlib/tools/solution``. Pickled objects are read as data.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.detections import Detections, build_persons
from skelgraph.io.npz_archive import NpzArchive, parse_npy_objects
from skelgraph.io.reader import Reader, require_rate
from skelgraph.io.text import read_bytes, shorten
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

_SCORE_KEYS = ("scores", "keypoint_scores", "score")
_MAX_EXPANSION = 200


def read_rtmlib(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read keypoints and scores of all frames, a sequence for each person.

    Arrays of three axes are the frames of one person. A layout is that of the keypoints, if their
    number does not tell it; else its joints are picked by name.

    Raises:
        RateError: If no rate is given.
        FormatError: If the file is damaged, the arrays do not fit each other, or nobody is there.
    """
    path = Path(path)
    arrays, limit = _read_arrays(path)
    rate = require_rate(fps, path, "arrays of keypoints")
    keypoints = _split_frames(arrays, "keypoints", 3, path)
    scores = _split_frames(arrays, next(key for key in _SCORE_KEYS if key in arrays), 2, path)
    if len(keypoints) != len(scores):
        raise FormatError(
            f"{path}: expected scores for {len(keypoints)} frames, but got {len(scores)}"
        )
    if sum(frame.nbytes for frame in keypoints) > limit:
        raise FormatError(f"{path}: its arrays are out of proportion to the file")
    found = _collect(keypoints, scores, path)
    return build_persons(path, found, layout=layout, fps=rate)


def _read_arrays(path: Path) -> tuple[dict[str, Any], int]:
    """Return the arrays by key, and how many bytes they may have together."""
    content = read_bytes(path)
    if content.startswith(b"PK"):
        archive = NpzArchive(path)
        wanted = [key for key in ("keypoints", *_SCORE_KEYS) if key in archive.keys]
        arrays: Mapping[str, Any] = {key: archive.read_objects(key) for key in wanted}
        keys = archive.keys
    else:
        array = parse_npy_objects(content, path)
        value = array.item() if array.shape == () else None
        arrays = value if isinstance(value, dict) else {}
        keys = tuple(str(key) for key in arrays)
    if "keypoints" not in arrays or not any(key in arrays for key in _SCORE_KEYS):
        raise FormatError(
            f"{path}: expected arrays 'keypoints' and 'scores', but the keys are "
            f"{shorten(', '.join(keys), 200)!r}"
        )
    return dict(arrays), _MAX_EXPANSION * len(content)


def _split_frames(arrays: Mapping[str, Any], key: str, axes: int, path: Path) -> list[FloatArray]:
    """Return the array of each frame, of all persons (persons, V, ...)."""
    value = arrays[key]
    if not isinstance(value, list) and (not isinstance(value, np.ndarray) or not value.ndim):
        raise FormatError(f"{path}: expected an array {key!r}, but got {type(value).__name__}")
    frames = [_widen(frame, Path(f"{path}, {key!r}, frame {n}")) for n, frame in enumerate(value)]
    is_single = any(frame.ndim == axes - 1 and frame.size for frame in frames)
    frames = [frame[None] if is_single and frame.size else frame for frame in frames]
    shapes = {frame.shape[1:] for frame in frames if frame.size}
    if len(shapes) > 1 or any(len(shape) != axes - 1 for shape in shapes):
        raise FormatError(
            f"{path}: expected {key!r} of (frames, persons, joints{', 2' * (axes - 2)}), but got "
            f"frames of {', '.join(map(str, sorted(shapes)[:3]))}"
        )
    return frames


def _widen(frame: Any, where: Path) -> FloatArray:
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            array = np.asarray(frame)
            numbers = array if array.size else np.zeros(0)
            if numbers.dtype.kind not in "fiu":
                numbers = np.stack([np.asarray(person) for person in frame])
            if numbers.dtype.kind not in "fiu":
                raise ValueError(f"got {numbers.dtype}")
            numbers = numbers.astype(np.float64)
    except (ValueError, TypeError) as error:
        raise FormatError(f"{where}: expected numbers, but {shorten(str(error), 80)}") from error
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _collect(keypoints: list[FloatArray], scores: list[FloatArray], path: Path) -> Detections:
    rows, row_scores, owners = [], [], []
    for number, (points, sure) in enumerate(zip(keypoints, scores, strict=True)):
        if points.size == sure.size == 0:
            continue
        if points.shape[:2] != sure.shape or points.shape[2] not in (2, 3):
            raise FormatError(
                f"{path}, frame {number}: expected 2 or 3 coordinates and a score for each "
                f"keypoint, but got {points.shape} and {sure.shape}"
            )
        rows.append(points)
        row_scores.append(sure)
        owners += [number] * len(points)
    if not rows:
        raise FormatError(f"{path}: expected a person, but nobody is there in any frame")
    return Detections(
        keypoints=np.concatenate(rows),
        scores=np.concatenate(row_scores),
        frames=np.array(owners, dtype=np.int64),
        num_frames=len(keypoints),
    )


def _sniff(path: Path, head: bytes) -> bool:
    if head.startswith(b"\x93NUMPY"):
        return b"'|O'" in head[:128] and b"keypoints" in head and b"score" in head
    if not head.startswith(b"PK"):
        return False
    try:
        keys = NpzArchive(path).keys
    except FormatError:
        return False
    return "keypoints" in keys and any(key in keys for key in _SCORE_KEYS)


READER = Reader(
    name="rtmlib",
    suffixes=(".npz", ".npy"),
    sniff=_sniff,
    read=read_rtmlib,
    description="keypoints and scores of all frames, as scripts around rtmlib save them",
)
