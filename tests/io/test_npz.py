import io
import zipfile
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError
from skelgraph.io import detect_format, read_npz, read_sequence, write_npz
from skelgraph.layouts import COCO17, UPPER10, JointLayout
from skelgraph.poses import PoseSequence


@pytest.fixture
def sequence() -> PoseSequence:
    rng = np.random.default_rng(0)
    layout = JointLayout.from_parents(
        "mine",
        {"Hips": None, "LinkesBein": "Hips", "RechtesBein": "Hips", "Kopf": "Hips"},
        pairs=[("LinkesBein", "RechtesBein")],
        extra_edges=[("LinkesBein", "RechtesBein")],
        added_bones=["Kopf"],
    )
    positions = rng.normal(size=(6, 4, 3)).astype(np.float32)
    positions[2, 1] = np.nan
    return PoseSequence(
        positions=positions,
        layout=layout,
        fps=29.97,
        unit="mm",
        up="-z",
        confidence=rng.uniform(size=(6, 4)),
        name="clip 1",
        label="joy",
        subject="AnBh",
        recording="day 2",
        start_s=12.5,
        numbering_hz=60.0,
    )


def arrays(**changes: object) -> dict[str, object]:
    basic = {"positions": np.ones((3, 10, 3)), "fps": 30.0, "layout": "upper10"}
    return {key: value for key, value in (basic | changes).items() if value is not None}


def save(path: Path, content: dict[str, object]) -> Path:
    np.savez(path, **content)
    return path


def test_everything_comes_back(tmp_path: Path, sequence: PoseSequence) -> None:
    path = tmp_path / "clip.anything"
    write_npz(path, sequence)
    back = read_sequence(path)
    for field in fields(PoseSequence):
        np.testing.assert_equal(getattr(back, field.name), getattr(sequence, field.name))


def test_what_is_not_known_stays_so_and_the_name_is_the_files(
    tmp_path: Path, sequence: PoseSequence
) -> None:
    plain = replace(
        sequence, confidence=None, name="", label=None, subject=None, recording=None, layout=COCO17,
        positions=np.zeros((2, 17, 2)),
    )  # fmt: skip
    write_npz(tmp_path / "clip.npz", plain)
    back = read_npz(tmp_path / "clip.npz")
    assert back.name == "clip"
    assert (back.confidence, back.label, back.subject, back.recording) == (None, None, None, None)
    assert back.layout == COCO17


def test_the_same_sequence_gives_the_same_bytes(tmp_path: Path, sequence: PoseSequence) -> None:
    write_npz(tmp_path / "a", sequence)
    write_npz(tmp_path / "b", sequence)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_layout_of_the_catalogue_by_name(tmp_path: Path) -> None:
    back = read_npz(save(tmp_path / "a.npz", arrays()))
    assert (back.layout, back.fps, back.num_frames) == (UPPER10, 30, 3)


def test_a_single_array_with_layout_and_rate_given(tmp_path: Path) -> None:
    positions = np.asfortranarray(np.random.default_rng(0).normal(size=(5, 10, 3)))
    path = save(tmp_path / "a.npz", {"keypoints": positions})
    assert detect_format(path) == "npz"
    back = read_sequence(path, layout=UPPER10, fps=50)
    np.testing.assert_array_equal(back.positions, positions.astype(np.float32))
    with pytest.raises(
        FormatError, match=r"expected the array 'joints' or 'layout', .*keypoints; pa"
    ):
        read_npz(path, fps=50)
    with pytest.raises(
        FormatError, match="rate in array 'fps', but the keys are keypoints; pass it"
    ):
        read_npz(path, layout=UPPER10)


def test_a_layout_given_picks_joints_by_name(tmp_path: Path, sequence: PoseSequence) -> None:
    write_npz(tmp_path / "a.npz", sequence)
    wanted = JointLayout.from_parents("some", {"Kopf": "Hips", "Hips": None})
    back = read_npz(tmp_path / "a.npz", layout=wanted)
    np.testing.assert_array_equal(back.positions, sequence.positions[:, [3, 0]])
    np.testing.assert_array_equal(back.confidence, sequence.confidence[:, [3, 0]])


