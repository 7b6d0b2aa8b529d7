"""The memory order inside the attention: joints and channels outermost, frames innermost.

Attention over the joints of a frame is thousands of products of matrices as small as a skeleton,
and on a CPU a call to a matrix library takes longer than such a product. Here each step is one
operation over all frames at once, ``(V, H, V, F)`` or ``(V, H, d, F)`` with the F frames of all
clips contiguous: long vectors, no call for each matrix, a softmax without short rows. The products
with weights that lead here and back transpose on the way, so that nothing is copied for it.
"""

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

from skelgraph.nn.joint_major import draw_kept

LOG2_E = math.log2(math.e)
"""For powers of e as powers of 2."""

_ONE_PASS = 2**19
"""Most products that are laid out in memory before they are summed: what a core's cache holds."""


def project_to_frames_last(rows: Tensor, weight: Tensor, parts: int = 1) -> tuple[Tensor, ...]:
    """Rows ``(V, F, C_in)`` times ``parts`` weights at once, each part as ``(V, C_out, F)``.

    The parts have single precision at least.

    Args:
        rows: ``(V, F, C_in)``.
        weight: ``(parts * C_out, C_in)``.
        parts: Number of equal parts.
    """
    rows, weight = _autocast(rows, weight)
    if not torch.is_grad_enabled():
        return _product_frames_last(rows, weight).chunk(parts, dim=1)
    result: tuple[Tensor, ...] = _ToFramesLast.apply(  # type: ignore[no-untyped-call]
        rows, weight, parts
    )
    return result


def project_to_rows(x: Tensor, weight: Tensor) -> Tensor:
    """``(V, C_in, F)`` times a weight ``(C_out, C_in)``, as rows ``(V, F, C_out)``.

    Of the two types the weight's is that of the result, outside of autocast.
    """
    x, weight = _autocast(x.to(weight.dtype), weight)
    if not torch.is_grad_enabled():
        return _product_rows(x, weight)
    result: Tensor = _ToRows.apply(x, weight)  # type: ignore[no-untyped-call]
    return result


def attend(
    query: Tensor, key: Tensor, value: Tensor, allowed: Tensor | None = None, dropout: float = 0.0
) -> Tensor:
    """Equation (4) of Shi et al. over the joints of each frame.

    It is the softmax to the base of 2, for which PyTorch has the faster function: the scale of the
    query has a factor :data:`LOG2_E`.

    Args:
        query: ``(V, H, d, F)``, scaled.
        key: ``(V, H, d, F)``, or ``(V, 1, d, F)`` for all heads.
        value: ``(V, H, d, F)``, or ``(V, 1, d, F)`` for all heads.
        allowed: ``(V, F)``, True for joints that are attended to, at least one in each frame.
        dropout: Dropout of the attention coefficients.
    """
    if not torch.is_grad_enabled() and dropout == 0:
        return weigh_values(weigh_joints(query, key, allowed), value)
    with torch.autocast(query.device.type, enabled=False):
        result: Tensor = _Attend.apply(  # type: ignore[no-untyped-call]
            query, key, value, allowed, dropout
        )
    return result


def joints_to_attend(mask: Tensor) -> Tensor:
    """Joints that may be attended to, ``(V, N * T)``, by a mask ``(N, T, V)``.

    A frame without any joint would have a softmax over nothing: it attends to all, and its result
    is masked in the end.
    """
    allowed = mask | ~mask.any(dim=2, keepdim=True)
    return allowed.permute(2, 0, 1).flatten(1)


