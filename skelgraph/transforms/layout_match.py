"""The check that a clip has the layout of a transform."""

from skelgraph.data import ClipLike
from skelgraph.errors import LayoutError
from skelgraph.layouts import JointLayout, get_layout


def resolve_layout(layout: JointLayout | str) -> JointLayout:
    """Return a layout, looked up in the catalogue if a name is given.

    Raises:
        LayoutError: If the catalogue has no layout of this name.
    """
    return get_layout(layout) if isinstance(layout, str) else layout


def check_layout(data: ClipLike, layout: JointLayout) -> None:
    """Check that a clip has a layout.

    Raises:
        LayoutError: If it has another.
    """
    if data.layout != layout.name or data.num_joints != layout.num_joints:
        raise LayoutError(
            f"clip {data.name!r}: expected layout {layout.name!r} with {layout.num_joints} joints, "
            f"but got {data.layout!r} with {data.num_joints}"
        )
