"""Training curves, and the gates at the end of the training."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.ticker import MaxNLocator, PercentFormatter

from skelgraph.experiments.figures.canvas import COLORS, MARKERS, STYLES, make_figure, save_figure
from skelgraph.layouts import BLUE, DARK, VERMILION

_HEADING_LETTERS = 34


def plot_training_curves(logs: Mapping[str, Sequence[Mapping[str, float]]], file: Path) -> None:
    """Draw losses and validation UAR over the epochs, one row of panels for each run.

    Args:
        logs: Rows of each run's ``log.csv``.
        file: PNG to write.
    """
    figure = make_figure(0.45 + 1.05 * len(logs))
    panels = figure.subplots(len(logs), 2, squeeze=False, sharey="col")
    for (loss, score), (name, rows) in zip(panels, logs.items(), strict=True):
        epochs = [row["epoch"] + 1 for row in rows]
        mark = "o" if len(rows) == 1 else ""
        for part, color, style in (("train", BLUE, "solid"), ("val", VERMILION, "dashed")):
            values = [row[f"{part}_loss"] for row in rows]
            loss.plot(
                epochs, values, color=color, linestyle=style, lw=1, marker=mark, ms=3, label=part
            )
        values = [row["val_uar"] for row in rows]
        score.plot(epochs, values, color=VERMILION, linestyle="dashed", lw=1, marker=mark, ms=3)
        loss.set_title(textwrap.shorten(name, 2 * _HEADING_LETTERS), loc="left", fontsize=6)
        loss.set_ylabel("loss")
        score.set_ylabel("UAR")
        score.set_ylim(0, 1.03)
        score.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        for panel in (loss, score):
            panel.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    for panel in panels[-1]:
        panel.set_xlabel("epoch")
    labels = ("training part", "validation part")
    figure.legend(panels[0, 0].lines, labels, loc="outside lower center", ncols=2, frameon=False)
    save_figure(figure, file)


def plot_gates(gates: Mapping[str, Sequence[float]], file: Path) -> None:
    """Draw the gate coefficient r of each layer, figure 8 of Shi et al., a line for each run.

    Args:
        gates: The coefficients of each run from the first layer to the last.
        file: PNG to write.
    """
    figure = make_figure(2.1 + 0.11 * len(gates))
    axes = figure.add_subplot()
    axes.axhline(1.0, color=DARK, lw=0.6, ls=":", zorder=0)
    for number, (name, values) in enumerate(gates.items()):
        axes.plot(
            range(1, len(values) + 1),
            values,
            color=COLORS[number % len(COLORS)],
            marker=MARKERS[number % len(MARKERS)],
            linestyle=STYLES[number % len(STYLES)],
            ms=3.5,
            lw=1,
            label=textwrap.shorten(name, 70),
        )
    axes.set_xticks(range(1, max(map(len, gates.values())) + 1))
    axes.set_xlabel("layer")
    axes.set_ylabel("gate coefficient r")
    figure.legend(loc="outside lower center", frameon=False, ncols=1)
    save_figure(figure, file)
