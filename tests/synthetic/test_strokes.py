"""Trains of minimum-jerk strokes against known courses."""

import numpy as np
import pytest

from skelgraph.synthetic.strokes import StrokeTrain, draw_rhythm, minimum_jerk


def train(rebound: float = 0.0) -> StrokeTrain:
    return StrokeTrain(
        onset_s=np.array([0.0, 1.0, 3.0]),
        duration_s=np.array([0.5, 1.0, 0.5]),
        via=np.array([[2.0, 0.0], [5.0, -1.0], [1.0, -1.0]]),
        rebound=rebound,
    )


def test_a_stroke_has_the_peak_speed_and_acceleration_of_flash_and_hogan():
    phase = np.linspace(0.0, 1.0, 10_001)
    share = minimum_jerk(phase)
    speed = np.gradient(share, phase)
    assert speed.max() == pytest.approx(1.875, abs=1e-5)
    assert np.gradient(speed, phase).max() == pytest.approx(5.7735, abs=1e-3)
    np.testing.assert_allclose(share + share[::-1], 1.0, atol=1e-12)


def test_the_course_holds_each_via_pose_between_strokes():
    course = train().sample(np.array([-1.0, 0.7, 1.5, 2.5, 4.0]))
    expected = [[2.0, 0.0], [2.0, 0.0], [3.5, -0.5], [5.0, -1.0], [1.0, -1.0]]
    np.testing.assert_allclose(course, expected, atol=1e-12)


def test_a_rebound_overshoots_and_settles_on_the_via_pose():
    times = np.linspace(1.0, 2.9, 400)
    course = train(rebound=0.2).sample(times)[:, 0]
    assert 5.2 < course.max() < 5.0 + 0.2 * 3.0
    assert course[-1] == pytest.approx(5.0)


def test_delayed_strokes_take_the_same_course_later():
    times = np.linspace(0.0, 4.0, 50)
    later = train().delayed(0.25, train().via)
    np.testing.assert_allclose(later.sample(times + 0.25), train().sample(times), atol=1e-12)


def test_overlapping_strokes_add_up():
    overlapping = StrokeTrain(
        onset_s=np.array([-2.0, 0.0, 0.5]),
        duration_s=np.array([1.0, 1.0, 1.0]),
        via=np.array([[0.0], [1.0], [3.0]]),
    )
    times = np.linspace(-1.0, 2.0, 31)
    expected = minimum_jerk(times) + 2.0 * minimum_jerk(times - 0.5)
    np.testing.assert_allclose(overlapping.sample(times)[:, 0], expected, atol=1e-12)


@pytest.mark.parametrize(("stroke_s", "pause"), [(0.3, 0.5), (0.5, -0.3), (1.6, 0.6)])
def test_a_rhythm_covers_the_whole_take(stroke_s, pause):
    for seed in range(20):
        onset_s, duration_s = draw_rhythm(
            np.random.default_rng(seed),
            length_s=9.0,
            stroke_s=stroke_s,
            pause=pause,
            irregularity=0.3,
        )
        assert onset_s[0] < 0.0
        assert onset_s[-1] > 9.0
        assert (np.diff(onset_s) > 0).all()
        assert np.median(duration_s) == pytest.approx(stroke_s, rel=0.3)


def test_a_rhythm_without_irregularity_is_a_metronome():
    onset_s, duration_s = draw_rhythm(
        np.random.default_rng(0), length_s=5.0, stroke_s=0.5, pause=0.2, irregularity=0.0
    )
    np.testing.assert_allclose(np.diff(onset_s), 0.6)
    np.testing.assert_allclose(duration_s, 0.5)
