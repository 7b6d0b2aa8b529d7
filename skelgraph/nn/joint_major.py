"""The memory order inside the layers: joints outermost, channels innermost.

Layers take and give ``(N, C, T, V)``, but keep ``(V, N, T, C)`` in memory. In that order a product
with a weight matrix and the temporal convolution run over long contiguous rows, the mixing of
joints is one matrix product over everything else, and the attention's queries, keys and values are
read where the projection left them, without a copy. Products of many rows go through ``conv2d``: on
CPUs it reaches oneDNN, which on some does these shapes two to three times faster than ``linear``.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

_FEW_ROWS = 4096
"""Rows up to which a convolution takes longer to start than a plain product takes."""


def to_rows(x: Tensor) -> Tensor:
    """``(N, C, T, V)`` as contiguous ``(V, N, T, C)``; no copy where it is so in memory."""
    return x.permute(3, 0, 2, 1).contiguous()


def from_rows(rows: Tensor) -> Tensor:
    """``(V, N, T, C)`` seen as ``(N, C, T, V)``."""
    return rows.permute(1, 3, 2, 0)


def as_image(rows: Tensor) -> Tensor:
    """``(V, N, T, C)`` seen as the channels-last image batch ``(V * N, C, 1, T)``."""
    V, N, T, C = rows.shape
    return rows.reshape(V * N, 1, T, C).permute(0, 3, 1, 2)


def from_image(image: Tensor, num_joints: int) -> Tensor:
    """``(V * N, C, 1, T)`` as contiguous ``(V, N, T, C)``."""
    _, C, _, T = image.shape
    return image.permute(0, 2, 3, 1).contiguous().view(num_joints, -1, T, C)


def project(rows: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``torch.nn.functional.linear`` over rows ``(V, N, T, C)``."""
    if rows.shape[:-1].numel() <= _FEW_ROWS:
        return F.linear(rows, weight, bias)
    image = F.conv2d(as_image(rows), weight[:, :, None, None], bias)
    return from_image(image, rows.size(0))


def convolve_frames(
    rows: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1
) -> Tensor:
    """Convolution of rows ``(V, N, T, C_in)`` over frames, with a window centered on each.

    Args:
        rows: Features.
        weight: ``(C_out, C_in, Kt, 1)`` with Kt odd, as in ``torch.nn.Conv2d``.
        bias: ``(C_out,)``.
        stride: Frames from one output to the next.

    Returns:
        ``(V, N, ceil(T / stride), C_out)``.
    """
    over_columns = weight.transpose(2, 3)
    padding = (0, weight.size(2) // 2)
    image = F.conv2d(as_image(rows), over_columns, bias, stride=(1, stride), padding=padding)
    return from_image(image, rows.size(0))


def keep_channels_last(weight: Tensor) -> Tensor:
    """A weight of :func:`convolve_frames` in the order in which it is used without a copy."""
    over_columns = weight.transpose(2, 3).contiguous(memory_format=torch.channels_last)
    return over_columns.transpose(2, 3)


def mix_joints(rows: Tensor, mix: Tensor, weight: Tensor) -> Tensor:
    """Sums rows ``(V, N, T, C_in)`` over neighbors in each of K subsets, and multiplies.

    Joints are mixed before the product, which is the same and touches C_in channels: one matrix
    product over all clips and frames. The subsets then lie beside each other as the rows of an
    image, and a convolution over K rows multiplies and sums them at once.

    Args:
        rows: Features.
        mix: ``(V * K, V)``, what each joint's subsets take of each joint.
        weight: ``(C_out, C_in, K, 1)``.

    Returns:
        ``(V, N, T, C_out)``.
    """
    V, N, T, C = rows.shape
    mixed = (mix @ rows.view(V, N * T * C)).view(V, -1, N * T, C)
    if V * N * T <= _FEW_ROWS:
        beside = mixed.transpose(1, 2).reshape(V, N, T, -1)
        return beside @ weight.squeeze(3).permute(2, 1, 0).flatten(0, 1)
    image = F.conv2d(mixed.permute(0, 3, 1, 2), weight)
    return image.permute(0, 2, 3, 1).reshape(V, N, T, -1)


def mask_to_rows(mask: Tensor) -> Tensor:
    """A mask ``(N, T, V)`` as ``(V, N, T, 1)``."""
    return mask.permute(2, 0, 1).unsqueeze(3)


def drop(x: Tensor, p: float) -> Tensor:
    """Dropout for training; the probability is rounded to 1/65536."""
    return drop_and_add(x, None, p)


def drop_and_add(x: Tensor, other: Tensor | None, p: float) -> Tensor:
    """Dropout of x, to which the other is added in the same pass."""
    if torch.compiler.is_compiling():
        return F.dropout(x, p) if other is None else other + F.dropout(x, p)
    kept, scale = draw_kept(x, p)
    if kept is None:
        return x if other is None else x + other
    result: Tensor = _Drop.apply(x, other, kept, scale)  # type: ignore[no-untyped-call]
    return result


def draw_kept(x: Tensor, p: float) -> tuple[Tensor | None, float]:
    """Which entries of x dropout keeps, and what they are to be multiplied with; None for all.

    Entries are 1 or 0 of 8 bits, which PyTorch turns into floating-point numbers several times
    faster than Booleans. On CPUs the random numbers have 16 bits, four to a draw: drawing one
    floating-point number for each entry takes longer there than the attention itself. The
    probability is rounded to 1/65536 and the scale is made to fit.
    """
    threshold = round(p * 65536)
    if threshold == 0:
        return None, 1.0
    scale = 65536 / (65536 - threshold)
    if x.device.type != "cpu":
        return (torch.rand(x.shape, device=x.device) >= threshold / 65536).to(torch.uint8), scale
    lowest = threshold - 32768
    draws = torch.empty((x.numel() + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
    kept = draws.view(torch.int16)[: x.numel()].clamp_(lowest - 1, lowest).sub_(lowest - 1)
    return kept.view(x.shape).to(torch.uint8), scale


class _Drop(torch.autograd.Function):
    """Keeps 8 bits an entry for the backward pass."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, other: Tensor | None, kept: Tensor, scale: float) -> Tensor:
        ctx.save_for_backward(kept)
        ctx.scale = scale
        if other is None:
            return kept.to(x.dtype).mul_(x).mul_(scale)
        return torch.addcmul(other, x, kept.to(x.dtype), value=scale)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor | None, None, None]:
        (kept,) = ctx.saved_tensors
        grad_x = kept.to(grad.dtype).mul_(grad).mul_(ctx.scale)
        return grad_x, grad if ctx.needs_input_grad[1] else None, None, None
