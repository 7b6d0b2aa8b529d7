"""Files of many clips: where their numbers lie, and what is said of each."""

import json
import pickle
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skelgraph.errors import FormatError, RateError
from skelgraph.io import (
    Archive,
    detect_format,
    find_archive_format,
    index_archive,
    list_archive_files,
    open_archive,
    read_pyskl,
    read_sequences,
    write_pyskl,
)
from skelgraph.layouts import COCO17, NTU25, UPPER10
from skelgraph.poses import PoseSequence

NAMES = ("S001C001P001R001A001", "S001C002P003R001A050")


@pytest.fixture
def read(tmp_path: Path) -> Iterator[Callable[[Path], Archive]]:
    with (tmp_path / "store").open("wb+") as store:

        def open_file(path: Path) -> Archive:
            found = find_archive_format(path)
            assert found is not None
            return open_archive(path, index_archive(path, found, store), store)

        yield open_file


def number(M: int, T: int, V: int, C: int, start: int = 1) -> np.ndarray:
    return np.arange(start, start + M * T * V * C, dtype=np.float32).reshape(M, T, V, C)


def make_annotations() -> list[dict[str, Any]]:
    return [
        {"frame_dir": NAMES[0], "label": 0, "keypoint": number(1, 9, 25, 3)},
        {"frame_dir": NAMES[1], "label": 49, "keypoint": number(2, 8, 25, 3, start=5000)},
    ]


def make_pickle() -> dict[str, Any]:
    split = {"xsub_train": [NAMES[0]], "xsub_val": [NAMES[1], "left out"]}
    return {"split": split, "annotations": make_annotations()}


def as_lists(value: dict[str, Any]) -> dict[str, Any]:
    annotations = [
        one | {key: one[key].tolist() for key in ("keypoint", "keypoint_score") if key in one}
        for one in value["annotations"]
    ]
    return value | {"annotations": annotations}


def write_kind(kind: str, folder: Path) -> Path:
    path = folder / f"ntu.{'json' if kind == 'json' else 'pkl'}"
    if kind == "json":
        path.write_text(json.dumps(as_lists(make_pickle())))
    else:
        path.write_bytes(pickle.dumps(make_pickle(), protocol=int(kind)))
    return path


@pytest.mark.parametrize("kind", ["0", "2", "3", "4", "5", "json"])
def test_annotations(read: Callable[[Path], Archive], tmp_path: Path, kind: str) -> None:
    archive = read(write_kind(kind, tmp_path))
    index = archive.index
    assert index.names == NAMES
    assert index.labels == ("0", "49")
    assert index.subjects == ("P001", "P003")
    assert index.recordings == ("S001P001R001A001", "S001P003R001A050")
    assert index.num_frames.tolist() == [9, 8]
    assert index.count_persons().tolist() == [1, 2]
    assert {part: clips.tolist() for part, clips in index.splits.items()} == {
        "xsub_train": [0],
        "xsub_val": [1],
    }
    assert index.is_stored.tolist() == [kind in ("0", "2", "json")] * 2
    (first,) = archive.read_clip(0, fps=30)
    np.testing.assert_array_equal(first.positions, number(1, 9, 25, 3)[0])
    assert (first.layout, first.fps, first.name, first.label) == (NTU25, 30, NAMES[0], "0")
    second = archive.read_clip(1, fps=25)[1]
    np.testing.assert_array_equal(second.positions[0, 0], [5600, 5601, 5602])


