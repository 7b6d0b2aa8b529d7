import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from skelgraph.data import SkeletonData
from skelgraph.layouts import UPPER10
from skelgraph.transforms import (
    CenterCrop,
    JitterJoints,
    JointToBone,
    Mirror,
    RandomCrop,
    RandomPortion,
    RandomRotation,
    RandomScale,
    ResampleFrames,
    UniformSample,
)


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


def frames_of(data: SkeletonData) -> Tensor:
    """The frames of the clock that were kept."""
    assert (data.positions == data.positions[:, :1, :1]).all()
    return data.positions[:, 0, 0]


def test_a_random_window_is_of_consecutive_frames_and_reaches_both_ends(
    clock: SkeletonData,
) -> None:
    torch.manual_seed(0)
    windows = [frames_of(RandomCrop(5)(clock)) for _ in range(100)]
    assert all((window.diff() == 1).all() and len(window) == 5 for window in windows)
    assert {int(window[0]) for window in windows} == set(range(8))


def test_a_short_clip_stays_whole(clock: SkeletonData) -> None:
    for crop in (RandomCrop(12), RandomCrop(99), CenterCrop(99), RandomPortion((1.0, 1.0))):
        assert frames_of(crop(clock)).tolist() == list(range(12))


def test_the_middle_is_kept(clock: SkeletonData) -> None:
    assert frames_of(CenterCrop(4)(clock)).tolist() == [4, 5, 6, 7]
    assert frames_of(CenterCrop(5)(clock)).tolist() == [3, 4, 5, 6, 7]


def test_portions_have_lengths_within_their_limits(clock: SkeletonData) -> None:
    torch.manual_seed(0)
    windows = [frames_of(RandomPortion((0.5, 0.75))(clock)) for _ in range(100)]
    assert {len(window) for window in windows} == {6, 7, 8, 9}
    assert all((window.diff() == 1).all() for window in windows)
    assert frames_of(RandomPortion((0.1, 0.1), min_frames=10)(clock)).shape == (10,)


def test_uniform_sampling_takes_one_frame_of_each_segment(clock: SkeletonData) -> None:
    torch.manual_seed(0)
    samples = torch.stack([frames_of(UniformSample(5)(clock)) for _ in range(200)])
    starts = [0, 2, 4, 7, 9, 12]  # floor(i * 12 / 5)
    for i, (start, end) in enumerate(pairwise(starts)):
        assert set(samples[:, i].tolist()) == set(range(start, end))
    middle = UniformSample(5, is_random=False)
    assert frames_of(middle(clock)).tolist() == [1, 3, 5, 8, 10]


def test_uniform_sampling_of_all_frames_keeps_them(clock: SkeletonData) -> None:
    assert frames_of(UniformSample(12)(clock)).tolist() == list(range(12))


def test_a_short_clip_is_repeated(clock: SkeletonData) -> None:
    fixed = frames_of(UniformSample(15, is_random=False)(clock))
    assert fixed.tolist() == [*range(12), 0, 1, 2]
    torch.manual_seed(0)
    drawn = [frames_of(UniformSample(30)(clock)) for _ in range(100)]
    assert all((one.diff() % 12 == 1).all() for one in drawn)
    assert {int(one[0]) for one in drawn} == set(range(12))


def test_uniform_motion_stays_uniform(clock: SkeletonData) -> None:
    expected = torch.linspace(0, 11, 31)
    assert torch.allclose(frames_of(ResampleFrames(31)(clock)), expected, atol=1e-6)
    assert frames_of(ResampleFrames(1)(clock)).tolist() == [5.5]
    assert frames_of(ResampleFrames(12)(clock)).tolist() == list(range(12))


def test_a_clip_lasts_as_long_at_another_number_of_frames(clock: SkeletonData) -> None:
    for num_frames in (5, 12, 31):
        resampled = ResampleFrames(num_frames)(clock)
        assert (num_frames - 1) / resampled.fps == pytest.approx(11 / 30)
    assert ResampleFrames(1)(clock).fps == 30
    assert UniformSample(6)(clock).fps == 15
    assert UniformSample(30)(clock).fps == 30  # repeated
    assert clock.fps == 30


def test_a_joint_is_missing_between_frames_where_one_lacks_it(clock: SkeletonData) -> None:
    present = clock.present.clone()
    present[4, 2] = False
    gappy = clock.with_positions(clock.positions, present)
    doubled = ResampleFrames(23)(gappy)  # every half frame
    assert torch.nonzero(~doubled.present[:, 2]).flatten().tolist() == [7, 8, 9]
    assert doubled.present[:, 3].all()
    assert doubled.positions[6, 2, 0] == 3


def test_one_frame_is_repeated(clock: SkeletonData) -> None:
    single = CenterCrop(1)(clock)
    assert frames_of(ResampleFrames(4)(single)).tolist() == [5] * 4
    assert frames_of(UniformSample(3)(single)).tolist() == [5] * 3


@pytest.mark.parametrize("transform", [RandomCrop, CenterCrop, UniformSample, ResampleFrames])
def test_no_frames_are_an_error(transform) -> None:
    with pytest.raises(ValueError, match="number of frames of 1 or more, but got 0"):
        transform(0)


def test_impossible_shares_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"share above 0 and up to 1, but got \(0.5, 1.5\)"):
        RandomPortion((0.5, 1.5))
