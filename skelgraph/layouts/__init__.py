"""Joint layouts: the catalogue, partitions of the graph, conversion between layouts."""

from skelgraph.layouts.anatomy import describe_joint, find_pairs, find_parts, is_pelvis
from skelgraph.layouts.catalogue import (
    CATALOGUE,
    COCO17,
    H36M17,
    MPI23,
    OPENPOSE18,
    UPPER10,
    XSENS23,
    get_layout,
    recognize_layout,
)
from skelgraph.layouts.conversion import LayoutConversion, plan_conversion
from skelgraph.layouts.joint_layout import JointLayout
from skelgraph.layouts.partition import HopDistance, Strategy, SubsetOrder, partition

__all__ = [
    "CATALOGUE",
    "COCO17",
    "H36M17",
    "MPI23",
    "OPENPOSE18",
    "UPPER10",
    "XSENS23",
    "HopDistance",
    "JointLayout",
    "LayoutConversion",
    "Strategy",
    "SubsetOrder",
    "describe_joint",
    "find_pairs",
    "find_parts",
    "get_layout",
    "is_pelvis",
    "partition",
    "plan_conversion",
    "recognize_layout",
]
