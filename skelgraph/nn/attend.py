"""Attention over the joints of each frame, for all frames and heads at once.

A frame's matrices are as small as a skeleton, and there are tens of thousands of them. The query,
key and value of a head lie beside each other in the row of each joint and frame, so that from one
matrix to the next is one distance in memory: batched products read them where the projection left
them. A softmax over rows as short as a skeleton is slow in every library; here it is a few passes
over all entries: powers of 2, sums as a product with ones, and the division on the way back to
rows, when the result is put in order anyway.
"""

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from skelgraph.nn.host_values import is_on_host
from skelgraph.nn.joint_major import draw_kept

LOG2_E = math.log2(math.e)
"""For powers of e as powers of 2."""

_SAFE_EXPONENT = 60.0
"""Scores up to which their powers of 2, and sums and quotients of them, keep single precision."""


def attend(
    qkv: Tensor, num_heads: int, allowed: Tensor | None = None, dropout: float = 0.0
) -> Tensor:
    """Equation (4) of Shi et al. over the joints of each frame.

    The softmax is to the base of 2, for which PyTorch has the faster function: the queries have a
    factor :data:`LOG2_E`.

    Args:
        qkv: Scaled query, key and value of each joint, frame and head, ``(V, F * H, 3, d)``, in
            single precision at least.
        num_heads: Number of heads H.
        allowed: ``(F, V)``, True for joints that are attended to, at least one in each frame.
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
    """The same for a compiler, which finds its own passes."""
    query, key, value = _matrices(qkv)
    scores = torch.bmm(query, key.transpose(1, 2)) * math.log(2)
    if allowed is not None:
        scores = scores.masked_fill(~allowed.repeat_interleave(num_heads, 0)[:, None], -math.inf)
    weights = F.dropout(scores.softmax(dim=2), dropout)
    return torch.bmm(weights, value).transpose(0, 1).contiguous()


def joints_to_attend(mask: Tensor) -> Tensor | None:
    """Joints that may be attended to, ``(N * T, V)``, by a mask ``(N, T, V)``; None for all.

    A frame without any joint would have a softmax over nothing: it attends to all, and its result
    is masked in the end. Such frames are those that pad a clip, so that None is usual.
    """
    allowed = mask | ~mask.any(dim=2, keepdim=True)
    if is_on_host(allowed) and bool(allowed.all()):
        return None
    return allowed.flatten(0, 1)


def _matrices(qkv: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Query, key and value of each frame and head, ``(F * H, V, d)`` each."""
    query, key, value = qkv.transpose(0, 1).unbind(2)
    return query, key, value


def _weigh(
    query: Tensor, key: Tensor, num_heads: int, allowed: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Attention coefficients times their sum, ``(F * H, V, V)``, and one by the sum,
    ``(F * H, V)``.
    """
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
    """One pass that saves the two of subtracting each row's largest; on a GPU it would wait."""
    if not is_on_host(scores) or scores.numel() == 0:
        return math.inf
    least, largest = scores.aminmax()
    return max(-float(least), float(largest))


def _sum_values(weights: Tensor, shares: Tensor, value: Tensor) -> Tensor:
    """Weighted sums of values, as rows ``(V, F * H, d)``."""
    sums = torch.bmm(weights, value).transpose(0, 1)
    return _scale(sums, shares)


def _scale(rows: Tensor, shares: Tensor) -> Tensor:
    """Rows ``(V, F * H, d)`` times ``(F * H, V)``, contiguous."""
    result = torch.empty(rows.shape, dtype=rows.dtype, device=rows.device)
    return torch.mul(rows, shares.t().unsqueeze(2), out=result)


class _Attend(torch.autograd.Function):
    """Written out, since autograd would keep every step's result and copy gradients together.

    With coefficients w s of weights w and shares s, and g = s times the gradient of the result, the
    gradient of the scores is w (g · v - g · result). Dropout replaces the first w by those kept.
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
        for part, (one, factor) in enumerate(grads):
            torch.mul(one.transpose(0, 1), factor, out=grad_qkv[:, :, part])
        return grad_qkv, None, None, None
