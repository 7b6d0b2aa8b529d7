"""The bone stream of a two-stream network."""

import torch

from skelgraph.data import ClipT, ClipTransform
from skelgraph.layouts import JointLayout
from skelgraph.transforms.layout_match import check_layout, resolve_layout


class JointToBone(ClipTransform):
    """Replace each joint by the vector from its parent joint to it.

    The center joint has no parent and gets the zero vector. A bone is missing if either of its ends
    is, and has the lower confidence of both. Shi et al., Sensors 2021, 21, 205, section 4.2.

    Args:
        layout: The clips' layout, or its name in the catalogue.

    Raises:
        LayoutError: If a clip is of another layout.
    """

    def __init__(self, layout: JointLayout | str) -> None:
        self.layout = resolve_layout(layout)
        self._parents = torch.as_tensor(self.layout.parents)

    def forward(self, data: ClipT) -> ClipT:
        """Return the bones of the clip."""
        check_layout(data, self.layout)
        x, present = data.positions, data.present
        parents = self._parents.to(x.device)
        scores = data.scores
        if scores is not None:
            scores = torch.minimum(scores, scores[:, parents])
        return data.with_positions(x - x[:, parents], present & present[:, parents], scores)
