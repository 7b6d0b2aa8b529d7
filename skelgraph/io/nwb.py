"""Reader of the poses in files of Neurodata Without Borders (NWB, HDF5), extension ``ndx-pose``.

A group of the type ``PoseEstimation`` is an animal: it has a series for each point, with ``data``
(frames, 2 or 3; in ``unit`` after times ``conversion``), ``confidence``, and ``timestamps`` in
seconds or ``starting_time`` with a ``rate``; and a skeleton with the names of the points and the
edges between them, linked or (before ndx-pose 0.2) in the group itself.

Format: github.com/rly/ndx-pose.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.animal_tracks import AnimalTrack, build_animals
from skelgraph.io.hdf5 import Hdf5File, holds, is_hdf5, open_hdf5
from skelgraph.io.reader import Reader, require_rate
from skelgraph.io.sleap_analysis import read_edges
from skelgraph.io.table_columns import parse_length
from skelgraph.io.timeline import Timeline, measure_rate, read_timeline
from skelgraph.layouts import MAX_JOINTS, JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

_TYPE = "neurodata_type"
_VERSION = "nwb_version"
_ROOMS = ("processing", "acquisition", "analysis", "scratch")
_MAX_DEPTH = 3
_MAX_GROUPS = 10_000
_NO_LETTER = re.compile(r"[\W_]+")


def read_nwb(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read the poses in a file of NWB, a sequence for each animal.

    The joints of a layout are picked by name; without it the skeleton's edges are the bones. A rate
    is used if the file's times tell none.

    Raises:
        FormatError: If the file is damaged, or has no poses.
    """
    path = Path(path)
    with open_hdf5(path) as file:
        groups = [group for room in _ROOMS for group in _find_poses(file, room, 0)]
        if not groups:
            raise FormatError(
                f"{path}: expected poses (PoseEstimation of the extension ndx-pose), but this file "
                "of NWB has none"
            )
        animals = [_read_animal(file, group) for group in groups]
        unit = parse_length(str(_read_unit(file, groups[0])))
    rates = {rate for _, rate in animals if rate is not None}
    if len(rates) > 1:
        raise FormatError(
            f"{path}: expected one frame rate, but its animals have "
            f"{' and '.join(f'{rate:g}' for rate in sorted(rates))}"
        )
    rate = rates.pop() if rates else require_rate(fps, path, "poses without times")
    tracks = [track for track, _ in animals]
    return build_animals(path, tracks, format="nwb", layout=layout, fps=rate, unit=unit)


def _find_poses(file: Hdf5File, group: str, depth: int) -> list[str]:
    """Return the groups of poses below a group."""
    if file.read_attribute(group, _TYPE) == "PoseEstimation":
        return [group]
    if depth == _MAX_DEPTH:
        return []
    names = file.list_names(group)[:_MAX_GROUPS]
    return [found for name in names for found in _find_poses(file, f"{group}/{name}", depth + 1)]


def _list_series(file: Hdf5File, group: str) -> list[str]:
    return [
        name
        for name in file.list_names(group)
        if file.read_attribute(f"{group}/{name}", _TYPE) == "PoseEstimationSeries"
    ]


def _read_unit(file: Hdf5File, group: str) -> object:
    series = _list_series(file, group)
    return file.read_attribute(f"{group}/{series[0]}/data", "unit") if series else None


def _read_animal(file: Hdf5File, group: str) -> tuple[AnimalTrack, float | None]:
    names = _list_series(file, group)
    if not 0 < len(names) <= MAX_JOINTS:
        raise FormatError(f"{file.path}: expected a series for each point in {group!r}")
    joints, order, edges = _read_skeleton(file, group, names)
    series = [f"{group}/{names[number]}" for number in order]
    timeline, rate = _read_times(file, series[0])
    arrays = [_read_series(file, name) for name in series]
    shapes = {array.shape for array, _ in arrays}
    if len(shapes) > 1 or (timeline and shapes != {(len(timeline.frames), arrays[0][0].shape[1])}):
        raise FormatError(f"{file.path}: expected equally long series in {group!r}")
    positions = np.stack([array for array, _ in arrays], axis=1)  # (T, V, C)
    scores = [score for _, score in arrays if score is not None]
    confidence = np.stack(scores, axis=1) if len(scores) == len(arrays) else None
    if timeline is not None:
        positions = timeline.spread(positions)
        confidence = None if confidence is None else timeline.spread(confidence)
    track = AnimalTrack(
        joints=joints,
        positions=positions,
        confidence=confidence,
        edges=edges,
        name=group.rpartition("/")[2],
    )
    return track, rate


