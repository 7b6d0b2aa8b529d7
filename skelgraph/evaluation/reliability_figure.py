"""The reliability diagram of a run: accuracy over confidence."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from skelgraph.evaluation.calibration import bin_by_confidence, expected_calibration_error
from skelgraph.evaluation.intervals import score_interval
from skelgraph.typing import FloatArray, IntArray

_BINS = 10
_SIZE_IN = 3.5


def plot_reliability(
    probabilities: FloatArray,
    truth: Sequence[int] | IntArray,
    file: Path,
    *,
    title: str | None = None,
) -> None:
    """Draw the accuracy of clips over their confidence as a PNG, with the ECE.

    Bins have equally many clips; the bars are their 95 % intervals. The title is a line that must
    be read with the numbers.

    Raises:
        ValueError: If shapes do not fit, or a score is no probability.
    """
    # Imported here, since a prediction draws nothing.
    from matplotlib.figure import Figure

    bins = bin_by_confidence(probabilities, truth, num_bins=_BINS)
    ends = np.array([_interval(*pair) for pair in zip(bins.accuracy, bins.counts, strict=True)])
    arms = np.abs(ends.T - bins.accuracy)
    figure = Figure(figsize=(_SIZE_IN, _SIZE_IN), dpi=300, layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="gray", linewidth=0.8, linestyle="--")
    axes.errorbar(
        bins.confidence, bins.accuracy, yerr=arms, fmt="o", markersize=4, capsize=2, linewidth=1
    )
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.set_xlabel("confidence: score of the predicted class", fontsize=8)
    axes.set_ylabel("accuracy", fontsize=8)
    axes.tick_params(labelsize=7)
    error = expected_calibration_error(probabilities, truth)
    axes.set_title(f"ECE {error:.1%}, {bins.counts.sum()} clips", fontsize=8)
    if title is not None:
        figure.suptitle(textwrap.fill(title, width=70), fontsize=7)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file)


def _interval(accuracy: float, count: int) -> tuple[float, float]:
    """Return the interval of the share of right clips in a bin, as of clips of one class."""
    wrong = (np.arange(count) >= round(accuracy * count)).astype(np.int64)
    return score_interval(np.zeros_like(wrong), wrong, 2, groups=[0] * count)
