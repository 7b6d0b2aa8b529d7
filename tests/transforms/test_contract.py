"""What holds for every transform."""

import pytest
import torch
from torch_geometric.data import Batch
from torch_geometric.transforms import BaseTransform, Compose

from skelgraph.data import SkeletonData, SkeletonDataset, to_dense
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence
from skelgraph.transforms import (
    AddEdges,
    CenterCrop,
    JitterJoints,
    JointToBone,
    Mirror,
    RandomCrop,
    RandomPortion,
    RandomRotation,
    RandomScale,
    ResampleFrames,
    ScrambleAxes,
    ToMotion,
    ToSpeed,
    UniformSample,
)

RANDOM = [
    JitterJoints(0.1),
    Mirror(UPPER10),
    RandomCrop(7),
    RandomPortion(),
    RandomRotation(20, tilt_degrees=5),
    RandomScale((0.9, 1.1)),
    UniformSample(5),
    UniformSample(30),
]
FIXED = [
    AddEdges(UPPER10),
    CenterCrop(5),
    JointToBone(UPPER10),
    ResampleFrames(20),
    ScrambleAxes(20),
    ToMotion(),
    ToSpeed(),
    UniformSample(5, is_random=False),
]


def name_of(transform: BaseTransform) -> str:
    return type(transform).__name__


@pytest.mark.parametrize("transform", RANDOM + FIXED, ids=name_of)
def test_a_transform_keeps_the_promises_of_the_data(
    transform: BaseTransform, clip: SkeletonData
) -> None:
    before = clip.clone()
    torch.manual_seed(1)
    result = transform(clip)
    assert torch.equal(clip.x, before.x)
    assert clip.num_frames == before.num_frames
    assert "edge_index" not in clip
    T = result.num_frames
    assert result.x.shape == (T * 10, 2 if isinstance(transform, ToSpeed) else 3)
    assert result.mask.shape == (T * 10,)
    assert result.joint.tolist() == list(range(10)) * T
    assert (result.x[~result.mask] == 0).all()
    assert torch.isfinite(result.x).all()
    assert result.mask.any()
    assert (result.y, result.name, result.layout) == (clip.y, "clip", "upper10")


@pytest.mark.parametrize("transform", RANDOM, ids=name_of)
def test_draws_follow_pytorchs_generator(transform: BaseTransform, clip: SkeletonData) -> None:
    def draw(seed: int) -> SkeletonData:
        torch.manual_seed(seed)
        return transform(clip)

    assert torch.equal(draw(3).x, draw(3).x)
    shapes_and_sums = {(draw(seed).num_frames, float(draw(seed).x.sum())) for seed in range(10)}
    assert len(shapes_and_sums) > 1


@pytest.mark.parametrize("transform", RANDOM + FIXED, ids=name_of)
def test_two_coordinates_are_fine(transform: BaseTransform, clip: SkeletonData) -> None:
    clip.x = clip.x[:, :2]
    assert transform(clip).x.shape[1] == 2


@pytest.mark.parametrize("transform", [AddEdges("coco17"), JointToBone("coco17"), Mirror("coco17")])
def test_another_layout_is_an_error(transform: BaseTransform, clip: SkeletonData) -> None:
    with pytest.raises(ValueError, match=r"'clip': expected layout 'coco17' with 17.*'upper10'"):
        transform(clip)


def test_transforms_are_composed_by_pyg_within_a_dataset() -> None:
    transform = Compose([Mirror(UPPER10), RandomCrop(6), JointToBone(UPPER10), AddEdges(UPPER10)])
    sequences = [
        PoseSequence(positions=torch.randn(T, 10, 3).numpy(), layout=UPPER10, fps=30.0)
        for T in (4, 9)
    ]
    dataset = SkeletonDataset(sequences, transform=transform)
    batch = Batch.from_data_list([dataset[0], dataset[1]])
    assert batch.num_frames.tolist() == [4, 6]
    assert batch.edge_index.max() == 99
    assert to_dense(batch)[0].shape == (2, 3, 6, 10)
    assert torch.equal(dataset[1].x, dataset[1].x)
