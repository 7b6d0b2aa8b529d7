"""Masks over frames and joints: what is missing or padded takes part in nothing.

A mask is ``(N, T, V)``, True where a joint is there; ``None`` means that all are. Between layers,
features at masked entries are zero.
"""

import math

import torch
from torch import Tensor, nn

from skelgraph.nn.joint_major import as_image, from_image, from_rows, mask_to_rows, to_rows


def apply_mask(x: Tensor, mask: Tensor | None) -> Tensor:
    """Sets the features of masked entries to zero, whatever they were (NaN too).

    Shape:
        - x ``(N, C, T, V)``, mask ``(N, T, V)``, output ``(N, C, T, V)``
    """
    return x if mask is None else x.masked_fill(~mask.unsqueeze(1), 0.0)


def masked_mean(x: Tensor, mask: Tensor | None) -> Tensor:
    """Mean over the frames and joints that are there; zero for a clip with none.

    Shape:
        - x ``(N, C, T, V)``, mask ``(N, T, V)``, output ``(N, C)``
    """
    if mask is None:
        return x.mean(dim=(2, 3))
    count = mask.sum(dim=(1, 2)).clamp(min=1).unsqueeze(1)
    return apply_mask(x, mask).sum(dim=(2, 3)) / count


class MaskedBatchNorm(nn.BatchNorm2d):
    """Batch normalization whose statistics leave out masked entries.

    The parameters, buffers and, without a mask, results are those of ``torch.nn.BatchNorm2d``. In
    training with a mask, mean and variance are taken over the entries that are there, so that a
    padded batch gives the statistics of its clips alone.

    Shape:
        - x ``(N, C, T, V)``, mask ``(N, T, V)`` or None, output ``(N, C, T, V)``
    """

    def forward(self, input: Tensor, mask: Tensor | None = None) -> Tensor:
        """Normalizes each channel; see the class for shapes."""
        rows = to_rows(input)
        takes_statistics = self.training or not self.track_running_stats
        if mask is None or not takes_statistics:
            image = super().forward(as_image(rows))
            return from_rows(from_image(image, rows.size(0)))
        return from_rows(_normalize_masked(self, rows, mask_to_rows(mask), (0, 1, 2)))


class JointBatchNorm(nn.BatchNorm1d):
    """Batch normalization of each coordinate of each joint over clips and frames.

    The input normalization of ST-GCN and of the released S-STGCN: channels are joint-major,
    coordinate-minor. A coordinate that no clip of a batch holds keeps its running statistics.

    Args:
        channels: Coordinates C of a joint.
        num_joints: Number of joints V.

    Shape:
        - x ``(N, C, T, V)``, mask ``(N, T, V)`` or None, output ``(N, C, T, V)``
    """

    def __init__(self, channels: int, num_joints: int) -> None:
        super().__init__(num_joints * channels)

    def forward(self, input: Tensor, mask: Tensor | None = None) -> Tensor:
        """Normalizes each coordinate of each joint; see the class for shapes."""
        N, C, T, V = input.shape
        x = input.permute(0, 3, 1, 2).reshape(N, V * C, T)
        if mask is None or not self.training:
            x = super().forward(x)
        else:
            present = mask.permute(0, 2, 1).unsqueeze(2).expand(N, V, C, T).reshape(N, V * C, T)
            x = _normalize_masked(self, x, present, (0, 2))
        return x.view(N, V, C, T).permute(0, 2, 3, 1)


def _normalize_masked(
    norm: nn.BatchNorm1d | nn.BatchNorm2d, x: Tensor, mask: Tensor, dims: tuple[int, ...]
) -> Tensor:
    """Training-mode batch normalization over the entries where the broadcast mask is True."""
    kept = [1 if dim in dims else size for dim, size in enumerate(x.shape)]
    dtype = torch.promote_types(x.dtype, torch.float32)
    weight = mask.to(dtype)
    values = x.to(dtype).masked_fill(~mask, 0.0)
    count = weight.sum(dims).expand(math.prod(kept))
    seen = count.clamp(min=1)
    mean = values.sum(dims) / seen
    centered = (values - mean.view(kept)) * weight
    variance = centered.square().sum(dims) / seen
    _update_running_statistics(norm, mean.detach(), variance.detach(), count)
    scale = torch.rsqrt(variance + norm.eps)
    if not norm.affine:
        return (centered * scale.view(kept)).to(x.dtype)
    scale = scale * norm.weight
    return (centered * scale.view(kept) + norm.bias.view(kept)).to(x.dtype)


def _update_running_statistics(
    norm: nn.BatchNorm1d | nn.BatchNorm2d, mean: Tensor, variance: Tensor, count: Tensor
) -> None:
    tracked = norm.num_batches_tracked
    if norm.running_mean is None or norm.running_var is None or tracked is None:
        return
    tracked.add_(1)
    momentum = 1 / float(tracked) if norm.momentum is None else norm.momentum
    unbiased = variance * count / (count - 1).clamp(min=1)
    share = momentum * (count > 0).to(norm.running_mean.dtype)
    norm.running_mean.lerp_(mean.to(share.dtype), share)
    norm.running_var.lerp_(unbiased.to(share.dtype), share)
