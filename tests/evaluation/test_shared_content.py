"""Clips of one take are found by what they show, and nothing else is."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from skelgraph.data import read_mpi_ebed
from skelgraph.evaluation import find_shared_content
from skelgraph.io import read_sequence
from skelgraph.poses import PoseSequence, resample
from skelgraph.synthetic import generate_emotive_motion


@pytest.fixture(scope="module")
def takes() -> Sequence[PoseSequence]:
    """Sixteen takes of four generated people."""
    return generate_emotive_motion(num_actors=4, clips_per_emotion=1, duration_s=(4, 5))


def cut(clip: PoseSequence, begin: int, end: int | None = None) -> PoseSequence:
    return replace(clip, positions=clip.positions[begin:end])


def mirror(clip: PoseSequence) -> PoseSequence:
    return replace(clip, positions=clip.positions[:, clip.layout.mirror] * [-1, 1, 1])


def turn(clip: PoseSequence) -> PoseSequence:
    cos, sin = np.cos(1.0), np.sin(1.0)
    axes = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
    return replace(clip, positions=clip.positions @ axes + [1, 0, 3])


def scale(clip: PoseSequence) -> PoseSequence:
    return replace(clip, positions=clip.positions * 100, unit="cm")


def slow_down(clip: PoseSequence) -> PoseSequence:
    return resample(clip, 25.0)


@pytest.mark.parametrize(
    ("change", "mirrored"),
    [
        (lambda clip: clip, False),
        (turn, False),
        (scale, False),
        (slow_down, False),
        (mirror, True),
        (lambda clip: slow_down(scale(turn(mirror(clip)))), True),
    ],
    ids=["same", "turned", "scaled", "25 frames/s", "mirrored", "all"],
)
def test_windows_of_one_take_are_found(
    takes: Sequence[PoseSequence], change: Callable[[PoseSequence], PoseSequence], mirrored: bool
) -> None:
    first, second = cut(takes[5], 0, 75), change(cut(takes[5], 35))
    (shared,) = find_shared_content([*takes[:5], first, *takes[6:], second])
    assert (shared.first, shared.second) == (5, len(takes))
    assert (shared.kind, shared.mirrored) == ("overlap", mirrored)
    assert shared.seconds == pytest.approx(40 / 30, abs=0.15)
    assert shared.shift_s == pytest.approx(35 / 30, abs=0.06)
    assert shared.error < 0.1


def test_what_they_share_has_a_kind(takes: Sequence[PoseSequence]) -> None:
    take = takes[0]
    for other, kind in (
        (take, "duplicate"),
        (slow_down(take), "duplicate"),
        (cut(take, 20), "part"),
        (cut(take, 20, -20), "part"),
    ):
        assert [one.kind for one in find_shared_content([take, other])] == [kind]


def test_takes_of_their_own_and_still_clips_are_not_found(takes: Sequence[PoseSequence]) -> None:
    rng = np.random.default_rng(0)
    rest = takes[0].positions[:1].repeat(90, axis=0)
    still = [replace(takes[0], positions=rest + rng.normal(0, 0.002, rest.shape)) for _ in range(3)]
    held = [replace(takes[0], positions=rest)] * 2
    assert find_shared_content([*takes, *still, *held]) == ()


def test_less_than_a_second_is_not_enough_unless_it_is_equal(takes: Sequence[PoseSequence]) -> None:
    assert find_shared_content([cut(takes[0], 0, 60), cut(takes[0], 45)]) == ()
    short = cut(takes[0], 0, 12)
    (shared,) = find_shared_content([short, short])
    assert (shared.kind, shared.error) == ("duplicate", 0.0)


def test_a_plane_and_missing_joints(takes: Sequence[PoseSequence]) -> None:
    positions = takes[2].positions[:, :, :2].copy()
    positions[:, 3] = np.nan
    positions[40:44, 6] = np.nan
    flat = replace(takes[2], positions=positions, unit="px", up="-y")
    moved = replace(flat, positions=flat.positions * 3 + 7)
    (shared,) = find_shared_content([cut(flat, 0, 75), cut(moved, 30)])
    assert shared.kind == "overlap"


def test_clips_of_one_part_or_of_none_are_not_compared(takes: Sequence[PoseSequence]) -> None:
    clips = [takes[0], takes[1], takes[0], takes[1], takes[1]]
    pairs = find_shared_content(clips, parts=[0, 1, 2, 1, -1])
    assert [(one.first, one.second) for one in pairs] == [(0, 2)]
    assert find_shared_content([]) == ()


def test_real_clips_that_overlap_by_their_frame_numbers(shared_data: Path) -> None:
    clips = read_mpi_ebed(shared_data / "mpi-ebed").sequences
    begin = perf_counter()
    pairs = find_shared_content(clips)
    assert perf_counter() - begin < 15  # 2 to 3 s on one core that is free
    assert [(clips[one.first].name, clips[one.second].name) for one in pairs] == [
        (
            "Joy/MaMaftoe-003_21_128842_131475_2633_Joy",  # begins at 128.842 s, ends at 131.475 s
            "Joy/MaMaftoe-003_22_129292_132217_2925_Joy",
        )
    ]
    assert pairs[0].seconds == pytest.approx(131.475 - 129.292, abs=0.1)
    assert pairs[0].shift_s == pytest.approx(129.292 - 128.842, abs=0.1)


def test_walks_of_one_person_are_takes_of_their_own(shared_data: Path) -> None:
    files = sorted((shared_data / "bandai-styles").glob("dataset-2_walk_*.bvh"))
    assert len(files) > 5
    assert find_shared_content([read_sequence(file) for file in files]) == ()