def test_it_is_what_the_reader_of_recordings_reads(
    read: Callable[[Path], Archive], tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    people = [
        PoseSequence(
            positions=rng.normal(200, 50, size=(5, 17, 2)),
            confidence=rng.uniform(size=(5, 17)),
            layout=COCO17,
            fps=24.0,
            unit="px",
            up="-y",
            name=f"hug#{person}",
            label="hug",
            subject="Ann",
            recording="take 1",
        )
        for person in (1, 2)
    ]
    path = tmp_path / "own.pkl"
    write_pyskl(path, people)
    archive = read(path)
    assert archive.index.bodies[0].has_confidence
    for got, expected in zip(archive.read_clip(0), read_pyskl(path), strict=True):
        np.testing.assert_array_equal(got.positions, expected.positions)
        np.testing.assert_array_equal(got.confidence, expected.confidence)
        for field in ("layout", "fps", "unit", "up", "label", "subject", "recording"):
            assert getattr(got, field) == getattr(expected, field)


def test_a_list_alone_and_the_class_that_a_name_tells(
    read: Callable[[Path], Archive], tmp_path: Path
) -> None:
    annotations = make_annotations()
    del annotations[0]["label"]
    annotations.append({"frame_dir": "nobody", "keypoint": np.zeros((1, 9, 25, 3))})
    path = tmp_path / "list.pkl"
    path.write_bytes(pickle.dumps(annotations))
    archive = read(path)
    assert archive.index.labels == ("A001", "49", "")
    assert archive.index.splits == {}
    assert archive.index.count_persons().tolist() == [1, 2, 0]
    assert archive.read_clip(2, fps=30) == []
    with pytest.raises(RateError, match="expected the frame rate"):
        archive.read_clip(0)


@pytest.mark.parametrize("shape", [(0, 9, 25, 3), (2, 9, 25, 3)])
def test_a_clip_in_which_nobody_is_there_stays_a_clip(
    read: Callable[[Path], Archive], tmp_path: Path, shape: tuple[int, ...]
) -> None:
    empty = {"frame_dir": "empty", "label": 1, "keypoint": np.zeros(shape, np.float32)}
    value = {"split": {"train": [NAMES[0], "empty"]}, "annotations": [*make_annotations(), empty]}
    path = tmp_path / "clips.pkl"
    path.write_bytes(pickle.dumps(value))
    archive = read(path)
    assert archive.index.names == (*NAMES, "empty")
    assert archive.index.count_persons().tolist() == [1, 2, 0]
    assert archive.index.num_frames.tolist() == [9, 8, 9]
    assert archive.index.splits["train"].tolist() == [0, 2]
    assert archive.read_clip(2, fps=30) == []
    assert not archive.view_clip(2).any()


def pad(clip: np.ndarray, persons: int = 2, frames: int = 12) -> np.ndarray:
    padded = np.zeros((persons, frames, 25, 3), np.float32)
    padded[: clip.shape[0], : clip.shape[1]] = clip
    return padded


def make_feeder_arrays() -> dict[str, np.ndarray]:
    clips = [pad(one["keypoint"]) for one in make_annotations()]
    flat = np.stack([clip.transpose(1, 0, 2, 3).reshape(12, 150) for clip in clips])
    one_hot = np.eye(60)[[0, 49]]
    return {"x_train": flat, "y_train": one_hot, "x_test": flat[1:], "y_test": one_hot[1:]}


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("axes", [3, 5])
def test_npz_of_feeders(
    read: Callable[[Path], Archive], tmp_path: Path, compressed: bool, axes: int
) -> None:
    arrays = make_feeder_arrays()
    if axes == 5:
        for key in ("x_train", "x_test"):
            split = arrays[key].reshape(-1, 12, 2, 25, 3)
            arrays[key] = split.transpose(0, 4, 1, 3, 2).copy()  # (N, C, T, V, M)
        arrays["y_train"] = np.array([0, 49])
    path = tmp_path / "NTU60_CS.npz"
    (np.savez_compressed if compressed else np.savez)(path, **arrays)
    archive = read(path)
    assert archive.index.names == ("train-00000", "train-00001", "test-00000")
    assert archive.index.labels == ("0", "49", "49")
    assert archive.index.num_frames.tolist() == [9, 8, 8]
    assert archive.index.count_persons().tolist() == [1, 2, 2]
    assert archive.index.is_stored.all() == compressed
    assert {part: clips.tolist() for part, clips in archive.index.splits.items()} == {
        "train": [0, 1],
        "test": [2],
    }
    for clip, annotation in enumerate([*make_annotations(), make_annotations()[1]]):
        persons = archive.read_clip(clip, fps=30)
        got = np.stack([person.positions for person in persons])
        np.testing.assert_array_equal(got, annotation["keypoint"])


def test_npy_of_feeders_and_the_other_part_beside_it(
    read: Callable[[Path], Archive], tmp_path: Path
) -> None:
    clips = np.stack([pad(one["keypoint"]).transpose(3, 1, 2, 0) for one in make_annotations()])
    for part, number in (("train", 0), ("val", 1)):
        np.save(tmp_path / f"{part}_data_joint.npy", clips[number : number + 1])
        label = ([f"{NAMES[number]}.skeleton"], [(0, 49)[number]])
        (tmp_path / f"{part}_label.pkl").write_bytes(pickle.dumps(label))
    path = tmp_path / "train_data_joint.npy"
    assert [file.name for file in list_archive_files(path)] == [
        *("train_data_joint.npy", "train_label.pkl", "val_data_joint.npy", "val_label.pkl")
    ]
    archive = read(path)
    assert archive.index.names == NAMES
    assert archive.index.labels == ("0", "49")
    assert archive.index.subjects == ("P001", "P003")
    assert archive.index.is_stored.tolist() == [False, True]
    assert list(archive.index.splits) == ["train", "val"]
    for clip, annotation in enumerate(make_annotations()):
        got = np.stack([person.positions for person in archive.read_clip(clip, fps=30)])
        np.testing.assert_array_equal(got, annotation["keypoint"])


def test_files_that_are_no_archives(tmp_path: Path) -> None:
    sequence = PoseSequence(positions=np.ones((3, 10, 3)), layout=UPPER10, fps=30)
    from skelgraph.io import write_npz

    write_npz(tmp_path / "walk.npz", sequence)
    np.save(tmp_path / "train_data.npy", np.ones((3, 10, 3)))
    (tmp_path / "coco.json").write_text('{"images": [], "annotations": [{"keypoints": []}]}')
    (tmp_path / "walk.bvh").write_text("HIERARCHY")
    for file in tmp_path.iterdir():
        assert find_archive_format(file) is None
    assert find_archive_format(tmp_path / "none.pkl") is None
    assert find_archive_format(tmp_path) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"annotations": [3]}, "annotation 0: expected a dictionary, but got int"),
        ({"annotations": []}, "expected persons, but there is none in any clip"),
        ({"split": [3]}, "expected lists of names of clips under 'split'"),
        ({"split": {"train": [3]}}, "expected lists of names of clips under 'split'"),
    ],
)
def test_malformed_pickles(
    read: Callable[[Path], Archive], tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    path = tmp_path / "clips.pkl"
    path.write_bytes(pickle.dumps(make_pickle() | change))
    with pytest.raises(FormatError, match=rf"clips\.pkl.*{message}"):
        read(path)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"keypoint": np.ones((9, 25, 3))}, "of 4 axes"),
        ({"keypoint": np.ones((1, 9, 25, 4))}, "joints, 2 or 3"),
        ({"keypoint_score": np.ones((1, 9))}, "expected numbers in 'keypoint_score'"),
        ({"keypoint_score": np.ones((1, 8, 25))}, r"expected keypoint_score \(1, 9, 25\)"),
        ({"frame_dir": None}, "expected the clip's name in 'frame_dir'"),
        ({"label": [1]}, "expected a number in 'label'"),
    ],
)
def test_malformed_annotations(
    read: Callable[[Path], Archive], tmp_path: Path, fields: dict[str, Any], message: str
) -> None:
    path = tmp_path / "clips.pkl"
    path.write_bytes(pickle.dumps([make_annotations()[0] | fields]))
    with pytest.raises(FormatError, match=rf"clips\.pkl, annotation 0: .*{message}"):
        read(path)


