import copy
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from harness.online_clips import EncodedClip, encode_offline, encode_online

from skelgraph.config import Stream
from skelgraph.errors import PoseError
from skelgraph.io import read_bvh
from skelgraph.layouts import UPPER10, JointLayout
from skelgraph.poses import PoseSequence, Preprocessing, drop_rest_pose
from skelgraph.streaming import OnlineStream, StreamState, View

STREAMS: tuple[Stream, ...] = (
    *("joint", "bone", "joint-motion", "bone-motion"),
    *("speed", "posture", "posture-motion"),
)
DELAYS = {"joint-motion": 1, "bone-motion": 1, "speed": 1, "posture-motion": 4}


def check_equal(online: EncodedClip, offline: EncodedClip, num_frames: int, delay: int) -> None:
    """Checks all frames but those at the end that need what comes."""
    count = len(online.numbers)
    step = 1 if len(offline.numbers) == 1 else offline.numbers[1]
    assert online.numbers == list(range(0, num_frames - delay, step))
    np.testing.assert_array_equal(online.mask, offline.mask[:count])
    scale = np.abs(offline.x).max(axis=(0, 2))[:, None]  # of each channel
    assert (np.abs(online.x - offline.x[:count]) <= 1e-6 * np.maximum(scale, 1)).all()


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("name", ["none", "one-euro"])
def test_frames_that_come_are_encoded_as_clips(
    moving: PoseSequence, stream: Stream, mirrored: bool, name: str
) -> None:
    lengths = tuple(float(length) for length in np.linspace(0, 0.36, 10))
    preprocessing = Preprocessing(
        layout=UPPER10, fps=30.0, filter=name, align_heading=False, bone_lengths=lengths
    )
    online = encode_online(moving, preprocessing, stream, mirrored=mirrored)
    offline = encode_offline(moving, preprocessing, stream, mirrored=mirrored)
    check_equal(online, offline, 60, DELAYS.get(stream, 0))


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("with_confidence", [False, True])
@pytest.mark.parametrize("mirrored", [False, True])
def test_images_with_confidence_are_encoded_as_clips(
    filmed: PoseSequence, stream: Stream, with_confidence: bool, mirrored: bool
) -> None:
    preprocessing = Preprocessing(layout=UPPER10, fps=30.0, filter="none", scale=False)
    options = {
        "with_confidence": with_confidence,
        "mirrored": mirrored,
        "joint_identity": not with_confidence,
    }
    online = encode_online(filmed, preprocessing, stream, **options)
    offline = encode_offline(filmed, preprocessing, stream, **options)
    check_equal(online, offline, 60, DELAYS.get(stream, 0))


@pytest.mark.parametrize("stream", STREAMS[:5])
@pytest.mark.parametrize("mirrored", [False, True])
def test_missing_joints_are_missing_as_in_clips(
    moving: PoseSequence, stream: Stream, mirrored: bool
) -> None:
    positions = moving.positions.copy()
    holes = np.random.default_rng(0).random((60, 10)) < 0.1
    holes[:, 0] = False  # the root is interpolated in clips
    positions[holes] = np.nan
    sequence = replace(moving, positions=positions)
    preprocessing = Preprocessing(fps=30.0, filter="none", max_gap_s=None, align_heading=False)
    online = encode_online(sequence, preprocessing, stream, mirrored=mirrored)
    offline = encode_offline(sequence, preprocessing, stream, mirrored=mirrored)
    check_equal(online, offline, 60, DELAYS.get(stream, 0))
    assert not online.mask.all()


