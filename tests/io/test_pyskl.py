import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skelgraph.errors import FormatError, RateError
from skelgraph.io import detect_format, read_pyskl, read_sequence, read_sequences, write_pyskl
from skelgraph.layouts import COCO17, H36M17, MPI23, NTU25, UPPER10, JointLayout
from skelgraph.poses import PoseSequence

ARM = JointLayout.from_parents("arm", {"shoulder": None, "elbow": "shoulder"})


def make_annotation(M: int = 1, T: int = 3, V: int = 17, C: int = 2, **fields: Any) -> dict:
    keypoint = np.arange(1, M * T * V * C + 1, dtype=np.float32).reshape(M, T, V, C)
    annotation = {"frame_dir": "walk", "label": 5, "total_frames": T, "keypoint": keypoint}
    if C == 2:
        annotation["keypoint_score"] = np.full((M, T, V), 0.5, np.float16)
    return annotation | fields


@pytest.fixture
def write(tmp_path: Path):
    def dump(*annotations: Any, split: bool = True) -> Path:
        path = tmp_path / "clips.pkl"
        value: Any = list(annotations)
        if split:
            value = {"split": {"train": ["walk"]}, "annotations": value}
        path.write_bytes(pickle.dumps(value))
        return path

    return dump


@pytest.mark.parametrize("split", [True, False])
def test_exact_positions_of_two_persons(write, split: bool) -> None:
    path = write(make_annotation(M=2), split=split)
    first, second = read_sequences(path, fps=25)
    assert detect_format(path) == "pyskl"
    np.testing.assert_array_equal(first.positions[0, :2], [[1, 2], [3, 4]])
    np.testing.assert_array_equal(second.positions[0, 0], [103, 104])
    np.testing.assert_array_equal(first.confidence, np.full((3, 17), 0.5))
    assert (first.layout, first.fps, first.unit, first.up) == (COCO17, 25, "px", "-y")
    assert [(one.name, one.label, one.recording) for one in (first, second)] == [
        ("walk#1", "5", "walk"),
        ("walk#2", "5", "walk"),
    ]


def test_many_clips(write) -> None:
    path = write(
        make_annotation(),
        make_annotation(frame_dir="S003C002P001R002A043", V=25, C=3, label=42),
        make_annotation(frame_dir="far/jump", label=np.int64(0), keypoint_score=None),
    )
    walk, ntu, jump = read_pyskl(path, fps=30)
    assert (walk.name, walk.recording, walk.subject) == ("walk", None, None)
    assert (ntu.layout, ntu.name, ntu.label) == (NTU25, "S003C002P001R002A043", "42")
    assert (ntu.subject, ntu.recording) == ("P001", "S003P001R002A043")
    assert (jump.name, jump.label, jump.confidence) == ("far/jump", "0", None)


def test_numbers_as_keys_beside_the_keypoints(write) -> None:
    """Kinetics-400 counts the frames with a score above each of some thresholds."""
    path = write(make_annotation(valid={0.1: 3, 0.5: 2}))
    assert [one.num_frames for one in read_pyskl(path, fps=30)] == [3]


def test_zeros_are_missing_joints_and_persons(write) -> None:
    annotation = make_annotation(M=3)
    annotation["keypoint"][1] = 0
    annotation["keypoint"][0, 1] = 0
    annotation["keypoint"][2, 0, 4] = 0
    annotation["keypoint"][2, 0, 5, 0] = 0  # at the left edge
    first, third = read_pyskl(write(annotation), fps=30)
    assert first.present.all(axis=1).tolist() == [True, False, True]
    assert np.flatnonzero(~third.present[0]).tolist() == [4]
    assert third.name == "walk#2"


