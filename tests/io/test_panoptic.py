import json
from pathlib import Path
from typing import Any

import pytest

from skelgraph.errors import FormatError, RateError
from skelgraph.io import (
    detect_format,
    is_recording_folder,
    read_panoptic,
    read_sequence,
    read_sequences,
)
from skelgraph.layouts import PANOPTIC19, UPPER10


def make_body(x: float = 0.0, number: int = 0) -> dict[str, Any]:
    """Joint k is at (x + k, -8 k, 4), with confidence 0.5; number 2 was not found."""
    joints = [n for k in range(19) for n in (x + k, -8 * k, 4, -1 if k == 2 else 0.5)]
    return {"id": number, "joints19": joints}


@pytest.fixture
def write(tmp_path: Path):
    def dump(frames: dict[int, Any], **fields: Any) -> Path:
        folder = tmp_path / "hdPose3d_stage1_coco19"
        folder.mkdir()
        for number, bodies in frames.items():
            head = {"version": 0.7, "univTime": 53541.5, "fpsType": "hd_29_97"} | fields
            file = folder / f"body3DScene_{number:08d}.json"
            file.write_text(json.dumps(head | {"bodies": bodies}))
        return folder

    return dump


def test_exact_values(write) -> None:
    folder = write({n: [make_body(n)] if n != 118 else [] for n in (117, 118, 119, 121)})
    assert detect_format(folder) == "panoptic"
    assert is_recording_folder(folder)
    person = read_sequence(folder)
    assert (person.layout, person.fps, person.unit, person.up) == (PANOPTIC19, 29.97, "cm", "-y")
    assert person.name == "hdPose3d_stage1_coco19"
    assert person.present[:, 0].tolist() == [True, False, True, False, True]
    assert person.positions[2, 3].tolist() == [122, -24, 4]
    assert person.confidence[2, :3].tolist() == [0.5, 0.5, 0]
    assert not person.present[:, 2].any()


def test_persons_by_their_numbers_and_a_single_frame(write) -> None:
    frames = {n: [make_body(300 * (n > 1), 4), make_body(900, 6)][:: (-1) ** n] for n in range(4)}
    folder = write(frames)
    one, other = read_sequences(folder)
    assert one.positions[:, 0, 0].tolist() == [0, 0, 300, 300]
    assert other.positions[:, 0, 0].tolist() == [900] * 4
    single = folder / "body3DScene_00000000.json"
    assert detect_format(single) == "panoptic"
    assert [len(person) for person in read_sequences(single)] == [1, 1]


def test_a_rate_that_is_not_told_must_be_given(write) -> None:
    folder = write({0: [make_body()], 1: [make_body()]}, fpsType="none")
    with pytest.raises(RateError, match="bodies without 'fpsType' do not tell"):
        read_sequences(folder)
    assert read_sequence(folder, fps=25).fps == 25


@pytest.mark.parametrize(
    ("bodies", "message"),
    [
        ([], "nobody is there in any frame"),
        (5, r"00000000\.json, 'bodies': expected a list, but got 5"),
        ([5], r"00000000\.json: expected an object with 'joints19', but got 5"),
        ([{"id": 0, "joints15": []}], "expected an object with 'joints19'"),
        ([{"joints19": 5}], r"00000000\.json, 'joints19': expected a list"),
        ([{"joints19": [1, 2, 3, 4]}], "confidence of 19 joints, but got 4 numbers"),
        ([{"joints19": [1, 2, 3, -1] * 19}], "all scores are 0"),
    ],
)
def test_what_is_wrong_is_named(write, bodies: Any, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_panoptic(write({0: bodies}))


def test_joints_wanted_that_are_not_there(write) -> None:
    with pytest.raises(FormatError, match="expected the joints of layout 'upper10'"):
        read_sequence(write({0: [make_body()]}), layout=UPPER10)


def test_a_file_that_is_cut_off(write) -> None:
    folder = write({0: [make_body()], 1: [make_body()]})
    (folder / "body3DScene_00000001.json").write_text('{"version": 0.7, "univTime"')
    with pytest.raises(FormatError, match=r"00000001\.json, line 1: expected JSON"):
        read_panoptic(folder)
