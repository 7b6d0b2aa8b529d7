"""The form of a trained network for inference only."""

from copy import deepcopy
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from skelgraph.models.clip_network import ClipNetwork
from skelgraph.nn import (
    FoldedNorm,
    InferenceBlock,
    SpatialTemporalBlock,
    apply_mask,
    from_rows,
    to_rows,
)

if TYPE_CHECKING:
    from skelgraph.models.spatial_temporal_network import SpatialTemporalNetwork


class InferenceNetwork(ClipNetwork):
    """A trained network with all constants folded into its weights.

    :meth:`skelgraph.models.SpatialTemporalNetwork.optimize_for_inference` creates it. It returns
    the logits and vectors of the network in evaluation mode, up to rounding, without gradients.

    Args:
        network: The trained network; its weights are copied.
        dtype: Type in which blocks compute; the mean, the classifier and the softmax of the
            attention have at least single precision.

    Shape:
        - as :class:`~skelgraph.models.SpatialTemporalNetwork`
    """

    def __init__(
        self, network: "SpatialTemporalNetwork", dtype: torch.dtype = torch.float32
    ) -> None:
        super().__init__(
            network.in_channels, network.num_classes, network.layout, network.embedding_channels
        )
        self.dtype = dtype
        self.pooling = network.pooling
        self.temporal_geometry = network.temporal_geometry
        self.input_norm = (
            None if network.input_norm is None else FoldedNorm(network.input_norm, torch.float32)
        )
        self.blocks = torch.nn.ModuleList(
            InferenceBlock(cast(SpatialTemporalBlock, block), dtype) for block in network.blocks
        )
        self.classifier = deepcopy(network.last_layer).float()
        self.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> "InferenceNetwork":
        """Stay in evaluation mode."""
        return super().train(False)

    @torch.no_grad()
    def embed(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the vector of each clip before the classifier, ``(N, embedding_channels)``.

        Raises:
            ValueError: If channels, joints or the mask do not fit.
        """
        return super().embed(x, mask)

    def _embed_clips(self, x: Tensor, mask: Tensor | None) -> Tensor:
        self.temporal_geometry.check_clips(x.size(2), [mask])
        x = apply_mask(x.float(), mask)
        if self.input_norm is not None:
            x = apply_mask(self._normalize_input(x), mask)
        rows = to_rows(x).to(self.dtype)
        for block in self.blocks:
            rows, mask = block(rows, mask)
        return self.pooling(from_rows(rows).float(), mask)

    def _normalize_input(self, x: Tensor) -> Tensor:
        """Normalize each coordinate of each joint, joint-major as in ST-GCN's batch norm."""
        assert self.input_norm is not None
        N, C, T, V = x.shape
        normalized: Tensor = self.input_norm(x.permute(0, 2, 3, 1).reshape(N, T, V * C))
        return normalized.view(N, T, V, C).permute(0, 3, 1, 2)
