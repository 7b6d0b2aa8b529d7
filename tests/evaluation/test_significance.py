from itertools import product

import numpy as np
import pytest

from skelgraph.evaluation import bootstrap_interval, permutation_test
from skelgraph.evaluation.metrics import compute_metrics

CLASSES = ("anger", "joy")


def test_groups_that_agree_leave_no_doubt():
    truth, predicted = [0, 1, 1] * 5, [0, 1, 0] * 5
    groups = [number // 3 for number in range(15)]
    interval = bootstrap_interval(truth, predicted, CLASSES, groups=groups)
    assert interval == pytest.approx((0.75, 0.75))


def test_the_interval_of_single_clips_is_that_of_a_binomial():
    """With one clip a group, WAR is a mean of Bernoulli draws: 0.8 +- 1.96 * sqrt(0.16 / 400)."""
    truth = np.zeros(400, dtype=int)
    predicted = (np.arange(400) >= 320).astype(int)
    low, high = bootstrap_interval(
        truth, predicted, CLASSES, groups=range(400), metric="war", samples=4000
    )
    assert low == pytest.approx(0.8 - 0.0392, abs=0.006)
    assert high == pytest.approx(0.8 + 0.0392, abs=0.006)


def test_clips_of_one_subject_count_as_one_draw():
    """Twenty subjects that are all right or all wrong: the interval is sqrt(20) times wider."""
    truth = np.zeros(400, dtype=int)
    predicted = (np.arange(400) >= 320).astype(int)
    subjects = (np.arange(400) // 20).tolist()
    low, high = bootstrap_interval(
        truth, predicted, CLASSES, groups=subjects, metric="war", samples=4000
    )
    assert high - low == pytest.approx(2 * 0.0392 * np.sqrt(20), abs=0.05)


def test_a_sample_without_a_class_counts_the_classes_it_has():
    """Draws of two from two groups: UAR is 1, 0 or, with both, 0.5."""
    interval = bootstrap_interval([0, 1], [0, 0], CLASSES, groups=["a", "b"])
    assert interval == (0.0, 1.0)


def test_the_seed_and_the_level_decide():
    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(0, 2, 60), rng.integers(0, 2, 60)
    groups = (np.arange(60) // 6).tolist()

    def interval(seed: int, level: float = 0.95) -> tuple[float, float]:
        return bootstrap_interval(truth, predicted, CLASSES, groups=groups, seed=seed, level=level)

    assert interval(0) == interval(0) != interval(1)
    assert interval(0)[0] < interval(0, level=0.5)[0] < interval(0, level=0.5)[1] < interval(0)[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": [1]}, "a group for each of 2 clips, but got 1"),
        ({"groups": [1, 1]}, "two or more groups, but all are of one"),
        ({"groups": [1, 2], "metric": "f1"}, "a metric of uar, war, but got 'f1'"),
        ({"groups": [1, 2], "samples": 0}, "1 or more samples"),
        ({"groups": [1, 2], "level": 1.0}, "a level between 0 and 1"),
    ],
)
def test_options_that_make_no_sense(options, message):
    with pytest.raises(ValueError, match=message):
        bootstrap_interval([0, 1], [0, 1], CLASSES, **options)


def test_it_is_the_share_of_exchanges_in_an_obvious_loop() -> None:
    rng = np.random.default_rng(0)
    truth, first, second = (rng.integers(0, 2, 24) for _ in range(3))
    groups = np.arange(24) // 4

    def difference(exchange) -> float:
        swapped = np.array(exchange)[groups] == 1
        pair = np.where(swapped, second, first), np.where(swapped, first, second)
        scores = [compute_metrics(truth, one, CLASSES, train_labels=[0]).uar for one in pair]
        return abs(scores[0] - scores[1])

    real = difference([0] * 6)
    all_of_them = [difference(one) for one in product((0, 1), repeat=6)]
    expected = np.mean([one >= real - 1e-12 for one in all_of_them])
    assert permutation_test(truth, first, second, 2, groups=groups) == pytest.approx(expected)


def test_drawn_exchanges_come_near_all_of_them() -> None:
    rng = np.random.default_rng(3)
    truth, first, second = (rng.integers(0, 3, 40) for _ in range(3))
    groups = (np.arange(40) // 4).tolist()
    exact = permutation_test(truth, first, second, 3, groups=groups)
    drawn = permutation_test(truth, first, second, 3, groups=groups, samples=1000)
    assert drawn != exact
    assert drawn == pytest.approx(exact, abs=0.05)


def test_equal_answers_do_not_differ_and_unlike_ones_do() -> None:
    truth = [0, 1] * 100
    wrong = [1, 0] * 100
    assert permutation_test(truth, truth, truth, 2, groups=range(200)) == 1
    assert permutation_test(truth, truth, wrong, 2, groups=range(200)) == 1 / 10_000


def test_chance_alone_is_significant_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 2, (200, 40))
    answers = rng.integers(0, 2, (2, 200, 40))
    found = [
        permutation_test(truth[i], *answers[:, i], 2, groups=range(40), metric="war", samples=199)
        for i in range(200)
    ]
    assert 0.01 < np.mean(np.array(found) <= 0.05) < 0.1


def test_two_groups_cannot_tell() -> None:
    truth, wrong = [0, 1] * 10, [1, 0] * 10
    groups = [0] * 10 + [1] * 10
    assert permutation_test(truth, truth, wrong, 2, groups=groups) == 0.5


def test_lengths_must_fit() -> None:
    with pytest.raises(ValueError, match="a group for each of 2 clips, but got 1"):
        permutation_test([0, 1], [0, 1], [0, 1], 2, groups=[0])
    with pytest.raises(ValueError, match="one prediction for each of 2 clips, but got 1"):
        permutation_test([0, 1], [0, 1], [0], 2, groups=[0, 1])
