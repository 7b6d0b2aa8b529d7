"""Self-attention over the joints of a frame."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from skelgraph.nn.attend import LOG2_E, attend, joints_to_attend
from skelgraph.nn.joint_major import drop_and_add, from_rows, project, to_rows
from skelgraph.nn.masking import clear_masked

_LEAST_CHANNELS = 4
"""With fewer channels, PyTorch multiplies matrices of ten joints in a loop, not by a library."""


class AttentionProducts(NamedTuple):
    """The weights of the attention.

    Args:
        num_heads: Number of heads H.
        inputs: Weights of each head's query, key and value, ``(H * 3 * d, C_in)``.
        output: Weights of the output, ``(C_out, H * d)``.
    """

    num_heads: int
    inputs: Tensor
    output: Tensor


class JointSelfAttention(nn.Module):
    r"""Multi-head scaled dot-product attention over the joints of each frame.

    .. math::
        \mathbf{f}_a = \mathrm{Concat}(\mathbf{s}_1, \ldots, \mathbf{s}_H) \mathbf{W}_O +
        \mathrm{Residual}(\mathbf{f}_{in}), \quad
        \mathbf{s}_i = \sum_j \mathrm{softmax}_j \Big( \tfrac{(\mathbf{a}_i \mathbf{W}_Q)
        (\mathbf{a}_j \mathbf{W}_K)^\top}{\sqrt{d_k}} \Big) \mathbf{a}_j \mathbf{W}_V

    Equations (3) to (8) of Shi et al., Sensors 2021, 21, 205. Details that the paper leaves open
    follow the released code: four heads, :math:`d_k = d_v = C_{out} / 4` (:math:`C_{out}` if the
    input has fewer than four channels), dropout 0.1 of the attention and of its result.

    Args:
        in_channels: Channels of each joint.
        out_channels: Channels of each joint of the output.
        num_heads: Number of heads H.
        head_channels: Channels :math:`d_k = d_v` of each head; None for the released code's rule.
        dropout: Dropout of the attention coefficients and of the result.
        normalize_query: Whether queries are computed from the layer-normalized input, as in the
            released code; the paper uses the input itself.

    Shape:
        - x ``(N, C_in, T, V)``, finite also where masked; mask ``(N, T, V)`` or None
        - output ``(N, C_out, T, V)``
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        num_heads: int = 4,
        head_channels: int | None = None,
        dropout: float = 0.1,
        normalize_query: bool = False,
    ) -> None:
        super().__init__()
        if head_channels is None:
            head_channels = out_channels if in_channels < 4 else out_channels // 4
        if num_heads < 1 or head_channels < 1:
            raise ValueError(
                f"expected at least one head of at least one channel, but got {num_heads} heads of "
                f"{head_channels}; pass num_heads and head_channels"
            )
        if not 0 <= dropout < 1:
            raise ValueError(f"expected a dropout of at least 0 and below 1, but got {dropout}")
        self.num_heads = num_heads
        self.head_channels = head_channels
        self.dropout = dropout
        inner = num_heads * head_channels
        self.query_norm = nn.LayerNorm(in_channels, eps=1e-6) if normalize_query else nn.Identity()
        self.query = nn.Linear(in_channels, inner, bias=False)
        self.key = nn.Linear(in_channels, inner, bias=False)
        self.value = nn.Linear(in_channels, inner, bias=False)
        self.output = nn.Linear(inner, out_channels, bias=False)
        self.residual = (
            nn.Identity() if in_channels == out_channels else nn.Linear(in_channels, out_channels)
        )

    def reset_parameters(self) -> None:
        """Reset all learnable parameters."""
        for module in self.children():
            if isinstance(module, nn.Linear | nn.LayerNorm):
                module.reset_parameters()

    def forward(self, x: Tensor, mask: Tensor | None = None, scale: Tensor | None = None) -> Tensor:
        """Attend over joints; see the class for shapes.

        The scale ``()`` is a factor of the result; it is applied to the weights, which is
        cheaper.
        """
        rows = to_rows(x)
        products = self.products()
        query_rows = None if isinstance(self.query_norm, nn.Identity) else self.query_norm(rows)
        dropout = self.dropout if self.training else 0.0
        heads = attend_in_rows(products, query_rows, rows, mask, dropout)
        output = products.output if scale is None else products.output * scale
        f_o = project(heads.to(rows.dtype), output)
        f_a = drop_and_add(f_o, self._residual(rows, scale), dropout)
        return clear_masked(from_rows(f_a), mask)

    def _residual(self, rows: Tensor, scale: Tensor | None) -> Tensor:
        if isinstance(self.residual, nn.Linear):
            factor = 1.0 if scale is None else scale
            return project(rows, self.residual.weight * factor, self.residual.bias * factor)
        return rows if scale is None else rows * scale

    @torch.no_grad()
    def coefficients(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the attention coefficients: the softmax of equation (4).

        They are for analysis: without gradients or dropout, in an array that ``forward`` does not
        allocate.

        The features ``(N, C_in, T, V)`` and the mask ``(N, T, V)`` are those of
        ``forward``.

        Returns:
            ``(N, H, T, V, V)``: for each head and frame, the row of a joint holds its attention to
            each joint and sums to 1. Rows and columns of missing joints are zero.
        """
        N, _, T, V = x.shape
        rows = clear_masked(x, mask).permute(0, 2, 3, 1)
        query, key = (
            projected.view(N, T, V, self.num_heads, self.head_channels).transpose(2, 3)
            for projected in (self.query(self.query_norm(rows)), self.key(rows))
        )
        scores = query @ key.transpose(3, 4) * self.head_channels**-0.5
        if mask is not None:
            keys = mask.view(N, T, 1, 1, V)
            scores = scores.masked_fill(~keys, -torch.inf)
        weights: Tensor = scores.softmax(dim=4)
        if mask is not None:
            weights = weights.masked_fill(~(keys & keys.transpose(3, 4)), 0.0)
        return weights.transpose(1, 2)

    def products(self) -> AttentionProducts:
        """Return the weights; the query's include the scales of equation (4) and :func:`attend`.

        If the input has fewer channels than a head, it is cheaper not to project it: queries times
        keys equals the input times one matrix times the input, and the heads weigh the input
        itself.
        """
        H, d, C = self.num_heads, self.head_channels, self.query.in_features
        query, key, value = (
            layer.weight.view(H, d, C) for layer in (self.query, self.key, self.value)
        )
        query = query * (LOG2_E * d**-0.5)
        output = self.output.weight
        if d > C:
            query = key.transpose(1, 2) @ query
            output = (output.view(-1, H, d).transpose(0, 1) @ value).transpose(0, 1)
            key = value = torch.eye(C, dtype=query.dtype, device=query.device).expand(H, C, C)
            padding = max(0, _LEAST_CHANNELS - C)
            query, key, value = (F.pad(part, (0, 0, 0, padding)) for part in (query, key, value))
            output = F.pad(output, (0, padding)).flatten(1)
        inputs = torch.stack([query, key, value], dim=1).flatten(0, 2)
        return AttentionProducts(H, inputs, output)


def attend_in_rows(
    products: AttentionProducts,
    query_rows: Tensor | None,
    rows: Tensor,
    mask: Tensor | None,
    dropout: float = 0.0,
) -> Tensor:
    """Apply equations (3) to (6) of Shi et al. to rows ``(V, N, T, C_in)``.

    Args:
        products: The weights.
        query_rows: Input of the queries; None for the rows.
        rows: Input of the keys and values.
        mask: ``(N, T, V)``, or None.
        dropout: Dropout of the attention coefficients.

    Returns:
        The heads side by side, ``(V, N, T, H * d)``, in single precision at least.
    """
    V, N, T, _ = rows.shape
    H, d = products.num_heads, products.inputs.size(0) // (3 * products.num_heads)
    qkv = project(rows, products.inputs).view(V, N * T * H, 3, d)
    if query_rows is not None:
        query_weight = products.inputs.view(H, 3, d, -1)[:, 0].flatten(0, 1)
        query = project(query_rows, query_weight).view(V, N * T * H, 1, d)
        qkv = torch.cat([query, qkv[:, :, 1:]], dim=2)
    qkv = qkv.to(torch.promote_types(qkv.dtype, torch.float32))
    allowed = None if mask is None else joints_to_attend(mask)
    return attend(qkv, H, allowed, dropout).view(V, N, T, H * d)
