"""A clip as one network takes it, and the network's probabilities when parts are deleted."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from skelgraph.errors import RunError
from skelgraph.layouts import JointLayout
from skelgraph.models import InferenceNetwork
from skelgraph.poses import PoseSequence
from skelgraph.serving import SkeletonNetwork, average_views
from skelgraph.training import encode_for_scoring, list_views
from skelgraph.typing import BoolArray, FloatArray


class ViewedNetwork(nn.Module):
    """A network as a function of the input channels of a clip's views, which are averaged.

    Args:
        network: Called on ``(x, mask)``; one of any skeleton on a batch of graphs.
        temperature: Temperature of its softmax.
        skeleton: Layout of the clip, for a network of any skeleton; None for others.

    Shape:
        - x ``(N, W, C, T, V)`` of W views, present ``(N, W, T, V)``; with persons M last
        - output ``(N, num_classes)``, probabilities
    """

    def __init__(
        self, network: nn.Module, temperature: float, skeleton: JointLayout | None = None
    ) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature
        self.skeleton = skeleton

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        """Return the probabilities of each clip; see the class for shapes."""
        W = x.size(1)
        x, mask = x.flatten(0, 1), present.flatten(0, 1)
        inputs = (x, mask) if self.skeleton is None else (_join_graphs(x, mask, self.skeleton),)
        logits: Tensor = self.network(*inputs)
        return average_views(logits, W, self.temperature)


def _join_graphs(x: Tensor, mask: Tensor, skeleton: JointLayout) -> Any:
    """Return clips ``(N, C, T, V)`` of one skeleton as a batch of graphs, differentiably."""
    from torch_geometric.data import Batch

    from skelgraph.data import MotionClip, SkeletonData

    return Batch.from_data_list(
        [
            SkeletonData.from_clip(
                MotionClip(
                    positions=clip.permute(1, 2, 0),
                    present=there,
                    layout=skeleton.name,
                    skeleton=skeleton,
                    fps=1.0,
                )
            )
            for clip, there in zip(x, mask, strict=True)
        ]
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class ClipInput:
    """A cleaned clip as a network takes it: its stream, in each view that is averaged.

    Args:
        network: The network with its temperature.
        x: Channels ``(1, W, C, T, V)`` of W views, 0 where a joint is missing.
        present: ``(1, W, T, V)`` where there is something; with persons M last, as x.
        mirrored: Whether each view is the mirror image.
        mirror: Joints of the mirror image (V,).
        num_frames: Frames of the cleaned clip.
        fps: Frames per second of the input.
    """

    network: ViewedNetwork
    x: Tensor
    present: Tensor
    mirrored: tuple[bool, ...]
    mirror: tuple[int, ...]
    num_frames: int
    fps: float

    @property
    def there(self) -> BoolArray:
        """Where a joint is there in the first view, (T, V), of the first person."""
        present = self.present[0, 0]
        return np.asarray((present[..., 0] if present.dim() == 3 else present).cpu().numpy())

    def predict(self, keep: BoolArray | None = None) -> FloatArray:
        """Return the probabilities (N, K) if only some entries are kept, for N sets of them.

        Args:
            keep: Array (N, T, V), False where an entry of the first person is deleted, in all
                views: it counts as missing. None deletes nothing, of one set.
        """
        kept = torch.ones(1, *self.there.shape) if keep is None else torch.from_numpy(keep)
        with torch.no_grad():
            return np.asarray(self.predict_kept(kept.to(self.x.device)).double().cpu().numpy())

    def predict_kept(self, kept: Tensor) -> Tensor:
        """Return the probabilities (N, K) if entries are deleted that are 0 in (N, T, V)."""
        there = kept > 0.5
        views = torch.stack(
            [there[:, :, list(self.mirror)] if mirrored else there for mirrored in self.mirrored],
            dim=1,
        )  # (N, W, T, V)
        x = self.x.expand(len(there), *self.x.shape[1:])
        present = self.present.expand(len(there), *self.present.shape[1:])
        if present.dim() == 5:
            whole = torch.ones_like(present[..., 1:])
            views = torch.cat([views.unsqueeze(4), whole], dim=4)
        present = present & views
        probabilities: Tensor = self.network(x * present.unsqueeze(2), present)
        return probabilities

    def join_views(self, values: FloatArray) -> FloatArray:
        """Return the sum (T, V) over the views of values (W, T, V), each at the joint it is of."""
        mirror = list(self.mirror)
        turned = zip(values, self.mirrored, strict=True)
        return np.asarray(sum(one[:, mirror] if mirrored else one for one, mirrored in turned))


def encode_clip(network: SkeletonNetwork, clip: PoseSequence) -> ClipInput:
    """Return a cleaned clip as a network takes it.

    Raises:
        RunError: If the network is in its faster form, or its input is not one of joints and
            frames.
    """
    facts, model = network.facts, network.model
    if isinstance(model, InferenceNetwork):
        raise RunError(
            f"{network.run.path}: its network is in its faster form, which has no gradients; load "
            f"it with for_inference=False"
        )
    settings = facts.config.stream
    if settings.axes == "scrambled":
        raise RunError(
            f"{network.run.path}: its input has scrambled axes, in which no entry belongs to a "
            f"joint and a frame"
        )
    (stream,) = settings.names
    views = list_views(facts.config.resolve_recipe(), {clip.layout})
    clips = [
        encode_for_scoring(
            facts, [clip], stream, settings, mirrored=mirrored, own=network.transform
        )[0]
        for mirrored in views
    ]
    persons = [
        torch.stack([one.positions for one in each.persons], dim=3) for each in clips
    ]  # (T, V, C, M) of each view
    there = [torch.stack([one.present for one in each.persons], dim=2) for each in clips]
    x = torch.stack(persons).permute(0, 3, 1, 2, 4).unsqueeze(0)  # (1, W, C, T, V, M)
    present = torch.stack(there).unsqueeze(0)
    if x.size(5) == 1:
        x, present = x.squeeze(5), present.squeeze(4)
    elif facts.is_mixed:
        raise RunError(
            f"{network.run.path}: clips of several persons of any skeleton cannot be explained; "
            f"leave one person in the clip"
        )
    device = next(model.parameters()).device
    return ClipInput(
        network=ViewedNetwork(model, network.temperature, clip.layout if facts.is_mixed else None),
        x=(x * present.unsqueeze(2)).to(device),
        present=present.to(device),
        mirrored=views,
        mirror=tuple(clip.layout.mirror),
        num_frames=clip.num_frames,
        fps=x.size(3) / clip.duration_s,
    )


def spread_sums(values: FloatArray, num_frames: int) -> FloatArray:
    """Return values (T, ...) over another number of frames, so that sums over time stay.

    Example:
        >>> spread_sums(np.array([1.0, 2.0]), 4).tolist()
        [0.5, 0.5, 1.0, 1.0]
    """
    T = len(values)
    if num_frames >= T:
        source = np.arange(num_frames) * T // num_frames
        counts = np.bincount(source, minlength=T).astype(float)
        return np.asarray((values.T / counts)[..., source].T)
    target = np.arange(T) * num_frames // T
    sums = np.zeros((num_frames, *values.shape[1:]))
    np.add.at(sums, target, values)
    return sums


def spread_means(values: FloatArray, num_frames: int) -> FloatArray:
    """Return values (T, ...) over another number of frames, so that levels stay.

    Example:
        >>> spread_means(np.array([1.0, 2.0]), 4).tolist()
        [1.0, 1.0, 2.0, 2.0]
    """
    weights = spread_sums(np.ones(len(values)), num_frames)
    return np.asarray((spread_sums(values, num_frames).T / weights).T)
