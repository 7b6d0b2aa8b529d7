"""Lifters are loaded, and what they lifted is kept."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from skelgraph.errors import ExtractionError, FormatError, RunError
from skelgraph.io import list_cache
from skelgraph.layouts import COCO17, H36M17, UPPER10
from skelgraph.lifting import (
    KeypointLifter,
    TemporalLifter,
    VideoPose3DLifter,
    find_unseen,
    lift_cached,
    lift_sequence,
    load_lifter,
    load_lifter_run,
)
from skelgraph.poses import PoseSequence
from tests.conftest import make_lifter

SIZE = (64.0, 48.0)


def test_the_same_is_lifted_once(
    keypoints: PoseSequence, lifter: TemporalLifter, own_cache: Path
) -> None:
    plain = VideoPose3DLifter(network=lifter)
    lifted, cached = lift_cached(keypoints, plain, size_px=SIZE, space="world")
    assert not cached
    expected = lift_sequence(keypoints, lifter, size_px=SIZE)
    np.testing.assert_array_equal(lifted.positions, expected.positions)
    other = replace(keypoints, name="other", fps=50)
    again, cached = lift_cached(other, plain, size_px=SIZE, space="world")
    assert cached
    assert (again.name, again.fps, again.up, again.unit) == ("other", 50, "+z", "m")
    np.testing.assert_array_equal(again.positions, lifted.positions)
    moved = replace(keypoints, positions=keypoints.positions + 1)
    surer = replace(keypoints, confidence=np.ones((40, 17)))
    unflipped = VideoPose3DLifter(network=lifter, average_flip=False)
    for sequence, other_lifter in (
        (moved, plain),
        (surer, plain),
        (keypoints, unflipped),
        (keypoints, VideoPose3DLifter(network=make_lifter(seed=1))),
    ):
        assert not lift_cached(sequence, other_lifter, size_px=SIZE, space="world")[1]
    assert not lift_cached(keypoints, plain, size_px=(64, 49), space="world")[1]
    assert not lift_cached(keypoints, plain, size_px=SIZE, space="camera")[1]
    assert len(list(own_cache.glob("lifted/*"))) == 7
    assert {files.kind: len(files.paths) for files in list_cache()}["lifted"] == 7


def test_a_checkpoint_is_loaded(lifter_file: Path, keypoints: PoseSequence) -> None:
    loaded = load_lifter(lifter_file)
    assert loaded.needs_size
    assert loaded.input_layout == COCO17
    assert loaded.describe() == "coco17 to h36m17, each frame from 9"
    expected = lift_sequence(keypoints, make_lifter(), size_px=SIZE, space="camera")
    lifted = loaded.lift(keypoints, size_px=SIZE, space="camera")
    np.testing.assert_allclose(lifted.positions, expected.positions, atol=1e-6)
    with pytest.raises(ExtractionError, match=r"'clip': lifting needs the size of the image"):
        loaded.lift(keypoints, size_px=None, space="camera")


def test_a_lifter_may_take_keypoints_of_another_layout(
    lifter_file: Path, keypoints: PoseSequence
) -> None:
    other = load_lifter(lifter_file, input_layout=H36M17, average_flip=False)
    assert other.input_layout == H36M17
    assert other.identify() != load_lifter(lifter_file, average_flip=False).identify()
    assert other.lift(keypoints, size_px=SIZE, space="world").present.all()


def test_a_run_is_loaded(lifter_run: Path, keypoints: PoseSequence) -> None:
    loaded = load_lifter(lifter_run)
    assert isinstance(loaded, KeypointLifter)
    assert not loaded.needs_size
    assert loaded.describe() == "lifter9 to upper10, each frame from 9"
    world = loaded.lift(keypoints, size_px=None, space="world")
    expected = load_lifter_run(lifter_run).lift_sequence(keypoints)
    np.testing.assert_array_equal(world.positions, expected.positions)
    assert (world.layout, world.unit, world.up) == (UPPER10, "m", "+y")
    camera = loaded.lift(keypoints, size_px=SIZE, space="camera")
    np.testing.assert_array_equal(camera.positions, world.positions * [1, -1, -1])
    assert camera.up == "-y"


def test_lifters_are_loaded_to_a_device(lifter_file: Path, lifter_run: Path) -> None:
    assert load_lifter_run(lifter_run, device="cpu").network.device.type == "cpu"
    for load, path in (
        (load_lifter, lifter_file),
        (load_lifter, lifter_run),
        (load_lifter_run, lifter_run),
    ):
        with pytest.raises(RunError, match="device cuda:99: there is no such GPU"):
            load(path, device="cuda:99")


def test_the_root_of_a_run_is_there_where_somebody_is(
    lifter_run: Path, keypoints: PoseSequence
) -> None:
    positions = keypoints.positions.copy()
    positions[5:9] = np.nan
    positions[:, 11:] = np.nan  # behind a table
    hidden = replace(keypoints, positions=positions)
    there = [not 5 <= frame < 9 for frame in range(40)]
    for sequence in (hidden, replace(hidden, confidence=None)):
        lifted = load_lifter(lifter_run).lift(sequence, size_px=None, space="world")
        assert lifted.present.all(axis=1).tolist() == there
        assert lifted.confidence is not None
        assert lifted.confidence[:, UPPER10.center].tolist() == there


def test_a_folder_that_is_no_run_is_an_error(tmp_path: Path, lifter_run: Path) -> None:
    with pytest.raises(RunError):
        load_lifter(tmp_path)
    (lifter_run / "config.json").write_text('{"config": {}}')
    with pytest.raises(RunError, match="expected a run of `skelgraph lift train`"):
        load_lifter(lifter_run)


def test_what_is_never_seen_is_told(lifter_file: Path, keypoints: PoseSequence) -> None:
    positions = keypoints.positions.copy()
    positions[:, 16] = np.nan
    positions[:20, 15] = np.nan
    unseen = find_unseen(replace(keypoints, positions=positions), load_lifter(lifter_file))
    assert unseen == ["right_ankle"]


def test_what_is_no_lifter_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ExtractionError, match=r"none\.bin: expected the checkpoint of a lifter"):
        load_lifter(tmp_path / "none.bin")
    (tmp_path / "bad.bin").write_bytes(b"nonsense")
    with pytest.raises(FormatError, match=r"bad\.bin: expected a checkpoint"):
        load_lifter(tmp_path / "bad.bin")
    torch.save({"epoch": 3}, tmp_path / "odd.bin")
    with pytest.raises(FormatError, match="model_pos"):
        load_lifter(tmp_path / "odd.bin")
