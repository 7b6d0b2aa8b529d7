import time

import numpy as np
import pytest
from scipy.stats import binomtest, t
from sklearn.metrics import balanced_accuracy_score

from skelgraph.evaluation import (
    bootstrap_interval,
    choose_groups,
    difference_interval,
    format_score,
    score_interval,
)


def draw_answers(num_clips: int, num_classes: int, *, seed: int, right: float = 0.5):
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.arange(num_clips) % num_classes)
    other = rng.integers(0, num_classes, num_clips)
    return truth, np.where(rng.random(num_clips) < right, truth, other)


def test_with_one_class_and_one_group_it_is_wilsons() -> None:
    for hits in (0, 1, 17, 40):
        predicted = (np.arange(40) >= hits).astype(int)
        expected = binomtest(hits, 40).proportion_ci(method="wilson")
        for metric in ("uar", "war"):
            interval = score_interval([0] * 40, predicted, 2, groups=[0] * 40, metric=metric)
            assert interval == pytest.approx((expected.low, expected.high))


def test_the_intervals_of_several_recalls_are_joined_by_their_arms() -> None:
    truth = [0] * 30 + [1] * 10 + [2] * 5
    predicted = [0] * 21 + [1] * 9 + [1] * 10 + [0] * 5
    arms = []
    for hits, support in ((21, 30), (10, 10), (0, 5)):
        one = binomtest(hits, support).proportion_ci(method="wilson")
        arms.append((hits / support - one.low, one.high - hits / support))
    uar = balanced_accuracy_score(truth, predicted)
    down, up = (np.sqrt(np.square(side).sum()) / 3 for side in zip(*arms, strict=True))
    interval = score_interval(truth, predicted, 4, groups=[0] * 45)  # the fourth class is absent
    assert interval == pytest.approx((uar - down, uar + up))


def test_few_groups_stretch_the_interval_of_the_bootstrap() -> None:
    """Whole subjects that are right or wrong: the binomial part is far narrower."""
    truth = np.zeros(600, dtype=int)
    subjects = np.arange(600) // 100
    predicted = np.array([0, 1, 0, 1, 0, 1])[subjects]
    values = np.random.default_rng(0).binomial(6, 0.5, 100_000) / 6
    low, high = np.quantile(values, [0.025, 0.975])
    stretch = np.sqrt(6 / 5) * t.ppf(0.975, 5) / 1.959964
    expected = 0.5 - stretch * (0.5 - low), 0.5 + stretch * (high - 0.5)
    expected = max(expected[0], 0.0), min(expected[1], 1.0)
    found = score_interval(truth, predicted, 2, groups=subjects.tolist(), metric="war")
    assert found == pytest.approx(expected, abs=0.01)


