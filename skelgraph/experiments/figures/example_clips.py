"""One clip per class as a row of skeletons, after figure 7 of Shi et al."""

from collections.abc import Sequence
from pathlib import Path

from skelgraph.experiments.figures.canvas import COLUMN_IN, make_figure, save_figure
from skelgraph.layouts import BLUE, VERMILION
from skelgraph.poses import PoseSequence, draw_strip

_TALLEST_IN = 0.8
_TEXT_IN = 0.22
_NUM_SHOWN = 7
_SPREAD = 0.72


def choose_examples(
    sequences: Sequence[PoseSequence], classes: Sequence[str]
) -> dict[str, PoseSequence]:
    """Choose the clip of median length of each class that occurs, rather than one that looks good.

    Args:
        sequences: The clips.
        classes: The classes in the order wanted.
    """
    examples = {}
    for name in classes:
        own = [sequence for sequence in sequences if sequence.label == name]
        own.sort(key=lambda sequence: (sequence.duration_s, sequence.name))
        if own:
            examples[name] = own[len(own) // 2]
    return examples


def plot_examples(examples: dict[str, PoseSequence], file: Path) -> None:
    """Draw one clip per class.

    Args:
        examples: The clip of each class.
        file: PNG to write.
    """
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
