"""A finished recording that is played."""

import time
from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError
from skelgraph.io import write_npz
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence
from skelgraph.streaming.sources import RecordingSource


def write_recording(path: Path, *, num_frames: int = 4) -> PoseSequence:
    positions = np.random.default_rng(0).normal(size=(num_frames, 10, 3)).astype(np.float32)
    positions[2] = np.nan
    sequence = PoseSequence(
        positions=positions,
        layout=UPPER10,
        fps=20.0,
        unit="m",
        up="+z",
        start_s=3.0,
        confidence=np.full((num_frames, 10), 0.5),
    )
    write_npz(path, sequence)
    return sequence


def test_a_recording_is_played_at_its_rate(tmp_path: Path) -> None:
    sequence = write_recording(tmp_path / "walk.npz")
    source = RecordingSource(tmp_path / "walk.npz")
    found = source.open()
    assert (found.layout, found.num_dimensions, found.unit) == (UPPER10, 3, "m")
    assert (found.up, found.fps) == ("+z", 20.0)
    assert source.is_live
    started_s = time.monotonic()
    frames = list(source.iterate())
    assert time.monotonic() - started_s >= 0.15
    assert [frame.time_s for frame in frames] == pytest.approx([3.0, 3.05, 3.1, 3.15])
    assert [list(frame.persons) for frame in frames] == [["1"], ["1"], [], ["1"]]
    pose = frames[1].persons["1"]
    np.testing.assert_array_equal(pose.positions, sequence.positions[1])
    assert pose.confidence is not None
    assert pose.confidence.tolist() == [0.5] * 10


def test_a_recording_is_played_as_fast_as_it_is_taken(tmp_path: Path) -> None:
    write_recording(tmp_path / "walk.npz", num_frames=400)
    source = RecordingSource(tmp_path / "walk.npz", is_fast=True, unit="cm")
    assert source.open().unit == "cm"
    assert not source.is_live
    started_s = time.monotonic()
    assert len(list(source.iterate())) == 400
    assert time.monotonic() - started_s < 10  # it lasts 20 s


def test_a_recording_that_is_closed_ends(tmp_path: Path) -> None:
    write_recording(tmp_path / "walk.npz", num_frames=400)
    source = RecordingSource(tmp_path / "walk.npz")
    source.open()
    frames = source.iterate()
    next(frames)
    source.close()
    assert list(frames) == []


def test_a_recording_of_nobody_is_refused(tmp_path: Path) -> None:
    nobody = PoseSequence(positions=np.full((3, 10, 3), np.nan), layout=UPPER10, fps=20.0)
    write_npz(tmp_path / "empty.npz", nobody)
    with pytest.raises(FormatError, match=r"empty.npz: expected a person, but nobody is there"):
        RecordingSource(tmp_path / "empty.npz").open()
