"""Figures of several runs: training curves, gates, and one clip per class."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.ticker import MaxNLocator, PercentFormatter

from skelgraph.experiments.figures.canvas import (
    COLORS,
    COLUMN_IN,
    MARKERS,
    STYLES,
    make_figure,
    save_figure,
)
from skelgraph.layouts import BLUE, DARK, VERMILION
from skelgraph.poses import PoseSequence, draw_strip

_HEADING_LETTERS = 34


def plot_training_curves(logs: Mapping[str, Sequence[Mapping[str, float]]], file: Path) -> None:
    """Draw losses and validation UAR over the epochs, one row of panels for each run."""
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
    """Draw the gate coefficient r of each layer, figure 8 of Shi et al., a line for each run."""
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


_TALLEST_IN = 0.8
_TEXT_IN = 0.22
_NUM_SHOWN = 7
_SPREAD = 0.72


def choose_examples(
    sequences: Sequence[PoseSequence], classes: Sequence[str]
) -> dict[str, PoseSequence]:
    """Choose the clip of median length of each class that occurs, not one that looks good."""
    examples = {}
    for name in classes:
        own = [sequence for sequence in sequences if sequence.label == name]
        own.sort(key=lambda sequence: (sequence.duration_s, sequence.name))
        if own:
            examples[name] = own[len(own) // 2]
    return examples


def plot_examples(examples: dict[str, PoseSequence], file: Path) -> None:
    """Draw one clip per class."""
    figure = make_figure(1.0)
    rows = figure.subplots(len(examples), 1, squeeze=False)[:, 0]
    for axes, (name, sequence) in zip(rows, examples.items(), strict=True):
        draw_strip(axes, sequence, num_shown=_NUM_SHOWN, spread=_SPREAD, width=0.8)
        axes.set_title(name, loc="left", pad=1)
    # One scale for all: a body is as large in each row.
    width, height = (
        max(max(high - low for low, high in limits), 1e-6)
        for limits in ([axes.get_xlim() for axes in rows], [axes.get_ylim() for axes in rows])
    )
    for axes in rows:
        x, y = sum(axes.get_xlim()) / 2, sum(axes.get_ylim()) / 2
        axes.set_xlim(x - width / 2, x + width / 2)
        axes.set_ylim(y - height / 2, y + height / 2)
        axes.set_aspect("equal", adjustable="box")
    row_in = _TEXT_IN + min(_TALLEST_IN, 0.97 * COLUMN_IN * height / width)
    figure.set_figheight(0.15 + row_in * len(rows))
    figure.text(1 - 0.36 / COLUMN_IN, 0.995, "left", color=VERMILION, va="top", ha="right")
    figure.text(1 - 0.05 / COLUMN_IN, 0.995, "right", color=BLUE, va="top", ha="right")
    save_figure(figure, file)