def _read_skeleton(
    file: Hdf5File, group: str, series: Sequence[str]
) -> tuple[tuple[str, ...], list[int], tuple[tuple[int, int], ...]]:
    """Return the names of the points, the number of each one's series, and the edges."""
    homes = [f"{group}/{name}" for name in file.list_names(group)]
    linked = (home for home in homes if file.read_attribute(home, _TYPE) == "Skeleton")
    home = next(linked, group)
    nodes = file.read_texts(f"{home}/nodes") if f"{home}/nodes" in file else []
    plain = [_NO_LETTER.sub("", name).lower() for name in series]
    keys = [_NO_LETTER.sub("", node).lower() for node in nodes]
    places = [_find_series(key, plain) for key in keys]
    order = [place for place in places if place is not None]
    if len(order) < len(series) or len(set(order)) < len(series):
        return tuple(series), list(range(len(series))), ()
    edges = read_edges(file, f"{home}/edges")
    moved = {node: at for at, node in enumerate(n for n, p in enumerate(places) if p is not None)}
    return (
        tuple(node for node, place in zip(nodes, places, strict=True) if place is not None),
        order,
        tuple((moved[a], moved[b]) for a, b in edges if a in moved and b in moved),
    )


def _find_series(key: str, series: Sequence[str]) -> int | None:
    """Return the number of a node's series, which may be named ``PoseEstimationSeries<node>``."""
    names = (key, f"poseestimationseries{key}", f"{key}poseestimationseries")
    return next((number for number, name in enumerate(series) if name in names), None)


def _read_series(file: Hdf5File, name: str) -> tuple[FloatArray, FloatArray | None]:
    positions = file.read_numbers(f"{name}/data", 2)
    if positions.shape[1] not in (2, 3) or not len(positions):
        raise FormatError(
            f"{file.path}: expected (frames, 2 or 3) in {name!r}, but got {positions.shape}"
        )
    factor = file.read_attribute(f"{name}/data", "conversion")
    if isinstance(factor, float) and np.isfinite(factor) and factor > 0:
        positions = positions * factor
    if f"{name}/confidence" not in file:
        return positions, None
    confidence = file.read_numbers(f"{name}/confidence", 1)
    if len(confidence) != len(positions):
        raise FormatError(
            f"{file.path}: expected {len(positions)} confidences in {name!r}, but got "
            f"{len(confidence)}"
        )
    return positions, confidence


def _read_times(file: Hdf5File, series: str) -> tuple[Timeline | None, float | None]:
    """Return when the rows of a series were recorded, where it has times, and the rate."""
    rate = file.read_attribute(f"{series}/starting_time", "rate")
    if isinstance(rate, float | int | np.number) and np.isfinite(rate) and rate > 0:
        return None, float(rate)
    if f"{series}/timestamps" not in file:
        return None, None
    timeline = read_timeline(file.read_numbers(f"{series}/timestamps", 1), "timestamps", file.path)
    return timeline, measure_rate(timeline, 1.0, "timestamps", file.path)


def _sniff(path: Path, head: bytes) -> bool:
    return is_hdf5(head) and holds(
        path, lambda file: file.read_attribute("/", _VERSION) is not None
    )


READER = Reader(
    name="nwb",
    suffixes=(".nwb",),
    sniff=_sniff,
    read=read_nwb,
    description="poses in files of Neurodata Without Borders (ndx-pose, HDF5)",
)
