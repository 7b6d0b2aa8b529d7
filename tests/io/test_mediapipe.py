import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skelgraph.errors import FormatError, RateError
from skelgraph.io import detect_format, read_csv, read_mediapipe, read_sequence, read_sequences
from skelgraph.layouts import MEDIAPIPE33, UPPER10

HIPS = [MEDIAPIPE33.index(f"{side}_hip") for side in ("left", "right")]


def make_body(frame: int = 0, *, shift: float = 0.0) -> np.ndarray:
    """Landmarks around the middle of the hips."""
    body = np.arange(99).reshape(33, 3) / 128 - 0.5 + frame / 64
    body[HIPS] = [[-0.125, 0, 0], [0.125, 0, 0]]
    return body + shift


def landmarks(body: np.ndarray, **fields: Any) -> list[dict]:
    return [{"x": x, "y": y, "z": z} | fields for x, y, z in body.tolist()]


@pytest.fixture
def write(tmp_path: Path):
    def dump(value: Any, name: str = "walk.json") -> Path:
        path = tmp_path / name
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        return path

    return dump


def tasks_frame(frame: int, *people: np.ndarray) -> dict:
    """What the Tasks API gives for a frame of a video of 25 frames per second."""
    return {
        "timestamp_ms": 40 * frame,
        "pose_landmarks": [landmarks(person / 4 + 0.5, visibility=0.25) for person in people],
        "pose_world_landmarks": [landmarks(person, visibility=0.75) for person in people],
    }


def test_exact_world_landmarks(write) -> None:
    path = write([tasks_frame(t, *([make_body(t)] if t != 2 else [])) for t in range(5)])
    assert detect_format(path) == "mediapipe"
    sequence = read_sequence(path)
    assert (sequence.layout, sequence.fps, sequence.name) == (MEDIAPIPE33, 25, "walk")
    assert (sequence.unit, sequence.up) == ("m", "-y")
    np.testing.assert_array_equal(sequence.positions[3], make_body(3).astype(np.float32))
    assert sequence.present.all(axis=1).tolist() == [True, True, False, True, True]
    assert sequence.confidence[:3, 0].tolist() == [0.75, 0.75, 0]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda body: {"pose_world_landmarks": [body], "pose_landmarks": [body]},
        lambda body: {"pose_world_landmarks": body},
        lambda body: {"pose_world_landmarks": {"landmark": body}},
        lambda body: {"pose_world_landmarks": [{"landmark": body}]},
        lambda body: {"worldLandmarks": [body], "landmarks": [body]},
        lambda body: {"poseWorldLandmarks": body, "poseLandmarks": None},
    ],
)
@pytest.mark.parametrize(
    "gather",
    [
        lambda frames: frames,
        lambda frames: {"fps": 30, "frames": frames},
        lambda frames: {"results": frames, "model": "full"},
        lambda frames: "\n".join(json.dumps(frame) for frame in frames) + "\n",
    ],
)
def test_the_forms_of_json(write, wrap, gather) -> None:
    frames = [wrap(landmarks(make_body(t))) for t in range(4)]
    path = write(gather(frames))
    assert detect_format(path) == "mediapipe"
    (sequence,) = read_sequences(path, fps=30)
    np.testing.assert_array_equal(sequence.positions[2], make_body(2).astype(np.float32))
    assert sequence.num_frames == 4
    assert (sequence.confidence == 1).all()


def test_image_landmarks_are_in_the_plane(write) -> None:
    frames = [{"pose_landmarks": [landmarks(make_body(t, shift=0.5))]} for t in range(3)]
    bare = read_sequence(write(frames), fps=10)
    assert (bare.unit, bare.up, bare.num_dimensions, bare.fps) == ("unknown", "-y", 2, 10)
    np.testing.assert_array_equal(bare.positions[1], make_body(1, shift=0.5)[:, :2])
    sized = read_sequence(write({"width": 64, "height": 32, "fps": 5, "frames": frames}))
    assert (sized.unit, sized.fps) == ("px", 5)
    np.testing.assert_array_equal(sized.positions, bare.positions * [64, 32])


def test_persons_in_any_order_are_told_apart(write) -> None:
    frames = []
    for t in range(12):
        people = [make_body(shift=0.1 * t / 12), make_body(shift=6)]
        frames.append({"pose_landmarks": [landmarks(one) for one in people[:: (-1) ** t]]})
    first, second = read_sequences(write(frames), fps=30)
    np.testing.assert_array_equal(second.positions, np.repeat(second.positions[:1], 12, axis=0))
    assert first.present.all()


