import json
from typing import Any

import numpy as np
import pytest

from skelgraph.errors import FormatError, RateError
from skelgraph.io import detect_format, read_azure_kinect, read_sequence, read_sequences
from skelgraph.layouts import AZURE32, UPPER10

NAMES_IN_ORDER = """
    PELVIS SPINE_NAVEL SPINE_CHEST NECK CLAVICLE_LEFT SHOULDER_LEFT ELBOW_LEFT WRIST_LEFT HAND_LEFT
    HANDTIP_LEFT THUMB_LEFT CLAVICLE_RIGHT SHOULDER_RIGHT ELBOW_RIGHT WRIST_RIGHT HAND_RIGHT
    HANDTIP_RIGHT THUMB_RIGHT HIP_LEFT KNEE_LEFT ANKLE_LEFT FOOT_LEFT HIP_RIGHT KNEE_RIGHT
    ANKLE_RIGHT FOOT_RIGHT HEAD NOSE EYE_LEFT EAR_LEFT EYE_RIGHT EAR_RIGHT
    """
K4ABT_NAMES = NAMES_IN_ORDER.split()


def make_body(x: float = 0.0, number: int = 1, **fields: Any) -> dict[str, Any]:
    """Joint k is at (x + 40 k, -50 k, 2000)."""
    positions = [[x + 40 * k, -50 * k, 2000] for k in range(32)]
    orientations = [[1, 0, 0, 0]] * 32
    body = {"body_id": number, "joint_orientations": orientations, "joint_positions": positions}
    return body | fields


def make_document(frames: list[list[dict]], **fields: Any) -> dict[str, Any]:
    """A recording of 30 frames per second, as the offline processor writes it."""
    entries = [
        {
            "bodies": bodies,
            "frame_id": number,
            "num_bodies": len(bodies),
            "timestamp_usec": 16655 + round(number * 1e6 / 30),
        }
        for number, bodies in enumerate(frames)
    ]
    head = {"bone_list": [["SPINE_CHEST", "SPINE_NAVEL"]], "frames": entries}
    return head | {"joint_names": K4ABT_NAMES} | fields


def test_exact_values(write_json) -> None:
    path = write_json(make_document([[make_body(t)] if t != 2 else [] for t in range(5)]))
    assert detect_format(path) == "azure-kinect"
    person = read_sequence(path)
    assert (person.layout, person.fps, person.unit, person.up) == (AZURE32, 30, "mm", "-y")
    assert person.present[:, 0].tolist() == [True, True, False, True, True]
    assert person.positions[3, 4].tolist() == [163, -200, 2000]
    assert (person.confidence[3] == 1).all()


def test_two_bodies_by_their_numbers(write_json) -> None:
    frames = [[make_body(900 * (t > 1), 3), make_body(4000, 5)][:: (-1) ** t] for t in range(4)]
    one, other = read_sequences(write_json(make_document(frames)))
    assert one.positions[:, 0, 0].tolist() == [0, 0, 900, 900]
    assert other.positions[:, 0, 0].tolist() == [4000] * 4


def as_joints(body: dict, level: int, *, is_list: bool) -> dict[str, Any]:
    joints = []
    for x, y, z in body["joint_positions"]:
        position = [x, y, z] if is_list else {"x": x, "y": y, "z": z}
        joints.append({"position": position, "confidence_level": level})
    return {"id": 7, "skeleton": {"joints": joints}} if is_list else {"id": 7, "joints": joints}


@pytest.mark.parametrize(
    ("bodies", "confidence"),
    [
        (lambda t: make_body(t, confidence_levels=[1] + [2] * 31), 0.5),
        (lambda t: make_body(t, joint_confidence=[[0]] + [[2]] * 31), 0),
        (lambda t: as_joints(make_body(t), 1, is_list=True), 0.5),
        (lambda t: as_joints(make_body(t), 3, is_list=False), 1),
    ],
)
def test_the_forms_of_bodies(write_json, bodies, confidence: float) -> None:
    path = write_json(make_document([[bodies(t)] for t in range(4)]))
    person = read_sequence(path)
    assert person.positions[2, 1].tolist() == [42, -50, 2000]
    assert person.confidence[2, 0] == confidence
    assert person.present[2, 0] == (confidence > 0)