def test_the_center_at_the_origin_is_there(write) -> None:
    annotation = make_annotation(C=3)
    annotation["keypoint"][0, :, H36M17.center] = 0
    annotation["keypoint"][0, 2] = 0
    (sequence,) = read_pyskl(write(annotation), layout=H36M17, fps=30)
    assert sequence.present.all(axis=1).tolist() == [True, True, False]
    np.testing.assert_array_equal(sequence.positions[0, H36M17.center], [0, 0, 0])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"keypoint": None}, r"annotation 0: expected numbers in 'keypoint'.* but got NoneType"),
        ({"keypoint": np.zeros((3, 17, 2))}, r"of 4 axes .* but got float64 \(3, 17, 2\)"),
        ({"keypoint": np.full((1, 3, 17, 2), "x")}, "expected numbers in 'keypoint'"),
        ({"keypoint": np.ones((1, 3, 17, 4))}, r"joints, 2 or 3\), but got \(1, 3, 17, 4\)"),
        ({"keypoint": np.ones((1, 0, 17, 2))}, r"but got \(1, 0, 17, 2\)"),
        ({"keypoint": np.zeros((1, 3, 17, 2))}, "expected persons, but there is none"),
        ({"keypoint": np.full((1, 3, 17, 2), np.inf)}, "joint 'nose' lies farther away"),
        ({"keypoint": np.ones((1, 3, 19, 2))}, r"expected keypoint_score \(1, 3, 19\)"),
        ({"keypoint_score": np.ones((1, 3))}, "expected numbers in 'keypoint_score'"),
        ({"keypoint_score": np.full((1, 3, 17), np.nan)}, "finite confidences"),
        ({"frame_dir": None}, "expected the clip's name in 'frame_dir'"),
        ({"frame_dir": "\ud800"}, "damaged text"),
        ({"label": [1, 2]}, "expected a number in 'label', but got list"),
        ({"skelgraph": {"layout": 3}}, "expected the fields of a layout, but got int"),
        ({"skelgraph": {"unit": 3}}, "expected str in 'unit'"),
        ({"skelgraph": {"unit": "miles"}}, "expected a unit"),
        ({"skelgraph": {"layout": ARM.to_dict()}}, "expected 2 joints for layout 'arm', but got 1"),
    ],
)
def test_malformed_annotations(write, fields: dict, message: str) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        read_pyskl(write(make_annotation() | fields), fps=30)
    assert "clips.pkl" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pickle.dumps({"data": []}), "under 'annotations', but the keys are 'data'"),
        (pickle.dumps(3), "expected a list of annotations, but got int"),
        (pickle.dumps({"annotations": {}}), "expected a list of annotations, but got dict"),
        (pickle.dumps([]), "expected persons"),
        (pickle.dumps(["walk"]), "annotation 0: expected a dictionary, but got str"),
        (pickle.dumps([make_annotation()])[:-9], "damaged or cut off"),
        (pickle.dumps([{"raw_file": "x", "frame_dir": "y"}]), "keypoints are in another file"),
        (b" ", "the file is empty"),
        (b"frame,x\n1,2\n", "damaged or cut off"),
    ],
)
def test_other_files(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "clips.pkl"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=rf"clips\.pkl.*{message}"):
        read_sequences(path, fps=30)


def test_what_the_file_does_not_tell(write) -> None:
    with pytest.raises(RateError, match="annotations of PYSKL do not tell; pass it"):
        read_pyskl(write(make_annotation()))
    with pytest.raises(FormatError, match=r"17 joints without names; pass the layout .*h36m17"):
        read_pyskl(write(make_annotation(C=3)), fps=30)
    with pytest.raises(FormatError, match="none of the catalogue has so many"):
        read_pyskl(write(make_annotation(V=2)), fps=30)
    assert read_pyskl(write(make_annotation(V=2)), fps=30, layout=ARM)[0].layout == ARM


def test_one_array_in_many_annotations_takes_no_memory(write) -> None:
    shared = np.ones((1, 200, 17, 2))
    many = [{"frame_dir": str(n), "keypoint": shared} for n in range(1000)]
    with pytest.raises(FormatError, match="out of proportion"):
        read_pyskl(write(*many), fps=30)


