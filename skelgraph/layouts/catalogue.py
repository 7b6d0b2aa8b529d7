"""The joint layouts that skelgraph knows by name."""

from skelgraph.errors import LayoutError
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
from skelgraph.layouts.joint_layout import JointLayout
from skelgraph.layouts.keypoint_layouts import (
    COCO17,
    HALPE26,
    MEDIAPIPE33,
    OPENPOSE18,
    OPENPOSE25,
)
from skelgraph.layouts.whole_body_layouts import COCO133, HALPE136

CATALOGUE: dict[str, JointLayout] = {
    layout.name: layout
    for layout in (
        UPPER10,
        H36M17,
        COCO17,
        OPENPOSE18,
        OPENPOSE25,
        HALPE26,
        HALPE136,
        COCO133,
        MEDIAPIPE33,
        NTU25,
        NTU25_PYSKL,
        KINECT20,
        SMPL24,
        XSENS23,
        MPI23,
    )
}


def get_layout(name: str) -> JointLayout:
    """The layout of that name.

    Raises:
        LayoutError: If the catalogue has none.

    Example:
        >>> get_layout("upper10").num_joints
        10
    """
    if name not in CATALOGUE:
        raise LayoutError(f"there is no layout {name!r}; known are {', '.join(CATALOGUE)}")
    return CATALOGUE[name]


def recognize_layout(layout: JointLayout) -> JointLayout:
    """The catalogue's layout with the same joints and bones in the same order, or the layout itself
    where the catalogue has none.

    Example:
        >>> from dataclasses import replace
        >>> recognize_layout(replace(UPPER10, name="from a file")).name
        'upper10'
    """
    for known in CATALOGUE.values():
        if known.joints == layout.joints and set(known.bones) == set(layout.bones):
            return known
    return layout
