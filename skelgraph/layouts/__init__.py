"""Joint layouts: the catalogue, partitions of the graph, conversion between layouts."""

from skelgraph.layouts.anatomy import describe_joint, find_pairs, find_parts, is_pelvis
from skelgraph.layouts.body_layouts import (
    H36M17,
    KINECT20,
    MPI23,
    NTU25,
    NTU25_PYSKL,
    SMPL24,
    UPPER10,
    XSENS23,
)
from skelgraph.layouts.catalogue import CATALOGUE, get_known_layout, get_layout, recognize_layout
from skelgraph.layouts.conversion import LayoutConversion, plan_conversion
from skelgraph.layouts.joint_layout import JointLayout
from skelgraph.layouts.keypoint_layouts import (
    COCO17,
    HALPE26,
    MEDIAPIPE33,
    OPENPOSE18,
    OPENPOSE25,
)
from skelgraph.layouts.layout_figure import plot_layout
from skelgraph.layouts.layout_file import is_layout_file, read_layout, to_toml, write_layout
from skelgraph.layouts.partition import HopDistance, Strategy, SubsetOrder, partition
from skelgraph.layouts.rest_pose import rest_pose
from skelgraph.layouts.skeleton_drawing import FIGURE_SUFFIXES
from skelgraph.layouts.whole_body_layouts import COCO133, HALPE136

__all__ = [
    "CATALOGUE",
    "COCO17",
    "COCO133",
    "FIGURE_SUFFIXES",
    "H36M17",
    "HALPE26",
    "HALPE136",
    "KINECT20",
    "MEDIAPIPE33",
    "MPI23",
    "NTU25",
    "NTU25_PYSKL",
    "OPENPOSE18",
    "OPENPOSE25",
    "SMPL24",
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
    "get_known_layout",
    "get_layout",
    "is_layout_file",
    "is_pelvis",
    "partition",
    "plan_conversion",
    "plot_layout",
    "read_layout",
    "recognize_layout",
    "rest_pose",
    "to_toml",
    "write_layout",
]
