"""A pose estimator's confidence as one more channel."""

import torch

from skelgraph.data import ClipT, ClipTransform


class AppendConfidence(ClipTransform):
    """Append each joint's confidence, at most 1, to its coordinates; 0 where it is missing.

    It comes after all transforms that turn, scale or mirror coordinates. The resulting clip has no
    confidence of its own.

    Raises:
        ValueError: If a clip has no confidence.
    """

    def forward(self, data: ClipT) -> ClipT:
        """Return the clip with one more channel."""
        scores = data.scores
        if scores is None:
            raise ValueError(f"clip {data.name!r}: expected confidences, but it has none")
        channel = scores.clamp(max=1).to(data.positions)[:, :, None]
        positions = torch.cat([data.positions, channel], dim=2)
        return data.without_scores().with_positions(positions, data.present)
