"""The memory order inside the layers: joints outermost, channels innermost.

Layers take and return ``(N, C, T, V)``, but store ``(V, N, T, C)``. In this order, products with a
weight matrix and the temporal convolution run over long contiguous rows, one matrix product mixes
the joints, and the attention needs no copy of its queries, keys and values. Products of many rows
use ``conv2d``: on CPUs it calls oneDNN, which computes these shapes up to three times faster than
``linear``.
"""

import math
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from skelgraph.nn.frame_window import FrameWindow

_FEW_ROWS = 4096
"""Number of rows up to which starting a convolution takes longer than a plain product."""


def _are_few(num_rows: int) -> bool:
    """Return whether rows are so few, or so unknown, that a plain product is to be preferred.

    An exported program has to serve any number of them.
    """
    return torch.compiler.is_exporting() or num_rows <= _FEW_ROWS


def to_rows(x: Tensor) -> Tensor:
    """Return ``(N, C, T, V)`` as contiguous ``(V, N, T, C)``, without a copy if possible."""
    return x.permute(3, 0, 2, 1).contiguous()


def from_rows(rows: Tensor) -> Tensor:
    """View ``(V, N, T, C)`` as ``(N, C, T, V)``."""
    return rows.permute(1, 3, 2, 0)


def as_image(rows: Tensor) -> Tensor:
    """View ``(V, N, T, C)`` as the channels-last image batch ``(V * N, C, 1, T)``."""
    return rows.flatten(0, 1).unsqueeze(1).permute(0, 3, 1, 2)


def from_image(image: Tensor, num_joints: int) -> Tensor:
    """Return ``(V * N, C, 1, T)`` as contiguous ``(V, N, T, C)``."""
    series, C, _, T = image.shape
    rows = image.squeeze(2).permute(0, 2, 1).contiguous()
    return rows.view(num_joints, series // num_joints, T, C)


def project(rows: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Apply ``torch.nn.functional.linear`` to rows ``(V, N, T, C)``."""
    if _are_few(math.prod(rows.shape[:-1])):  # Size.numel would tie an exported program to it
        return F.linear(rows, weight, bias)
    image = F.conv2d(as_image(rows), weight[:, :, None, None], bias)
    return from_image(image, rows.size(0))


def convolve_frames(
    rows: Tensor, weight: Tensor, bias: Tensor | None, window: FrameWindow
) -> Tensor:
    """Convolve rows ``(V, N, T, C_in)`` over frames.

    Args:
        rows: Features.
        weight: ``(C_out, C_in, Kt, 1)`` with Kt odd, as in ``torch.nn.Conv2d``.
        bias: ``(C_out,)``.
        window: Where the window of Kt frames lies.

    Returns:
        ``(V, N, T_out, C_out)``; without a stride T_out is T, or T - Kt + 1 if the window is valid.

    Raises:
        ValueError: If there are too few frames for a valid window.
    """
    over_columns = weight.transpose(2, 3)
    if window.stride > 1 and torch.compiler.is_exporting():
        # A slice has ceil(T / stride) frames, which further layers can compute with; the number
        # that a convolution with a stride returns is an expression that they cannot simplify.
        close = convolve_frames(rows, weight, bias, replace(window, stride=1))
        return close[:, :, :: window.stride].contiguous()
    padding = (0, window.left)
    if window.left != window.right:
        rows, padding = window.pad(rows), (0, 0)
    window.check_length(rows.size(2))
    stride = (1, window.stride)
    image = F.conv2d(as_image(rows), over_columns, bias, stride=stride, padding=padding)
    return from_image(image, rows.size(0))


def keep_channels_last(weight: Tensor) -> Tensor:
    """Return a weight in the order that :func:`convolve_frames` uses without a copy."""
    over_columns = weight.transpose(2, 3).contiguous(memory_format=torch.channels_last)
    return over_columns.transpose(2, 3)


def mix_joints(rows: Tensor, mix: Tensor, weight: Tensor) -> Tensor:
    """Sum rows ``(V, N, T, C_in)`` over neighbors in each of K subsets, and multiply.

    Mixing joints before the product gives the same result and needs one matrix product over C_in
    channels of all clips and frames. The subsets then are the K rows of an image, and a convolution
    multiplies and sums them at once.

    Args:
        rows: Features.
        mix: ``(V * K, V)``, weight of each joint in each joint's subsets.
        weight: ``(C_out, C_in, K, 1)``.

    Returns:
        ``(V, N, T, C_out)``.
    """
    V, N, T, C = rows.shape
    mixed = (mix @ rows.view(V, N * T * C)).view(V, -1, N * T, C)
    return combine_subsets(mixed, weight).view(V, N, T, -1)


def combine_subsets(mixed: Tensor, weight: Tensor) -> Tensor:
    """Multiply what enters each joint in each subset, and sum over subsets.

    Args:
        mixed: ``(V, K, R, C_in)``, R clips and frames.
        weight: ``(C_out, C_in, K, 1)``.

    Returns:
        ``(V, R, C_out)``.
    """
    if _are_few(mixed.size(0) * mixed.size(2)):
        beside = mixed.transpose(1, 2).flatten(2)
        return beside @ weight.squeeze(3).permute(2, 1, 0).flatten(0, 1)
    image = F.conv2d(mixed.permute(0, 3, 1, 2), weight)
    return image.permute(0, 2, 3, 1).flatten(1, 2)


def mask_to_rows(mask: Tensor) -> Tensor:
    """View a mask ``(N, T, V)`` as ``(V, N, T, 1)``."""
    return mask.permute(2, 0, 1).unsqueeze(3)


def drop(x: Tensor, p: float) -> Tensor:
    """Apply dropout as in training; the probability is rounded to 1/65536."""
    return drop_and_add(x, None, p)


def drop_and_add(x: Tensor, other: Tensor | None, p: float) -> Tensor:
    """Apply dropout to x and add the other tensor in the same pass."""
    if torch.compiler.is_compiling():
        return F.dropout(x, p) if other is None else other + F.dropout(x, p)
    kept, scale = draw_kept(x, p)
    if kept is None:
        return x if other is None else x + other
    result: Tensor = _Drop.apply(x, other, kept, scale)  # type: ignore[no-untyped-call]
    return result


def draw_kept(x: Tensor, p: float) -> tuple[Tensor | None, float]:
    """Draw which entries of x dropout keeps (None for all), and return their scale as well.

    Entries are 1 or 0 of 8 bits, which PyTorch converts to floating-point numbers several times
    faster than Booleans. On CPUs, four random numbers of 16 bits come from one draw: drawing one
    floating-point number per entry takes longer than the attention itself. The probability is
    rounded to 1/65536, and the scale follows from the rounded one.
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
    """Dropout that stores 8 bits per entry for the backward pass."""

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
