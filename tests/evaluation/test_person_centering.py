"""Calibration by a person's own clips."""

import numpy as np
import pytest

from skelgraph.evaluation import center_on_persons


def test_half_of_the_mean_is_taken_off_of_many_clips() -> None:
    rng = np.random.default_rng(0)
    scores = rng.dirichlet([5, 1, 1], size=20_000)
    logs, own = np.log(scores), np.log(center_on_persons(scores, ["ann"] * len(scores)))
    mean, left = logs.mean(axis=0), own.mean(axis=0)
    assert left - left.mean() == pytest.approx((mean - mean.mean()) / 2, abs=2e-3)
    shift = own - logs
    shift -= shift.mean(axis=1, keepdims=True)
    assert np.ptp(shift, axis=0) == pytest.approx(0, abs=1e-9)


def test_twenty_clips_count_half_and_one_hardly_changes() -> None:
    scores = np.tile([0.8, 0.2], (20, 1))
    (odds,) = {round(float(a / b), 6) for a, b in center_on_persons(scores, [1] * 20)}
    assert odds == pytest.approx(4 ** (1 - 0.5 * 0.5))
    alone = center_on_persons(scores[:1], [1])[0]
    assert alone[0] / alone[1] == pytest.approx(4 ** (1 - 0.5 / 21))


def test_a_person_has_no_influence_on_another() -> None:
    rng = np.random.default_rng(1)
    scores, persons = rng.dirichlet([2, 1, 1, 3], size=60), ["ann", "bob", "cid"] * 20
    together = center_on_persons(scores, persons)
    for name in ("ann", "bob", "cid"):
        own = [number for number, person in enumerate(persons) if person == name]
        assert together[own] == pytest.approx(center_on_persons(scores[own], [name] * 20))
    assert together.sum(axis=1) == pytest.approx(1)


def test_a_bias_of_each_person_is_undone_in_part() -> None:
    """Two persons whose scores are shifted against each other: the shared threshold fails them."""
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 2, 400)
    person = np.repeat([0, 1], 200)
    logit = 1.5 * (2 * truth - 1) + rng.normal(size=400) + np.where(person == 0, 3, -3)
    scores = np.stack([1 / (1 + np.exp(logit)), 1 / (1 + np.exp(-logit))], axis=1)
    before, after = (
        float((one.argmax(axis=1) == truth).mean())
        for one in (scores, center_on_persons(scores, person.tolist()))
    )
    assert after > before + 0.1


def test_zeros_stay_finite_and_shapes_are_checked() -> None:
    sure = center_on_persons(np.array([[1.0, 0.0], [0.0, 1.0]]), ["a", "a"])
    assert np.isfinite(sure).all()
    assert center_on_persons(np.empty((0, 3)), []).shape == (0, 3)
    with pytest.raises(ValueError, match="a person for each clip"):
        center_on_persons(np.ones((2, 2)) / 2, ["a"])
