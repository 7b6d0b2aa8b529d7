"""Self-attention over the joints of a frame."""

from torch import Tensor, nn
from torch.nn import functional as F

from skelgraph.nn.masking import apply_mask


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
        - x ``(N, C_in, T, V)``, mask ``(N, T, V)`` or None, output ``(N, C_out, T, V)``
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
        N, _, T, V = x.shape
        joints = x.permute(0, 2, 3, 1)  # a frame's joints are the rows that attend to each other
        query, key, value = (
            projected.view(N * T, V, self.num_heads, self.head_channels).transpose(1, 2)
            for projected in (
                self.query(self.query_norm(joints)),
                self.key(joints),
                self.value(joints),
            )
        )
        heads = F.scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=None if mask is None else self._keys_allowed(mask),
            dropout_p=self.dropout if self.training else 0.0,
        )
        f_o = self.output(heads.transpose(1, 2).reshape(N, T, V, self.output.in_features))
        f_o = F.dropout(f_o, self.dropout, self.training)
        return apply_mask((f_o + self.residual(joints)).permute(0, 3, 1, 2), mask)

    @staticmethod
    def _keys_allowed(mask: Tensor) -> Tensor:
        """Mask (N * T, 1, 1, V) of the joints that may be attended to.

        A frame without any joint would have a softmax over nothing: it attends to all, and its
        result is masked in the end.
        """
        allowed = mask | ~mask.any(dim=2, keepdim=True)
        return allowed.reshape(-1, 1, 1, mask.size(2))
