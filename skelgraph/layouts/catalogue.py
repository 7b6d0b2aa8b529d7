"""The joint layouts that skelgraph knows by name."""

from difflib import get_close_matches
from pathlib import Path

from skelgraph.errors import LayoutError
from skelgraph.layouts import body_layouts, whole_body_layouts
from skelgraph.layouts.joint_layout import JointLayout
from skelgraph.layouts.layout_file import is_layout_file, read_layout

CATALOGUE: dict[str, JointLayout] = {
    layout.name: layout
    for layout in (
        *(body_layouts.UPPER10, body_layouts.H36M17, body_layouts.COCO17),
        *(body_layouts.OPENPOSE18, body_layouts.OPENPOSE25, body_layouts.HALPE26),
        *(whole_body_layouts.HALPE136, whole_body_layouts.COCO133, body_layouts.MEDIAPIPE33),
        *(body_layouts.NTU25, body_layouts.NTU25_PYSKL),
        *(body_layouts.KINECT20, body_layouts.MSR20),
        *(body_layouts.SMPL24, body_layouts.XSENS23, body_layouts.MPI23),
        *(body_layouts.OPENPOSE25B, whole_body_layouts.OPENPOSE134, body_layouts.POSETRACK17),
        *(body_layouts.AZURE32, body_layouts.PANOPTIC19),
    )
}


def get_layout(name: str | Path) -> JointLayout:
    """Return the catalogue's layout of a name, or that of a layout file (:func:`read_layout`).

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


def resolve_layout(layout: JointLayout | str | Path) -> JointLayout:
    """Return a layout, looked up as :func:`get_layout` does if a name is given.

    Raises:
        LayoutError: If there is no layout of this name.
    """
    return layout if isinstance(layout, JointLayout) else get_layout(layout)


def get_known_layout(name: str) -> JointLayout:
    """Return the catalogue's layout of a name, for names in files, which may open no other file.

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
    """Return the catalogue's layout with the same joints and bones in the same order, or the layout
    itself if there is none.

    Example:
        >>> from dataclasses import replace
    >>> from skelgraph.layouts import UPPER10
        >>> recognize_layout(replace(UPPER10, name="from a file")).name
        'upper10'
    """
    for known in CATALOGUE.values():
        if known.joints == layout.joints and set(known.bones) == set(layout.bones):
            return known
    return layout
