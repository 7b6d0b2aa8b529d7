"""Reader of SLEAP's label and prediction files (``.slp``, HDF5).

The attribute ``json`` of ``metadata`` has the names of the points and the skeleton. ``frames`` says
which ``instances`` are in a frame of a video, and an instance which of ``pred_points`` (predicted)
or ``points`` (labeled by hand) are its own: x, y in pixels, y down, whether the point is visible,
and a score. Where a track is both predicted and labeled in a frame, the labels count. Before format
1.1 a pixel's corner was its origin, now its center is. No frame rate is told. The first video is
read, with the first skeleton.

Format: sleap-io, module ``sleap_io.io.slp``.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.animal_tracks import AnimalTrack, build_animals, settle_skeleton
from skelgraph.io.detections import Detections, build_persons
from skelgraph.io.frame_numbers import place_numbers
from skelgraph.io.hdf5 import Hdf5File, holds, is_hdf5, open_hdf5
from skelgraph.io.json_text import parse_json
from skelgraph.io.reader import Reader, require_rate
from skelgraph.layouts import MAX_JOINTS, JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray, IntArray

_LABELED, _PREDICTED = 0, 1
_POINTS = {_LABELED: "points", _PREDICTED: "pred_points"}
_SYMMETRY = 2
_CENTERED_SINCE = 1.1
_MAX_FRAME = 2**53
_MAX_FRAMES_PER_INSTANCE = 100
_FEW_FRAMES = 20_000
"""Frames of all tracks together; more would need memory out of proportion to the file."""

_Edges = tuple[tuple[int, int], ...]


def read_sleap_labels(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read a file of SLEAP's labels or predictions, a sequence for each animal.

    The joints of a layout are picked by name; without it the skeleton's edges are the bones. The
    rate must be given.

    Raises:
        FormatError: If the file is damaged or nobody is there, or the rate is not given.
    """
    path = Path(path)
    with open_hdf5(path) as file:
        joints, edges = _read_skeleton(file)
        found = _read_instances(file, len(joints))
        names = _read_track_names(file)
    fps = require_rate(fps, path, "files of SLEAP")
    if found.ids is not None:
        _check_fragments(found, found.ids, path)
        tracks = _split_tracks(found, found.ids, joints, edges, names)
        return build_animals(path, tracks, format="sleap", layout=layout, fps=fps)
    track = AnimalTrack(joints=joints, positions=found.keypoints, edges=edges)
    skeleton, picked = settle_skeleton(track, "sleap", layout, path)
    found = replace(found, keypoints=found.keypoints[:, picked], scores=found.scores[:, picked])
    return build_persons(path, found, layout=skeleton, fps=fps)


def _check_fragments(found: Detections, ids: IntArray, path: Path) -> None:
    num_tracks, num_instances = len(np.unique(ids)), len(found.frames)
    if num_tracks * found.num_frames > max(_MAX_FRAMES_PER_INSTANCE * num_instances, _FEW_FRAMES):
        raise FormatError(
            f"{path}: its {num_instances} instances are of {num_tracks} tracks, most of which are "
            f"there for few of {found.num_frames} frames; join or remove them in SLEAP"
        )


def _split_tracks(
    found: Detections, ids: IntArray, joints: tuple[str, ...], edges: _Edges, names: Sequence[str]
) -> list[AnimalTrack]:
    """Return the animals that the file has tracked."""
    tracks = []
    for number in np.unique(ids).tolist():
        own = ids == number
        positions = np.full((found.num_frames, len(joints), 2), np.nan)
        confidence = np.zeros(positions.shape[:2])
        positions[found.frames[own]] = found.keypoints[own]
        confidence[found.frames[own]] = found.scores[own]
        name = names[number] if number < len(names) else ""
        track = AnimalTrack(
            joints=joints, positions=positions, confidence=confidence, edges=edges, name=name
        )
        tracks.append(track)
    return tracks


def _read_track_names(file: Hdf5File) -> list[str]:
    """Return the names of the tracks; each is a JSON list that ends with it."""
    if "tracks_json" not in file:
        return []
    names = []
    for text in file.read_texts("tracks_json"):
        track = parse_json(text, file.path)
        names.append(str(track[-1])[:100] if isinstance(track, list) and track else "")
    return names


