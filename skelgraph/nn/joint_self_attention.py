"""Self-attention over the joints of a frame."""

import math

import torch
from torch import Tensor, nn

from skelgraph.nn.joint_major import drop, from_rows, project, to_rows
from skelgraph.nn.masking import clear_masked


class JointSelfAttention(nn.Module):
    r"""Multi-head scaled dot-product attention over the joints of each frame.

    .. math::
        \mathbf{f}_a = \mathrm{Concat}(\mathbf{s}_1, \ldots, \mathbf{s}_H) \mathbf{W}_O +
        \mathrm{Residual}(\mathbf{f}_{in}), \quad
        \mathbf{s}_i = \sum_j \mathrm{softmax}_j \Big( \tfrac{(\mathbf{a}_i \mathbf{W}_Q)
        (\mathbf{a}_j \mathbf{W}_K)^\top}{\sqrt{d_k}} \Big) \mathbf{a}_j \mathbf{W}_V

    Equations (3) to (8) of Shi et al., Sensors 2021, 21, 205. What the paper leaves open follows
    the released code: four heads, :math:`d_k = d_v = C_{out} / 4` (:math:`C_{out}` where the input
    has fewer than four channels), dropout 0.1 on the attention and on its result.

    Args:
        in_channels: Channels of each joint.
        out_channels: Channels of each joint of the output.
        num_heads: Number of heads H.
        head_channels: Channels :math:`d_k = d_v` of each head; by the released code's rule where
            not given.
        dropout: Dropout of the attention coefficients and of the result.
        normalize_query: Whether queries are made from the layer-normalized input, as in the
            released code; the paper has the input itself.

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
        """Draws all weights anew."""
        for module in self.children():
            if isinstance(module, nn.Linear | nn.LayerNorm):
                module.reset_parameters()

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Attends over joints; see the class for shapes."""
        rows = to_rows(x)
        V, N, T, _ = rows.shape
        query, key, value = self._project_heads(rows)
        weights, total = self._weigh_joints(query, key, mask)
        if self.training:
            weights = drop(weights, self.dropout)
        # Dividing the few sums of values by the softmax's total is less than dividing all weights.
        heads = (torch.bmm(weights, value) / total).transpose(0, 1)
        f_o = project(heads.reshape(V, N, T, self.output.in_features), self.output.weight)
        if self.training:
            f_o = drop(f_o, self.dropout)
        if isinstance(self.residual, nn.Linear):
            rows = project(rows, self.residual.weight, self.residual.bias)
        return clear_masked(from_rows(f_o + rows), mask)

    def _project_heads(self, rows: Tensor) -> tuple[Tensor, ...]:
        """Queries, keys and values, each (N * T * H, V, d), as views of one projection.

        The projection's channels are ordered by head first, so that frames and heads are one
        evenly spaced axis and the batched products read them where they are.
        """
        H, d = self.num_heads, self.head_channels
        scaled_query = self.query.weight * d**-0.5
        parts: list[tuple[Tensor, list[Tensor]]] = [
            (rows, [scaled_query, self.key.weight, self.value.weight])
        ]
        if isinstance(self.query_norm, nn.LayerNorm):
            parts = [
                (self.query_norm(rows), [scaled_query]),
                (rows, [self.key.weight, self.value.weight]),
            ]
        views: list[Tensor] = []
        for source, matrices in parts:
            weight = torch.stack([matrix.view(H, d, -1) for matrix in matrices], dim=1)
            projected = project(source, weight.flatten(0, 2))
            views += projected.view(rows.size(0), -1, len(matrices), d).unbind(dim=2)
        return tuple(view.transpose(0, 1) for view in views)

    def _weigh_joints(
        self, query: Tensor, key: Tensor, mask: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """The numerators (N * T * H, V, V) and the denominators (N * T * H, V, 1) of equation (4).

        ``torch.softmax`` over rows as short as a skeleton is several times slower on a CPU than
        its steps are one by one.
        """
        scores = torch.bmm(query, key.transpose(1, 2))
        if mask is not None:
            allowed = self._keys_allowed(mask).repeat_interleave(self.num_heads, dim=0)
            scores = scores.masked_fill(~allowed, -math.inf)
        weights = (scores - scores.detach().amax(dim=2, keepdim=True)).exp()
        return weights, weights.sum(dim=2, keepdim=True)

    @staticmethod
    def _keys_allowed(mask: Tensor) -> Tensor:
        """Mask (N * T, 1, V) of the joints that may be attended to.

        A frame without any joint would have a softmax over nothing: it attends to all, and its
        result is masked in the end.
        """
        allowed = mask | ~mask.any(dim=2, keepdim=True)
        return allowed.reshape(-1, 1, mask.size(2))
