"""Canvas of the figures: as wide as a column of text, with letters to match."""

from contextlib import AbstractContextManager
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator

from skelgraph.layouts import BLUE, DARK, GREEN, ORANGE, VERMILION
from skelgraph.typing import FloatArray

COLUMN_IN = 3.5
"""Width of a column of text in inches."""
COLORS = (BLUE, VERMILION, GREEN, ORANGE, DARK, "#CC79A7", "#56B4E9")
"""Colors of lines; of Okabe and Ito, without their yellow."""
MARKERS = "osD^vP*X"
STYLES = ("solid", "dashed", "dotted", "dashdot")
_TOP_IN = 0.02
"""Left free above, since letters reach a little beyond where the layout puts them."""


def small_letters() -> AbstractContextManager[None]:
    """Return a context in which figures have letters that fit a column."""
    return mpl.rc_context(
        {
            "font.size": 7.0,
            "axes.titlesize": 7.0,
            "axes.labelsize": 7.0,
            "xtick.labelsize": 6.0,
            "ytick.labelsize": 6.0,
            "legend.fontsize": 6.0,
            "axes.linewidth": 0.6,
        }
    )


def make_figure(height_in: float) -> Figure:
    """Make an empty figure, a column wide."""
    layout = ConstrainedLayoutEngine(rect=(0, 0, 1, 1 - _TOP_IN / height_in))
    return Figure(figsize=(COLUMN_IN, height_in), dpi=300, layout=layout)


def panel_height_in(pose: FloatArray, columns: int) -> float:
    """Return the height in inches of one of several panels that a skeleton (V, 2) fills."""
    width, height = np.ptp(pose, axis=0) + 0.1
    return float(np.clip(0.92 * COLUMN_IN / columns * height / width, 0.75, 1.3))


def save_figure(figure: Figure, file: Path) -> None:
    """Write a figure, and make its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file)


def darkening_colors(low: float, high: float) -> ScalarMappable:
    """Return colors from green to dark violet for low to high values, all far from white."""
    colors = mpl.colormaps["viridis_r"](np.linspace(0.18, 1, 256))
    return ScalarMappable(norm=Normalize(low, high), cmap=ListedColormap(colors))


def add_color_bar(figure: Figure, scale: ScalarMappable, panels: list[Axes], label: str) -> None:
    """Add a color bar below all panels."""
    bar = figure.colorbar(
        scale,
        ax=panels,
        location="bottom",
        fraction=0.05,
        aspect=40,
        shrink=0.8,
        label=label,
        ticks=MaxNLocator(4),  # numbers that are close have many digits
    )
    bar.ax.tick_params(width=0.5, length=2)
