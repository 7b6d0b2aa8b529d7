"""Masks over frames and joints, which exclude missing and padded entries from all results.

A mask is ``(N, T, V)``, True where a joint is present; ``None`` means that all are. Between layers,
features at masked entries are zero.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses import FakeTensor
from torch.autograd.function import FunctionCtx, once_differentiable
from torch.nn import functional as F

from skelgraph.nn.joint_major import as_image, from_image, from_rows, mask_to_rows, to_rows


def apply_mask(x: Tensor, mask: Tensor | None) -> Tensor:
    """Set the features of masked entries to zero, even if they are NaN.

    Shape:
        - x ``(N, C, T, V)``, mask ``(N, T, V)``, output ``(N, C, T, V)``
    """
    return x if mask is None else x.masked_fill(~mask.unsqueeze(1), 0.0)


def clear_masked(x: Tensor, mask: Tensor | None) -> Tensor:
    """Set the features of masked entries to zero, provided that they are finite.

    Inside the layers they are, and this product is several times faster than :func:`apply_mask`.

    Shape:
        - x ``(N, C, T, V)``, mask ``(N, T, V)``, output ``(N, C, T, V)``
    """
    return x if mask is None else x * mask.unsqueeze(1).to(x.dtype)


def masked_mean(x: Tensor, mask: Tensor | None) -> Tensor:
    """Return the mean over present frames and joints; zero for a clip without any.

    Shape:
        - x ``(N, C, T, V)``, mask ``(N, T, V)``, output ``(N, C)``
    """
    if mask is None:
        return x.mean(dim=(2, 3))
    count = mask.sum(dim=(1, 2)).clamp(min=1).unsqueeze(1)
    return apply_mask(x, mask).sum(dim=(2, 3)) / count


def skip_whole_mask(mask: Tensor | None) -> Tensor | None:
    """Return None for a mask that is known to leave nothing out: then no masking pass is done."""
    is_whole = mask is not None and is_on_host(mask) and bool(mask.all())
    return None if is_whole else mask


class MaskedBatchNorm(nn.BatchNorm2d):
    """Batch normalization whose statistics leave out masked entries.

    Parameters, buffers and, without a mask, results are those of ``torch.nn.BatchNorm2d``. In
    training with a mask, mean and variance are those of the present entries, so that padding does
    not change them. Masked entries must be finite. A single entry has no variance: it becomes the
    bias.

    Shape:
        - x ``(N, C, T, V)``, mask ``(N, T, V)`` or None, output ``(N, C, T, V)``
    """

    def forward(self, input: Tensor, mask: Tensor | None = None) -> Tensor:
        """Normalize each channel; see the class for shapes."""
        rows = to_rows(input)
        takes_statistics = self.training or not self.track_running_stats
        if torch.compiler.is_exporting() and not takes_statistics:
            plain = (self.running_mean, self.running_var, self.weight, self.bias)
            table = F.batch_norm(rows.flatten(0, 2), *plain, eps=self.eps)
            return from_rows(table.view(rows.shape))  # an image's strides depend on the frames
        if mask is None or not takes_statistics:
            image = super().forward(as_image(rows))
            return from_rows(from_image(image, rows.size(0)))
        keep = mask_to_rows(mask).reshape(-1, 1)
        return from_rows(_normalize_masked(self, rows.flatten(0, 2), keep).view(rows.shape))


class JointBatchNorm(nn.BatchNorm1d):
    """Batch normalization of each coordinate of each joint over clips and frames.

    The input normalization of ST-GCN and of the released S-STGCN: channels are joint-major,
    coordinate-minor. A joint that is missing from a whole batch keeps its running statistics.

    Shape:
        - x ``(N, C, T, V)``, mask ``(N, T, V)`` or None, output ``(N, C, T, V)``
    """

    def __init__(self, channels: int, num_joints: int) -> None:
        super().__init__(num_joints * channels)

    def forward(self, input: Tensor, mask: Tensor | None = None) -> Tensor:
        """Normalize each coordinate of each joint; see the class for shapes."""
        N, C, T, V = input.shape
        x = input.permute(0, 2, 3, 1).reshape(N * T, V * C)
        if mask is None or not self.training:
            x = super().forward(x)
        else:
            x = _normalize_masked(self, x, mask.reshape(N * T, V).repeat_interleave(C, dim=1))
        return x.view(N, T, V, C).permute(0, 3, 1, 2)


class ImageBatchNorm(nn.BatchNorm2d):
    """Batch normalization whose statistics leave out absent images.

    Parameters, buffers and, if all images are present, results are those of
    ``torch.nn.BatchNorm2d``. Absent images must be finite.

    Shape:
        - x ``(N, C, H, W)``, present ``(N,)`` bool or None, output ``(N, C, H, W)``
    """

    def forward(self, input: Tensor, present: Tensor | None = None) -> Tensor:
        """Normalize each channel; see the class for shapes."""
        if present is None or not self.training:
            return super().forward(input)
        N, C, H, W = input.shape
        x = input.permute(0, 2, 3, 1).reshape(-1, C)
        keep = present.view(N, 1).expand(N, H * W).reshape(-1, 1)
        return _normalize_masked(self, x, keep).view(N, H, W, C).permute(0, 3, 1, 2)


def _normalize_masked(norm: nn.BatchNorm1d | nn.BatchNorm2d, x: Tensor, keep: Tensor) -> Tensor:
    """Batch-normalize the columns of x (R, C) as in training.

    ``keep`` is 1 where an entry is present, else 0; (R, 1) or (R, C).
    """
    dtype = torch.promote_types(x.dtype, torch.float32)
    keep = keep.to(dtype)
    count = keep.sum(dim=0)
    normalized: Tensor
    if torch.compiler.is_compiling():
        normalized, mean, variance = _standardize_plainly(x.to(dtype), keep, count, norm.eps)
    else:
        normalized, mean, variance = _MaskedStandardize.apply(  # type: ignore[no-untyped-call]
            x.to(dtype), keep, count, norm.eps
        )
    _update_running_statistics(norm, mean, variance, count.expand(x.size(1)))
    if norm.affine:
        normalized = torch.addcmul(norm.bias, normalized, norm.weight)
    return normalized.to(x.dtype)


def _standardize_plainly(
    x: Tensor, keep: Tensor, count: Tensor, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Compute :class:`_MaskedStandardize` in plain operations, which a compiler fuses itself."""
    seen = count.clamp(min=1)
    mean = (x * keep).sum(dim=0) / seen
    centered = (x - mean) * keep
    variance = centered.square().sum(dim=0) / seen
    return centered * torch.rsqrt(variance + eps), mean.detach(), variance.detach()


