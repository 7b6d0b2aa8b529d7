import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skelgraph.errors import FormatError, RateError
from skelgraph.io import (
    detect_format,
    read_csv,
    read_mediapipe,
    read_sequence,
    read_sequences,
    write_csv,
)
from skelgraph.layouts import MEDIAPIPE33, UPPER10
from skelgraph.poses import PoseSequence

HIPS = [MEDIAPIPE33.index(f"{side}_hip") for side in ("left", "right")]


def make_body(frame: int = 0, *, shift: float = 0.0) -> np.ndarray:
    """Landmarks around the middle of the hips."""
    body = np.arange(99).reshape(33, 3) / 128 - 0.5 + frame / 64
    body[HIPS] = [[-0.125, 0, 0], [0.125, 0, 0]]
    return body + shift


def landmarks(body: np.ndarray, **fields: Any) -> list[dict]:
    return [{"x": x, "y": y, "z": z} | fields for x, y, z in body.tolist()]


def tasks_frame(frame: int, *people: np.ndarray) -> dict:
    """What the Tasks API gives for a frame of a video of 25 frames per second."""
    return {
        "timestamp_ms": 40 * frame,
        "pose_landmarks": [landmarks(person / 4 + 0.5, visibility=0.25) for person in people],
        "pose_world_landmarks": [landmarks(person, visibility=0.75) for person in people],
    }


def test_exact_world_landmarks(write_json) -> None:
    path = write_json([tasks_frame(t, *([make_body(t)] if t != 2 else [])) for t in range(5)])
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
def test_the_forms_of_json(write_json, wrap, gather) -> None:
    frames = [wrap(landmarks(make_body(t))) for t in range(4)]
    path = write_json(gather(frames))
    assert detect_format(path) == "mediapipe"
    (sequence,) = read_sequences(path, fps=30)
    np.testing.assert_array_equal(sequence.positions[2], make_body(2).astype(np.float32))
    assert sequence.num_frames == 4
    assert (sequence.confidence == 1).all()


def test_image_landmarks_are_in_the_plane(write_json) -> None:
    frames = [{"pose_landmarks": [landmarks(make_body(t, shift=0.5))]} for t in range(3)]
    bare = read_sequence(write_json(frames), fps=10)
    assert (bare.unit, bare.up, bare.num_dimensions, bare.fps) == ("unknown", "-y", 2, 10)
    np.testing.assert_array_equal(bare.positions[1], make_body(1, shift=0.5)[:, :2])
    sized = read_sequence(write_json({"width": 64, "height": 32, "fps": 5, "frames": frames}))
    assert (sized.unit, sized.fps) == ("px", 5)
    np.testing.assert_array_equal(sized.positions, bare.positions * [64, 32])


def test_persons_in_any_order_are_told_apart(write_json) -> None:
    frames = []
    for t in range(12):
        people = [make_body(shift=0.1 * t / 12), make_body(shift=6)]
        frames.append({"pose_landmarks": [landmarks(one) for one in people[:: (-1) ** t]]})
    first, second = read_sequences(write_json(frames), fps=30)
    np.testing.assert_array_equal(second.positions, np.repeat(second.positions[:1], 12, axis=0))
    assert first.present.all()


def test_the_joints_wanted_are_picked(write_json) -> None:
    some = MEDIAPIPE33.subset([11, 13, 15], "left_arm")
    path = write_json([tasks_frame(t, make_body(t)) for t in range(3)])
    np.testing.assert_array_equal(
        read_sequence(path, layout=some).positions[0], make_body()[[11, 13, 15]].astype(np.float32)
    )
    table = write_json(make_table([f"{axis}{n}" for n in range(1, 34) for axis in "xyz"]), "t.csv")
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
def test_the_forms_of_tables(write_json, columns: list[str]) -> None:
    path = write_json(make_table(columns, width=4), "walk.csv")
    assert detect_format(path) == "mediapipe"
    world = read_sequence(path, fps=30)
    np.testing.assert_array_equal(world.positions[1], make_body())
    assert (world.layout, world.unit, world.up) == (MEDIAPIPE33, "m", "-y")
    assert (world.confidence == 0.5).all()
    image = read_sequence(write_json(make_table(columns, width=4, shift=0.5), "walk.csv"), fps=30)
    np.testing.assert_array_equal(image.positions[1], make_body(shift=0.5)[:, :2])
    assert image.unit == "unknown"


def test_a_table_with_a_time_and_a_label(write_json) -> None:
    columns = [f"{part}{n}" for n in range(1, 34) for part in "xyz"]
    lines = make_table(columns).splitlines()
    lines = [f"time,class,{lines[0]}"] + [f"{n / 25},a,{line}" for n, line in enumerate(lines[1:])]
    assert read_sequence(write_json("\n".join(lines), "walk.csv")).fps == 25


