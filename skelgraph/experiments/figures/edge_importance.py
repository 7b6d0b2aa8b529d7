"""Edge importance of a trained network: A and M of equation (1), drawn on the skeleton."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from torch import nn

from skelgraph.experiments.figures.arrows import choose_fineness, draw_arrow, draw_discs
from skelgraph.experiments.figures.canvas import (
    add_color_bar,
    make_figure,
    panel_height_in,
    save_figure,
)
from skelgraph.layouts import BLUE, PALE, VERMILION, JointLayout, draw_edges, fit_axes, rest_pose
from skelgraph.nn import DenseSpatialPartitionConv
from skelgraph.typing import FloatArray

_SUBSETS = {
    1: ("all edges",),
    2: ("the joint itself", "its neighbors"),
    3: ("root", "from closer joints", "from farther joints"),
}
_UNCHANGED = "#9a9a9a"
_LEAST_CHANGE = 1e-3


def edge_importances(network: nn.Module) -> list[tuple[FloatArray, FloatArray]]:
    """Return A and M of each layer that learns M, from the first on: arrays (K, V, V)."""
    return [
        (layer.adjacency.double().numpy(), layer.edge_importance.detach().double().numpy())
        for layer in network.modules()
        if isinstance(layer, DenseSpatialPartitionConv) and layer.edge_importance is not None
    ]


def plot_edge_importance(
    importances: Mapping[int, tuple[FloatArray, FloatArray]], layout: JointLayout, file: Path
) -> None:
    """Draw A * M of each subset of some layers on the skeleton.

    The width of an arrow, and the area of the disc of a joint's edge to itself, is A * M; its color
    is M, gray where training has left it at 1.

    Args:
        importances: A and M, (K, V, V), of each layer by its number from 1.
        layout: The skeleton.
        file: PNG to write.
    """
    pose = rest_pose(layout)
    num_subsets = len(next(iter(importances.values()))[0])
    columns = max(num_subsets, 2)
    figure = make_figure(0.65 + (0.05 + panel_height_in(pose, columns)) * len(importances))
    panels = figure.subplots(len(importances), columns, squeeze=False)
    scale = _color_changes([M[A != 0] for A, M in importances.values()])
    most = max(float(np.abs(A * M).max()) for A, M in importances.values())
    for panel in panels.ravel():
        panel.axis("off")
    for name, panel in zip(_SUBSETS[num_subsets], panels[0], strict=False):
        panel.set_title(name, fontsize=6, pad=2)
    for row, (layer, (A, M)) in zip(panels, importances.items(), strict=True):
        _name_row(row[0], f"layer {layer}")
        for subset, panel in zip(range(num_subsets), row, strict=False):
            draw_edges(panel, layout, pose, color=PALE, width=0.4)
            _draw_subset(panel, pose, A[subset], M[subset], scale, most)
            fit_axes(panel, pose)
    add_color_bar(figure, scale, list(panels.ravel()), "edge importance M")
    save_figure(figure, file)


def _draw_subset(
    axes: Axes, pose: FloatArray, A: FloatArray, M: FloatArray, scale: ScalarMappable, most: float
) -> None:
    fineness = choose_fineness(len(pose))
    shares, colors = np.abs(A * M) / most, scale.to_rgba(M)
    for source, target in np.argwhere(A):
        if source != target:
            draw_arrow(
                axes,
                pose[[source, target]],
                color=colors[source, target],
                share=float(shares[source, target]),
                fineness=fineness,
            )
    own = np.flatnonzero(A.diagonal())
    own_colors, own_shares = colors[own, own], shares[own, own]
    draw_discs(axes, pose[own], colors=own_colors, shares=own_shares, fineness=fineness)


def _name_row(axes: Axes, name: str) -> None:
    axes.text(
        *(-0.02, 0.5),
        name,
        rotation=90,
        ha="right",
        va="center",
        fontsize=6,
        transform=axes.transAxes,
    )


def _color_changes(importances: list[FloatArray]) -> ScalarMappable:
    """Return colors from blue below 1 over gray at 1 to vermilion above."""
    values = np.concatenate(importances)
    farthest = max(float(np.abs(values - 1).max()), _LEAST_CHANGE)
    colors = LinearSegmentedColormap.from_list("change", [BLUE, _UNCHANGED, VERMILION])
    return ScalarMappable(norm=Normalize(1 - farthest, 1 + farthest), cmap=colors)