def _autocast(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Tensors in the type in which autocast wants products, where it is on."""
    device = tensors[0].device.type
    if not torch.is_autocast_enabled(device):
        return tensors
    dtype = torch.get_autocast_dtype(device)
    return tuple(tensor.to(dtype) for tensor in tensors)


def weigh_joints(query: Tensor, key: Tensor, allowed: Tensor | None) -> Tensor:
    """Attention coefficients ``(V, H, V, F)``, of which those over the third axis sum to 1."""
    scores = _compare(query, key)
    if allowed is not None:
        scores.masked_fill_(~allowed, -math.inf)
    weights = scores.sub_(scores.amax(dim=2, keepdim=True)).exp2_()
    return weights.div_(weights.sum(dim=2, keepdim=True))


def weigh_values(weights: Tensor, value: Tensor) -> Tensor:
    """Sums of values ``(V, H, d, F)`` over joints, weighed by ``(V, H, V, F)``."""
    return _sum_products(weights.unsqueeze(2), _as_other(value), dim=3)


def _compare(query: Tensor, key: Tensor) -> Tensor:
    """Products of the channels of all pairs of joints, ``(V, H, V, F)``."""
    return _sum_products(query.unsqueeze(3), _as_other(key), dim=2)


def _as_other(x: Tensor) -> Tensor:
    """``(V, H, d, F)`` as the joint that is looked at: ``(1, H, d, V, F)``."""
    return x.permute(1, 2, 0, 3).unsqueeze(0)


def _sum_products(a: Tensor, b: Tensor, dim: int) -> Tensor:
    """``(a * b).sum(dim)`` with broadcasting over the axes (joint, head, channel, other, frame).

    On a CPU the terms are added up one by one, each in one pass over what a cache holds; the order
    in memory is chosen here, since broadcasting would choose one with short rows.
    """
    if a.device.type != "cpu":
        return _sum_products_on_gpu(a, b, dim)
    shape = [max(m, n) for m, n in zip(a.shape, b.shape, strict=True)]
    if math.prod(shape) <= _ONE_PASS:
        return (a * b).sum(dim).contiguous()
    result = a.new_empty(shape[:dim] + shape[dim + 1 :])
    torch.mul(a.select(dim, 0), b.select(dim, 0), out=result)
    for term in range(1, shape[dim]):
        result.addcmul_(a.select(dim, term), b.select(dim, term))
    return result


def _sum_products_on_gpu(a: Tensor, b: Tensor, dim: int) -> Tensor:
    """The same as batched matrix products."""
    if dim == 2:
        return torch.einsum("ihcf,hcjf->ihjf", a[:, :, :, 0], b[0]).contiguous()
    return torch.einsum("ihjf,hcjf->ihcf", a[:, :, 0], b[0]).contiguous()


class _ToFramesLast(torch.autograd.Function):
    """Autograd's own backward would give gradients in another order than the features', and copy
    those of the parts together.
    """

    @staticmethod
    def forward(ctx: FunctionCtx, rows: Tensor, weight: Tensor, parts: int) -> tuple[Tensor, ...]:
        ctx.save_for_backward(rows, weight)
        return _product_frames_last(rows, weight).chunk(parts, dim=1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor, None]:
        rows, weight = ctx.saved_tensors
        grads = tuple(grad.to(rows.dtype) for grad in grads)
        grad_weight = torch.cat([torch.bmm(grad, rows).sum(dim=0) for grad in grads])
        if not ctx.needs_input_grad[0]:
            return None, grad_weight, None
        first, *others = zip(grads, weight.chunk(len(grads)), strict=True)
        grad_rows = _product_rows(first[0], first[1].t())
        for grad, part in others:
            grad_rows.baddbmm_(grad.transpose(1, 2), part.expand(rows.size(0), -1, -1))
        return grad_rows, grad_weight, None


class _ToRows(torch.autograd.Function):
    """The way back."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return _product_rows(x, weight)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        grad_weight = torch.bmm(x, grad).sum(dim=0).t()
        return _product_frames_last(grad, weight.t()).to(x.dtype), grad_weight


def _product_frames_last(rows: Tensor, weight: Tensor) -> Tensor:
    product = torch.bmm(weight.expand(rows.size(0), -1, -1), rows.transpose(1, 2))
    return product.to(torch.promote_types(product.dtype, torch.float32))


def _product_rows(x: Tensor, weight: Tensor) -> Tensor:
    return torch.bmm(x.transpose(1, 2), weight.t().expand(x.size(0), -1, -1))


class _Attend(torch.autograd.Function):
    """Written out, since autograd would keep every step's result and copy gradients together."""

    @staticmethod
    def forward(
        ctx: Any, query: Tensor, key: Tensor, value: Tensor, allowed: Tensor | None, dropout: float
    ) -> Tensor:
        weights = weigh_joints(query, key, allowed)
        kept, ctx.scale = draw_kept(weights, dropout)
        ctx.save_for_backward(query, key, value, weights, kept)
        return weigh_values(_drop(weights, kept, ctx.scale), value)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value, weights, kept = ctx.saved_tensors
        grad = grad.contiguous()
        dropped = _drop(weights, kept, ctx.scale)
        grad_value = weigh_values(dropped.transpose(0, 2), grad)
        grad_scores = _drop(_compare(grad, value), kept, ctx.scale).mul_(weights)
        grad_scores.addcmul_(weights, grad_scores.sum(dim=2, keepdim=True), value=-1)
        grad_scores.mul_(1 / LOG2_E)
        grad_query = weigh_values(grad_scores, key)
        grad_key = weigh_values(grad_scores.transpose(0, 2), query)
        return grad_query, grad_key, grad_value, None, None


def _drop(weights: Tensor, kept: Tensor | None, scale: float) -> Tensor:
    return weights if kept is None else (weights * kept.to(weights.dtype)).mul_(scale)
