import math

import pytest
import torch

from skelgraph.data import SkeletonData
from skelgraph.layouts import UPPER10
from skelgraph.transforms import JitterJoints, JointToBone, Mirror, RandomRotation, RandomScale


def test_mirroring_exchanges_sides_and_twice_changes_nothing(clip: SkeletonData) -> None:
    mirror = Mirror(UPPER10, p=1.0)
    mirrored = mirror(clip)
    left, right = UPPER10.index("left_wrist"), UPPER10.index("right_wrist")
    flip = torch.tensor([-1.0, 1.0, 1.0])
    assert torch.equal(mirrored.positions[:, left], clip.positions[:, right] * flip)
    assert torch.equal(mirrored.present[:, left], clip.present[:, right])
    assert torch.equal(mirrored.positions[:, 1], clip.positions[:, 1] * flip)
    assert torch.equal(mirror(mirrored).x, clip.x)
    assert torch.equal(mirror(mirrored).mask, clip.mask)


def test_mirroring_bones_is_taking_bones_of_the_mirrored(clip: SkeletonData) -> None:
    mirror, bones = Mirror(UPPER10, p=1.0), JointToBone(UPPER10)
    assert torch.equal(mirror(bones(clip)).x, bones(mirror(clip)).x)


def test_about_half_of_the_clips_are_mirrored(clip: SkeletonData) -> None:
    torch.manual_seed(0)
    mirror = Mirror(UPPER10)
    count = sum(not torch.equal(mirror(clip).x, clip.x) for _ in range(200))
    assert 80 < count < 120
    assert torch.equal(Mirror(UPPER10, p=0.0)(clip).x, clip.x)


def test_a_turn_about_the_vertical_keeps_heights_and_lengths(clip: SkeletonData) -> None:
    torch.manual_seed(0)
    turned = RandomRotation(30)(clip)
    assert torch.allclose(turned.x[:, 1], clip.x[:, 1], atol=1e-6)
    assert torch.allclose(turned.x.norm(dim=1), clip.x.norm(dim=1), atol=1e-5)
    assert not torch.allclose(turned.x, clip.x, atol=1e-2)
    flat, turned_flat = clip.x[clip.mask][:, [0, 2]], turned.x[clip.mask][:, [0, 2]]
    cosine = torch.cosine_similarity(flat, turned_flat)
    assert torch.allclose(cosine, cosine[:1], atol=1e-4)
    assert cosine.min() >= math.cos(math.radians(30)) - 1e-5


def test_turns_stay_within_their_limits_and_reach_both_ways(clock: SkeletonData) -> None:
    torch.manual_seed(0)
    clock.x = torch.tensor([1.0, 0.0, 0.0]).repeat(120, 1)
    turns = torch.stack([RandomRotation(20)(clock).x[0] for _ in range(300)])
    degrees = torch.atan2(turns[:, 2], turns[:, 0]).rad2deg()
    assert -20 <= degrees.min() < -15
    assert 15 < degrees.max() <= 20
    assert abs(degrees.mean()) < 2


def test_a_tilt_turns_the_vertical(clip: SkeletonData) -> None:
    torch.manual_seed(0)
    tilted = RandomRotation(0, tilt_degrees=10)(clip)
    assert not torch.allclose(tilted.x[:, 1], clip.x[:, 1], atol=1e-3)
    x = tilted.x.double()
    volume = torch.linalg.det(clip.x.double()[:3]), torch.linalg.det(x[:3])
    assert torch.allclose(x.norm(dim=1), clip.x.double().norm(dim=1), atol=1e-5)
    assert torch.allclose(volume[0], volume[1], atol=1e-4)


def test_a_plane_clip_is_tilted_in_its_plane_alone(clip: SkeletonData) -> None:
    clip.x = clip.x[:, :2]
    assert torch.equal(RandomRotation(90)(clip).x, clip.x)
    torch.manual_seed(0)
    tilted = RandomRotation(0, tilt_degrees=30)(clip)
    assert torch.allclose(tilted.x.norm(dim=1), clip.x.norm(dim=1), atol=1e-6)
    assert not torch.allclose(tilted.x, clip.x, atol=1e-2)


def test_scaling_is_by_one_factor_within_its_limits(clip: SkeletonData) -> None:
    torch.manual_seed(0)
    factors = []
    for _ in range(100):
        ratios = (RandomScale((0.8, 1.5))(clip).x / clip.x)[clip.mask]
        assert torch.allclose(ratios, ratios[0, 0], atol=1e-5)
        factors.append(float(ratios[0, 0]))
    assert 0.8 <= min(factors) < 0.85
    assert 1.45 < max(factors) <= 1.5


def test_jitter_has_its_standard_deviation_on_what_is_there(clip: SkeletonData) -> None:
    torch.manual_seed(0)
    noise = torch.stack([JitterJoints(0.02)(clip).x - clip.x for _ in range(50)])
    assert float(noise[:, clip.mask].std()) == pytest.approx(0.02, rel=0.05)
    assert (noise[:, ~clip.mask] == 0).all()


def test_wrong_options_are_errors() -> None:
    with pytest.raises(ValueError, match=r"probability from 0 to 1, but got 1\.5"):
        Mirror(UPPER10, p=1.5)
    with pytest.raises(ValueError, match=r"angles of 0 or more, but got -1 and 0\.0 degrees"):
        RandomRotation(-1)
    with pytest.raises(ValueError, match=r"positive factor, but got \(1.1, 0.9\)"):
        RandomScale((1.1, 0.9))
    with pytest.raises(ValueError, match=r"standard deviation of 0 or more, but got -0\.1"):
        JitterJoints(-0.1)
