"""The bone stream of a two-stream network."""

import torch
from torch_geometric.transforms import BaseTransform

from skelgraph.data import SkeletonData
from skelgraph.layouts import JointLayout
from skelgraph.transforms.layout_match import check_layout, resolve_layout


class JointToBone(BaseTransform):
    """Puts in each joint's place the vector to it from its parent joint.

    The center joint, which has no parent, gets the zero vector. A bone is missing where either of
    its ends is, and has the lesser confidence of both. Shi et al., Sensors 2021, 21, 205,
    section 4.2.

    Args:
        layout: The clips' layout, or its name in the catalogue.

    Raises:
        LayoutError: If a clip is of another layout.
    """

    def __init__(self, layout: JointLayout | str) -> None:
        self.layout = resolve_layout(layout)
        self._parents = torch.as_tensor(self.layout.parents)

    def forward(self, data: SkeletonData) -> SkeletonData:
        """The clip's bones."""
        check_layout(data, self.layout)
        x, present = data.positions, data.present
        parents = self._parents.to(x.device)
        scores = data.scores
        if scores is not None:
            scores = torch.minimum(scores, scores[:, parents])
        return data.with_positions(x - x[:, parents], present & present[:, parents], scores)
