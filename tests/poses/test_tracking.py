"""Several persons told apart: people are bodies of 17 joints that walk as people do."""

import numpy as np
import pytest

from skelgraph.errors import PoseError
from skelgraph.poses import NOBODY, find_ghosts, track_persons

HEIGHT = 200.0
BODY = np.random.default_rng(5).uniform([-40, -HEIGHT / 2], [40, HEIGHT / 2], size=(17, 2))


def walk(start: float, step: float, num_frames: int, *, y: float = 0.0, seed: int = 0):
    """Positions (T, V, 2) of a person who walks along x with a uniform step, detected with noise
    of 2 px, arms and legs swinging."""
    rng = np.random.default_rng(seed)
    place = np.stack([start + step * np.arange(num_frames), np.full(num_frames, y)], axis=1)
    swing = 15 * np.sin(np.arange(num_frames) / 4 + seed)[:, None] * rng.uniform(-1, 1, 17)
    positions = BODY + place[:, None] + rng.normal(0, 2, (num_frames, 17, 2))
    positions[:, :, 0] += swing
    return positions


def detect(persons, *, shuffled: bool = True, seed: int = 1):
    """The detections of persons {person: (first frame, positions)}, in any order within a frame."""
    rows = [
        (first + t, person, pose)
        for person, (first, positions) in persons.items()
        for t, pose in enumerate(positions)
    ]
    if shuffled:
        np.random.default_rng(seed).shuffle(rows)  # type: ignore[arg-type]
    rows.sort(key=lambda row: row[0])
    frames, who, poses = zip(*rows, strict=True)
    return np.array(poses), np.array(frames), np.array(who)


def tracks_of(tracks, who):
    return [sorted(set(tracks[who == person].tolist())) for person in sorted(set(who.tolist()))]


@pytest.mark.parametrize("step", [3.0, 12.0, 30.0])
def test_persons_who_cross_stay_themselves(step: float) -> None:
    persons = {0: (0, walk(0, step, 60)), 1: (0, walk(60 * step, -step, 60, y=20, seed=3))}
    poses, frames, who = detect(persons)
    assert tracks_of(track_persons(poses, frames), who) in ([[0], [1]], [[1], [0]])


def test_persons_who_cross_behind_each_other() -> None:
    """One of them is hidden for eleven frames while they pass."""
    hidden = walk(600, -10, 60, seed=3)
    persons = {0: (0, walk(0, 10, 60)), 1: (0, hidden)}
    poses, frames, who = detect(persons)
    seen = ~((who == 1) & (abs(frames - 30) <= 5))
    tracks = track_persons(poses[seen], frames[seen])
    assert tracks_of(tracks, who[seen]) in ([[0], [1]], [[1], [0]])


def test_the_order_within_a_frame_means_nothing() -> None:
    persons = {n: (0, walk(150 * n, 2, 40, seed=n)) for n in range(4)}
    poses, frames, who = detect(persons)
    assert len({tuple(who[frames == t]) for t in range(40)}) > 10
    tracks = track_persons(poses, frames)
    assert sorted(tracks_of(tracks, who)) == [[0], [1], [2], [3]]
    again = np.random.default_rng(9).permutation(len(frames))
    shuffled = track_persons(poses[again], frames[again])
    same = tracks[again][:, None] == tracks[again]
    np.testing.assert_array_equal(same, shuffled[:, None] == shuffled)


def test_who_appears_is_somebody_new_and_who_is_away_for_long_as_well() -> None:
    persons = {
        0: (0, walk(0, 1, 100)),
        1: (20, walk(400, 1, 40, seed=1)),
        2: (95, walk(475, 1, 10, seed=1)),
    }
    poses, frames, who = detect(persons)
    assert tracks_of(track_persons(poses, frames), who) == [[0], [1], [2]]
    patient = track_persons(poses, frames, max_gap_frames=60)
    assert tracks_of(patient, who) == [[0], [1], [1]]


def test_a_gap_of_some_frames_is_bridged() -> None:
    poses, frames, who = detect({0: (0, walk(0, 8, 60)), 1: (0, walk(500, 0, 60, seed=2))})
    seen = ~((who == 0) & (frames >= 20) & (frames < 45))
    assert tracks_of(track_persons(poses[seen], frames[seen]), who[seen]) in (
        [[0], [1]],
        [[1], [0]],
    )


@pytest.mark.parametrize("away", [10.0, 60.0, 400.0])
@pytest.mark.parametrize("first", [0, 1, 30])
def test_a_ghost_for_two_frames_steals_nobody(away: float, first: int) -> None:
    ghost = walk(2.0 * first + away, 2, 2, y=15, seed=8)
    poses, frames, who = detect({0: (0, walk(0, 2, 60)), 1: (first, ghost)})
    tracks = track_persons(poses, frames)
    person, of_ghost = tracks_of(tracks, who)
    assert len(person) == 1
    assert of_ghost not in (person,)
    ghosts = find_ghosts(tracks, 60)
    assert not ghosts[person[0]]
    assert ghosts[of_ghost].all()


