"""Attention over the joints of each frame, for all frames and heads at once.

A frame's matrices are as small as a skeleton, and there are tens of thousands of them. The query,
key and value of a head lie side by side in the row of each joint and frame, so that the matrices
have a constant stride: batched products read them without a copy. A softmax over rows as short as a
skeleton is slow in every library. Here it takes a few passes over all entries: powers of 2, sums as
a product with ones, and the division while the result is put back into rows.
"""

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from skelgraph.nn.joint_major import draw_kept
from skelgraph.nn.masking import is_on_host

LOG2_E = math.log2(math.e)
"""Factor that turns powers of e into powers of 2."""

_SAFE_EXPONENT = 60.0
"""Largest score whose power of 2, and sums and quotients of these, keep single precision."""


def attend(
    qkv: Tensor, num_heads: int, allowed: Tensor | None = None, dropout: float = 0.0
) -> Tensor:
    """Apply equation (4) of Shi et al. to the joints of each frame.

    The softmax has base 2, for which PyTorch has the faster function: multiply the queries by
    :data:`LOG2_E` first.

    Args:
        qkv: Scaled query, key and value of each joint, frame and head, ``(V, F * H, 3, d)``, in
            single precision at least.
        num_heads: Number of heads H.
        allowed: ``(F, V)``, True for joints to attend to, at least one in each frame.
        dropout: Dropout of the attention coefficients.

    Returns:
        ``(V, F * H, d)``.
    """
    if torch.compiler.is_compiling():
        return _attend_plainly(qkv, num_heads, allowed, dropout)
    if not torch.is_grad_enabled() and dropout == 0:
        query, key, value = _matrices(qkv)
        weights, shares = _weigh(query, key, num_heads, allowed)
        return _sum_values(weights, shares, value)
    with torch.autocast(qkv.device.type, enabled=False):
        result: Tensor = _Attend.apply(  # type: ignore[no-untyped-call]
            qkv, num_heads, allowed, dropout
        )
    return result


def _attend_plainly(qkv: Tensor, num_heads: int, allowed: Tensor | None, dropout: float) -> Tensor:
    """Compute the same in plain operations, which a compiler fuses by itself."""
    query, key, value = _matrices(qkv)
    scores = torch.bmm(query, key.transpose(1, 2)) * math.log(2)
    if allowed is not None:
        scores = scores.masked_fill(~allowed.repeat_interleave(num_heads, 0)[:, None], -math.inf)
    weights = F.dropout(scores.softmax(dim=2), dropout)
    return torch.bmm(weights, value).transpose(0, 1).contiguous()


def joints_to_attend(mask: Tensor) -> Tensor | None:
    """Return the joints to attend to, ``(N * T, V)``, for a mask ``(N, T, V)``; None for all.

    A frame without joints attends to all of them, since a softmax over nothing is undefined; its
    result is masked later. Such frames are padding, so that None is the usual result on a CPU.
    """
    allowed = mask | ~mask.any(dim=2, keepdim=True)
    if is_on_host(allowed) and bool(allowed.all()):
        return None
    return allowed.flatten(0, 1)


def _matrices(qkv: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return query, key and value of each frame and head, ``(F * H, V, d)`` each."""
    query, key, value = qkv.transpose(0, 1).unbind(2)
    return query, key, value


def _weigh(
    query: Tensor, key: Tensor, num_heads: int, allowed: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Return unnormalized attention weights ``(F * H, V, V)`` and 1 / their sums ``(F * H, V)``."""
    scores = torch.bmm(query, key.transpose(1, 2))
    largest = _largest_magnitude(scores)
    if allowed is not None:
        per_head = scores.view(-1, num_heads, *scores.shape[1:])
        per_head.masked_fill_(~allowed[:, None, None], -math.inf)
    if not largest <= _SAFE_EXPONENT:
        scores.sub_(scores.amax(dim=2, keepdim=True))
    weights = scores.exp2_()
    V = weights.size(2)
    sums = weights.view(-1, V) @ weights.new_ones(V)
    return weights, sums.reciprocal_().view(-1, V)


def _largest_magnitude(scores: Tensor) -> float:
    """Return the largest magnitude, or infinity if the host would wait for it.

    This pass saves the two that subtract each row's maximum.
    """
    if not is_on_host(scores) or scores.numel() == 0:
        return math.inf
    least, largest = scores.aminmax()
    return max(-float(least), float(largest))


def _sum_values(weights: Tensor, shares: Tensor, value: Tensor) -> Tensor:
    """Return weighted sums of values as rows ``(V, F * H, d)``."""
    sums = torch.bmm(weights, value).transpose(0, 1)
    return _scale(sums, shares)


def _scale(rows: Tensor, shares: Tensor) -> Tensor:
    """Multiply rows ``(V, F * H, d)`` by ``(F * H, V)`` into a contiguous tensor."""
    result = torch.empty(rows.shape, dtype=rows.dtype, device=rows.device)
    return torch.mul(rows, shares.t().unsqueeze(2), out=result)


class _Attend(torch.autograd.Function):
    """Attention with a hand-written backward pass, which stores and copies less than autograd.

    The coefficients are w s, with weights w and shares s = 1 / sum(w). Let g be s times the
    gradient of the result; then the gradient of the scores is w (g · v - g · result). Dropout
    replaces the first w by the weights that it keeps.
    """

    @staticmethod
    def forward(
        ctx: Any, qkv: Tensor, num_heads: int, allowed: Tensor | None, dropout: float
    ) -> Tensor:
        query, key, value = _matrices(qkv)
        weights, shares = _weigh(query, key, num_heads, allowed)
        kept, ctx.scale = draw_kept(weights, dropout)
        kept_weights = weights if kept is None else kept.to(weights.dtype).mul_(weights)
        shares *= ctx.scale
        result = _sum_values(kept_weights, shares, value)
        ctx.save_for_backward(qkv, weights, kept_weights, shares, result)
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
        qkv, weights, kept_weights, shares, result = ctx.saved_tensors
        query, key, value = _matrices(qkv)
        grad = _scale(grad, shares)
        along_result = (torch.linalg.vecdot(grad, result) / ctx.scale).t().unsqueeze(2)
        grad = grad.transpose(0, 1)
        grad_value = torch.bmm(kept_weights.transpose(1, 2), grad)
        grad_scores = torch.bmm(grad, value.transpose(1, 2)).mul_(kept_weights)
        grad_scores.addcmul_(weights, along_result, value=-1)
        grad_query = torch.bmm(grad_scores, key)
        grad_key = torch.bmm(grad_scores.transpose(1, 2), query)
        grad_qkv = torch.empty_like(qkv)
        grads = ((grad_query, 1 / LOG2_E), (grad_key, 1 / LOG2_E), (grad_value, 1.0))
        for part, (grad_part, factor) in enumerate(grads):
            torch.mul(grad_part.transpose(0, 1), factor, out=grad_qkv[:, :, part])
        return grad_qkv, None, None, None