PAIRS = {key: np.zeros((0, 2), dtype=int) for key in ("pairs", "extra_edges")}
OWN = {
    "joints": np.array(["a", "b"]), "bones": np.array([[1, 0]]), "center": 0, **PAIRS,
    "added_bones": np.zeros(0, dtype=int), "positions": np.ones((3, 2, 3)),
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"positions": None},
            "expected an array 'positions' or a single array, .* are fps, layout",
        ),
        ({"fps": None}, "expected the frame rate in array 'fps'"),
        ({"fps": [30.0, 25.0]}, r"expected one number in array 'fps', but got \(2,\)"),
        ({"fps": -1.0}, "positive frame rate, but got -1.0"),
        ({"fps": "fast"}, "expected numbers in array 'fps', but got <U4"),
        ({"layout": None}, "expected the array 'joints' or 'layout'"),
        ({"layout": "upper11"}, "there is no layout 'upper11'; known are upper10"),
        ({"layout": ["a", "b"]}, "expected one text in array 'layout', but got 2"),
        ({"positions": np.ones((3, 9, 3))}, r"\(frames, 10 joints, 2 or 3\) .* got \(3, 9, 3\)"),
        ({"positions": np.ones((3, 10))}, r"but got \(3, 10\)"),
        ({"positions": np.ones((0, 10, 3))}, r"but got \(0, 10, 3\)"),
        ({"positions": np.array([{}])}, "numbers in array 'positions', but got pickled objects"),
        ({"positions": np.ones((3, 10, 3), complex)}, "expected numbers .* got complex128"),
        ({"positions": np.full((3, 10, 3), 1e300)}, "frame 0: joint 'spinebase' lies farther away"),
        (
            {"positions": np.full((3, 10, 3), np.inf)},
            "frame 0: joint 'spinebase' lies farther away",
        ),
        ({"unit": "inch"}, "expected a unit of .* but got 'inch'"),
        ({"confidence": np.ones((3, 9))}, r"confidences \(frames, joints\) = \(3, 10\), but got"),
        ({"confidence": np.full((3, 10), 1e300)}, None),
        ({"confidence": np.full((3, 10), -1.0)}, "expected finite confidences of 0 or more"),
        (OWN, None),
        (OWN | {"bones": None}, "expected an array 'bones', but the keys are"),
        (OWN | {"bones": np.zeros((0, 2), dtype=int)}, "'upper10': expected 1 bones that join"),
        (OWN | {"bones": np.zeros((1, 3), dtype=int)}, "expected rows of two joint numbers"),
        (
            OWN | {"bones": np.array([[1.0, 0.0]])},
            "whole numbers in array 'bones', but got float64",
        ),
        (OWN | {"center": [0, 1]}, r"expected one number in array 'center', but got \(2,\)"),
        (OWN | {"center": 7}, "expected joint numbers from 0 to 1"),
        (OWN | {"joints": np.array(["a", "a"])}, "joint names must differ"),
        (OWN | {"joints": np.arange(2000).astype(str)}, "there are more than 1000 joints"),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path, changes: dict[str, object], message: str | None
) -> None:
    path = save(tmp_path / "clip.npz", arrays(**changes))
    if message is None:
        assert read_npz(path).num_frames == 3
        return
    with pytest.raises(FormatError, match=rf"clip\.npz.*{message}"):
        read_npz(path)


def test_no_zip_no_arrays_and_cut_off(tmp_path: Path, sequence: PoseSequence) -> None:
    path = tmp_path / "clip.npz"
    path.write_text("HIERARCHIE")
    with pytest.raises(FormatError, match=r"clip\.npz: expected an npz archive, but got no zip"):
        read_sequence(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(FormatError, match=r"but the zip holds no arrays \(\.npy\)"):
        read_sequence(path)
    write_npz(path, sequence)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(FormatError, match="expected an npz archive, but got no zip"):
        read_sequence(path)


def test_an_archive_cannot_ask_for_memory_out_of_proportion(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (10**9, 10, 3)}
    )
    path = tmp_path / "clip.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("positions.npy", header.getvalue() + b"\0" * 240)
    with pytest.raises(FormatError, match="does not fit 240 bytes"):
        read_npz(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("positions.npy", header.getvalue() + b"\0" * 10_000_000)
    with pytest.raises(FormatError, match="bytes are out of proportion to the file"):
        read_npz(path)
