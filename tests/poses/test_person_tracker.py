"""Persons of frames that arrive one at a time."""

import numpy as np
import pytest

from skelgraph.errors import PoseError
from skelgraph.poses import NOBODY, PersonTracker, track_persons
from skelgraph.typing import FloatArray

BODY = np.array([[0.0, 0.0], [0.0, 2.0], [-1.0, 1.0], [1.0, 1.0]])


def walk(frame: int, start: float, speed: float) -> FloatArray:
    return BODY + np.array([start + speed * frame, 0.0])


def test_persons_are_told_apart_as_in_a_whole_recording() -> None:
    rng = np.random.default_rng(0)
    detections, frames, online = [], [], []
    tracker = PersonTracker()
    for frame in range(40):
        persons = [walk(frame, 0.0, 0.1), walk(frame, 9.0, -0.1), walk(frame, 20.0, 0.0)]
        persons = [persons[n] for n in rng.permutation(3)]
        if 10 <= frame < 14:  # somebody is hidden for a moment
            persons = persons[:2]
        online += tracker.assign(np.array(persons), frame).tolist()
        detections += persons
        frames += [frame] * len(persons)
    whole = track_persons(np.array(detections), np.array(frames))
    assert online == whole.tolist()


def test_who_comes_later_is_a_person_from_the_third_frame_on() -> None:
    tracker = PersonTracker()
    alone = [tracker.assign(walk(n, 0.0, 0.1)[None], n).tolist() for n in range(3)]
    assert alone == [[0], [0], [0]]
    both = [
        tracker.assign(np.stack([walk(n, 0.0, 0.1), walk(n, 30.0, 0.0)]), n).tolist()
        for n in range(3, 7)
    ]
    assert both == [[0, NOBODY], [0, NOBODY], [0, 1], [0, 1]]


def test_nobody_is_in_no_track() -> None:
    tracker = PersonTracker()
    assert tracker.assign(np.zeros((0, 4, 2)), 0).tolist() == []
    assert tracker.assign(np.full((1, 4, 2), np.nan), 1).tolist() == [NOBODY]
    assert tracker.assign(BODY[None], 2).tolist() == [0]


def test_who_has_left_for_long_is_somebody_else() -> None:
    tracker = PersonTracker(max_gap_frames=5)
    assert [tracker.assign(BODY[None], n).tolist() for n in range(3)] == [[0]] * 3
    back = [tracker.assign(BODY[None], n).tolist() for n in range(20, 23)]
    assert back == [[NOBODY], [NOBODY], [1]]


def test_a_crowd_is_damage() -> None:
    with pytest.raises(PoseError, match="expected up to 200 persons in a frame, but frame 3 has"):
        PersonTracker().assign(np.zeros((201, 4, 2)), 3)
