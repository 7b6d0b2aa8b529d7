"""Archives as datasets."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skelgraph.data import ClipSet, read_archive, read_data, read_folder
from skelgraph.errors import DatasetError, FormatError, RateError
from skelgraph.io import cache_folder, list_cache
from skelgraph.layouts import NTU25, JointLayout
from skelgraph.poses import LazySequence

NAMES = ["S001C001P001R001A001", "S001C001P002R001A050", "S001C001P003R001A001"]
ARM = JointLayout.from_parents("arm", {"shoulder": None, "elbow": "shoulder"})


def make_body(M: int, T: int = 9, V: int = 25, C: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(M, T, V, C)).astype(np.float32)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKELGRAPH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def write(folder: Path, protocol: int = 4, **fields: Any) -> Path:
    annotations = [
        {"frame_dir": name, "label": int(name[-3:]) - 1, "keypoint": make_body(M, seed=M)} | fields
        for name, M in zip(NAMES, (1, 2, 1), strict=True)
    ]
    path = folder / "ntu.pkl"
    value = {"split": {"train": NAMES[:2], "val": NAMES[2:]}, "annotations": annotations}
    path.write_bytes(pickle.dumps(value, protocol=protocol))
    return path


def read(path: Path, **options: Any) -> ClipSet:
    return read_archive(path, **({"fps": 30.0, "min_clips_per_label": 1} | options))


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize("use_cache", [True, False])
def test_clips_are_read_when_they_are_used(tmp_path: Path, use_cache: bool, protocol: int) -> None:
    path = write(tmp_path, protocol)
    for _ in range(2):
        clips = read(path, use_cache=use_cache)
        assert clips.name == "ntu"
        assert clips.labels == ("0", "49", "0")
        assert clips.subjects == ("P001", "P002", "P003")
        assert all(isinstance(sequence, LazySequence) for sequence in clips.sequences)
        first = clips.sequences[0]
        assert (first.layout, first.num_frames, first.num_dimensions) == (NTU25, 9, 3)
        np.testing.assert_array_equal(first.positions, make_body(1, seed=1)[0])
        assert clips.notes == (
            "3 clips do not tell their frame rate: read at 30 frames/s",
            "1 clips show several persons: the main one is taken",
        )
        assert {part: rows.tolist() for part, rows in clips.splits.items()} == {
            "train": [0, 1],
            "val": [2],
        }
    names = [path.name for files in list_cache() for path in files.paths]
    assert len([name for name in names if name.endswith(".safetensors")]) == use_cache
    assert len([name for name in names if name.endswith(".numbers")]) == (
        use_cache and protocol == 2
    )
    assert not list(cache_folder().glob("*/.*"))


def test_facts_of_lazy_clips_are_those_of_what_is_read(tmp_path: Path) -> None:
    clips = read(write(tmp_path, skelgraph={"unit": "cm", "up": "+z", "fps": 15.0}))
    for sequence in clips.sequences:
        loaded = sequence.load()
        for field in ("name", "label", "subject", "recording", "layout", "fps", "unit", "up"):
            assert getattr(sequence, field) == getattr(loaded, field)
        assert sequence.num_frames == loaded.num_frames


def test_all_persons_are_clips(tmp_path: Path) -> None:
    clips = read(write(tmp_path), person="all")
    names = [sequence.name for sequence in clips.sequences]
    assert names == [NAMES[0], f"{NAMES[1]}#1", f"{NAMES[1]}#2", NAMES[2]]
    second = clips.sequences[2]
    assert second.load().name == second.name
    np.testing.assert_array_equal(second.positions, make_body(2, seed=2)[1])
    assert clips.splits["train"].tolist() == [0, 1, 2]


def test_one_person_by_number(tmp_path: Path) -> None:
    assert len(read(write(tmp_path), person=1)) == 3
    with pytest.raises(DatasetError, match=f"a person 2 in each clip, but 2 have .*{NAMES[0]}"):
        read(write(tmp_path), person=2)


def test_a_file_that_changes_is_found_anew(tmp_path: Path) -> None:
    path = write(tmp_path)
    before = read(path)
    annotations = [{"frame_dir": "walk", "label": 1, "keypoint": make_body(1)}]
    path.write_bytes(pickle.dumps(annotations))
    after = read(path)
    assert len(after) == 1
    assert after.fingerprint != before.fingerprint


@pytest.mark.parametrize("suffix", ["safetensors", "numbers"])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, cache: Path, suffix: str) -> None:
    path = write(tmp_path, protocol=2)
    read(path)
    (kept,) = cache.glob(f"datasets/*.{suffix}")
    content = bytearray(kept.read_bytes())
    if suffix == "numbers":
        kept.unlink()
    else:
        content[-20] ^= 1
        kept.write_bytes(content)
    np.testing.assert_array_equal(read(path).sequences[0].positions, make_body(1, seed=1)[0])
    assert kept.is_file()


def test_a_cache_that_cannot_be_written_to_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SKELGRAPH_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.warns(UserWarning, match="cannot be cached"):
        clips = read(write(tmp_path, protocol=2))
    np.testing.assert_array_equal(clips.sequences[0].positions, make_body(1, seed=1)[0])


def test_an_unusual_body_has_the_given_layout(tmp_path: Path) -> None:
    path = write(tmp_path, keypoint=make_body(1, V=2))
    assert read(path, layout=ARM).sequences[0].layout == ARM
    with pytest.raises(FormatError, match="2 joints without names; pass the layout"):
        read(path)


def test_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(RateError, match=r"ntu\.pkl: expected the frame rate"):
        read(write(tmp_path), fps=None)
    with pytest.raises(DatasetError, match="at least 2 files for each label"):
        read(write(tmp_path), min_clips_per_label=2)
    path = write(tmp_path, label=None, frame_dir="walk")
    with pytest.raises(DatasetError, match="expected a label of each clip, but 3 of 3 have none"):
        read(path)
    (tmp_path / "walk.bvh").write_text("HIERARCHY")
    with pytest.raises(DatasetError, match=r"walk\.bvh: expected a folder of recordings, or an"):
        read_data(tmp_path / "walk.bvh", fps=30.0)


def test_clips_without_labels_where_they_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "list.pkl"
    annotations = [{"frame_dir": str(n), "keypoint": make_body(1)} for n in range(2)]
    path.write_bytes(pickle.dumps(annotations))
    assert read(path, unlabeled="clip").labels == ("clip", "clip")


@pytest.mark.parametrize("person", ["main", "all", 1])
def test_a_clip_in_which_nobody_is_there(tmp_path: Path, person: Any) -> None:
    path = tmp_path / "list.pkl"
    annotations = [
        {"frame_dir": name, "label": 1, "keypoint": keypoints}
        for name, keypoints in (
            ("walk", make_body(1)),
            ("empty", np.zeros((1, 9, 25, 3), np.float32)),
            ("none", np.zeros((0, 9, 25, 3), np.float32)),
        )
    ]
    path.write_bytes(pickle.dumps(annotations))
    clips = read(path, person=person)
    assert clips.names == ("walk", "empty", "none")
    for clip in clips.sequences[1:]:
        loaded = clip.load()
        assert (loaded.name, loaded.label, loaded.layout) == (clip.name, "1", NTU25)
        np.testing.assert_array_equal(loaded.positions, np.zeros((9, 25, 3)))


@pytest.mark.parametrize(
    ("scores", "expected", "note"),
    [
        ([0, 1, 2], [0, 0.5, 1], "visibility flags stand for confidences"),
        ([0, 50, 100], [0, 0.5, 1], "confidences reach 100 and are taken for percentages"),
        ([-1, 0.5, 1.25], [0, 0.5, 1], None),
    ],
)
def test_confidences_are_scaled_as_those_of_recordings(
    tmp_path: Path, scores: list[float], expected: list[float], note: str | None
) -> None:
    own = np.full((1, 9, 25), scores[2])
    own[0, 0, :2] = scores[:2]
    own[0, 1:5] = scores[1]
    path = tmp_path / "list.pkl"
    annotations = [
        {"frame_dir": name, "label": 1, "keypoint": make_body(1), "keypoint_score": own}
        for name in ("walk", "run")
    ]
    path.write_bytes(pickle.dumps(annotations))
    for _ in range(2):  # from the file and from the cache
        clips = read(path)
        for clip in clips.sequences:
            confidence = clip.confidence
            assert confidence is not None
            np.testing.assert_array_equal(confidence[0, :3], expected)
        assert [text for text in clips.notes if "confidences" in text] == (
            [] if note is None else [text for text in clips.notes if text.startswith(note)]
        )
        assert note is None or any(text.startswith(note) for text in clips.notes)


def test_an_archive_in_a_folder_is_no_clip(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder)
    one = [{"frame_dir": "walk", "label": 1, "keypoint": make_body(1)}]
    (folder / "walk.pkl").write_bytes(pickle.dumps(one))
    (folder / "labels.csv").write_text("file,label\nntu.pkl,a\nwalk.pkl,a\n")
    message = r"ntu\.pkl: this is an archive of 3 clips; pass it by itself \(--data FILE\)"
    with pytest.raises(DatasetError, match=message):
        read_folder(folder, fps=30.0, min_files_per_label=1)
    left = read_folder(folder, fps=30.0, min_files_per_label=1, skip_unreadable=True)
    assert left.names == ("walk",)
    assert list(left.left_out) == ["ntu.pkl"]


def write_named(path: Path, names: list[str], split: dict[str, list[str]]) -> Path:
    annotations = [{"frame_dir": name, "label": 1, "keypoint": make_body(1)} for name in names]
    path.write_bytes(pickle.dumps({"split": split, "annotations": annotations}))
    return path


def test_a_split_that_lists_no_clip(tmp_path: Path) -> None:
    listed = [f"x{number}" for number in range(13)]
    split = {"train": ["walk"], "val": listed}
    path = write_named(tmp_path / "list.pkl", ["walk", "run"], split)
    note = "part 'val' of the split lists 13 names, none of which is a clip (x0, x1, x2, ...)"
    for _ in range(2):  # from the file and from the cache
        assert note in read(path).notes
        with pytest.raises(DatasetError) as caught:
            read(path, min_clips_per_label=2)
        assert str(caught.value) == (
            f"{path}: {note}; give clips the names that the split lists, or leave the split out"
        )


def test_clips_of_one_name(tmp_path: Path) -> None:
    path = write_named(tmp_path / "list.pkl", ["walk", "run", "walk"], {})
    message = r"list\.pkl: expected a name of its own for each clip, but 1 repeat \(walk\); number"
    with pytest.raises(DatasetError, match=message):
        read(path)


def test_a_negative_label_is_none(tmp_path: Path) -> None:
    path = tmp_path / "list.pkl"
    annotations = [
        {"frame_dir": name, "label": label, "keypoint": make_body(1)}
        for name, label in (("walk", -1), ("run", 0))
    ]
    path.write_bytes(pickle.dumps(annotations))
    with pytest.raises(DatasetError, match=r"but 1 of 2 have none \(walk\)"):
        read(path)
    assert read(path, unlabeled="clip").labels == ("clip", "0")
    arrays = {"x_train": np.ones((2, 9, 75), np.float32), "y_train": np.array([-1, 3])}
    np.savez(tmp_path / "clips.npz", **arrays)
    assert read(tmp_path / "clips.npz", unlabeled="clip").labels == ("clip", "3")