def test_other_tables_are_csv(write_json) -> None:
    names = [f"{joint}_{axis}" for joint in UPPER10.joints for axis in "xy"]
    path = write_json(
        ",".join(["time", *names]) + "\n" + "\n".join(f"{n}" + ",1" * 20 for n in "01")
    )
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
def test_malformed_files(write_json, value: Any, message: str) -> None:
    with pytest.raises(FormatError, match=rf"walk\.json.*({message})"):
        read_mediapipe(write_json(value), fps=30)


def test_what_the_file_does_not_tell(write_json) -> None:
    with pytest.raises(RateError, match="landmarks without a time do not tell"):
        read_mediapipe(write_json([{"landmarks": landmarks(make_body())}]))


@pytest.mark.parametrize("visibility", [None, -0.5])
def test_odd_visibilities(write_json, visibility: float | None) -> None:
    body = landmarks(make_body())
    body[4]["visibility"] = visibility
    sequence = read_sequence(write_json([{"pose_world_landmarks": body}] * 3), fps=30)
    assert sequence.present[0, 4] == (visibility is None)


def rows(body: np.ndarray, *more: float) -> list[list[float]]:
    return [[*landmark, *more] for landmark in body.tolist()]


def by_number(body: np.ndarray) -> dict[str, Any]:
    return {str(number): one for number, one in enumerate(landmarks(body, visibility=0.5))}


def by_name(body: np.ndarray) -> dict[str, Any]:
    names = [joint.upper() for joint in MEDIAPIPE33.joints]
    return dict(sorted(zip(names, rows(body, 0.5), strict=True)))


def shuffled(body: np.ndarray) -> list[dict]:
    named = zip(MEDIAPIPE33.joints, landmarks(body, visibility=0.5), strict=True)
    return [{"name": f"PoseLandmark.{joint.upper()}"} | one for joint, one in named][::-1]


def with_ids(body: np.ndarray) -> list[dict]:
    return [{"id": n, "name": f"L{n}"} | one for n, one in enumerate(landmarks(body, v=0.5))][::-1]


BARE_FORMS = {
    "objects": lambda body: landmarks(body, visibility=0.5),
    "rows": lambda body: rows(body, 0.5),
    "presence": lambda body: rows(body, 0.5, 1.0),
    "flat": lambda body: [number for row in rows(body, 0.5) for number in row],
    "numbers": by_number,
    "names": by_name,
    "shuffled": shuffled,
    "ids": with_ids,
    "field": lambda body: {"frame_name": "a", "keypoints": rows(body, 0.5)},
    "persons": lambda body: [rows(body, 0.5)],
}
GATHERED = {
    "list": lambda frames: frames,
    "by number": lambda frames: {str(n): frame for n, frame in enumerate(frames)},
    "by name": lambda frames: {f"frame_{n:03d}": frame for n, frame in enumerate(frames)},
    "in a field": lambda frames: {"fps": 25, "frames": frames},
    "lines": lambda frames: "\n".join(json.dumps(frame) for frame in frames),
    "after frames of nobody": lambda frames: [[], *frames[1:]],
}


@pytest.mark.parametrize("form", BARE_FORMS)
@pytest.mark.parametrize("gather", GATHERED)
@pytest.mark.parametrize("is_image", [True, False])
def test_the_forms_of_bare_landmarks(write_json, form: str, gather: str, is_image: bool) -> None:
    bodies = [make_body(t, shift=0.5) / 2 if is_image else make_body(t) for t in range(4)]
    path = write_json(GATHERED[gather]([BARE_FORMS[form](body) for body in bodies]))
    assert detect_format(path) == "mediapipe"
    (sequence,) = read_sequences(path, fps=25)
    C = 2 if is_image else 3
    np.testing.assert_array_equal(sequence.positions[2], bodies[2][:, :C].astype(np.float32))
    assert (sequence.unit, sequence.up) == ("unknown" if is_image else "m", "-y")
    assert (sequence.num_frames, sequence.layout) == (4, MEDIAPIPE33)
    assert (sequence.confidence[1:] == 0.5).all()


@pytest.mark.parametrize("form", ["objects", "rows", "numbers", "names"])
def test_a_single_frame_of_bare_landmarks(write_json, form: str) -> None:
    path = write_json(BARE_FORMS[form](make_body()))
    assert detect_format(path) == "mediapipe"
    np.testing.assert_array_equal(read_sequence(path, fps=25).positions[0], make_body())


def test_numbers_of_frames_are_their_places(write_json) -> None:
    frames = [{"frame": t, "landmarks": landmarks(make_body())} for t in (3, 4, 7)]
    sequence = read_sequence(write_json(frames), fps=25)
    assert sequence.present[:, 0].tolist() == [True, True, False, False, True]


def test_landmarks_without_depth_are_in_the_plane(write_json) -> None:
    flat = [[{"x": x, "y": y, "visibility": 1} for x, y in make_body(shift=0.5)[:, :2].tolist()]]
    sequence = read_sequence(write_json(flat), fps=25)
    assert (sequence.num_dimensions, sequence.unit) == (2, "unknown")


