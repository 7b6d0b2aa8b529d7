from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

import skelgraph.io.file_conversion
from skelgraph.errors import FormatError, LayoutError
from skelgraph.io import READERS, WRITERS, convert_file, read_sequence, write_npz, write_sequence
from skelgraph.layouts import COCO17, UPPER10
from skelgraph.poses import PoseSequence, convert_layout


@pytest.fixture
def person() -> PoseSequence:
    rng = np.random.default_rng(3)
    positions = rng.normal(size=(21, 17, 2)).astype(np.float32) * 100
    positions[4:6, 9] = np.nan
    confidence = rng.uniform(0.1, 1, (21, 17))
    return PoseSequence(
        positions=positions, layout=COCO17, fps=20.0, unit="px", up="-y", confidence=confidence
    )


@pytest.fixture
def turning() -> PoseSequence:
    """A stiff body that turns and walks."""
    body = np.random.default_rng(4).normal(size=(10, 3)) * 30
    turns = Rotation.from_rotvec(np.linspace([0, 0, 0], [1, 2, 3], 21))
    positions = np.stack([turn.apply(body) for turn in turns]) + np.arange(21)[:, None, None]
    return PoseSequence(positions=positions, layout=UPPER10, fps=20.0, unit="m", up="+y")


@pytest.mark.filterwarnings("ignore:.*hardly make a body")
@pytest.mark.parametrize("name", WRITERS)
def test_what_is_written_is_read_back(
    name: str, person: PoseSequence, turning: PoseSequence, tmp_path: Path
) -> None:
    writer = WRITERS[name]
    assert writer.name == name
    assert name in READERS
    file = tmp_path / f"clip{writer.suffixes[0]}"
    for sequence in (person, turning) if writer.in_plane else (turning,):
        write_sequence(file, sequence)
        again = read_sequence(file)
        if name == "bvh":  # angles of few digits, in centimeters
            np.testing.assert_allclose(again.positions, sequence.positions * 100, atol=0.01)
        else:
            np.testing.assert_array_equal(again.positions, sequence.positions)
        assert (again.layout, again.fps) == (sequence.layout, pytest.approx(sequence.fps))


@pytest.mark.parametrize("name", [name for name, writer in WRITERS.items() if not writer.in_plane])
def test_an_image_is_no_space(name: str, person: PoseSequence, tmp_path: Path) -> None:
    file = tmp_path / f"clip{WRITERS[name].suffixes[0]}"
    with pytest.raises(FormatError, match=r"clip.*: expected positions in space .*2 dimensions"):
        write_sequence(file, person)
    assert not file.exists()


def test_layout_rate_and_format_change(person: PoseSequence, tmp_path: Path) -> None:
    source, target = tmp_path / "a.npz", tmp_path / "new" / "b.csv"
    write_npz(source, person)
    (done,) = convert_file(source, target, to=UPPER10, fps=40.0)
    assert done.path == target
    assert done.conversion.made_up["spinebase"] == "0.5 left_hip + 0.5 right_hip"
    again = read_sequence(target)
    assert (again.layout, again.fps, again.num_frames) == (UPPER10, 40.0, 41)
    expected = convert_layout(person, UPPER10).positions
    np.testing.assert_allclose(again.positions[::2], expected, rtol=1e-6)


def test_nothing_is_replaced_unless_it_may_be(person: PoseSequence, tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    write_npz(file, person)
    before = file.read_bytes()
    with pytest.raises(FormatError, match=r"a\.npz: there is a file already; name another"):
        convert_file(file, file, to=UPPER10)
    assert file.read_bytes() == before
    convert_file(file, file, to=UPPER10, overwrite=True)
    assert read_sequence(file).layout == UPPER10


def test_several_persons_go_to_several_files_or_none(
    person: PoseSequence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = replace(person, positions=person.positions + 1)
    monkeypatch.setattr(
        skelgraph.io.file_conversion, "read_sequences", lambda *_, **__: [person, others]
    )
    files = convert_file("crowd.json", tmp_path / "out.npz")
    assert [file.path.name for file in files] == ["out-1.npz", "out-2.npz"]
    np.testing.assert_array_equal(
        read_sequence(files[1].path).positions, person.positions + np.float32(1)
    )
    files[0].path.unlink()
    with pytest.raises(FormatError, match=r"out-2\.npz: there is a file already"):
        convert_file("crowd.json", tmp_path / "out.npz")
    assert not files[0].path.exists()


def test_errors_come_before_anything_is_written(person: PoseSequence, tmp_path: Path) -> None:
    source = tmp_path / "a.npz"
    write_npz(source, convert_layout(person, UPPER10))
    with pytest.raises(FormatError, match=r"b\.docx: expected a name that ends .* \(\.npz: npz"):
        convert_file(source, tmp_path / "b.docx")
    with pytest.raises(LayoutError, match="cannot be converted to 'coco17'"):
        convert_file(source, tmp_path / "b.npz", to=COCO17)
    assert [file.name for file in tmp_path.iterdir()] == ["a.npz"]
