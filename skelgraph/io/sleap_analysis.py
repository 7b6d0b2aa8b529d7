"""Reader of SLEAP's analysis files (HDF5): tracks of animals as dense arrays.

``tracks`` are coordinates in pixels, y down, (animals, 2, nodes, frames) unless its attribute
``dims`` says another order; NaN for a missing point. ``point_scores`` (animals, nodes, frames) are
the confidences, ``node_names`` the points, ``edge_inds`` the links between them, from parent to
child, and ``track_names`` the animals (none if there is one). No frame rate is told.

Format: SLEAP's documentation, "Export data for analysis".
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.animal_tracks import AnimalTrack, build_animals
from skelgraph.io.hdf5 import Hdf5File, holds, is_hdf5, open_hdf5
from skelgraph.io.reader import Reader, require_rate
from skelgraph.io.text import shorten
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

_DIMS = ("track", "xy", "node", "frame")
_SCORE_DIMS = ("track", "node", "frame")


def read_sleap_analysis(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read an analysis file of SLEAP, a sequence for each animal that is there in some frame.

    The joints of a layout are picked by name; without it the file's edges are the bones. The rate
    must be given.

    Raises:
        FormatError: If the file is damaged or nobody is there, or the rate is not given.
    """
    path = Path(path)
    with open_hdf5(path) as file:
        if not _has_tracks(file):
            raise FormatError(
                f"{path}: expected the tracks of SLEAP or a table of DeepLabCut, but got "
                f"{shorten(', '.join(file.list_names()), 80) or 'nothing'}"
            )
        tracks = _read_tracks(file)
    fps = require_rate(fps, path, "analysis files of SLEAP")
    return build_animals(path, tracks, format="sleap", layout=layout, fps=fps)


def _read_tracks(file: Hdf5File) -> list[AnimalTrack]:
    tracks = _put_in_order(file, "tracks", _DIMS)  # (animals, 2 or 3, V, T)
    joints = tuple(file.read_texts("node_names"))
    animals, C, V, T = tracks.shape
    if len(joints) != V or C not in (2, 3) or not T:
        raise FormatError(
            f"{file.path}: expected tracks (animals, 2 or 3, {len(joints)} nodes, frames), but got "
            f"{tracks.shape}"
        )
    scores = None
    if "point_scores" in file:
        scores = _put_in_order(file, "point_scores", _SCORE_DIMS)
        if scores.shape != (animals, V, T):
            raise FormatError(
                f"{file.path}: expected point_scores {(animals, V, T)}, but got {scores.shape}"
            )
    names = file.read_texts("track_names") if "track_names" in file else []
    edges = read_edges(file, "edge_inds")
    return [
        AnimalTrack(
            joints=joints,
            positions=tracks[animal].transpose(2, 1, 0),
            confidence=None if scores is None else scores[animal].T,
            edges=edges,
            name=names[animal] if len(names) == animals else "",
        )
        for animal in range(animals)
    ]


def _put_in_order(file: Hdf5File, name: str, dims: Sequence[str]) -> FloatArray:
    """Read an array, with its axes in the order of these dimensions."""
    array = file.read_numbers(name, len(dims))
    told = _parse_dims(file.read_attribute(name, "dims"))
    if told is None:
        return array
    if sorted(told) != sorted(dims):
        raise FormatError(
            f"{file.path}: expected the dimensions {', '.join(dims)} of {name!r}, but got "
            f"{', '.join(map(str, told))}"
        )
    return array.transpose([told.index(dim) for dim in dims])


def _parse_dims(text: Any) -> list[Any] | None:
    try:
        dims = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    return [str(dim)[:20] for dim in dims] if isinstance(dims, list) else None


def read_edges(file: Hdf5File, name: str) -> tuple[tuple[int, int], ...]:
    """Read pairs of joint numbers; none if the file has none of that name.

    Raises:
        FormatError: If it is another array.
    """
    if name not in file:
        return ()
    edges = file.read_array(name)
    if not edges.size:
        return ()
    if edges.ndim != 2 or edges.shape[1] != 2 or edges.dtype.kind not in "iu":
        raise FormatError(
            f"{file.path}: expected pairs of joints in {name!r}, but got {edges.shape}"
        )
    return tuple((int(a), int(b)) for a, b in np.unique(edges, axis=0))


def _has_tracks(file: Hdf5File) -> bool:
    return {"tracks", "node_names"} <= set(file.list_names())


def _sniff(path: Path, head: bytes) -> bool:
    return is_hdf5(head) and holds(path, _has_tracks)


READER = Reader(
    name="sleap",
    suffixes=(".h5", ".hdf5"),
    sniff=_sniff,
    read=read_sleap_analysis,
    description="tracks of SLEAP's analysis files (HDF5)",
)