class _MaskedStandardize(torch.autograd.Function):
    """Columns with mean 0 and variance 1 over the present entries, and 0 at the others.

    The backward pass is hand-written because autograd would keep four copies of the input.
    """

    @staticmethod
    def forward(
        ctx: FunctionCtx, x: Tensor, keep: Tensor, count: Tensor, eps: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        seen = count.clamp(min=1)
        centered = x * keep
        mean = centered.sum(dim=0) / seen
        centered = torch.addcmul(centered, keep, mean, value=-1)
        variance = torch.linalg.vecdot(centered, centered, dim=0) / seen
        inverse_std = torch.rsqrt(variance + eps)
        normalized = centered.mul_(inverse_std)
        ctx.save_for_backward(normalized, keep, seen, inverse_std)
        ctx.mark_non_differentiable(mean, variance)
        return normalized, mean, variance

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, grad: Tensor, grad_mean: Tensor, grad_variance: Tensor
    ) -> tuple[Tensor, None, None, None]:
        normalized, keep, seen, inverse_std = ctx.saved_tensors
        kept = grad * keep
        mean = kept.sum(dim=0) / seen
        slope = torch.linalg.vecdot(kept, normalized, dim=0) / seen
        kept = torch.addcmul(kept, keep, mean, value=-1)
        return kept.addcmul_(normalized, slope, value=-1).mul_(inverse_std), None, None, None


def _update_running_statistics(
    norm: nn.BatchNorm1d | nn.BatchNorm2d, mean: Tensor, variance: Tensor, count: Tensor
) -> None:
    tracked = norm.num_batches_tracked
    if norm.running_mean is None or norm.running_var is None or tracked is None:
        return
    tracked.add_(1)
    dtype = norm.running_mean.dtype
    momentum = tracked.to(dtype).reciprocal() if norm.momentum is None else norm.momentum
    unbiased = variance * count / (count - 1).clamp(min=1)
    share = momentum * (count > 0).to(dtype)
    norm.running_mean.lerp_(mean.to(dtype), share)
    norm.running_var.lerp_(unbiased.to(dtype), share)


def is_on_host(tensor: Tensor) -> bool:
    """Return whether the values of the tensor are known and cost no wait.

    Only then are values checked and shorter ways chosen by them. It is False on any device but the
    CPU, and for a compiler, which has shapes but no values.
    """
    if torch.compiler.is_compiling():
        return False
    return tensor.device.type == "cpu" and not isinstance(tensor, FakeTensor)


class FoldedNorm(nn.Module):
    """A batch norm after training: a scale and a shift of the last axis."""

    scale: Tensor
    shift: Tensor

    def __init__(self, norm: nn.BatchNorm1d | nn.BatchNorm2d, dtype: torch.dtype) -> None:
        super().__init__()
        scale, shift = fold_norm(norm)
        self.register_buffer("scale", scale.to(dtype))
        self.register_buffer("shift", shift.to(dtype))

    def forward(self, x: Tensor) -> Tensor:
        """Scale and shift ``(..., C)``."""
        return torch.addcmul(self.shift, x, self.scale)


def fold_norm(norm: nn.BatchNorm1d | nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Return the scale and shift of each channel of a trained batch norm, in float64.

    Raises:
        ValueError: If it has no running statistics.
    """
    if norm.running_mean is None or norm.running_var is None:
        raise ValueError("expected a batch norm with running statistics, but it has none")
    scale = torch.rsqrt(norm.running_var.double() + norm.eps)
    if norm.affine:
        scale = scale * norm.weight.detach()
    shift = -norm.running_mean.double() * scale
    return scale, shift + norm.bias.detach() if norm.affine else shift
