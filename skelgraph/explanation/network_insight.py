"""What the layers of a network show for a clip: attention, edge importance and gates."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from skelgraph.explanation.clip_explanation import BlockAttention, EdgeImportance, NetworkInsight
from skelgraph.explanation.clip_input import ClipInput, encode_clip, spread_means
from skelgraph.nn import DenseSpatialPartitionConv, GatedSpatialConv, JointSelfAttention
from skelgraph.poses import PoseSequence
from skelgraph.serving import SkeletonNetwork
from skelgraph.typing import FloatArray


def look_into(
    network: SkeletonNetwork, clip: PoseSequence, probabilities: FloatArray
) -> NetworkInsight:
    """Return what the layers of a network show for a cleaned clip.

    Args:
        network: The network, loaded with ``for_inference=False``.
        clip: The clip as it takes it.
        probabilities: What it says of the clip, (K,).

    Raises:
        RunError: If the network is in its faster form.
    """
    encoded = encode_clip(network, clip)
    return NetworkInsight(
        network=network.facts.config.stream.text,
        probabilities=probabilities,
        attention=tuple(
            replace(
                block,
                received=np.stack([spread_means(one, clip.num_frames) for one in block.received]),
            )
            for block in watch_attention(encoded)
        ),
        edge_importance=list_edge_importance(network.model),
        gates=list_gates(network.model),
    )


def watch_attention(clip: ClipInput) -> tuple[BlockAttention, ...]:
    """Return the attention of each block in a clip, over the frames of the network's input.

    It is that of the first view and the first person. A network of any skeleton joins the joints
    of a batch in one graph and shows none.
    """
    if clip.network.skeleton is not None:
        return ()
    layers = [one for one in clip.network.network.modules() if isinstance(one, JointSelfAttention)]
    found: dict[int, BlockAttention] = {}

    def watch(number: int) -> Callable[[nn.Module, tuple[Any, ...]], None]:
        def keep(layer: nn.Module, inputs: tuple[Any, ...]) -> None:
            assert isinstance(layer, JointSelfAttention)
            coefficients: Tensor = layer.coefficients(*inputs[:2])[0]  # (H, T, V, V)
            found[number] = _summarize(
                number, coefficients.double().cpu().numpy(), clip.there.shape[0]
            )

        return keep

    hooks = [
        layer.register_forward_pre_hook(watch(number)) for number, layer in enumerate(layers, 1)
    ]
    try:
        with torch.no_grad():
            clip.network(clip.x, clip.present)
    finally:
        for hook in hooks:
            hook.remove()
    return tuple(found[number] for number in sorted(found))


def _summarize(number: int, coefficients: FloatArray, num_frames: int) -> BlockAttention:
    """Return the attention of a block from its coefficients (H, T, V, V)."""
    is_there = coefficients.sum(axis=3) > 0  # (H, T, V)
    seen = np.maximum(is_there.sum(axis=1), 1)[:, :, None]
    rows = np.maximum(is_there.sum(axis=2), 1)[:, :, None]
    received = coefficients.sum(axis=2) / rows  # (H, T, V)
    return BlockAttention(
        block=number,
        coefficients=coefficients.sum(axis=1) / seen,
        received=np.stack([spread_means(head, num_frames) for head in received]),
    )


def list_edge_importance(network: nn.Module) -> tuple[EdgeImportance, ...]:
    """Return what each spatial layer learned of the edges, if it learned any."""
    layers = [one for one in network.modules() if isinstance(one, DenseSpatialPartitionConv)]
    return tuple(
        EdgeImportance(
            block=number,
            adjacency=layer.adjacency.double().cpu().numpy(),
            importance=layer.edge_importance.detach().double().cpu().numpy(),
        )
        for number, layer in enumerate(layers, 1)
        if layer.edge_importance is not None
    )


def list_gates(network: nn.Module) -> dict[int, float]:
    """Return the gate of each block that has one, by its number from 1."""
    layers = [one for one in network.modules() if isinstance(one, GatedSpatialConv)]
    return {
        number: float(layer.gate.detach())
        for number, layer in enumerate(layers, 1)
        if layer.gate is not None
    }
