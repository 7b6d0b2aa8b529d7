"""S-STGCN written the plain way, straight from the equations of the paper.

It is the reference of the speed benchmark, and an independent one of what is computed.

NCHW tensors, one module for each box of Figures 2 to 4, ``einsum`` for the graph, reshapes and a
softmax for the attention. Its state dict has the names of :class:`skelgraph.models.SSTGCN`.
"""

import torch
from torch import Tensor, nn

from skelgraph.layouts import JointLayout, partition

CHANNELS = (32, 32, 32, 32, 64, 64, 64, 128, 128, 128)
STRIDES = (1, 1, 1, 1, 2, 1, 1, 2, 1, 1)


class PlainGraphConv(nn.Module):
    """Equations (1) and (2)."""

    adjacency: Tensor

    def __init__(self, in_channels: int, out_channels: int, adjacency: Tensor) -> None:
        super().__init__()
        self.linear = nn.Linear(in_channels, len(adjacency) * out_channels)
        self.edge_importance = nn.Parameter(torch.ones(adjacency.shape))
        self.register_buffer("adjacency", adjacency, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, C_in, T, V)`` to ``(N, C_out, T, V)``."""
        N, _, T, V = x.shape
        K = len(self.adjacency)
        f = nn.functional.conv2d(x, self.linear.weight[:, :, None, None], self.linear.bias)
        A = self.adjacency * self.edge_importance
        return torch.einsum("nkctv,kvw->nctw", f.view(N, K, -1, T, V), A)


class PlainAttention(nn.Module):
    """Equations (3) to (8)."""

    def __init__(self, in_channels: int, out_channels: int, num_heads: int = 4) -> None:
        super().__init__()
        self.num_heads = num_heads
        d = out_channels if in_channels < 4 else out_channels // 4
        self.scale = d**-0.5
        self.query = nn.Linear(in_channels, num_heads * d, bias=False)
        self.key = nn.Linear(in_channels, num_heads * d, bias=False)
        self.value = nn.Linear(in_channels, num_heads * d, bias=False)
        self.output = nn.Linear(num_heads * d, out_channels, bias=False)
        same = in_channels == out_channels
        self.residual = nn.Identity() if same else nn.Linear(in_channels, out_channels)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, C_in, T, V)`` to ``(N, C_out, T, V)``."""
        N, C, T, V = x.shape
        a = x.permute(0, 2, 3, 1).reshape(N * T, V, C)
        q, k, v = (
            layer(a).view(N * T, V, self.num_heads, -1).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        alpha = self.dropout(torch.softmax(q @ k.transpose(2, 3) * self.scale, dim=-1))
        s = (alpha @ v).transpose(1, 2).reshape(N * T, V, -1)
        f_a: Tensor = self.dropout(self.output(s)) + self.residual(a)
        return f_a.view(N, T, V, -1).permute(0, 3, 1, 2)


class PlainSpatial(nn.Module):
    """Equation (9)."""

    def __init__(self, in_channels: int, out_channels: int, adjacency: Tensor) -> None:
        super().__init__()
        self.conv = PlainGraphConv(in_channels, out_channels, adjacency)
        self.attention = PlainAttention(in_channels, out_channels)
        self.gate = nn.Parameter(torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, C_in, T, V)`` to ``(N, C_out, T, V)``."""
        f_out: Tensor = (self.conv(x) + self.gate * self.attention(x)) / 2
        return f_out


class PlainBlock(nn.Module):
    """Figure 3."""

    def __init__(
        self, in_channels: int, out_channels: int, adjacency: Tensor, stride: int, residual: bool
    ) -> None:
        super().__init__()
        self.spatial = PlainSpatial(in_channels, out_channels, adjacency)
        self.spatial_norm = nn.BatchNorm2d(out_channels)
        self.temporal = nn.Conv2d(out_channels, out_channels, (9, 1), (stride, 1), (4, 0))
        self.temporal_norm = nn.BatchNorm2d(out_channels)
        self.has_residual = residual
        self.residual: nn.Module = nn.Identity()
        self.residual_norm: nn.Module = nn.Identity()
        if residual and (in_channels != out_channels or stride != 1):
            self.residual = nn.Conv2d(in_channels, out_channels, 1, (stride, 1))
            self.residual_norm = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, C_in, T, V)`` to ``(N, C_out, T / stride, V)``."""
        y = torch.relu(self.spatial_norm(self.spatial(x)))
        y = self.temporal_norm(self.temporal(y))
        if self.has_residual:
            y = y + self.residual_norm(self.residual(x))
        return torch.relu(y)


class PlainSSTGCN(nn.Module):
    """Figure 4."""

    def __init__(self, in_channels: int, num_classes: int, layout: JointLayout) -> None:
        super().__init__()
        adjacency = torch.from_numpy(partition(layout))
        sizes = zip((in_channels, *CHANNELS), CHANNELS, STRIDES, strict=False)
        self.blocks = nn.Sequential(
            *(
                PlainBlock(block_in, block_out, adjacency, stride, residual=number > 0)
                for number, (block_in, block_out, stride) in enumerate(sizes)
            )
        )
        self.classifier = nn.Linear(CHANNELS[-1], num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, C, T, V)`` to logits ``(N, num_classes)``."""
        logits: Tensor = self.classifier(self.blocks(x).mean(dim=(2, 3)))
        return logits
