"""The confusion matrix as a figure."""

import textwrap
from pathlib import Path

import numpy as np

from skelgraph.evaluation.metrics import ClassificationMetrics

_DARK_CELL = 0.55


def plot_confusion(metrics: ClassificationMetrics, file: Path, *, title: str | None = None) -> None:
    """Draws the confusion matrix: each row's shares as shades, with counts; UAR and WAR above.

    Args:
        metrics: What is drawn.
        file: PNG to write; its folder is made.
        title: A line that must be read with the numbers.
    """
    # Imported here, since a prediction draws nothing.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    confusion = np.array(metrics.confusion)
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    size = 2.2 + 0.75 * len(metrics.classes)
    figure = Figure(figsize=(size, size), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for truth, predicted in np.ndindex(confusion.shape):
        axes.text(
            predicted,
            truth,
            f"{shares[truth, predicted]:.0%}\n{confusion[truth, predicted]}",
            ha="center",
            va="center",
            fontsize=9,
            color="white" if shares[truth, predicted] > _DARK_CELL else "black",
        )
    ticks = range(len(metrics.classes))
    axes.set_xticks(ticks, metrics.classes, rotation=30, ha="right", rotation_mode="anchor")
    axes.set_yticks(ticks, metrics.classes)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    scores = f"UAR {metrics.uar:.1%}, WAR {metrics.war:.1%} (chance {metrics.chance:.1%})"
    axes.set_title(f"{scores}, {metrics.n} clips", fontsize=10)
    if title is not None:
        figure.suptitle(textwrap.fill(title, width=60), fontsize=7)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file)