def test_one_array_in_many_annotations_takes_no_time(
    read: Callable[[Path], Archive], tmp_path: Path
) -> None:
    shared = np.zeros((1, 2000, 25, 3))
    many = [{"frame_dir": str(n), "keypoint": shared} for n in range(1000)]
    (tmp_path / "clips.pkl").write_bytes(pickle.dumps(many))
    with pytest.raises(FormatError, match="out of proportion"):
        read(tmp_path / "clips.pkl")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x_train": np.ones((2, 9, 150))}, "expected the labels of clips in 'y_train.npy'"),
        ({"x_train": np.ones((2, 9, 151)), "y_train": np.ones(2)}, "expected numbers in 'x_train"),
        ({"x_train": np.ones((2, 9, 150)), "y_train": np.ones(3)}, "a label for each clip"),
        ({"x_train": np.ones((2, 9, 150)), "y_train": np.array(["a", "b"])}, "numbers of classes"),
        ({"x_train": np.zeros((2, 9, 150)), "y_train": np.ones(2)}, "expected persons"),
    ],
)
def test_malformed_npz(
    read: Callable[[Path], Archive], tmp_path: Path, arrays: dict[str, np.ndarray], message: str
) -> None:
    np.savez(tmp_path / "clips.npz", **arrays)
    with pytest.raises(FormatError, match=rf"clips\.npz.*{message}"):
        read(tmp_path / "clips.npz")


