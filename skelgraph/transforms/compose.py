"""Several transforms as one."""

from collections.abc import Callable, Sequence
from typing import Any

from skelgraph.data import ClipT, ClipTransform


class Compose(ClipTransform):
    """Apply several transforms one after another.

    PyG's ``Compose`` does the same, but loads PyG.

    Args:
        transforms: The transforms, in their order.
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = tuple(transforms)

    def forward(self, data: ClipT) -> ClipT:
        """Return the transformed clip."""
        for transform in self.transforms:
            data = transform(data)
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self.transforms)})"
