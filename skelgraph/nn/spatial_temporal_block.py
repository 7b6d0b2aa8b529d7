"""The block of ST-GCN and S-STGCN: a spatial layer, a temporal convolution, a residual."""

from torch import Tensor, nn

from skelgraph.config import Temporal
from skelgraph.nn.joint_graph import JointGraph
from skelgraph.nn.joint_major import drop, from_rows, to_rows
from skelgraph.nn.masking import MaskedBatchNorm, clear_masked
from skelgraph.nn.temporal_conv import TemporalConv


class SpatialTemporalBlock(nn.Module):
    """A spatial layer and a temporal convolution with a residual connection.

    Figure 3 of Shi et al., Sensors 2021, 21, 205: spatial layer, batch norm, ReLU, convolution with
    receptive field (Kt, 1), batch norm, dropout, residual connection, ReLU. ST-GCN's block has the
    same form with another spatial layer.

    Args:
        spatial: Layer that is called on ``(x, mask)`` and maps C_in to C_out channels; for clips of
            several skeletons it is called with ``graph=``, too.
        in_channels: Channels C_in of each joint.
        out_channels: Channels C_out of each joint of the output.
        stride: Stride of the temporal convolution in frames.
        kernel_size: Receptive field Kt of the temporal convolution, odd.
        dropout: Dropout before the residual is added.
        residual: Whether to add a residual connection: the identity if the shapes agree, otherwise
            a convolution of size 1 with batch norm.
        temporal: Where the window of the temporal convolution lies (:class:`FrameWindow`). The
            residual is that of the frame that an output is about.

    Shape:
        - x ``(N, C_in, T, V)``, mask ``(N, T, V)`` or None
        - output ``(N, C_out, ceil(T / stride), V)`` and its mask; of a valid window
          ``ceil((T - Kt + 1) / stride)`` frames
    """

    def __init__(
        self,
        spatial: nn.Module,
        in_channels: int,
        out_channels: int,
        stride: int = 1,
        kernel_size: int = 9,
        dropout: float = 0.0,
        residual: bool = True,
        temporal: Temporal = "centered",
    ) -> None:
        super().__init__()
        if not 0 <= dropout < 1:
            raise ValueError(f"expected a dropout of at least 0 and below 1, but got {dropout}")
        self.stride = stride
        self.spatial = spatial
        self.spatial_norm = MaskedBatchNorm(out_channels)
        self.temporal = TemporalConv(
            out_channels, out_channels, kernel_size, stride, temporal=temporal
        )
        self.temporal_norm = MaskedBatchNorm(out_channels)
        self.dropout = nn.Dropout(dropout)
        self.relu = nn.ReLU()
        self.has_residual = residual
        changes = residual and (in_channels != out_channels or stride != 1)
        self.residual = TemporalConv(in_channels, out_channels, 1, stride) if changes else None
        self.residual_norm = MaskedBatchNorm(out_channels) if changes else None

    def reset_parameters(self) -> None:
        """Reset all learnable parameters."""
        for module in self.children():
            if callable(reset := getattr(module, "reset_parameters", None)):
                reset()

    def forward(
        self, x: Tensor, mask: Tensor | None = None, graph: JointGraph | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Return features and mask after the block; see the class for shapes.

        With a graph, x and mask are those of its nodes, ``(1, C, T, nodes)`` and ``(1, T, nodes)``.
        """
        y = self.spatial(x, mask) if graph is None else self.spatial(x, mask, graph=graph)
        y = clear_masked(self.relu(self.spatial_norm(y, mask)), mask)
        # Masked entries in the convolution's window are zero, as its padding is, so that padding a
        # clip changes nothing.
        out_mask = self._carry_mask(mask, graph)
        y = self.temporal_norm(self.temporal(y), out_mask)
        if self.training:
            y = from_rows(drop(to_rows(y), self.dropout.p))
        if self.has_residual:
            y = y + self._shortcut(x, out_mask)
        return clear_masked(self.relu(y), out_mask), out_mask

    def _carry_mask(self, mask: Tensor | None, graph: JointGraph | None) -> Tensor | None:
        window = self.temporal.window
        if mask is None or graph is None or not window.first:
            return window.carry(mask)
        carried = (window.carry(part) for part in graph.split_mask(mask))
        return graph.join_masks([part for part in carried if part is not None])

    def _shortcut(self, x: Tensor, out_mask: Tensor | None) -> Tensor:
        x = self.temporal.window.take_middle(x)
        if self.residual is None or self.residual_norm is None:
            return x
        shortcut: Tensor = self.residual_norm(self.residual(x), out_mask)
        return shortcut