def test_a_ghost_where_a_person_is_hidden_for_a_frame_is_not_joined_by_force() -> None:
    poses, frames, who = detect(
        {0: (0, walk(0, 2, 60)), 1: (30, walk(60 + 150, 0, 2, seed=4)), 2: (0, walk(900, 0, 60))}
    )
    seen = ~((who == 0) & (frames == 30))
    tracks = track_persons(poses[seen], frames[seen])
    assert [len(found) for found in tracks_of(tracks, who[seen])] == [1, 1, 1]
    assert len(set(tracks.tolist())) == 3


def test_joints_that_come_and_go_change_nothing() -> None:
    persons = {0: (0, walk(0, 5, 60)), 1: (0, walk(300, -5, 60, y=40, seed=3))}
    poses, frames, who = detect(persons)
    missing = np.random.default_rng(2).random(poses.shape[:2]) < 0.6
    poses[missing] = np.nan
    missing_whole = np.isnan(poses[:, :, 0]).all(axis=1)
    tracks = track_persons(poses, frames)
    assert (tracks[missing_whole] == NOBODY).all()
    seen = ~missing_whole
    assert tracks_of(tracks[seen], who[seen]) in ([[0], [1]], [[1], [0]])


def test_numbers_of_the_file_go_before_places() -> None:
    """A person leaves for a minute and comes back elsewhere: only the file can know it."""
    persons = {4: (0, walk(0, 1, 30)), 9: (0, walk(400, 0, 90, seed=1))}
    poses, frames, who = detect(persons)
    later = walk(900, 0, 10, seed=2)
    poses = np.concatenate([poses, later])
    frames = np.concatenate([frames, 80 + np.arange(10)])
    who = np.concatenate([who, np.full(10, 4)])
    assert tracks_of(track_persons(poses, frames, ids=who), who) in ([[0], [1]], [[1], [0]])
    assert len(set(track_persons(poses, frames).tolist())) == 3


def test_numbers_that_mean_nothing_are_not_believed() -> None:
    persons = {0: (0, walk(0, 2, 40)), 1: (0, walk(300, 2, 40, seed=1))}
    poses, frames, who = detect(persons, shuffled=False)
    right = tracks_of(track_persons(poses, frames), who)
    zeros, ones = np.zeros_like(who), np.ones_like(who)
    assert tracks_of(track_persons(poses, frames, ids=zeros), who) == right
    assert tracks_of(track_persons(poses, frames, ids=ones), who) == right


def test_numbers_exchanged_on_the_way_are_not_believed() -> None:
    persons = {1: (0, walk(0, 2, 40)), 2: (0, walk(300, 2, 40, seed=1))}
    poses, frames, who = detect(persons)
    swapped = np.where(frames >= 25, 3 - who, who)
    assert [len(found) for found in tracks_of(track_persons(poses, frames, ids=who), who)] == [1, 1]
    tracks = track_persons(poses, frames, ids=swapped)
    assert [len(found) for found in tracks_of(tracks, who)] == [1, 1]


def test_one_person_who_jumps_at_a_cut_keeps_the_number() -> None:
    poses = np.concatenate([walk(0, 0, 20), walk(900, 0, 20)])
    tracks = track_persons(poses, np.arange(40), ids=np.full(40, 3))
    assert set(tracks.tolist()) == {0}


def test_three_dimensions_and_single_frames() -> None:
    poses = np.random.default_rng(0).normal(size=(3, 5, 3)) + np.arange(3)[:, None, None] * 100
    assert track_persons(poses, np.zeros(3, dtype=int)).tolist() == [0, 1, 2]
    assert find_ghosts(np.array([0, 1, 2]), 1).tolist() == [False, False, False]
    assert track_persons(poses[:0], np.zeros(0, dtype=int)).tolist() == []
    assert find_ghosts(np.zeros(0, dtype=int), 5).tolist() == []


def test_ghosts_are_short_and_the_longest_is_none() -> None:
    tracks = np.repeat([0, 1, 2, 3], [2, 3, 19, 900])
    assert find_ghosts(tracks, 100).tolist() == [True, False, False, False]
    assert find_ghosts(tracks, 1000).tolist() == [True, True, True, False]
    assert find_ghosts(np.array([NOBODY, 0, 1]), 1000).tolist() == [False, True]


def test_a_crowd_beyond_measure_is_an_error() -> None:
    with pytest.raises(PoseError, match="up to 200 persons in a frame, but frame 7 has 201"):
        track_persons(np.zeros((201, 3, 2)), np.full(201, 7))


def test_long_stretches_of_one_person_are_the_same_person() -> None:
    """They are told without assignment; whoever comes between is another, before and after."""
    persons = {
        0: (0, walk(0, 3, 300)),
        1: (100, walk(330, 3, 30, seed=1)),
        2: (200, walk(620, 0, 1, seed=2)),
    }
    poses, frames, who = detect(persons)
    seen = ~((who == 0) & (frames % 50 == 40))
    tracks = track_persons(poses[seen], frames[seen])
    assert tracks_of(tracks, who[seen]) == [[0], [1], [2]]
