"""Charts of a page: matplotlib's SVG in the colors of the page, light or dark.

Such charts are a few kilobytes each and are there at once; a plotting library in the page would be
1 to 4.5 MB of script and would not follow the colors of the page.
"""

import io
import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

import matplotlib as mpl
import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from skelgraph.evaluation import bin_by_confidence, score_interval
from skelgraph.typing import FloatArray, IntArray

_COLORS = {"#010101": "ink", "#020202": "soft", "#030303": "line", "#040404": "left"}
_COLORS |= {"#050505": "right", "#060606": "panel"}
_INK, _SOFT, _LINE, _LEFT, _RIGHT, _PANEL = _COLORS
_SIZE_IN = (3.4, 2.5)
_BINS = 10


def draw_curves(logs: Mapping[str, Sequence[Mapping[str, float]]], key: str) -> Markup:
    """Return losses and validation UAR over the epochs, a row for each log.

    Args:
        logs: Rows of ``log.csv`` by the name that each has.
        key: Start of the identifiers in the SVG, which must differ between charts.
    """
    width, height = _SIZE_IN
    with _style():
        figure = Figure(figsize=(2 * width, height * len(logs)), layout="constrained")
        rows = figure.subplots(len(logs), 2, squeeze=False)
        for (loss, score), (name, log) in zip(rows, logs.items(), strict=True):
            epochs = [row["epoch"] + 1 for row in log]
            mark = "o" if len(log) == 1 else ""
            for part, color, dash in (("train", _RIGHT, "-"), ("val", _LEFT, "--")):
                values = [row[f"{part}_loss"] for row in log]
                label = {"train": "training part", "val": "validation part"}[part]
                loss.plot(epochs, values, color=color, linestyle=dash, marker=mark, label=label)
            values = [row["val_uar"] for row in log]
            score.plot(epochs, values, color=_LEFT, linestyle="--", marker=mark)
            loss.set_title(name, loc="left")
            loss.set_ylabel("loss")
            loss.legend(frameon=False)
            score.set_ylabel("UAR of the validation part")
            score.set_ylim(0, 1.03)
            score.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
            for panel in (loss, score):
                panel.xaxis.set_major_locator(MaxNLocator(5, integer=True))
                panel.set_xlabel("epoch")
    return _to_svg(figure, key, "; ".join(_describe_log(*one) for one in logs.items()))


def draw_reliability(
    scores: Mapping[str, tuple[FloatArray, Sequence[int] | IntArray]], key: str
) -> Markup:
    """Return the accuracy of clips over their confidence, a panel for each run.

    Args:
        scores: Probabilities (N, K) and true class numbers (N,) by the name of the run.
        key: Start of the identifiers in the SVG.
    """
    columns = min(3, len(scores))
    rows = -(-len(scores) // columns)
    size = _SIZE_IN[1] + 0.3
    texts = []
    with _style():
        figure = Figure(figsize=(size * columns, size * rows), layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for panel, (name, (probabilities, truth)) in zip(panels, scores.items(), strict=False):
            texts.append(f"{name}: {_draw_bins(panel, probabilities, truth)}")
            panel.set_title(name, loc="left")
        for panel in panels[len(scores) :]:
            panel.axis("off")
    return _to_svg(figure, key, "; ".join(texts))


def _draw_bins(axes: Axes, probabilities: FloatArray, truth: Sequence[int] | IntArray) -> str:
    """Draw the bins of one run, and return them in words."""
    bins = bin_by_confidence(probabilities, truth, num_bins=_BINS)
    ends = np.array([_interval(*pair) for pair in zip(bins.accuracy, bins.counts, strict=True)])
    axes.plot([0, 1], [0, 1], color=_SOFT, linewidth=0.8, linestyle="--")
    axes.errorbar(
        bins.confidence,
        bins.accuracy,
        yerr=np.abs(ends.T - bins.accuracy),
        fmt="o",
        color=_RIGHT,
        markersize=4,
        linewidth=1,
    )
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="confidence", ylabel="accuracy")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    pairs = zip(bins.confidence, bins.accuracy, strict=True)
    return ", ".join(f"{right:.0%} right at {sure:.0%} confidence" for sure, right in pairs)


def _interval(accuracy: float, count: int) -> tuple[float, float]:
    wrong = (np.arange(count) >= round(accuracy * count)).astype(np.int64)
    return score_interval(np.zeros_like(wrong), wrong, 2, groups=[0] * count)


def _describe_log(name: str, log: Sequence[Mapping[str, float]]) -> str:
    best = max(log, key=lambda row: row["val_uar"])
    return (
        f"{name}: the training loss goes from {log[0]['train_loss']:.2f} to "
        f"{log[-1]['train_loss']:.2f} in {len(log)} epochs; the validation UAR is highest, "
        f"{best['val_uar']:.1%}, after epoch {best['epoch'] + 1:.0f}"
    )


def _style() -> AbstractContextManager[None]:
    return mpl.rc_context(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "skelgraph",
            "font.size": 9.0,
            "axes.titlesize": 9.0,
            "axes.linewidth": 0.7,
            "axes.edgecolor": _SOFT,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.color": _LINE,
            "grid.linewidth": 0.7,
            "xtick.color": _SOFT,
            "ytick.color": _SOFT,
            "legend.fontsize": 8.0,
            "lines.linewidth": 1.4,
            "text.parse_math": False,
            "text.color": _INK,
            "axes.labelcolor": _INK,
            "xtick.labelcolor": _INK,
            "ytick.labelcolor": _INK,
        }
    )


def _to_svg(figure: Figure, key: str, description: str) -> Markup:
    """Return a figure as an element of a page, in its colors and letters."""
    with _style(), io.StringIO() as stream:
        metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(stream, format="svg", transparent=True, metadata=metadata)
        text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    for color, name in _COLORS.items():
        text = text.replace(color, f"var(--{name})")
    text = re.sub(r' id="', f' id="{key}-', text)
    text = re.sub(r"(url\(|href=\")#", rf"\1#{key}-", text)
    text = re.sub(r"font: (\d+(?:\.\d+)?)px [^;\"]*", r"font-size: \1px", text)
    label = Markup(' role="img" aria-label="{}"').format(description)
    return Markup(text.replace("<svg", f"<svg{label}", 1))