def test_the_joints_wanted_are_picked(write) -> None:
    some = MEDIAPIPE33.subset([11, 13, 15], "left_arm")
    path = write([tasks_frame(t, make_body(t)) for t in range(3)])
    np.testing.assert_array_equal(
        read_sequence(path, layout=some).positions[0], make_body()[[11, 13, 15]].astype(np.float32)
    )
    table = write(make_table([f"{axis}{n}" for n in range(1, 34) for axis in "xyz"]), "t.csv")
    sequence = read_sequence(table, layout=some, fps=30)
    np.testing.assert_array_equal(sequence.positions[0], make_body()[[11, 13, 15]])


def make_table(columns: list[str], *, shift: float = 0.0, width: int = 3) -> str:
    rows = []
    for t in range(3):
        body = make_body(t * 0, shift=shift)
        cells = np.concatenate([body, np.full((33, 1), 0.5)], axis=1)[:, :width]
        rows.append(",".join(str(number) for number in cells.ravel().tolist()))
    return "\n".join([",".join(columns), *rows]) + "\n"


@pytest.mark.parametrize(
    "columns",
    [
        [f"{part}{n}" for n in range(1, 34) for part in "xyzv"],
        [f"{part}_{n}" for n in range(33) for part in "xyzv"],
        [f"{n}_{part}" for n in range(33) for part in ("x", "y", "z", "visibility")],
        [f"landmark_{n}_{part}" for n in range(33) for part in ("x", "y", "z", "visibility")],
        [
            f"{j.upper()}_{part}"
            for j in MEDIAPIPE33.joints
            for part in ("x", "y", "z", "visibility")
        ],
    ],
)
def test_the_forms_of_tables(write, columns: list[str]) -> None:
    path = write(make_table(columns, width=4), "walk.csv")
    assert detect_format(path) == "mediapipe"
    world = read_sequence(path, fps=30)
    np.testing.assert_array_equal(world.positions[1], make_body())
    assert (world.layout, world.unit, world.up) == (MEDIAPIPE33, "m", "-y")
    assert (world.confidence == 0.5).all()
    image = read_sequence(write(make_table(columns, width=4, shift=0.5), "walk.csv"), fps=30)
    np.testing.assert_array_equal(image.positions[1], make_body(shift=0.5)[:, :2])
    assert image.unit == "unknown"


def test_a_table_with_a_time_and_a_label(write) -> None:
    columns = [f"{part}{n}" for n in range(1, 34) for part in "xyz"]
    lines = make_table(columns).splitlines()
    lines = [f"time,class,{lines[0]}"] + [f"{n / 25},a,{line}" for n, line in enumerate(lines[1:])]
    assert read_sequence(write("\n".join(lines), "walk.csv")).fps == 25


def test_other_tables_are_csv(write) -> None:
    names = [f"{joint}_{axis}" for joint in UPPER10.joints for axis in "xy"]
    path = write(",".join(["time", *names]) + "\n" + "\n".join(f"{n}" + ",1" * 20 for n in "01"))
    assert detect_format(path) == "csv"
    assert read_csv(path, layout=UPPER10).layout == UPPER10


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([{"pose_landmarks": []}], "nobody is there in any frame"),
        ([{"pose_landmarks": [[]]}], "nobody is there"),
        ([{"pose_landmarks": [[{"x": 1}]]}], "frame 0: expected a landmark with x and y"),
        ([{"pose_landmarks": [landmarks(make_body()[:21])]}], "expected 33 landmarks .* got 21"),
        ([{"pose_landmarks": 5}], "frame 0: expected a list, but got 5"),
        ([{"pose_landmarks": [[5]]}], "expected a landmark with x and y, but got 5"),
        ([5, {"landmarks": []}], "frame 0: expected an object, but got 5"),
        ({"landmarkers": [], "x": {"landmark": 3}}, "expected landmarks or a list of frames"),
        ([{"landmarks": landmarks(make_body(), visibility="high")}], "expected a number"),
        (
            [tasks_frame(t, make_body()) for t in (0, 1, 1)],
            "expected column 'timestamp_ms' to increase",
        ),
        ([tasks_frame(0, make_body() + np.inf)], "nobody is there"),
        ([tasks_frame(0, make_body() * 1e300)], "farther away"),
        ('[{"pose_landmarks": [[', "expected JSON"),
        ("", "the file is empty"),
    ],
)
def test_malformed_files(write, value: Any, message: str) -> None:
    with pytest.raises(FormatError, match=rf"walk\.json.*({message})"):
        read_mediapipe(write(value), fps=30)


def test_what_the_file_does_not_tell(write) -> None:
    with pytest.raises(RateError, match="landmarks without a time do not tell"):
        read_mediapipe(write([{"landmarks": landmarks(make_body())}]))


@pytest.mark.parametrize("visibility", [None, -0.5])
def test_odd_visibilities(write, visibility: float | None) -> None:
    body = landmarks(make_body())
    body[4]["visibility"] = visibility
    sequence = read_sequence(write([{"pose_world_landmarks": body}] * 3), fps=30)
    assert sequence.present[0, 4] == (visibility is None)