def test_the_names_tell_the_order(write_json) -> None:
    document = make_document([[make_body(t)] for t in range(4)], joint_names=K4ABT_NAMES[::-1])
    person = read_sequence(write_json(document))
    assert person.layout == AZURE32
    assert person.positions[0, 0].tolist() == [31 * 40, -31 * 50, 2000]


@pytest.mark.parametrize("numbers", [(4, 5, 8, 9), (8, 10, 16, 18)])
def test_frame_numbers_tell_the_gaps_where_times_are_uneven(write_json, numbers) -> None:
    times = (0, 40_000, 133_333, 166_667)
    frames = [
        {"frame_id": n, "timestamp_usec": time, "bodies": [make_body(n)]}
        for n, time in zip(numbers, times, strict=True)
    ]
    person = read_sequence(write_json({"frames": frames}))
    assert person.present[:, 0].tolist() == [True, True, False, False, True, True]
    assert person.fps == 30


def test_numbers_without_a_gap_leave_it_to_the_times(write_json) -> None:
    frames = [
        {"frame_id": n, "timestamp_usec": time, "bodies": [make_body(n)]}
        for n, time in enumerate((0, 33_333, 66_667, 133_333))
    ]
    person = read_sequence(write_json({"frames": frames}))
    assert person.present[:, 0].tolist() == [True, True, True, False, True]


def test_frames_without_times(write_json) -> None:
    frames = [{"frame_id": n, "bodies": [make_body(n)]} for n in (4, 5, 8)]
    path = write_json("\n".join(json.dumps(frame) for frame in frames))
    assert detect_format(path) == "azure-kinect"
    with pytest.raises(RateError, match="bodies without a time do not tell"):
        read_sequences(path)
    assert read_sequence(path, fps=15).present[:, 0].tolist() == [True, True, False, False, True]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (make_document([[], []]), "nobody is there in any frame"),
        ({"frames": [5]}, "frame 0: expected an object with 'bodies', but got 5"),
        ({"frames": 5}, "'frames': expected a list, but got 5"),
        (make_document([[5]]), "frame 0: expected an object, but got 5"),
        (make_document([[{"body_id": 1}]]), "frame 0: expected a body with 'joint_positions' or"),
        (make_document([[make_body(joint_positions=[[1, 2]] * 32)]] * 2), "expected x, y, z of"),
        (make_document([[make_body(joint_positions=[[1, 2, 3]] * 25)]] * 2), "32 keypoints as the"),
        (make_document([[make_body(confidence_levels=[1, 2])]] * 2), "a confidence level for each"),
        (make_document([[make_body(confidence_levels=[0] * 32)]] * 2), "all scores are 0"),
        (make_document([[{"joints": [{"position": 5}]}]] * 2), "'position': expected an object"),
        ('{"bone_list": [', "expected JSON"),
        ("", "the file is empty"),
    ],
)
def test_what_is_wrong_is_named(write_json, value: Any, message: str) -> None:
    with pytest.raises(FormatError, match=rf"walk\.json.*{message}"):
        read_azure_kinect(write_json(value), fps=30)


def test_joints_wanted_that_are_not_there(write_json) -> None:
    with pytest.raises(FormatError, match="expected the joints of layout 'upper10'"):
        read_sequence(write_json(make_document([[make_body(t)] for t in range(3)])), layout=UPPER10)


def test_missing_numbers(write_json) -> None:
    body = make_body()
    body["joint_positions"][3] = [None, 1, 2]
    person = read_sequence(write_json(make_document([[body]] * 3)))
    assert np.flatnonzero(~person.present[0]).tolist() == [3]