def make_sequence(layout: JointLayout = UPPER10, dimensions: int = 3, **fields: Any):
    rng = np.random.default_rng(2)
    positions = rng.normal(3, size=(4, layout.num_joints, dimensions))
    positions[1, min(2, layout.num_joints - 1)] = np.nan
    return PoseSequence(
        positions=positions, layout=layout, fps=29.97, **({"name": "walk", "label": "joy"} | fields)
    )


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("layout", [ARM, UPPER10, MPI23])
def test_what_is_written_reads_back(tmp_path: Path, layout: JointLayout, dimensions: int) -> None:
    sequence = make_sequence(
        layout, dimensions, unit="cm", up="+z", subject="ann", recording="take 1"
    )
    write_pyskl(tmp_path / "walk.pkl", sequence)
    back = read_sequence(tmp_path / "walk.pkl")
    np.testing.assert_array_equal(back.positions, sequence.positions)
    for field in ("layout", "fps", "unit", "up", "name", "label", "subject", "recording"):
        assert getattr(back, field) == getattr(sequence, field)
    if dimensions == 2:
        np.testing.assert_array_equal(back.confidence, sequence.present)


def test_the_joints_wanted_are_picked(tmp_path: Path) -> None:
    sequence = make_sequence()
    write_pyskl(tmp_path / "walk.pkl", sequence)
    (back,) = read_pyskl(tmp_path / "walk.pkl", layout=UPPER10.subset([2, 3], "two"), fps=10)
    np.testing.assert_array_equal(back.positions, sequence.positions[:, 2:4])
    assert back.fps == pytest.approx(29.97)


def test_what_pyskl_sees(tmp_path: Path) -> None:
    """Plain dictionaries and arrays, numbers as labels, persons of a clip together."""
    people = [
        make_sequence(COCO17, 2, name=f"hug#{n}", confidence=np.full((4, 17), 0.25)) for n in (1, 2)
    ]
    other = make_sequence(COCO17, 2, name="walk", label="anger")
    write_pyskl(tmp_path / "all.pkl", [*people, other], split={"train": ["hug"], "val": ["walk"]})
    with (tmp_path / "all.pkl").open("rb") as file:
        value = pickle.load(file)
    assert value["split"] == {"train": ["hug"], "val": ["walk"]}
    hug, walk = value["annotations"]
    assert [(one["frame_dir"], one["label"], one["total_frames"]) for one in (hug, walk)] == [
        ("hug", 1, 4),
        ("walk", 0, 4),
    ]
    assert hug["keypoint"].shape == (2, 4, 17, 2)
    assert hug["keypoint_score"][0, 1].tolist() == [0.25, 0.25, 0] + [0.25] * 14
    assert hug["keypoint"][0, 1, 2].tolist() == [0, 0]
    height, width = hug["img_shape"]
    assert 0 <= width - np.nanmax(people[0].positions[:, :, 0]) <= 1
    assert 0 <= height - np.nanmax(people[0].positions[:, :, 1]) <= 1
    names = [sequence.name for sequence in read_sequences(tmp_path / "all.pkl")]
    assert names == ["hug#1", "hug#2", "walk"]


def test_labels_that_are_numbers_stay(tmp_path: Path) -> None:
    clips = [make_sequence(name=label, label=label) for label in ("7", "0")]
    clips.append(make_sequence(name="no label", label=None))
    write_pyskl(tmp_path / "all.pkl", clips)
    with (tmp_path / "all.pkl").open("rb") as file:
        value = pickle.load(file)
    assert [one.get("label") for one in value["annotations"]] == [7, 0, None]
    assert value["split"] == {"all": ["7", "0", "no label"]}
    assert "keypoint_score" not in value["annotations"][0]
    assert [one.label for one in read_sequences(tmp_path / "all.pkl")] == ["7", "0", None]


def test_a_sequence_without_a_name_has_that_of_the_file(tmp_path: Path) -> None:
    write_pyskl(tmp_path / "walk.pkl", make_sequence(name=""))
    assert read_sequence(tmp_path / "walk.pkl").name == "walk"
