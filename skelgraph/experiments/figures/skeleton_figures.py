"""Attention and edge importance of a trained network, drawn on the skeleton."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.patches import FancyArrowPatch
from torch import Tensor, nn

from skelgraph.data import SkeletonDataset
from skelgraph.experiments.figures.canvas import (
    add_color_bar,
    darkening_colors,
    make_figure,
    panel_height_in,
    save_figure,
)
from skelgraph.layouts import BLUE, PALE, VERMILION, JointLayout, draw_edges, fit_axes, rest_pose
from skelgraph.nn import DenseSpatialPartitionConv, JointSelfAttention
from skelgraph.typing import FloatArray

_WIDEST, _THINNEST = 1.8, 0.4
_LARGEST, _SMALLEST = 28.0, 0.06
_BEND = 0.22
_HEADS_IN_A_ROW = 4
_LEAST_EXCESS = 1e-3


def mean_attention(network: nn.Module, dataset: SkeletonDataset) -> list[FloatArray]:
    """Average the attention coefficients of each layer over the clips of a dataset.

    The mean is over all frames of all clips in which the attending joint is present.

    Args:
        network: Called on ``(x, mask)``, with layers :class:`~skelgraph.nn.JointSelfAttention`. It
            is called in evaluation mode and put back in its own.
        dataset: The clips as the network takes them.

    Returns:
        An array (H, V, V) for each such layer, from the first on: the joint of a row attends to
        those of the columns. Rows add to 1; a joint that is never present has a row of zeros.
    """
    layers = [module for module in network.modules() if isinstance(module, JointSelfAttention)]
    sums: list[Any] = [0.0] * len(layers)
    counts: list[Any] = [0.0] * len(layers)

    def watch(number: int) -> Callable[[nn.Module, tuple[Any, ...]], None]:
        def add(layer: nn.Module, inputs: tuple[Any, ...]) -> None:
            assert isinstance(layer, JointSelfAttention)
            coefficients: Tensor = layer.coefficients(*inputs[:2])  # (N, H, T, V, V)
            rows = coefficients.double().sum(dim=(0, 2))
            sums[number] += rows.numpy()
            # Each row adds to the number of frames in which its joint is there.
            counts[number] += rows.sum(dim=2).numpy()

        return add

    hooks = [layer.register_forward_pre_hook(watch(number)) for number, layer in enumerate(layers)]
    was_training = network.training
    network.eval()
    try:
        with torch.inference_mode():
            for clip in range(len(dataset)):
                network(*dataset.to_inputs(dataset.collate([dataset[clip]])))
    finally:
        network.train(was_training)
        for hook in hooks:
            hook.remove()
    return [
        total / np.maximum(count, 1e-12)[:, :, None]
        for total, count in zip(sums, counts, strict=True)
    ]


def plot_attention(attention: Mapping[int, FloatArray], layout: JointLayout, file: Path) -> None:
    """Draw the attention of each head of some layers on the skeleton.

    An arrow goes from a joint to the one that attends to it; a disc is the attention of a joint to
    itself. Both grow and darken with the excess over even attention to all joints. The strongest
    arrows are drawn, at most as many per head as there are joints.

    Args:
        attention: Mean coefficients (H, V, V) of each layer, by its number from 1.
        layout: The skeleton.
        file: PNG to write.
    """
    columns = min(_HEADS_IN_A_ROW, max(map(len, attention.values())))
    first_row = np.cumsum([0, *(-(-len(weights) // columns) for weights in attention.values())])
    pose = rest_pose(layout)
    figure = make_figure(0.55 + (0.15 + panel_height_in(pose, columns)) * first_row[-1])
    panels = figure.subplots(first_row[-1], columns, squeeze=False)
    for panel in panels.ravel():
        panel.axis("off")
    even, most = 1 / layout.num_joints, max(float(one.max()) for one in attention.values())
    scale = darkening_colors(even, max(most, even + _LEAST_EXCESS))
    for row, (layer, of_layer) in zip(first_row, attention.items(), strict=False):
        for head, weights in enumerate(of_layer):
            panel = panels[row + head // columns, head % columns]
            panel.set_title(f"layer {layer}, head {head + 1}", fontsize=6, pad=2)
            draw_edges(panel, layout, pose, color=PALE, width=0.6)
            _draw_attention(panel, pose, weights, scale)
            fit_axes(panel, pose)
    label = f"mean attention coefficient (even: {even:.2f})"
    add_color_bar(figure, scale, list(panels.ravel()), label)
    save_figure(figure, file)


def _draw_attention(
    axes: Axes, pose: FloatArray, weights: FloatArray, scale: ScalarMappable
) -> None:
    shares = np.asarray(scale.norm(weights), dtype=np.float64).clip(0, 1)
    between = np.where(np.eye(len(pose), dtype=bool), 0.0, shares)
    strongest = np.argsort(between, axis=None)[-len(pose) :]  # the last are drawn above the others
    strongest = strongest[between.ravel()[strongest] > 0]
    arrows = np.stack(np.unravel_index(strongest, between.shape)[::-1], axis=1)
    colors = scale.to_rgba(weights).swapaxes(0, 1)
    _draw_weights(axes, pose, shares.T, colors, arrows=arrows, discs=np.arange(len(pose)))


def _draw_weights(
    axes: Axes, pose: FloatArray, shares: FloatArray, colors: Any, *, arrows: Any, discs: Any
) -> None:
    """Draw weights between joints as bent arrows, and of joints to themselves as discs.

    Args:
        axes: Where to draw.
        pose: Places (V, 2) of the joints.
        shares: Widths and areas (V, V) of source and target, as shares of the largest.
        colors: Their colors (V, V, 4).
        arrows: Pairs (E, 2) of source and target.
        discs: Numbers of joints.
    """
    fineness = float(min(1.0, np.cbrt(10 / len(pose))))  # so that many joints have room
    for source, target in arrows:
        share = float(shares[source, target])
        axes.add_patch(
            FancyArrowPatch(
                tuple(pose[source]),
                tuple(pose[target]),
                connectionstyle=f"arc3,rad={_BEND}",
                arrowstyle="-|>",
                mutation_scale=3.5 * fineness,
                shrinkA=1.5 * fineness,
                shrinkB=2.0 * fineness,
                color=colors[source, target],
                linewidth=(_THINNEST + (_WIDEST - _THINNEST) * share) * fineness,
                zorder=3 + share,
                clip_on=False,
            )
        )
    areas = _LARGEST * fineness**2 * np.clip(shares[discs, discs], _SMALLEST, 1)
    x, y = pose[discs].T
    axes.scatter(x, y, s=areas, c=colors[discs, discs], zorder=5, linewidths=0)


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
    """Draw A * M of each subset of some layers, by their numbers from 1, on the skeleton.

    The width of an arrow, and the area of the disc of a joint's edge to itself, is A * M; its color
    is M, gray where training has left it at 1.
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
            shares, own = np.abs(A[subset] * M[subset]) / most, np.flatnonzero(A[subset].diagonal())
            arrows = [pair for pair in np.argwhere(A[subset]) if pair[0] != pair[1]]
            colors = scale.to_rgba(M[subset])
            _draw_weights(panel, pose, shares, colors, arrows=arrows, discs=own)
            fit_axes(panel, pose)
    add_color_bar(figure, scale, list(panels.ravel()), "edge importance M")
    save_figure(figure, file)


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
