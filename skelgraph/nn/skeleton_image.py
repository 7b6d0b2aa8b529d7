"""A clip as an image, for networks designed for photographs."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from skelgraph.nn.masking import apply_mask

_LEAST_WEIGHT = 1e-3
"""A pixel is missing if present entries have less than this share of its bilinear weight."""


class SkeletonImage(nn.Module):
    """The frames and joints of a clip, resized to the rows and columns of an image.

    Rows are frames, columns are joints in a given order, and channels are the clip's: the encoding
    of Du, Fu, Wang (ACPR 2015) with the depth-first order of Yang et al. (2018), in which most
    neighbors in the image are neighbors in the body. Pixels are interpolated as by
    ``torch.nn.functional.interpolate(mode="bilinear")``, but only between present entries: they
    share the weights of missing ones, and a pixel without any is 0. The rows range from the first
    frame with a joint to the last, so that the image contains no padding.

    Args:
        order: Joint number of each column, before resizing.
        size: Rows H and columns W of the image.

    Shape:
        - x ``(N, C, T, V)``, mask ``(N, T, V)`` or None, output ``(N, C, H, W)``
    """

    columns: Tensor

    def __init__(self, order: Sequence[int], size: tuple[int, int]) -> None:
        super().__init__()
        if min(size) < 1:
            raise ValueError(f"expected an image of 1 pixel or more each way, but got {size}")
        self.size = size
        num_joints = len(order)
        places = _pixel_places(size[1], torch.tensor([float(num_joints)]))[0]
        columns = torch.zeros(num_joints, size[1])
        columns[torch.tensor(order)] = _bilinear_weights(places, num_joints).T
        self.register_buffer("columns", columns, persistent=False)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the image of each clip; see the class for shapes."""
        x = apply_mask(x, mask)
        columns = self.columns.to(x.dtype)
        with torch.autocast(x.device.type, enabled=False):
            rows = self._weigh_frames(x, mask).unsqueeze(1)
            image = rows @ x @ columns
            if mask is None:
                return image
            weight = rows @ mask.unsqueeze(1).to(x.dtype) @ columns
            return torch.where(weight > _LEAST_WEIGHT, image / weight.clamp(_LEAST_WEIGHT), 0.0)

    def _weigh_frames(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """Return the weight of each frame in each row, (N, H, T); (1, H, T) without a mask."""
        T = x.size(2)
        if mask is None:
            return _bilinear_weights(_pixel_places(self.size[0], x.new_full((1,), T)), T)
        present = mask.any(dim=2).long()
        first = present.argmax(dim=1)
        length = T - present.flip(1).argmax(dim=1) - first
        places = _pixel_places(self.size[0], length.to(x.dtype))
        return _bilinear_weights(places, T, first.unsqueeze(1))


def _pixel_places(num_pixels: int, length: Tensor) -> Tensor:
    """Return the positions of the pixels' centers among ``length`` (N,) entries, (N, pixels)."""
    centers = torch.arange(num_pixels, dtype=length.dtype, device=length.device) + 0.5
    places = centers * (length.unsqueeze(1) / num_pixels) - 0.5
    return torch.minimum(places.clamp(min=0), length.unsqueeze(1) - 1)


def _bilinear_weights(places: Tensor, num_entries: int, first: Tensor | int = 0) -> Tensor:
    """Return the weight of each entry at each position after the first, (..., places, entries)."""
    numbers = torch.arange(num_entries, dtype=places.dtype, device=places.device) - first
    return (1 - (places.unsqueeze(-1) - numbers.unsqueeze(-2)).abs()).clamp(min=0)
