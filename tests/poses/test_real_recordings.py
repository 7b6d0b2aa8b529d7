from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph.io import read_bvh
from skelgraph.layouts import UPPER10, find_parts
from skelgraph.poses import PoseSequence, Preprocessing, bone_lengths, fill_gaps

pytestmark = pytest.mark.realdata


def read_some(folder: Path, pattern: str, number: int) -> list[PoseSequence]:
    """Recordings spread over a folder, without their first frame (a rest pose in the MPI files)."""
    files = sorted(folder.glob(pattern))
    recordings = [read_bvh(path) for path in files[:: len(files) // number]]
    return [replace(one, positions=one.positions[1:]) for one in recordings]


def test_seated_actors_have_their_knees_in_front(shared_data: Path) -> None:
    for sequence in read_some(shared_data / "mpi-ebed", "*/*.bvh", 12):
        done = Preprocessing().apply(sequence)
        parts = find_parts(done.layout)
        knees = done.positions[:, [parts["left_knee"], parts["right_knee"]]].mean(axis=(0, 1))
        assert 0.3 < knees[2] < 0.6
        assert abs(knees[0]) < 0.15
        assert done.positions[:, parts["head"], 1].mean() > 0.4


def test_walkers_toes_point_forward(shared_data: Path) -> None:
    for sequence in read_some(shared_data / "bandai-styles", "*.bvh", 12):
        done = Preprocessing().apply(sequence)
        parts = find_parts(done.layout)
        feet = [
            [parts["left_toe"], parts["right_toe"]],
            [parts["left_ankle"], parts["right_ankle"]],
        ]
        toes, ankles = (done.positions[:, pair].mean(axis=(0, 1)) for pair in feet)
        assert toes[2] > ankles[2]


def test_all_actors_get_one_skeleton(shared_data: Path) -> None:
    sequences = read_some(shared_data / "mpi-ebed", "*/*.bvh", 12)
    fitted = Preprocessing(layout=UPPER10).fit(sequences)
    assert fitted.bone_lengths is not None
    spread = np.ptp(
        [bone_lengths(Preprocessing(layout=UPPER10).apply(s)) for s in sequences], axis=0
    )
    assert spread.max() > 0.01  # meters: they are different people
    for sequence in sequences:
        np.testing.assert_allclose(
            bone_lengths(fitted.apply(sequence)), fitted.bone_lengths, atol=1e-5
        )


def test_short_gaps_are_filled_to_within_centimeters(shared_data: Path) -> None:
    for sequence in read_some(shared_data / "mpi-ebed", "*/*.bvh", 12):
        positions = sequence.positions.copy()
        positions[30:34] = np.nan
        filled = fill_gaps(replace(sequence, positions=positions)).positions
        error_cm = np.linalg.norm(filled[30:34] - sequence.positions[30:34], axis=2)
        assert error_cm.max() < 3.0
