"""The threshold below which no answer is given, and what the answers are worth."""

import numpy as np
import pytest

from skelgraph.evaluation import choose_threshold, score_answered


def draw_scores(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores of 60 clips of three classes of which the surer ones are more often right."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, size=60, p=(0.6, 0.3, 0.1))
    logits = rng.normal(size=(60, 3)) * 1.5
    logits[np.arange(60), truth] += rng.uniform(0, 3, size=60)
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True), truth


def weigh(chosen: np.ndarray, truth: np.ndarray) -> float:
    """The share of clips that are chosen, a mean over classes."""
    return float(np.mean([chosen[truth == one].mean() for one in np.unique(truth)]))


def choose_by_hand(scores: np.ndarray, truth: np.ndarray, target: float) -> float:
    hits, confidence = scores.argmax(axis=1) == truth, scores.max(axis=1)
    rows = []
    for threshold in sorted(set(confidence.tolist())):
        answered = confidence >= threshold
        share = weigh(answered, truth)
        rows.append((threshold, share, weigh(answered & hits, truth) / share))
    if rows[0][2] >= target:
        return 0.0
    enough = [row for row in rows if row[1] >= 0.5]
    reached = [row for row in enough if row[2] >= target]
    return reached[0][0] if reached else enough[-1][0]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("target", [0.5, 0.7, 0.8, 0.99])
def test_the_threshold_is_the_one_of_a_plain_search(seed: int, target: float) -> None:
    scores, truth = draw_scores(seed)
    by_hand = choose_by_hand(scores, truth, target)
    chosen = choose_threshold(scores, truth, target=target)
    assert 0 <= by_hand - chosen < 0.001


def test_a_rare_class_weighs_as_much_as_a_frequent_one() -> None:
    # Ten sure and right clips of one class, two unsure and wrong ones of the other.
    scores = np.array([[0.9, 0.1]] * 10 + [[0.6, 0.4]] * 2)
    truth = np.array([0] * 10 + [1] * 2)
    assert choose_threshold(scores, truth, target=0.8) == 0.9
    assert choose_threshold(scores, truth, target=0.5) == 0.0


def test_clips_of_equal_probability_are_answered_together() -> None:
    scores = np.array([[0.7, 0.3]] * 4)
    assert choose_threshold(scores, [0, 0, 1, 1], target=0.9) == 0.7


def test_what_the_answers_are_worth_is_counted() -> None:
    answered = np.array([True, True, True, False, False])
    scores = score_answered([0, 0, 1, 1, 2], [0, 1, 1, 0, 2], answered, ["a", "b", "c"])
    assert scores.predictions == 5
    assert scores.answered == 0.6
    assert scores.accuracy == pytest.approx(2 / 3)
    assert scores.uar == 0.75
    assert scores.uar_of_all == pytest.approx((0.5 + 0.5 + 1) / 3)
    assert scores.answered_per_class == {"a": 1.0, "b": 0.5, "c": 0.0}
    assert scores.recall_per_class == {"a": 0.5, "b": 1.0, "c": None}


def test_without_an_answer_there_is_nothing_right() -> None:
    scores = score_answered([0, 1], [0, 1], np.array([False, False]), ["a", "b"])
    assert (scores.answered, scores.accuracy, scores.uar) == (0.0, None, None)


def test_what_does_not_fit_is_an_error() -> None:
    with pytest.raises(ValueError, match="expected scores of 3 clips"):
        choose_threshold(np.full((2, 2), 0.5), [0, 1, 0])
    with pytest.raises(ValueError, match="answered or not"):
        score_answered([0, 1], [0, 1], np.array([True]), ["a", "b"])
