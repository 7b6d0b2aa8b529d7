"""Attention of the heads of a trained network, drawn on the skeleton."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from torch import Tensor, nn

from skelgraph.data import SkeletonDataset
from skelgraph.experiments.figures.arrows import choose_fineness, draw_arrow, draw_discs
from skelgraph.experiments.figures.canvas import (
    add_color_bar,
    darkening_colors,
    make_figure,
    panel_height_in,
    save_figure,
)
from skelgraph.layouts import PALE, JointLayout, draw_edges, fit_axes, rest_pose
from skelgraph.nn import JointSelfAttention
from skelgraph.typing import FloatArray

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
            _draw_weights(panel, pose, weights, scale)
            fit_axes(panel, pose)
    label = f"mean attention coefficient (even: {even:.2f})"
    add_color_bar(figure, scale, list(panels.ravel()), label)
    save_figure(figure, file)


def _draw_weights(axes: Axes, pose: FloatArray, weights: FloatArray, scale: ScalarMappable) -> None:
    fineness = choose_fineness(len(pose))
    shares = np.asarray(scale.norm(weights), dtype=np.float64).clip(0, 1)
    colors = scale.to_rgba(weights)
    between = np.where(np.eye(len(pose), dtype=bool), 0.0, shares)
    strongest = np.argsort(between, axis=None)[-len(pose) :]
    for place in strongest:  # the strongest last, above the others
        target, source = np.unravel_index(place, between.shape)
        if between[target, source] > 0:
            draw_arrow(
                axes,
                pose[[source, target]],
                color=colors[target, source],
                share=float(between[target, source]),
                fineness=fineness,
            )
    own = np.arange(len(pose))
    own_colors, own_shares = colors[own, own], shares[own, own]
    draw_discs(axes, pose, colors=own_colors, shares=own_shares, fineness=fineness)
