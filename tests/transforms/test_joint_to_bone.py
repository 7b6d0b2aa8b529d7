import torch

from skelgraph.data import SkeletonData
from skelgraph.layouts import UPPER10
from skelgraph.transforms import JointToBone

PARENTS = [0, 0, 1, 2, 2, 4, 5, 2, 7, 8]
"""As in utils/dataloader.py of the released S-STGCN."""


def test_a_bone_is_the_joint_minus_its_parent(clip: SkeletonData) -> None:
    bones = JointToBone(UPPER10)(clip)
    for t in range(12):
        for v in range(10):
            both = bool(clip.present[t, v] and clip.present[t, PARENTS[v]])
            assert bool(bones.present[t, v]) == both
            expected = clip.positions[t, v] - clip.positions[t, PARENTS[v]]
            assert torch.equal(bones.positions[t, v], expected if both else torch.zeros(3))
    assert (bones.positions[:, 0] == 0).all()
    assert torch.equal(bones.present[:, 0], clip.present[:, 0])


def test_bones_do_not_depend_on_the_place_of_the_person(clock: SkeletonData) -> None:
    assert (JointToBone("upper10")(clock).x == 0).all()
