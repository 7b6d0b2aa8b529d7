from itertools import pairwise

import pytest
import torch
from torch import Tensor

from skelgraph.data import SkeletonData
from skelgraph.transforms import (
    CenterCrop,
    RandomCrop,
    RandomPortion,
    ResampleFrames,
    UniformSample,
)


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
