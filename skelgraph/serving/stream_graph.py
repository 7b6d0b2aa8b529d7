"""A trained network with what comes before and after it, as one graph to export."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from skelgraph.config import Channels, Stream
from skelgraph.layouts import JointLayout
from skelgraph.models import arrange_for_export
from skelgraph.serving.graph_inputs import POSTURE_STREAMS

WHOLE_STREAMS = ("joint", "bone", *POSTURE_STREAMS)
"""Streams of which nothing is missing where no joint is; a motion has no last frame."""


class ClipGraph(nn.Module):
    """From the channels of a stream to probabilities: views are averaged and tempered.

    Args:
        network: The trained network.
        temperature: Temperature of its softmax.

    Shape:
        - x ``(N, W, C, T, V)`` of W views, present ``(N, W, T, V)``, or None if nothing is
          missing; output ``(N, num_classes)``
    """

    def __init__(self, network: nn.Module, temperature: float) -> None:
        super().__init__()
        self.in_channels = int(getattr(network, "in_channels", 0))
        self.network = arrange_for_export(network)
        self.temperature = temperature

    def forward(self, x: Tensor, present: Tensor | None = None) -> Tensor:
        """Return the probabilities of each clip; see the class for shapes."""
        W = x.size(1)
        mask = None if present is None else present.flatten(0, 1)
        logits: Tensor = self.network(x.flatten(0, 1), mask)
        return average_views(logits, W, self.temperature)


def average_views(logits: Tensor, num_views: int, temperature: float) -> Tensor:
    """Return the probabilities of each clip: those of its views are averaged, then tempered.

    Shape:
        - logits ``(N * W, num_classes)`` of W views, output ``(N, num_classes)``
    """
    if num_views == 1:
        return torch.softmax(logits / temperature, dim=1)
    mean = torch.softmax(logits, dim=1).view(-1, num_views, logits.size(1)).mean(dim=1)
    if temperature == 1:
        return mean
    return torch.softmax(mean.clamp(min=1e-30).log() / temperature, dim=1)


class StreamGraph(nn.Module):
    """From the positions of cleaned recordings to probabilities.

    The root is moved to the origin in each frame that has it, the positions are mirrored for each
    view that is, and encoded as the stream.

    Args:
        graph: What follows.
        stream: Joint positions, bones, the motion of either, or speed.
        layout: Layout of the clips.
        channels: Channels of a joint; ``"xyc"`` has its confidence.
        fps: Frames per second of the clips.
        views: Whether each view is mirrored.
        center: Whether to move the root to the origin.

    Shape:
        - positions ``(N, T, V, C)``, any number where missing but NaN; present ``(N, T, V)``, or
          None if nothing is missing, which streams of :data:`WHOLE_STREAMS` allow
        - output ``(N, num_classes)``
    """

    parents: Tensor
    mirror: Tensor
    flip: Tensor

    def __init__(
        self,
        graph: ClipGraph,
        *,
        stream: Stream,
        layout: JointLayout,
        channels: Channels,
        fps: float,
        views: Sequence[bool],
        center: bool,
    ) -> None:
        super().__init__()
        self.clip_graph = graph
        self.stream = stream
        self.root = layout.center
        self.fps = fps
        self.views = tuple(views)
        self.center = center
        self.num_coordinates = 3 if channels == "xyz" else 2
        self.with_confidence = channels == "xyc"
        self.register_buffer("parents", torch.as_tensor(layout.parents))
        self.register_buffer("mirror", torch.as_tensor(layout.mirror))
        self.register_buffer("flip", torch.tensor([-1.0, 1.0, 1.0][: self.num_coordinates]))

    def forward(self, positions: Tensor, present: Tensor | None = None) -> Tensor:
        """Return the probabilities of each clip; see the class for shapes."""
        if present is None and self.stream not in WHOLE_STREAMS:
            raise ValueError(f"the stream {self.stream} needs to know what is there")
        x, scores = _clear(positions[..., : self.num_coordinates], present), None
        if self.center:
            x = _clear(x - x[:, :, self.root : self.root + 1], present)
        if self.with_confidence:
            scores = _clear(positions[..., self.num_coordinates :], present).squeeze(3)
        views = [self._encode(x, present, scores, mirrored) for mirrored in self.views]
        stacked = torch.stack([view for view, _ in views], dim=1)  # (N, W, T, V, C)
        masks = [mask for _, mask in views if mask is not None]
        there = torch.stack(masks, dim=1) if masks else None
        probabilities: Tensor = self.clip_graph(stacked.permute(0, 1, 4, 2, 3), there)
        return probabilities

    def _encode(
        self, x: Tensor, present: Tensor | None, scores: Tensor | None, mirrored: bool
    ) -> tuple[Tensor, Tensor | None]:
        """Return channels (N, T, V, C), 0 where missing, and which joints are there."""
        if mirrored:
            x = x[:, :, self.mirror] * self.flip
            present = None if present is None else present[:, :, self.mirror]
            scores = None if scores is None else scores[:, :, self.mirror]
        if self.stream in ("bone", "bone-motion"):
            x = x - x[:, :, self.parents]
            present = None if present is None else present & present[:, :, self.parents]
            if scores is not None:
                scores = torch.minimum(scores, scores[:, :, self.parents])
        if present is not None and self.stream in ("joint-motion", "bone-motion"):
            x, present = self._move(x, present)
        if present is not None and self.stream == "speed":
            x, present = self._measure_speed(x, present)
        if scores is not None:
            x = torch.cat([x, scores.clamp(max=1).unsqueeze(3)], dim=3)
        return _clear(x, present), present

    def _move(self, x: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """Return velocities to the next frame; see :class:`skelgraph.transforms.ToMotion`."""
        after, there_after = _shift(x, 1), _shift_mask(present, 1)
        return (after - x) * self.fps, present & there_after

    def _measure_speed(self, x: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """Return speed and acceleration; see :class:`skelgraph.transforms.ToSpeed`."""
        before, after = _shift(x, -1), _shift(x, 1)
        there = _shift_mask(present, -1) & present & _shift_mask(present, 1)
        velocity = (after - before) * (self.fps / 2)
        acceleration = (after - 2 * x + before) * self.fps**2
        speeds = [vectors.square().sum(dim=3).sqrt() for vectors in (velocity, acceleration)]
        return torch.stack(speeds, dim=3), there


def _clear(x: Tensor, present: Tensor | None) -> Tensor:
    """Set what is missing of (N, T, V, C) to 0; nothing is if it is not told."""
    return x if present is None else torch.where(present.unsqueeze(3), x, 0.0)


def _shift(x: Tensor, step: int) -> Tensor:
    """Return at each frame what is a frame later (1) or earlier (-1); 0 beyond the clip."""
    blank = torch.zeros_like(x[:, :1])
    parts = (x[:, 1:], blank) if step > 0 else (blank, x[:, :-1])
    return torch.cat(parts, dim=1)


def _shift_mask(mask: Tensor, step: int) -> Tensor:
    blank = mask[:, :1] & False
    parts = (mask[:, 1:], blank) if step > 0 else (blank, mask[:, :-1])
    return torch.cat(parts, dim=1)
