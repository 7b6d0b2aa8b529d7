import pickle
from dataclasses import replace

import numpy as np
import pytest
from harness.online_clips import clean_online

from skelgraph.errors import LayoutError, PoseError
from skelgraph.layouts import COCO17, H36M17, UPPER10, JointLayout
from skelgraph.poses import PoseSequence, Preprocessing
from skelgraph.streaming import CleanerState, OnlineCleaner


def check_equal(sequence: PoseSequence, preprocessing: Preprocessing) -> None:
    expected = preprocessing.clean(sequence)
    cleaner, frames = clean_online(sequence, preprocessing)
    assert (cleaner.layout, cleaner.unit, cleaner.fps) == (
        expected.layout,
        expected.unit,
        expected.fps,
    )
    positions = np.stack([frame.positions for frame in frames])
    scale = np.nanmax(np.abs(expected.positions))
    np.testing.assert_allclose(positions, expected.positions, atol=1e-6 * scale)
    if expected.confidence is not None:
        confidence = np.stack([frame.confidence for frame in frames])
        np.testing.assert_array_equal(confidence, expected.confidence)


@pytest.mark.parametrize("unit", ["m", "cm", "mm", "unknown"])
@pytest.mark.parametrize("name", ["none", "one-euro"])
@pytest.mark.parametrize("fps", [30.0, 40.0])
def test_causal_steps_are_those_of_recordings(
    moving: PoseSequence, unit: str, name: str, fps: float
) -> None:
    preprocessing = Preprocessing(layout=UPPER10, fps=fps, filter=name)
    check_equal(replace(moving, unit=unit), preprocessing)


@pytest.mark.parametrize("name", ["none", "one-euro"])
def test_images_with_doubtful_joints_are_cleaned_as_recordings(
    filmed: PoseSequence, name: str
) -> None:
    preprocessing = Preprocessing(
        layout=UPPER10, fps=30.0, filter=name, min_confidence=0.35, max_gap_s=None
    )
    check_equal(filmed, preprocessing)


@pytest.mark.parametrize(("source", "target"), [(COCO17, UPPER10), (H36M17, UPPER10)])
def test_layouts_are_converted_as_recordings(source: JointLayout, target: JointLayout) -> None:
    rng = np.random.default_rng(0)
    positions = rng.normal(size=(20, source.num_joints, 2))
    positions[rng.random((20, source.num_joints)) < 0.1] = np.nan
    sequence = PoseSequence(
        positions=positions,
        layout=source,
        fps=30.0,
        unit="px",
        confidence=rng.random((20, source.num_joints)),
    )
    check_equal(sequence, Preprocessing(layout=target, fps=30.0, filter="none", max_gap_s=None))


def test_a_frame_at_the_origin_shows_nobody(moving: PoseSequence) -> None:
    positions = moving.positions.copy()
    positions[5] = 0
    preprocessing = Preprocessing(fps=30.0, filter="none", max_gap_s=None)
    _, frames = clean_online(replace(moving, positions=positions), preprocessing)
    missing = [bool(np.isnan(frame.positions).all()) for frame in frames]
    assert missing == [number == 5 for number in range(60)]


def test_a_missing_joint_is_held_for_the_longest_gap(filmed: PoseSequence) -> None:
    positions = filmed.positions.copy()
    positions[:3, 2] = np.nan
    positions[20:40, 4] = np.nan
    preprocessing = Preprocessing(fps=30.0, filter="none", max_gap_s=0.2, min_confidence=None)
    _, frames = clean_online(replace(filmed, positions=positions), preprocessing)
    track = np.stack([frame.positions[4] for frame in frames])
    np.testing.assert_array_equal(track[20:26], np.repeat(positions[19:20, 4], 6, axis=0))
    assert np.isnan(track[26:40]).all()
    assert not np.isnan(track[40:]).any()
    assert [frame.confidence[4] for frame in frames[20:26]] == [0] * 6
    assert np.isnan([frame.positions[2, 0] for frame in frames[:3]]).all()


