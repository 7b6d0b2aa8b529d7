import numpy as np
import pytest
from scipy.special import log_softmax, softmax
from sklearn.metrics import brier_score_loss, log_loss

from skelgraph.evaluation import (
    bin_by_confidence,
    expected_calibration_error,
    fit_temperature,
    measure_calibration,
    plot_reliability,
    temper,
)


def draw_logits(num_clips: int, *, scale: float, seed: int = 0):
    """Logits that are ``scale`` times as large as those that the labels are drawn from."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (num_clips, 4))
    labels = np.array([rng.choice(4, p=row) for row in softmax(logits, axis=1)])
    return scale * logits, labels


def test_temper_is_the_softmax_of_divided_logits() -> None:
    logits, _ = draw_logits(50, scale=3)
    probabilities = softmax(logits, axis=1)
    for temperature in (0.5, 1.0, 2.5):
        expected = softmax(logits / temperature, axis=1)
        np.testing.assert_allclose(temper(probabilities, temperature), expected, atol=1e-12)
        assert (temper(probabilities, temperature).argmax(1) == logits.argmax(1)).all()
    sure = temper(np.array([[1.0, 0.0, 0.0]]), 3.0)
    assert np.isfinite(sure).all()
    assert sure.sum() == pytest.approx(1)


@pytest.mark.parametrize("scale", [0.5, 1.0, 4.0])
def test_the_temperature_is_what_the_logits_were_scaled_by(scale: float) -> None:
    logits, labels = draw_logits(4000, scale=scale)
    assert fit_temperature(logits, labels) == pytest.approx(scale, rel=0.1)
    probabilities = log_softmax(logits, axis=1)
    assert fit_temperature(probabilities, labels) == pytest.approx(fit_temperature(logits, labels))


def test_no_temperature_of_a_grid_is_better() -> None:
    logits, labels = draw_logits(60, scale=2)
    found = fit_temperature(logits, labels, strength=0)
    grid = np.exp(np.linspace(np.log(0.05), np.log(20), 4001))
    costs = [-log_softmax(logits / t, axis=1)[np.arange(60), labels].mean() for t in grid]
    assert found == pytest.approx(grid[int(np.argmin(costs))], rel=0.01)


def test_clips_that_are_all_right_do_not_freeze_the_softmax() -> None:
    logits = np.log(np.full((20, 4), 0.1) + 0.6 * np.eye(4)[np.arange(20) % 4])
    labels = np.arange(20) % 4
    assert fit_temperature(logits, labels, strength=0) == pytest.approx(0.05, rel=0.1)
    assert 0.2 < fit_temperature(logits, labels) < 1


@pytest.mark.parametrize(
    ("logits", "labels", "message"),
    [
        (np.zeros((0, 2)), [], r"a label of each clip, but got \(0, 2\)"),
        (np.zeros((2, 2)), [0], r"but got \(2, 2\) and \(1,\)"),
        (np.array([[np.nan, 0.0]]), [0], "logits that are finite"),
        (np.zeros((1, 2)), [2], "labels from 0 to 1, but got 2 to 2"),
    ],
)
def test_what_no_temperature_can_be_fitted_to(logits, labels, message) -> None:
    with pytest.raises(ValueError, match=message):
        fit_temperature(logits, labels)


def test_the_error_is_that_of_an_obvious_loop() -> None:
    logits, labels = draw_logits(220, scale=3)
    probabilities = softmax(logits, axis=1)
    order = sorted(range(220), key=lambda clip: probabilities[clip].max())
    error, start = 0.0, 0
    for size in [15] * 10 + [14] * 5:
        rows = order[start : start + size]
        start += size
        right = np.mean([probabilities[clip].argmax() == labels[clip] for clip in rows])
        error += size / 220 * abs(right - np.mean([probabilities[clip].max() for clip in rows]))
    assert expected_calibration_error(probabilities, labels) == pytest.approx(error)


def test_the_error_is_small_where_scores_are_right_and_large_where_they_are_not() -> None:
    for scale, low, high in ((1, 0, 0.03), (4, 0.1, 1)):
        logits, labels = draw_logits(4000, scale=scale)
        assert low < expected_calibration_error(softmax(logits, axis=1), labels) < high


def test_no_bin_has_a_few_clips_alone() -> None:
    scores = np.array([[0.6, 0.4]] * 10 + [[0.9, 0.1]] * 11)
    bins = bin_by_confidence(scores, [0] * 5 + [1] * 5 + [0] * 11)
    assert bins.counts.tolist() == [11, 10]
    assert bins.confidence.tolist() == pytest.approx([(6 + 0.9) / 11, 0.9])
    assert bins.accuracy.tolist() == pytest.approx([6 / 11, 1])
    assert bin_by_confidence(scores[:3], [0, 0, 1]).counts.tolist() == [3]


def test_likelihood_and_brier_score_are_those_of_scikit_learn() -> None:
    logits, labels = draw_logits(80, scale=1)
    probabilities = softmax(logits, axis=1)
    measured = measure_calibration(probabilities, labels, temperature=1.5)
    assert measured.nll == pytest.approx(log_loss(labels, probabilities), abs=1e-6)
    assert measured.temperature == 1.5
    each = [brier_score_loss(labels == k, probabilities[:, k]) for k in range(4)]
    assert measured.brier == pytest.approx(sum(each), abs=1e-6)
    assert measure_calibration(np.array([[1.0, 0.0]]), [1]).nll == pytest.approx(13.815511)


@pytest.mark.parametrize(
    ("probabilities", "truth", "options", "message"),
    [
        (np.ones(3), [0], {}, r"scores \(clips, classes\), but got \(3,\)"),
        (np.ones((2, 2)), [0], {}, "scores of 1 clips, but got 2"),
        (np.array([[2.0, -1.0]]), [0], {}, "scores from 0 to 1"),
        (np.array([[0.5, 0.5]]), [0], {"num_bins": 0}, "1 or more bins, but got 0"),
        (np.array([[0.5, 0.5]]), [3], {}, "true classes from 0 to 1, but got 3 to 3"),
    ],
)
def test_scores_that_are_none(probabilities, truth, options, message) -> None:
    with pytest.raises(ValueError, match=message):
        expected_calibration_error(probabilities, truth, **options)


def test_the_figure_is_drawn(tmp_path) -> None:
    logits, labels = draw_logits(40, scale=2)
    file = tmp_path / "figures" / "reliability.png"
    plot_reliability(softmax(logits, axis=1), labels, file, title="made up")
    assert file.read_bytes().startswith(b"\x89PNG")
    plot_reliability(np.array([[0.5, 0.5]]), [0], file)
