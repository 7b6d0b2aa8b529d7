import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from skelgraph.errors import FormatError, RateError
from skelgraph.io import detect_format, read_sequences, read_sleap_analysis
from skelgraph.layouts import JointLayout

NODES = (b"nose", b"tail ", b"cup")
TRACKS = np.arange(2 * 2 * 3 * 4, dtype=float).reshape(2, 2, 3, 4)
TRACKS[1, :, 2, 3] = np.nan
SCORES = np.linspace(0, 1, 2 * 3 * 4).reshape(2, 3, 4)


def write(path: Path, **changes: object) -> Path:
    """Write an analysis file; a dataset of None is left out."""
    datasets: dict[str, object] = {
        "tracks": TRACKS,
        "point_scores": SCORES,
        "node_names": NODES,
        "edge_inds": [[1, 0]],
        "track_names": (b"one", b"two"),
        **changes,
    }
    with h5py.File(path, "w") as file:
        for name, values in datasets.items():
            if values is not None:
                file[name] = values
    return path


def test_exact_points_and_bones(tmp_path: Path) -> None:
    path = write(tmp_path / "cage.h5")
    assert detect_format(path) == "sleap"
    first, second = read_sequences(path, fps=30)
    assert (first.name, second.name, first.fps) == ("cage#one", "cage#two", 30)
    layout = first.layout
    assert layout.joints == ("nose", "tail", "cup")
    assert (layout.center, layout.bones, layout.added_bones) == (1, ((0, 1), (2, 1)), (2,))
    assert first.positions[1].tolist() == [[1, 13], [5, 17], [9, 21]]
    np.testing.assert_allclose(second.confidence[2], SCORES[1, :, 2])
    assert second.present[3].tolist() == [True, True, False]
    assert (first.unit, first.up) == ("px", "-y")


def test_edges_that_close_a_cycle(tmp_path: Path) -> None:
    path = write(tmp_path / "cage.h5", edge_inds=[[0, 1], [1, 2], [2, 0], [1, 0]])
    layout = read_sleap_analysis(path, fps=30)[0].layout
    assert (layout.center, layout.bones) == (0, ((1, 0), (2, 0)))
    assert layout.extra_edges == ((1, 2),)


def test_axes_in_another_order(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", tracks=TRACKS.transpose(3, 0, 2, 1))
    with h5py.File(path, "r+") as file:
        file["tracks"].attrs["dims"] = json.dumps(["frame", "track", "node", "xy"])
    plain = read_sleap_analysis(write(tmp_path / "b.h5"), fps=30)
    for one, other in zip(read_sleap_analysis(path, fps=30), plain, strict=True):
        np.testing.assert_array_equal(one.positions, other.positions)


def test_one_animal_without_a_name_or_scores(tmp_path: Path) -> None:
    path = write(
        tmp_path / "cage.h5", tracks=TRACKS[:1], track_names=np.zeros(0), point_scores=None
    )
    (sequence,) = read_sleap_analysis(path, fps=30)
    assert (sequence.name, sequence.confidence) == ("cage", None)


def test_joints_of_a_layout(tmp_path: Path) -> None:
    layout = JointLayout.from_parents("two", {"tail": None, "nose": "tail"})
    first, _ = read_sleap_analysis(write(tmp_path / "cage.h5"), layout=layout, fps=30)
    assert first.positions[1].tolist() == [[5, 17], [1, 13]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tracks": None}, "expected the tracks of SLEAP or a table of DeepLabCut, but got edge"),
        ({"tracks": TRACKS[0]}, "expected numbers with 4 axes in 'tracks'"),
        ({"tracks": TRACKS.astype("S8")}, "expected numbers with 4 axes in 'tracks'"),
        ({"node_names": NODES[:2]}, r"expected tracks \(animals, 2 or 3, 2 nodes, frames\)"),
        ({"node_names": (b"a", b"a", b"b")}, "no name twice, but got 'a, a, b'"),
        ({"node_names": [1, 2, 3]}, "expected a list of texts in 'node_names'"),
        ({"point_scores": SCORES[:1]}, r"expected point_scores \(2, 3, 4\)"),
        ({"edge_inds": [[0, 7]]}, "expected edges between 3 joints"),
        ({"edge_inds": [0, 1]}, "expected pairs of joints in 'edge_inds'"),
        ({"tracks": np.full_like(TRACKS, np.nan)}, "nobody is there in any frame"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    path = write(tmp_path / "cage.h5", **changes)
    with pytest.raises(FormatError, match=rf"cage\.h5: .*{message}"):
        read_sleap_analysis(path, fps=30)


def test_an_analysis_tells_no_rate(tmp_path: Path) -> None:
    with pytest.raises(RateError, match="which analysis files of SLEAP do not tell"):
        read_sleap_analysis(write(tmp_path / "cage.h5"))
