import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from skelgraph.errors import FormatError, RateError
from skelgraph.io import detect_format, read_sequences, read_sleap_labels
from skelgraph.layouts import JointLayout

BONE = {"py/reduce": [{"py/type": "sleap.skeleton.EdgeType"}, {"py/tuple": [1]}]}
MIRROR = {"py/reduce": [{"py/type": "sleap.skeleton.EdgeType"}, {"py/tuple": [2]}]}
METADATA: dict[str, Any] = {
    "nodes": [{"name": "spare"}, {"name": "ear_l"}, {"name": "ear_r"}, {"name": "nose"}],
    "skeletons": [
        {
            "nodes": [{"id": 3}, {"id": 1}, {"id": 2}],
            "links": [
                {"source": 3, "target": 1, "type": BONE},
                {"source": 1, "target": 2, "type": MIRROR},
                {"source": 3, "target": 2, "type": {"py/id": 1}},
            ],
        }
    ],
}
POINT = [("x", "f8"), ("y", "f8"), ("visible", "?"), ("complete", "?")]
INSTANCE = [
    *(("instance_id", "i8"), ("instance_type", "u1"), ("frame_id", "u8"), ("skeleton", "u4")),
    *(("track", "i4"), ("point_id_start", "u8"), ("point_id_end", "u8")),
]
FRAME = [("frame_id", "u8"), ("video", "u4"), ("frame_idx", "u8")]


def write(path: Path, metadata: object = METADATA, *, version: float = 1.2, end: int = 3) -> Path:
    """Write two predicted frames of an animal; the second is labeled by hand as well."""
    predicted = [(n, n + 0.5, n != 1, False, 0.1 * n) for n in range(1, 7)]
    labeled = [(10 * n, 10 * n + 1, True, True) for n in range(1, 4)]
    instances = [(0, 1, 0, 0, 0, 0, end), (1, 1, 1, 0, 0, 3, 6), (2, 0, 1, 0, 0, 0, 3)]
    frames = [(0, 0, 4), (1, 0, 5), (2, 1, 0)]
    with h5py.File(path, "w") as file:
        group = file.create_group("metadata")
        group.attrs["format_id"] = version
        group.attrs["json"] = np.bytes_(json.dumps(metadata).encode())
        file["points"] = np.array(labeled, dtype=POINT)
        file["pred_points"] = np.array(predicted, dtype=[*POINT, ("score", "f8")])
        file["instances"] = np.array(instances, dtype=INSTANCE)
        file["frames"] = np.array(frames, dtype=FRAME)
    return path


def test_exact_points_and_bones(tmp_path: Path) -> None:
    path = write(tmp_path / "cage.slp")
    assert detect_format(path) == "slp"
    (sequence,) = read_sequences(path, fps=30)
    assert sequence.layout.joints == ("nose", "ear_l", "ear_r")
    assert sequence.layout.bones == ((1, 0), (2, 0))  # the link between the ears is none
    assert sequence.present.tolist() == [[False, True, True], [True, True, True]]
    assert sequence.positions[0, 1:].tolist() == [[2, 2.5], [3, 3.5]]
    assert sequence.positions[1].tolist() == [[10, 11], [20, 21], [30, 31]]
    np.testing.assert_allclose(sequence.confidence, [[0, 0.2, 0.3], [1, 1, 1]], rtol=1e-6)


def test_the_origin_of_old_files(tmp_path: Path) -> None:
    (sequence,) = read_sleap_labels(write(tmp_path / "cage.slp", version=1.0), fps=30)
    assert sequence.positions[1].tolist() == [[9.5, 10.5], [19.5, 20.5], [29.5, 30.5]]


def test_joints_of_a_layout(tmp_path: Path) -> None:
    layout = JointLayout.from_parents("two", {"ear_r": None, "nose": "ear_r"})
    (sequence,) = read_sleap_labels(write(tmp_path / "cage.slp"), layout=layout, fps=30)
    assert sequence.positions[1].tolist() == [[30, 31], [10, 11]]


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({}, "expected a skeleton of nodes and links"),
        ([], "expected a skeleton of nodes and links"),
        ({**METADATA, "nodes": [{"name": "a"}] * 4}, "expected names of points, no name twice"),
        ({**METADATA, "nodes": METADATA["nodes"][:2]}, "expected a skeleton of nodes and links"),
    ],
)
def test_a_malformed_skeleton(tmp_path: Path, metadata: object, message: str) -> None:
    with pytest.raises(FormatError, match=rf"cage\.slp: {message}"):
        read_sleap_labels(write(tmp_path / "cage.slp", metadata), fps=30)


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "cage.slp", end=2)
    with pytest.raises(FormatError, match="frame 4: expected 3 points of an instance, but got 2"):
        read_sleap_labels(path, fps=30)
    with h5py.File(path, "r+") as file:
        del file["instances"]
    with pytest.raises(FormatError, match="expected an array 'instances', but found none"):
        read_sleap_labels(path, fps=30)
    with pytest.raises(RateError, match="which files of SLEAP do not tell"):
        read_sleap_labels(write(path))


def test_fragments_of_tracks(tmp_path: Path) -> None:
    path = write(tmp_path / "cage.slp")
    instances = [(n, 1, n, 0, n, 0, 3) for n in range(200)]
    with h5py.File(path, "r+") as file:
        del file["instances"], file["frames"]
        file["instances"] = np.array(instances, dtype=INSTANCE)
        file["frames"] = np.array([(n, 0, 7 * n + n % 2) for n in range(200)], dtype=FRAME)
    with pytest.raises(FormatError, match=r"200 instances are of 200 tracks, .* join or remove"):
        read_sleap_labels(path, fps=30)


def test_animals_that_are_not_tracked(tmp_path: Path) -> None:
    path = write(tmp_path / "cage.slp")
    instances = [(n, 1, n, 0, -1, 0, 3) for n in range(20)]
    with h5py.File(path, "r+") as file:
        del file["instances"], file["frames"]
        file["instances"] = np.array(instances, dtype=INSTANCE)
        file["frames"] = np.array([(n, 0, n) for n in range(20)], dtype=FRAME)
    (sequence,) = read_sleap_labels(path, fps=30)
    assert sequence.positions[9, 1:].tolist() == [[2, 2.5], [3, 3.5]]
