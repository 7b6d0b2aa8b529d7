"""Checking that a clip is of the layout for which a transform was made."""

from skelgraph.data import SkeletonData
from skelgraph.errors import LayoutError
from skelgraph.layouts import JointLayout, get_layout


def resolve_layout(layout: JointLayout | str) -> JointLayout:
    """The layout itself, or that of the catalogue with this name.

    Raises:
        LayoutError: If the catalogue has none of the name.
    """
    return get_layout(layout) if isinstance(layout, str) else layout


def check_layout(data: SkeletonData, layout: JointLayout) -> None:
    """Checks that a clip is of a layout.

    Raises:
        LayoutError: If it is of another.
    """
    if data.layout != layout.name or data.num_joints != layout.num_joints:
        raise LayoutError(
            f"clip {data.name!r}: expected layout {layout.name!r} with {layout.num_joints} joints, "
            f"but got {data.layout!r} with {data.num_joints}"
        )