def make_person(*, height: float = 1.7) -> np.ndarray:
    """Somebody who stands upright, y up, the feet at 0; the depth of the hips is 0."""
    body = np.zeros((33, 3))
    for joint, name in enumerate(MEDIAPIPE33.joints):
        part = name.rpartition("_")[2]
        up = {"shoulder": 1.4, "elbow": 1.1, "wrist": 0.9, "hip": 0.9, "knee": 0.5, "ankle": 0.1}
        sign = (-1) ** name.startswith("right") * (name.split("_")[0] in ("left", "right"))
        body[joint] = [0.15 * sign, up.get(part, 1.6 if joint < 11 else 0.9), 0.01 * sign]
        body[joint, 1] = 0.02 if part in ("heel", "index") and joint > 28 else body[joint, 1]
    return body * height / 1.7


SPACES = {
    "m, y up": (make_person() + np.array([0.5, 0, 2]), "m"),
    "mm, z up": (1000 * make_person()[:, [0, 2, 1]] + np.array([400, 300, 0]), "mm"),
    "m, z up, all within 1 m": (make_person()[:, [0, 2, 1]] + np.array([0.5, 0.5, 0]), "m"),
    "cm, y up": (100 * make_person() + np.array([900, 0, 20]), "cm"),
}


@pytest.mark.parametrize("case", SPACES)
def test_positions_in_space_keep_their_depth(write_json, case: str) -> None:
    body, unit = SPACES[case]
    names = [f"{joint}_{axis}" for joint in MEDIAPIPE33.joints for axis in "xyz"]
    lines = [",".join(map(repr, body.ravel().tolist()))] * 3
    sequence = read_sequence(write_json("\n".join([",".join(names), *lines]), "walk.csv"), fps=30)
    np.testing.assert_array_equal(sequence.positions[1], body.astype(np.float32))
    assert sequence.unit == unit
    dumped = read_sequence(write_json([rows(body)] * 3), fps=30)
    np.testing.assert_array_equal(dumped.positions, sequence.positions)
    assert dumped.unit == unit


def test_image_landmarks_in_pixels_and_out_of_the_image(write_json) -> None:
    upright = make_person() * [1, -1, 1]
    pixels = (upright + np.array([1, 1.8, 0])) * [300, 300, 1]
    sequence = read_sequence(write_json([rows(pixels)] * 3), fps=30)
    assert (sequence.num_dimensions, sequence.unit) == (2, "px")
    half = upright + np.array([0.5, 1.7, 0])  # the legs are below the image
    sequence = read_sequence(write_json([rows(half)] * 3), fps=30)
    assert (sequence.num_dimensions, sequence.unit) == (2, "unknown")


@pytest.mark.parametrize("C", [2, 3])
@pytest.mark.parametrize("has_confidence", [True, False])
@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_our_own_table_reads_back_equal(
    tmp_path: Path, C: int, has_confidence: bool, shift: float
) -> None:
    positions = np.stack([make_body(t, shift=shift)[:, :C] for t in range(4)])
    confidence = np.full((4, 33), 0.25) if has_confidence else None
    sequence = PoseSequence(
        positions=positions, layout=MEDIAPIPE33, fps=30, unit="m", confidence=confidence
    )
    write_csv(tmp_path / "walk.csv", sequence)
    back = read_sequence(tmp_path / "walk.csv")
    np.testing.assert_array_equal(back.positions, sequence.positions)
    assert (back.layout, back.fps) == (MEDIAPIPE33, 30)
    np.testing.assert_array_equal(back.confidence, confidence)


def test_freemocap(tmp_path: Path) -> None:
    body = 1000 * make_person()[:, [0, 2, 1]]
    np.save(tmp_path / "mediapipe_body_3d_xyz.npy", np.repeat(body[None], 3, axis=0))
    sequence = read_sequence(tmp_path / "mediapipe_body_3d_xyz.npy", fps=30)
    assert (sequence.layout, sequence.unit, sequence.up) == (MEDIAPIPE33, "mm", "+z")


@pytest.mark.parametrize("name", ["dict-by-frame", "list-of-lists", "named"])
def test_dumps_of_scripts(shared_data: Path, name: str) -> None:
    file = shared_data / "odd" / "estimator" / f"mp-{name}.json"
    if not file.is_file():
        pytest.skip(f"no odd files: {file} is absent")
    sequence = read_sequence(file, fps=30)
    assert (sequence.layout, sequence.num_frames, sequence.num_dimensions) == (MEDIAPIPE33, 20, 2)


def test_a_table_of_freemocap(shared_data: Path) -> None:
    file = shared_data / "odd" / "table" / "freemocap_body_3d_xyz.csv"
    if not file.is_file():
        pytest.skip(f"no odd files: {file} is absent")
    sequence = read_sequence(file, fps=30)
    assert (sequence.num_frames, sequence.num_dimensions, sequence.unit) == (30, 3, "mm")
