"""What holds for every transform, on a clip and on its graph."""

import copy
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
import torch_geometric.transforms

from skelgraph.data import ClipLike, MotionClip, SkeletonData
from skelgraph.layouts import UPPER10
from skelgraph.transforms import (
    AddEdges,
    AppendConfidence,
    CenterCrop,
    Compose,
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
    Compose([ResampleFrames(20), JointToBone(UPPER10), ToMotion()]),
    JointToBone(UPPER10),
    ResampleFrames(20),
    ScrambleAxes(20),
    ToMotion(),
    ToSpeed(),
    UniformSample(5, is_random=False),
]


FORMS = [MotionClip, SkeletonData]


def name_of(value: object) -> str:
    return value.__name__ if isinstance(value, type) else type(value).__name__


def make_form(form: type, clip: MotionClip) -> MotionClip | SkeletonData:
    return clip if form is MotionClip else SkeletonData.from_clip(clip)


@pytest.mark.parametrize("form", FORMS, ids=name_of)
@pytest.mark.parametrize("transform", RANDOM + FIXED, ids=name_of)
def test_a_transform_keeps_the_promises_of_the_data(
    transform, form: type, motion_clip: MotionClip
) -> None:
    data = make_form(form, motion_clip.without_scores())
    before = data.positions.clone()
    torch.manual_seed(1)
    result = transform(data)
    assert torch.equal(data.positions, before)
    assert data.num_frames == 12
    assert getattr(data, "edge_index", None) is None
    T = result.num_frames
    assert result.positions.shape == (T, 10, 2 if isinstance(transform, ToSpeed) else 3)
    assert result.present.shape == (T, 10)
    assert (result.positions[~result.present] == 0).all()
    assert torch.isfinite(result.positions).all()
    assert result.present.any()
    assert (int(result.y), result.name, result.layout) == (1, "clip", "upper10")
    if isinstance(result, SkeletonData):
        assert result.joint.tolist() == list(range(10)) * T
    assert isinstance(result, SkeletonData if isinstance(transform, AddEdges) else form)


@pytest.mark.parametrize("transform", [*RANDOM, *FIXED, AppendConfidence()], ids=name_of)
def test_a_clip_and_its_graph_give_equal_results(transform, motion_clip: MotionClip) -> None:
    takes_scores = not isinstance(transform, ScrambleAxes)
    clip = motion_clip if takes_scores else motion_clip.without_scores()

    def apply(data: ClipLike) -> ClipLike:
        torch.manual_seed(7)
        return transform(data)

    one, other = apply(clip), apply(SkeletonData.from_clip(clip))
    assert torch.equal(one.positions, other.positions)
    assert torch.equal(one.present, other.present)
    assert (one.scores is None) == (other.scores is None)
    if one.scores is not None:
        assert torch.equal(one.scores, other.scores)
    assert (one.num_frames, one.num_joints, one.fps) == (
        *(other.num_frames, other.num_joints, other.fps),
    )


@pytest.mark.parametrize("transform", RANDOM, ids=name_of)
def test_draws_follow_pytorchs_generator(transform, motion_clip: MotionClip) -> None:
    clip = motion_clip.without_scores()

    def draw(seed: int) -> MotionClip:
        torch.manual_seed(seed)
        return transform(clip)

    assert torch.equal(draw(3).positions, draw(3).positions)
    shapes_and_sums = {
        (draw(seed).num_frames, float(draw(seed).positions.sum())) for seed in range(10)
    }
    assert len(shapes_and_sums) > 1


@pytest.mark.parametrize("form", FORMS, ids=name_of)
@pytest.mark.parametrize("transform", RANDOM + FIXED, ids=name_of)
def test_two_coordinates_are_fine(transform, form: type, motion_clip: MotionClip) -> None:
    flat = replace(motion_clip.without_scores(), positions=motion_clip.positions[..., :2])
    assert transform(make_form(form, flat)).positions.shape[2] == 2


@pytest.mark.parametrize("form", FORMS, ids=name_of)
@pytest.mark.parametrize("transform", [AddEdges("coco17"), JointToBone("coco17"), Mirror("coco17")])
def test_another_layout_is_an_error(transform, form: type, motion_clip: MotionClip) -> None:
    with pytest.raises(ValueError, match=r"'clip': expected layout 'coco17' with 17.*'upper10'"):
        transform(make_form(form, motion_clip))


@pytest.mark.parametrize(
    "compose", [Compose, torch_geometric.transforms.Compose], ids=["our", "pyg"]
)
def test_composed_transforms_are_applied_in_order(compose: type, motion_clip: MotionClip) -> None:
    clip = motion_clip.without_scores()
    steps = [ResampleFrames(23), JointToBone(UPPER10), ToMotion()]
    expected = copy.copy(clip)
    for step in steps:
        expected = step(expected)
    assert torch.equal(compose(steps)(clip).positions, expected.positions)
    backward = compose(steps[::-1])(clip)
    assert not torch.equal(backward.positions, expected.positions)


def test_the_names_of_composed_transforms_are_shown() -> None:
    assert repr(Compose([ToMotion(), ToSpeed()])) == "Compose([ToMotion(), ToSpeed()])"


@pytest.mark.parametrize("transform", RANDOM + FIXED, ids=name_of)
def test_every_transform_is_one_of_pyg(transform) -> None:
    assert isinstance(transform, torch_geometric.transforms.BaseTransform)


@pytest.mark.parametrize(
    "imports",
    [
        "import torch_geometric.transforms; from skelgraph.transforms import Mirror",
        "from skelgraph.transforms import Mirror; from skelgraph.data import SkeletonData",
        "from skelgraph.transforms import Mirror, AddEdges",
    ],
)
def test_the_order_of_imports_does_not_matter_to_pyg(imports: str) -> None:
    code = (
        f"{imports}\nfrom torch_geometric.transforms import BaseTransform\n"
        "assert isinstance(Mirror('upper10'), BaseTransform)"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=False)
    assert done.returncode == 0
