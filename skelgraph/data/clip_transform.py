"""The base class of transforms, which PyTorch Geometric accepts as its own, and layout checks."""

import copy
import sys
from abc import ABC, abstractmethod

from skelgraph.data.motion_clip import ClipLike, ClipT
from skelgraph.errors import LayoutError
from skelgraph.layouts import JointLayout, get_layout


class ClipTransform(ABC):
    """A transform of clips: of a :class:`MotionClip`, or of its graph, a :class:`SkeletonData`.

    A subclass implements :meth:`forward`, as a subclass of PyG's ``BaseTransform`` does. This class
    does not load PyG; if PyG is loaded before it, or once a graph is made, it is a virtual subclass
    of ``BaseTransform``.

    Example:
        >>> class Reverse(ClipTransform):
        ...     def forward(self, data):
        ...         return data.with_positions(data.positions.flip(0), data.present.flip(0))
        >>> Reverse()
        Reverse()
    """

    def __call__(self, data: ClipT) -> ClipT:
        """Return the transformed clip and leave the given one unchanged."""
        return self.forward(copy.copy(data))

    @abstractmethod
    def forward(self, data: ClipT) -> ClipT:
        """Return the transformed clip; attributes of ``data`` may be assigned to."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


if "torch_geometric.transforms" in sys.modules:  # otherwise skeleton_data does it
    sys.modules["torch_geometric.transforms"].BaseTransform.register(ClipTransform)


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