def test_the_low_pass_gives_the_recording_a_frame_later(moving: PoseSequence) -> None:
    preprocessing = Preprocessing(fps=30.0)
    expected = preprocessing.clean(moving).positions
    cleaner, frames = clean_online(moving, preprocessing)
    positions = np.stack([frame.positions for frame in frames])
    assert cleaner.lag_s == pytest.approx(0.0324, abs=1e-4)
    later = np.linalg.norm(positions[10:] - expected[9:-1], axis=2)
    now = np.linalg.norm(positions[10:] - expected[10:], axis=2)
    assert later.mean() < 0.05 * now.mean()


@pytest.mark.parametrize(
    ("name", "source_fps", "lag_s"),
    [("none", 120.0, 0.0335), ("savgol", 30.0, 0.0429), ("butterworth", 120.0, 0.0373)],
)
def test_other_filters_lag_by_what_the_cleaner_says(
    name: str, source_fps: float, lag_s: float
) -> None:
    ramp = np.arange(200.0)[:, None, None] / source_fps * np.ones((10, 3))  # 1 m/s
    sequence = PoseSequence(positions=ramp, layout=UPPER10, fps=source_fps, unit="m")
    cleaner, frames = clean_online(sequence, Preprocessing(fps=30.0, filter=name))
    assert cleaner.lag_s == pytest.approx(lag_s, abs=1e-4)
    assert frames[-1].time_s - frames[-1].positions[0, 0] == pytest.approx(lag_s, abs=1e-3)


def test_a_rest_pose_before_a_recording_is_a_jump(moving: PoseSequence) -> None:
    cleaner = OnlineCleaner(Preprocessing(fps=30.0), source_layout=UPPER10, unit="m")
    state = CleanerState()
    cleaner.push(state, 0.0, moving.positions[0] - 1.0)
    assert cleaner.shows_jump(state, moving.positions[1])
    assert not cleaner.shows_jump(state, moving.positions[0] - 0.99)
    for number in range(1, 6):
        cleaner.push(state, number / 30, moving.positions[number] - 1.0)
    assert not cleaner.shows_jump(state, moving.positions[6])


def test_a_state_can_be_pickled_between_frames(moving: PoseSequence) -> None:
    cleaner = OnlineCleaner(
        Preprocessing(fps=40.0, filter="one-euro"), source_layout=UPPER10, unit="m"
    )
    state, copied = CleanerState(), CleanerState()
    for number in range(20):
        pose = moving.positions[number]
        frames = cleaner.push(state, number / 30, pose)
        copied = pickle.loads(pickle.dumps(copied))
        for one, other in zip(frames, cleaner.push(copied, number / 30, pose), strict=True):
            np.testing.assert_array_equal(one.positions, other.positions)


@pytest.mark.parametrize(
    ("time_s", "positions", "confidence", "text"),
    [
        (1.0, np.zeros((10, 3)), None, "expected a frame later than 1 s, but got 1 s"),
        (np.nan, np.zeros((10, 3)), None, "but got nan s"),
        (2.0, np.zeros((9, 3)), None, r"expected positions \(10, 2 or 3\) for layout 'upper10'"),
        (2.0, np.full((10, 3), np.inf), None, "finite positions or NaN, but got inf"),
        (2.0, np.ones((10, 3)), np.full(10, -1.0), "10 finite confidences of 0 or more"),
    ],
)
def test_malformed_frames_are_errors(
    time_s: float, positions: np.ndarray, confidence: np.ndarray | None, text: str
) -> None:
    cleaner = OnlineCleaner(Preprocessing(fps=30.0), source_layout=UPPER10)
    state = CleanerState()
    cleaner.push(state, 1.0, np.ones((10, 3)))
    with pytest.raises(PoseError, match=text):
        cleaner.push(state, time_s, positions, confidence)


def test_layouts_without_common_joints_are_errors() -> None:
    hand = JointLayout.from_parents("hand", {"palm": None, "thumb_tip": "palm"})
    with pytest.raises(LayoutError, match="cannot be converted"):
        OnlineCleaner(Preprocessing(layout=UPPER10, fps=30.0), source_layout=hand)


def test_some_frame_rate_is_needed() -> None:
    with pytest.raises(PoseError, match="the run has none"):
        OnlineCleaner(Preprocessing(), source_layout=UPPER10)