def test_many_groups_leave_it_as_the_bootstrap_has_it() -> None:
    truth, predicted = draw_answers(2000, 3, seed=1)
    groups = (np.arange(2000) // 5).tolist()
    plain = bootstrap_interval(truth, predicted, ["a", "b", "c"], groups=groups, samples=4000)
    found = score_interval(truth, predicted, 3, groups=groups, samples=4000)
    assert found == pytest.approx(plain, abs=0.004)


@pytest.mark.parametrize("answer", ["constant", "right", "wrong"])
@pytest.mark.parametrize("num_groups", [1, 2, 5, 20])
def test_no_interval_has_zero_width(answer: str, num_groups: int) -> None:
    truth = np.arange(20) % 4
    predicted = {"constant": np.zeros(20, int), "right": truth, "wrong": (truth + 1) % 4}[answer]
    groups = (np.arange(20) % num_groups).tolist()
    for metric in ("uar", "war"):
        low, high = score_interval(truth, predicted, 4, groups=groups, metric=metric)
        assert 0 <= low < high <= 1
        assert low <= np.mean(truth == predicted) <= high
        low, high = difference_interval(
            truth, predicted, predicted, 4, groups=groups, metric=metric
        )
        assert -1 <= low < 0 < high <= 1


def test_a_sample_without_a_class_does_not_count() -> None:
    """Of ten recordings of one class each, the interval is no mean of a single recall."""
    truth = np.repeat([0, 1], 500)
    predicted = np.where(np.arange(1000) % 10 < 9, 0, 1)  # recalls 0.9 and 0.1, in each recording
    groups = (np.arange(1000) // 100).tolist()
    low, high = score_interval(truth, predicted, 2, groups=groups)
    assert 0.45 < low < 0.5 < high < 0.55


def test_a_single_clip_has_an_interval() -> None:
    assert score_interval([1], [1], 2, groups=["a"]) == pytest.approx((0.2065, 1), abs=1e-3)


@pytest.mark.parametrize("num_groups", [4, 8, 30])
def test_it_covers_the_truth_as_often_as_it_says(num_groups: int) -> None:
    """Subjects of whom each has a rate of his own: 95 % is meant for further subjects."""
    rng = np.random.default_rng(num_groups)
    covered = []
    for _ in range(200):
        rates = rng.beta(4, 4, num_groups)
        hits = (rng.random((num_groups, 20)) < rates[:, None]).ravel()
        groups = np.repeat(np.arange(num_groups), 20).tolist()
        low, high = score_interval(
            np.zeros(len(hits), int), (~hits).astype(int), 2, groups=groups, samples=500
        )
        covered.append(low <= 0.5 <= high)
    assert np.mean(covered) >= 0.9


def test_the_difference_is_that_of_an_obvious_paired_bootstrap() -> None:
    truth, first = draw_answers(400, 3, seed=2, right=0.7)
    _, second = draw_answers(400, 3, seed=3, right=0.4)
    second = np.where(np.arange(400) % 2, first, second)
    groups = np.arange(400) // 4
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(1500):
        rows = np.concatenate([np.flatnonzero(groups == one) for one in rng.integers(0, 100, 100)])
        scores = [balanced_accuracy_score(truth[rows], one[rows]) for one in (first, second)]
        drawn.append(scores[0] - scores[1])
    expected = np.quantile(drawn, [0.025, 0.975])
    found = difference_interval(truth, first, second, 3, groups=groups.tolist())
    assert found == pytest.approx(expected.tolist(), abs=0.012)


def test_the_binomial_part_of_a_difference_is_that_of_bonett_and_price() -> None:
    """Ten clips that only the first has right, two that only the second has, of 50."""
    first = np.array([0] * 10 + [1] * 2 + [0] * 38)
    second = np.array([1] * 10 + [0] * 2 + [0] * 38)
    more, less = 11 / 52, 3 / 52
    arm = 1.959964 * np.sqrt((more + less - (more - less) ** 2) / 52)
    found = difference_interval([0] * 50, first, second, 2, groups=[0] * 50)
    assert found == pytest.approx((more - less - arm, more - less + arm))


def test_the_seed_decides() -> None:
    truth, predicted = draw_answers(60, 3, seed=0)
    groups = (np.arange(60) // 6).tolist()
    ends = [score_interval(truth, predicted, 3, groups=groups, seed=seed) for seed in (0, 0, 1)]
    assert ends[0] == ends[1] != ends[2]


def test_a_thousand_clips_take_no_time() -> None:
    truth, predicted = draw_answers(1000, 4, seed=0)
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        score_interval(truth, predicted, 4, groups=range(1000))
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.5  # 0.02 on a quiet core


def test_groups_are_subjects_or_recordings_or_clips() -> None:
    people, takes = ["a", "a", "b", "b"], ["1", "2", "1", None]
    assert choose_groups(4, people, takes) == ("subject", people)
    by_take = [("a", "1"), ("a", "2"), ("b", "1"), 3]
    assert choose_groups(4, people, takes, least=3) == ("recording", by_take)
    assert choose_groups(4, [*people[:3], None], ["1", "1", "2", "2"])[0] == "recording"
    assert choose_groups(2, ["a", "a"], ["1", "1"]) == ("clip", [0, 1])
    assert choose_groups(2) == ("clip", [0, 1])


def test_a_score_is_written_with_its_interval() -> None:
    assert format_score(0.5, None) == "50.0%"
    assert format_score(0.5, (0.0, 1.0)) == "50.0% (0.0 to 100.0)"


def test_lengths_must_fit() -> None:
    with pytest.raises(ValueError, match="a group for each of 2 clips, but got 1"):
        score_interval([0, 1], [0, 1], 2, groups=[0])
    with pytest.raises(ValueError, match="one prediction for each of 2 clips, but got 1"):
        difference_interval([0, 1], [0, 1], [0], 2, groups=[0, 1])