def _read_skeleton(file: Hdf5File) -> tuple[tuple[str, ...], _Edges]:
    """Return the names of the first skeleton's points, and its edges from parent to child."""
    text = file.read_attribute("metadata", "json")
    if not isinstance(text, str):
        raise FormatError(f"{file.path}: expected the skeleton in the metadata, but found none")
    document = parse_json(text, file.path)
    try:
        skeleton = document["skeletons"][0]
        ids = [node["id"] for node in skeleton["nodes"]]
        joints = tuple(str(document["nodes"][number]["name"]).strip() for number in ids)
        links = _drop_symmetries(skeleton["links"])
        edges = tuple((ids.index(link["source"]), ids.index(link["target"])) for link in links)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise FormatError(f"{file.path}: expected a skeleton of nodes and links") from error
    if not 0 < len(joints) <= MAX_JOINTS or len(set(joints)) < len(joints):
        raise FormatError(f"{file.path}: expected names of points, no name twice")
    return joints, edges


def _drop_symmetries(links: list[Any]) -> list[Any]:
    """Leave out pairs of left and right; a type is spelled once, then meant by its number."""
    types: list[int] = []
    bones = []
    for link in links:
        kind = link.get("type", {})
        if "py/reduce" in kind:
            types.append(kind["py/reduce"][1]["py/tuple"][0])
        number = kind.get("py/id", len(types)) - 1
        if not types or types[number] != _SYMMETRY:
            bones.append(link)
    return bones


def _read_instances(file: Hdf5File, num_joints: int) -> Detections:
    frames, instances = file.read_array("frames"), file.read_array("instances")
    points = {kind: _read_points(file, name) for kind, name in _POINTS.items()}
    chosen: dict[tuple[int, int], tuple[int, int, int]] = {}
    try:
        video = min((int(frame["video"]) for frame in frames), default=0)
        numbers = {
            int(frame["frame_id"]): int(frame["frame_idx"])
            for frame in frames
            if frame["video"] == video
        }
        for row, instance in enumerate(instances):
            number = numbers.get(int(instance["frame_id"]))
            kind, track = int(instance["instance_type"]), int(instance["track"])
            if number is None or kind not in _POINTS or int(instance["skeleton"]) != 0:
                continue
            key = (number, track if track >= 0 else -1 - row)
            if key not in chosen or kind == _LABELED:
                chosen[key] = kind, int(instance["point_id_start"]), int(instance["point_id_end"])
    except (ValueError, IndexError) as error:  # records without these fields
        raise FormatError(f"{file.path}: expected frames and instances of SLEAP") from error
    return _gather(file.path, chosen, points, num_joints)


def _read_points(file: Hdf5File, name: str) -> FloatArray:
    """Return rows x, y, score; NaN and 0 for a point that is not visible."""
    if name not in file:
        return np.zeros((0, 3))
    records = file.read_array(name)
    fields = records.dtype.names or ()
    if records.ndim != 1 or not {"x", "y", "visible"} <= set(fields):
        raise FormatError(f"{file.path}: expected points with x, y and visible in {name!r}")
    scores = records["score"] if "score" in fields else np.ones(len(records))
    rows = np.column_stack([records["x"], records["y"], scores]).astype(np.float64)
    version = file.read_attribute("metadata", "format_id")
    if version is not None and float(version) < _CENTERED_SINCE:
        rows[:, :2] -= 0.5
    rows[~records["visible"].astype(bool)] = (np.nan, np.nan, 0)
    return rows


def _gather(
    path: Path,
    chosen: dict[tuple[int, int], tuple[int, int, int]],
    points: dict[int, FloatArray],
    num_joints: int,
) -> Detections:
    rows = []
    for (number, _), (kind, start, stop) in chosen.items():
        own = points[kind][start:stop] if 0 <= start <= stop else points[kind][:0]
        if len(own) != num_joints:
            raise FormatError(
                f"{path}, frame {number}: expected {num_joints} points of an instance, but got "
                f"{len(own)}"
            )
        rows.append(own)
    if not rows:
        raise FormatError(f"{path}: expected instances, but nobody is there in any frame")
    if max(number for number, _ in chosen) >= _MAX_FRAME:
        raise FormatError(f"{path}: expected the numbers of frames")
    table = np.stack(rows)
    placed = place_numbers([number for number, _ in chosen], path)
    tracks = np.array([track for _, track in chosen])
    return Detections(
        keypoints=table[:, :, :2],
        scores=table[:, :, 2],
        frames=placed,
        num_frames=int(placed.max()) + 1,
        ids=tracks if (tracks >= 0).all() else None,
    )


def _sniff(path: Path, head: bytes) -> bool:
    return is_hdf5(head) and holds(
        path, lambda file: {"metadata", "frames", "instances"} <= set(file.list_names())
    )


READER = Reader(
    name="slp",
    suffixes=(".slp",),
    sniff=_sniff,
    read=read_sleap_labels,
    description="labels and predictions of SLEAP (HDF5)",
)
