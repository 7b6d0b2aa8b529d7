"""The form of a trained network that is exported to other runtimes."""

from typing import cast

import torch
from torch import Tensor, nn

from skelgraph.models.network_factory import fold_for_inference
from skelgraph.models.s_stgcn import SSTGCN
from skelgraph.models.small_s_stgcn import SmallSSTGCN
from skelgraph.models.spatial_temporal_network import SpatialTemporalNetwork
from skelgraph.models.st_gcn import STGCN
from skelgraph.nn import (
    DenseSpatialPartitionConv,
    FoldedNorm,
    FrameMajorBlock,
    FramePresence,
    GatedSpatialConv,
    InferenceBlock,
    SpatialTemporalBlock,
    clear_missing,
)

_KINDS = (SSTGCN, STGCN, SmallSSTGCN)
"""Networks that have this form; a subclass may compute something else."""


class FrameMajorNetwork(nn.Module):
    """An S-STGCN or ST-GCN with constants folded into its weights, on ``(N, T, V, C)`` inside.

    It returns the logits of the network in evaluation mode, up to rounding, without gradients. A
    :class:`~skelgraph.models.SmallSSTGCN` has its blocks side by side, others one after another.

    Args:
        network: The trained network; its weights are copied.

    Shape:
        - x ``(N, C, T, V)``, finite; mask ``(N, T, V)`` or None; output ``(N, num_classes)``

    Raises:
        ValueError: If a block has a spatial layer that is not skelgraph's, or the network pools
            other frames than all.
    """

    adjacency: Tensor

    def __init__(self, network: SpatialTemporalNetwork) -> None:
        super().__init__()
        if network.pooling.kind != "mean":
            raise ValueError("expected the mean over all frames, but got another pooling")
        blocks = [cast(SpatialTemporalBlock, block) for block in network.blocks]
        self.register_buffer("adjacency", _find_adjacency(blocks[0]))
        norm = network.input_norm
        self.input_norm = None if norm is None else FoldedNorm(norm, torch.float32)
        self.blocks = nn.ModuleList(FrameMajorBlock(InferenceBlock(block)) for block in blocks)
        self.head_norm: FoldedNorm | None = None
        if isinstance(network, SmallSSTGCN):
            self.head_norm = FoldedNorm(network.head_norm, torch.float32)
        scale = len(blocks) if isinstance(network, SmallSSTGCN) else 1
        self.classifier = nn.Linear(network.last_layer.in_features, network.num_classes)
        with torch.no_grad():
            self.classifier.weight.copy_(network.last_layer.weight / scale)
            self.classifier.bias.copy_(network.last_layer.bias)
        self.requires_grad_(False).eval()

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the logits of each clip; see the class for shapes."""
        presence = None if mask is None else FramePresence.measure(mask, self.adjacency)
        rows = clear_missing(x.permute(0, 2, 3, 1), presence)
        if self.input_norm is not None:
            rows = clear_missing(self._normalize(self.input_norm, rows), presence)
        if self.head_norm is None:
            for block in self.blocks:
                rows, presence = block(rows, presence)
            means = _average(rows, presence)
        else:
            members = [block(rows, presence) for block in self.blocks]
            means = torch.cat([_average(*member) for member in members], dim=1)
            means = self.head_norm(torch.sqrt(means.clamp(min=0) + 1e-3))
        logits: Tensor = self.classifier(means)
        return logits

    def _normalize(self, norm: FoldedNorm, rows: Tensor) -> Tensor:
        """Normalize each channel, or each channel of each joint, joint-major."""
        N, T, V, C = rows.shape
        if norm.scale.numel() == C:
            normalized: Tensor = norm(rows)
            return normalized
        of_joints: Tensor = norm(rows.reshape(N, T, V * C))
        return of_joints.reshape(N, T, V, C)


def arrange_for_export(network: nn.Module) -> nn.Module:
    """Return a trained network in the form that is exported, called as ``(x, mask)``.

    Networks of skelgraph's graph layers get a form of their own
    (:class:`~skelgraph.models.FrameMajorNetwork`); others their form for inference.
    """
    if not isinstance(network, SpatialTemporalNetwork) or type(network) not in _KINDS:
        return fold_for_inference(network)
    return fold_for_inference(network) if network.any_skeleton else FrameMajorNetwork(network)


def _find_adjacency(block: SpatialTemporalBlock) -> Tensor:
    layer = block.spatial
    conv = layer.conv if isinstance(layer, GatedSpatialConv) else layer
    if not isinstance(conv, DenseSpatialPartitionConv):
        raise ValueError("expected a spatial layer of skelgraph, but got one of your own")
    return conv.adjacency.clone()


def _average(rows: Tensor, presence: FramePresence | None) -> Tensor:
    """Return the mean over present frames and joints, (N, C)."""
    if presence is None:
        return rows.flatten(1, 2).mean(dim=1)  # one reduction is faster than two
    count = presence.weight.sum(dim=(1, 2)).clamp(min=1)
    return rows.sum(dim=(1, 2)) / count
