"""Confusion matrices as figures: of one run large and with counts, of several side by side."""

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from skelgraph.evaluation.metrics import ClassificationMetrics

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DARK_CELL = 0.55
_COLUMN_IN = 3.5
_MOST_SIDE_BY_SIDE = 8
"""Classes up to which two matrices stand side by side in a column of text."""

_MOST_NUMBERED = 24
"""Classes up to which cells have numbers; those of 60 would take minutes and gigabytes to draw."""


def plot_confusion(metrics: ClassificationMetrics, file: Path, *, title: str | None = None) -> None:
    """Draw the confusion matrix as a PNG: each row's shares as shades, with counts, UAR and WAR.

    The title is a line that must be read with the numbers. Cells of many classes have no numbers.
    """
    # Imported here, since a prediction draws nothing.
    from matplotlib.figure import Figure

    numbered = len(metrics.classes) <= _MOST_NUMBERED
    size = 2.2 + (0.75 if numbered else 0.12) * len(metrics.classes)
    figure = Figure(figsize=(size, size), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    _draw_matrix(axes, metrics, cell_size=9, label_size=10 if numbered else 5, with_counts=True)
    axes.set_ylabel("true")
    scores = f"UAR {metrics.uar:.1%}, WAR {metrics.war:.1%} (chance {metrics.chance:.1%})"
    axes.set_title(f"{scores}, {metrics.n} clips", fontsize=10)
    if title is not None:
        figure.suptitle(textwrap.fill(title, width=60), fontsize=7)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file)


def plot_confusions(metrics: Mapping[str, ClassificationMetrics], file: Path) -> None:
    """Draw the confusion matrices of several runs by their names, as wide as a column of text.

    Cells hold percent of the true class.

    Raises:
        ValueError: If there is none.
    """
    # Imported here, since a prediction draws nothing.
    from matplotlib.figure import Figure

    if not metrics:
        raise ValueError("expected the metrics of at least one run, but got none")
    most_classes = max(len(one.classes) for one in metrics.values())
    columns = 2 if len(metrics) > 1 and most_classes <= _MOST_SIDE_BY_SIDE else 1
    rows = -(-len(metrics) // columns)
    panel_in = _COLUMN_IN / columns + 0.15
    figure = Figure(figsize=(_COLUMN_IN, rows * panel_in), dpi=300, layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    cell_size = float(np.clip(30 / columns / most_classes, 4.5, 7))
    for panel, (name, one) in zip(panels, metrics.items(), strict=False):
        _draw_matrix(panel, one, cell_size=cell_size, label_size=5.5, with_counts=False)
        heading = textwrap.fill(name, width=60 // columns, break_long_words=True)
        panel.set_title(f"{heading}\nUAR {one.uar:.1%}, WAR {one.war:.1%}", fontsize=5.5)
    for panel in panels[::columns]:
        panel.set_ylabel("true", fontsize=5.5)
    for panel in panels[len(metrics) :]:
        panel.axis("off")
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file)


def _draw_matrix(
    axes: "Axes",
    metrics: ClassificationMetrics,
    *,
    cell_size: float,
    label_size: float,
    with_counts: bool,
) -> None:
    """Shades and numbers of one matrix, and the names of its classes."""
    confusion = np.array(metrics.confusion)
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    numbered = confusion if len(confusion) <= _MOST_NUMBERED else confusion[:0]
    for truth, predicted in np.ndindex(numbered.shape):
        share = shares[truth, predicted]
        counted = f"{share:.0%}\n{confusion[truth, predicted]}"
        axes.text(
            predicted,
            truth,
            counted if with_counts else f"{100 * share:.0f}",
            ha="center",
            va="center",
            fontsize=cell_size,
            color="white" if share > _DARK_CELL else "black",
        )
    ticks = range(len(metrics.classes))
    axes.set_xticks(ticks, metrics.classes, rotation=30, ha="right", rotation_mode="anchor")
    axes.set_yticks(ticks, metrics.classes)
    axes.tick_params(labelsize=label_size)
    axes.set_xlabel("predicted", fontsize=label_size)
