import numpy as np
import pytest

from skelgraph.evaluation import bootstrap_interval

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
