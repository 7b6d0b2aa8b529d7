from itertools import pairwise

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from skelgraph.layouts import OPENPOSE18
from skelgraph.nn import SkeletonImage

ORDER = [2, 0, 1, 3]


def interpolate_masked(x: Tensor, mask: Tensor, height: int, width: int) -> Tensor:
    """One clip's image (C, H, W), pixel by pixel; x (C, T, V), mask (T, V)."""
    frames = [t for t in range(x.size(1)) if mask[t].any()]
    x, mask = x[:, frames[0] : frames[-1] + 1, ORDER], mask[frames[0] : frames[-1] + 1, ORDER]
    T, V = mask.shape
    image = torch.zeros(x.size(0), height, width)
    for h in range(height):
        t = min(max((h + 0.5) * T / height - 0.5, 0), T - 1)
        for w in range(width):
            v = min(max((w + 0.5) * V / width - 0.5, 0), V - 1)
            total, weight = torch.zeros(x.size(0)), 0.0
            for i in {int(t), min(int(t) + 1, T - 1)}:
                for j in {int(v), min(int(v) + 1, V - 1)}:
                    share = (1 - abs(t - i)) * (1 - abs(v - j)) * float(mask[i, j])
                    if share > 0:
                        total, weight = total + share * x[:, i, j], weight + share
            if weight > 1e-3:
                image[:, h, w] = total / weight
    return image


@pytest.mark.parametrize(("height", "width"), [(5, 7), (20, 3), (11, 4), (1, 1)])
def test_without_gaps_it_is_torchs_bilinear_resize(height: int, width: int) -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 3, 11, 4)
    expected = F.interpolate(x[..., ORDER], size=(height, width), mode="bilinear")
    torch.testing.assert_close(SkeletonImage(ORDER, (height, width))(x), expected)


def test_gaps_are_filled_from_what_is_there() -> None:
    torch.manual_seed(0)
    x = torch.randn(3, 3, 11, 4)
    mask = torch.rand(3, 11, 4) > 0.4
    mask[0, :, 1] = False
    mask[1, :3] = False
    mask[2, 8:] = False
    images = SkeletonImage(ORDER, (9, 6))(x.masked_fill(~mask.unsqueeze(1), float("nan")), mask)
    for clip in range(3):
        expected = interpolate_masked(x[clip], mask[clip], 9, 6)
        torch.testing.assert_close(images[clip], expected, rtol=1e-4, atol=1e-5)


def test_padding_at_either_end_is_not_in_the_image() -> None:
    torch.manual_seed(0)
    image = SkeletonImage(ORDER, (8, 8))
    x = torch.randn(1, 3, 11, 4)
    mask = torch.rand(1, 11, 4) > 0.3
    expected = image(x, mask)
    padded = F.pad(x, (0, 0, 5, 9), value=1e3), F.pad(mask, (0, 0, 5, 9))
    torch.testing.assert_close(image(*padded), expected)


def test_a_frame_without_joints_takes_its_time() -> None:
    """It is not cut out, which would make the motion faster: its neighbors reach into it."""
    x = torch.arange(3.0)[None, None, :, None].expand(1, 1, 3, 4)
    mask = torch.tensor([True, False, True])[None, :, None].expand(1, 3, 4)
    image = SkeletonImage(ORDER, (6, 4))(x, mask)
    assert image[0, 0, :, 0].tolist() == [0, 0, 0, 2, 2, 2]


def test_most_neighbors_in_depth_first_order_are_neighbors_in_the_body() -> None:
    order = OPENPOSE18.depth_first
    assert sorted(order) == list(range(18))
    bones = {frozenset(bone) for bone in OPENPOSE18.bones}
    together = sum(frozenset(pair) in bones for pair in pairwise(order))
    by_number = sum(frozenset((v, v + 1)) in bones for v in range(17))
    assert together > by_number
    column = torch.arange(18.0)[None, None, None].expand(1, 1, 2, 18)
    assert SkeletonImage(order, (2, 18))(column)[0, 0, 0].tolist() == list(order)


def test_an_image_without_pixels_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"1 pixel or more each way, but got \(0, 4\)"):
        SkeletonImage(ORDER, (0, 4))
