"""Layers of skeleton networks, to be used alone or in other PyTorch Geometric models."""

from skelgraph.nn.gated_spatial_conv import GatedSpatialConv
from skelgraph.nn.inference_block import InferenceBlock
from skelgraph.nn.joint_self_attention import JointSelfAttention
from skelgraph.nn.masking import JointBatchNorm, MaskedBatchNorm, apply_mask, masked_mean
from skelgraph.nn.partition_conv import DenseSpatialPartitionConv, SpatialPartitionConv
from skelgraph.nn.skeleton_image import SkeletonImage
from skelgraph.nn.spatial_temporal_block import SpatialTemporalBlock

__all__ = [
    "DenseSpatialPartitionConv",
    "GatedSpatialConv",
    "InferenceBlock",
    "JointBatchNorm",
    "JointSelfAttention",
    "MaskedBatchNorm",
    "SkeletonImage",
    "SpatialPartitionConv",
    "SpatialTemporalBlock",
    "apply_mask",
    "masked_mean",
]