@pytest.mark.realdata
@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("folder", ["mpi-ebed", "bandai-styles"])
def test_real_recordings_are_encoded_as_clips(
    shared_data: Path, folder: str, stream: Stream
) -> None:
    files = sorted((shared_data / folder).rglob("*.bvh"))
    for file in files[:: len(files) // 3][:3]:
        sequence = drop_rest_pose(read_bvh(file))
        for name in ("none", "one-euro"):
            preprocessing = Preprocessing(
                layout=UPPER10, fps=30.0, filter=name, align_heading=False
            )
            online = encode_online(sequence, preprocessing, stream)
            offline = encode_offline(sequence, preprocessing, stream)
            check_equal(online, offline, sequence.num_frames, DELAYS.get(stream, 0))


@pytest.mark.parametrize("stream", ["posture", "posture-motion"])
def test_posture_bridges_joints_that_are_missing(moving: PoseSequence, stream: Stream) -> None:
    positions = moving.positions.copy()
    positions[30:32, 6] = np.nan
    preprocessing = Preprocessing(fps=30.0, filter="none", max_gap_s=None, align_heading=False)
    whole = encode_online(moving, preprocessing, stream)
    online = encode_online(replace(moving, positions=positions), preprocessing, stream)
    number = online.numbers.index(30)
    assert not online.mask[number, 6]
    assert (online.x[number, :, 6] == 0).all()
    assert online.mask.sum() == online.mask.size - (1 if stream == "posture-motion" else 2)
    # Scalars of a hand that stays where it was, 1 or 2 frames of 30 a second.
    assert np.abs(online.x[number, :, 0] - whole.x[number, :, 0]).max() < 0.5


def test_a_joint_that_was_never_there_has_no_posture() -> None:
    stream = OnlineStream("posture", UPPER10, num_dimensions=3, fps=30.0)
    (frame,) = stream.push(
        StreamState(), np.full((10, 3), np.nan, dtype=np.float32), None, View(np.eye(3), 1.0)
    )
    assert not frame.mask.any()
    assert (frame.x == 0).all()


def test_angles_go_on_beyond_half_a_turn() -> None:
    layout = UPPER10
    stream = OnlineStream("posture", layout, num_dimensions=3, fps=30.0)
    state, view = StreamState(), View(np.eye(3), 1.0)
    yaws = []
    for angle in np.linspace(0, 2 * np.pi, 30):
        positions = np.zeros((10, 3), dtype=np.float32)
        positions[layout.index("left_shoulder")] = np.cos(angle), 0, np.sin(angle)
        positions[layout.index("right_shoulder")] = -np.cos(angle), 0, -np.sin(angle)
        (frame,) = stream.push(state, positions, None, view)
        yaws.append(frame.x[0, 3 + 4, 0])  # the fifth scalar
    np.testing.assert_allclose(yaws, np.linspace(0, 2 * np.pi, 30), atol=1e-5)


def test_a_better_heading_is_no_movement(moving: PoseSequence) -> None:
    rest = moving.positions[0]
    for name in STREAMS:
        if "motion" not in name and name != "speed":
            continue
        stream = OnlineStream(name, UPPER10, num_dimensions=3, fps=30.0)
        state = StreamState()
        for angle in np.linspace(0, 1, 12):
            axes = np.array(
                [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
            )
            for frame in stream.push(state, rest, None, View(axes, 1.0)):
                np.testing.assert_allclose(frame.x, 0, atol=1e-3)


@pytest.mark.parametrize("stream", STREAMS)
def test_people_are_encoded_together_as_alone(moving: PoseSequence, stream: Stream) -> None:
    encoder = OnlineStream(
        stream, UPPER10, num_dimensions=3, fps=30.0, mirrored=(False, True), with_confidence=True
    )
    rng = np.random.default_rng(0)
    gaps = moving.positions.copy()
    gaps[rng.random((60, 10)) < 0.1] = np.nan
    clips = [moving.positions, gaps, gaps[::-1].copy()]
    view, scores = View(np.eye(3), 1.0), rng.random(10).astype(np.float32)
    together, alone = ([StreamState() for _ in clips] for _ in range(2))
    for number in range(50):
        # The third one came three frames after the others.
        there = [person for person in range(3) if person < 2 or number >= 3]
        frames = [clips[person][number] for person in there]
        people = [
            (together[person], frame, scores, view)
            for person, frame in zip(there, frames, strict=True)
        ]
        for person, frame, encoded in zip(there, frames, encoder.push_all(people), strict=True):
            expected = encoder.push(alone[person], frame, scores, view)
            assert [one.number for one in encoded] == [one.number for one in expected]
            for one, other in zip(encoded, expected, strict=True):
                np.testing.assert_array_equal(one.mask, other.mask)
                np.testing.assert_allclose(one.x, other.x, atol=1e-4)


@pytest.mark.parametrize("stream", STREAMS)
def test_nobody_is_there_before_the_heading_is_known(moving: PoseSequence, stream: Stream) -> None:
    encoder, state = OnlineStream(stream, UPPER10, num_dimensions=3, fps=30.0), StreamState()
    for frame in moving.positions[:12]:
        for encoded in encoder.push(state, frame, None, View(None, 1.0)):
            assert not encoded.mask.any()
            assert (encoded.x == 0).all()


@pytest.mark.parametrize(
    ("stream", "fps", "delay", "warmup", "out_fps"),
    [
        ("joint", 30.0, 0, 1, 30.0),
        ("bone-motion", 30.0, 1, 2, 30.0),
        ("speed", 25.0, 1, 2, 25.0),
        ("posture", 30.0, 0, 1, 30.0),
        ("posture-motion", 30.0, 4, 9, 15.0),
        ("posture-motion", 15.0, 2, 5, 15.0),
    ],
)
def test_times_are_what_the_stream_says(
    moving: PoseSequence, stream: Stream, fps: float, delay: int, warmup: int, out_fps: float
) -> None:
    encoder = OnlineStream(stream, UPPER10, num_dimensions=3, fps=fps)
    assert (encoder.delay_frames, encoder.warmup_frames, encoder.fps) == (delay, warmup, out_fps)
    state, view = StreamState(), View(np.eye(3), 1.0)
    counts = [len(encoder.push(state, frame, None, view)) for frame in moving.positions]
    assert counts[: warmup - 1] == [0] * (warmup - 1)
    # Whole windows give the frames at their begin as well.
    assert counts[warmup - 1] == (delay // encoder.step + 1 if stream == "posture-motion" else 1)
    assert len(state.positions) <= 2 * delay + 1


def test_a_state_can_be_copied_and_pickled(moving: PoseSequence) -> None:
    encoder = OnlineStream("posture-motion", UPPER10, num_dimensions=3, fps=30.0)
    state, view = StreamState(), View(np.eye(3), 1.0)
    for frame in moving.positions[:20]:
        encoder.push(state, frame, None, view)
    copies = [copy.deepcopy(state), pickle.loads(pickle.dumps(state))]
    (expected,) = encoder.push(state, moving.positions[20], None, view)
    for one in copies:
        (frame,) = encoder.push(one, moving.positions[20], None, view)
        np.testing.assert_array_equal(frame.x, expected.x)


def test_posture_needs_a_body() -> None:
    arm = JointLayout.from_parents("arm", {"shoulder": None, "elbow": "shoulder"})
    with pytest.raises(PoseError, match="has no chest"):
        OnlineStream("posture", arm, num_dimensions=3, fps=30.0)
