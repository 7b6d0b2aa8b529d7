"""A pose estimator's confidence as one more channel."""

import torch
from torch_geometric.transforms import BaseTransform

from skelgraph.data import SkeletonData


class AppendConfidence(BaseTransform):
    """Puts each joint's confidence behind its coordinates, cut at 1; 0 where it is missing.

    It comes behind all transforms that turn, scale or mirror coordinates. The clip itself then has
    no confidence any more.

    Raises:
        ValueError: If a clip has no confidence.
    """

    def forward(self, data: SkeletonData) -> SkeletonData:
        """The clip with one more channel."""
        scores = data.scores
        if scores is None:
            raise ValueError(f"clip {data.name!r}: expected confidences, but it has none")
        channel = scores.clamp(max=1).to(data.x)[:, :, None]
        done = data.with_positions(torch.cat([data.positions, channel], dim=2), data.present)
        del done.confidence
        return done