def test_an_npz_of_a_claimed_size(read: Callable[[Path], Archive], tmp_path: Path) -> None:
    path = tmp_path / "clips.npz"
    np.savez(path, **make_feeder_arrays())
    content = path.read_bytes().replace(b"(2, 12, 150)", b"(9, 12, 150)")
    path.write_bytes(content)
    with pytest.raises(FormatError, match=r"clips\.npz: expected an npz archive with x_train"):
        read(path)


@pytest.mark.parametrize("label", [[1, 2], ([1], [2]), (["a"], [1], [2]), "a"])
def test_malformed_labels_of_npy(
    read: Callable[[Path], Archive], tmp_path: Path, label: object
) -> None:
    np.save(tmp_path / "train_data.npy", np.ones((1, 3, 9, 25, 2)))
    (tmp_path / "train_label.pkl").write_bytes(pickle.dumps(label))
    with pytest.raises(FormatError, match=r"train_label\.pkl: expected a pair of lists"):
        read(tmp_path / "train_data.npy")


@pytest.mark.parametrize("cut", [10, 500, 3000])
def test_cut_files(read: Callable[[Path], Archive], tmp_path: Path, cut: int) -> None:
    content = BytesIO()
    np.savez(content, **make_feeder_arrays())
    for name, whole in (("a.pkl", pickle.dumps(make_pickle())), ("b.npz", content.getvalue())):
        path = tmp_path / name
        path.write_bytes(whole[:-cut])
        if find_archive_format(path) is not None:
            with pytest.raises(FormatError, match=name):
                read(path)


@pytest.mark.filterwarnings("ignore:.*hardly make a body")
def test_archives_are_read_as_recordings_too(tmp_path: Path) -> None:
    for path in (write_kind("json", tmp_path), tmp_path / "NTU60_CS.npz"):
        if path.suffix == ".npz":
            np.savez(path, **make_feeder_arrays())
        sequences = read_sequences(path, fps=30)
        assert detect_format(path) == {".json": "pyskl-json", ".npz": "ctr-gcn"}[path.suffix]
        first, second, third, *_ = sequences
        name = NAMES[1] if path.suffix == ".json" else "train-00001"
        assert [second.name, third.name] == [f"{name}#1", f"{name}#2"]
        assert third.recording == ("S001P003R001A050" if path.suffix == ".json" else name)
        np.testing.assert_array_equal(first.positions, number(1, 9, 25, 3)[0])
        np.testing.assert_array_equal(third.positions[0, 0], [5600, 5601, 5602])
        with pytest.raises(RateError):
            read_sequences(path)


@pytest.mark.filterwarnings("ignore:.*hardly make a body")
def test_a_real_form_of_kinetics(shared_data: Path) -> None:
    path = shared_data / "odd" / "nearly" / "kinetics_valid_floats.pkl"
    if not path.is_file():
        pytest.skip(f"no {path}: odd files are not there")
    (sequence,) = read_sequences(path, fps=30)
    assert (sequence.layout, sequence.num_frames) == (COCO17, 30)
