"""The joint layouts that skelgraph knows by name."""

from difflib import get_close_matches
from pathlib import Path

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
from skelgraph.layouts.keypoint_layouts import COCO17, HALPE26, MEDIAPIPE33, OPENPOSE18, OPENPOSE25
from skelgraph.layouts.layout_file import is_layout_file, read_layout
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


def get_layout(name: str | Path) -> JointLayout:
    """The catalogue's layout of a name, or that of a layout file (:func:`read_layout`).

    Args:
        name: A key of :data:`CATALOGUE`, or the path of a ``.toml`` or ``.json`` file.

    Raises:
        LayoutError: If the catalogue has none, the file is wrong, or it gives another layout the
            name of one of the catalogue.

    Example:
        >>> get_layout("upper10").num_joints
        10
    """
    if not is_layout_file(name):
        return get_known_layout(str(name))
    layout = read_layout(name)
    if layout != CATALOGUE.get(layout.name, layout):
        raise LayoutError(
            f"{name}: there is another layout {layout.name!r} in the catalogue; give this one a "
            f"name of its own"
        )
    return layout


def get_known_layout(name: str) -> JointLayout:
    """The catalogue's layout of a name; for names that come from a file, which may open no other.

    Raises:
        LayoutError: If the catalogue has none.
    """
    if name not in CATALOGUE:
        close = get_close_matches(name, CATALOGUE, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise LayoutError(
            f"there is no layout {name!r}; known are {', '.join(CATALOGUE)}, and layout files of "
            f"your own (.toml, .json){hint}"
        )
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
