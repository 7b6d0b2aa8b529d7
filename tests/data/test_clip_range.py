from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from skelgraph.data.clip_range import ClipRange, Moment, cut_take, parse_moment
from skelgraph.errors import DatasetError, FormatWarning
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence


@pytest.fixture
def take() -> PoseSequence:
    """Ten seconds at 30 frames/s; the coordinates of a frame are its number."""
    positions = np.arange(300.0)[:, None, None] * np.ones((300, 10, 3))
    return PoseSequence(positions=positions, layout=UPPER10, fps=30.0)


def cut(take: PoseSequence, start: str, end: str) -> list[int]:
    """The first and the last frame of a clip."""
    clip = cut_take(take, ClipRange(parse_moment(start), parse_moment(end)), "a.npz")
    frames = clip.positions[:, 0, 0].astype(int).tolist()
    assert frames == list(range(frames[0], frames[-1] + 1))
    return [frames[0], frames[-1]]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("12.5", 12.5, "s"),
        ("12.5s", 12.5, "s"),
        ("12,5 s", 12.5, "s"),
        (".5", 0.5, "s"),
        ("1500ms", 1.5, "s"),
        ("375f", 375, "f"),
        ("375 F", 375, "f"),
        ("1:02.5", 62.5, "s"),
        ("01:02,500", 62.5, "s"),
        ("1:00:02.5", 3602.5, "s"),
    ],
)
def test_moments(text: str, value: float, unit: str) -> None:
    assert parse_moment(text) == Moment(value, unit)


@pytest.mark.parametrize("text", ["", "-1", "nan", "inf", "1e3", "1:2:3:4", "5x", "f", "1:", "٣"])
def test_what_is_no_moment(text: str) -> None:
    assert parse_moment(text) is None


@pytest.mark.parametrize(
    ("start", "end", "frames"),
    [
        ("0", "1", [0, 29]),
        ("1", "2", [30, 59]),
        ("30f", "60f", [30, 59]),
        ("30f", "2", [30, 59]),
        ("0:01", "0:02", [30, 59]),
        ("1.016", "2", [30, 59]),
        ("1.017", "2", [31, 59]),
        ("1.05", "2.05", [32, 61]),  # in the middle between two frames: the later one
        ("0.0333", "0.0667", [1, 1]),
        ("", "0.5", [0, 14]),
        ("9", "", [270, 299]),
        ("9", "10", [270, 299]),
        ("299f", "300f", [299, 299]),
    ],
)
def test_frames_of_a_clip(take: PoseSequence, start: str, end: str, frames: list[int]) -> None:
    assert cut(take, start, end) == frames


def test_clips_that_follow_each_other_share_no_frame_and_leave_none_out(take: PoseSequence) -> None:
    times = np.arange(0, 10.01, 0.1234).tolist()
    clips = [cut(take, f"{a:.4f}", f"{b:.4f}") for a, b in pairwise(times)]
    assert all(first[1] + 1 == second[0] for first, second in pairwise(clips))


def test_a_recording_with_a_clock_of_its_own(take: PoseSequence) -> None:
    numbered = replace(take, start_s=100 / 30)
    assert cut(numbered, "100f", "130f") == [0, 29]
    assert cut(numbered, "4", "5") == [20, 49]
    assert cut_take(numbered, ClipRange(Moment(4, "s")), "").start_s == pytest.approx(4)
    even = replace(take, start_s=190 / 60, numbering_hz=60.0)
    assert cut(even, "190f", "252f") == [0, 30]
    assert cut(even, "4.2", "5.2") == [31, 60]


def test_an_end_shortly_after_the_recording_is_the_end(take: PoseSequence) -> None:
    with pytest.warns(FormatWarning, match=r"a\.npz: ends 0\.033 s after the recording, and was"):
        assert cut(take, "9", "301f") == [270, 299]
    numbered = replace(take, start_s=1 / 30)
    assert cut(numbered, "0", "1") == [0, 28]


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        ("9", "302f", r"within the recording, which goes from 0\.000 s to 10\.000 s \(its frames"),
        ("300f", "", r"numbered 0 to 299\)"),
        ("20", "30", "within the recording"),
        ("2", "2.01", "a start before the end, by a frame or more, but got 60 and 60"),
        ("2", "59f", "but got 60 and 59, counted in frames of 30/s from the first one"),
    ],
)
def test_what_is_no_clip(take: PoseSequence, start: str, end: str, message: str) -> None:
    with pytest.raises(DatasetError, match=rf"a\.npz: expected .*{message}"):
        cut(take, start, end)


def test_clips_before_the_recording(take: PoseSequence) -> None:
    numbered = replace(take, start_s=10.0)
    with pytest.raises(DatasetError, match=r"from 10\.000 s to 20\.000 s .*numbered 300 to 599"):
        cut(numbered, "9", "11")
