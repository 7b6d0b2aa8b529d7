"""Transforms of clips, for PyTorch Geometric: they take and give a :class:`SkeletonData`.

They change no data that they are given, and keep what is missing at zero. Random ones draw from
PyTorch's generator; within a :class:`skelgraph.data.SkeletonDataset` that generator depends on
seed, epoch and clip. ``torch_geometric.transforms.Compose`` chains them.
"""

from skelgraph.transforms.add_edges import AddEdges
from skelgraph.transforms.append_confidence import AppendConfidence
from skelgraph.transforms.body import JitterJoints, Mirror, RandomRotation, RandomScale
from skelgraph.transforms.frames import (
    CenterCrop,
    RandomCrop,
    RandomPortion,
    ResampleFrames,
    UniformSample,
)
from skelgraph.transforms.joint_to_bone import JointToBone
from skelgraph.transforms.motion import ToMotion, ToSpeed
from skelgraph.transforms.scramble_axes import ScrambleAxes

__all__ = [
    "AddEdges",
    "AppendConfidence",
    "CenterCrop",
    "JitterJoints",
    "JointToBone",
    "Mirror",
    "RandomCrop",
    "RandomPortion",
    "RandomRotation",
    "RandomScale",
    "ResampleFrames",
    "ScrambleAxes",
    "ToMotion",
    "ToSpeed",
    "UniformSample",
]
