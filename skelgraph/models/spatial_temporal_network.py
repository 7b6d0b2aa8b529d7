"""The common base of ST-GCN and S-STGCN: blocks, a masked mean, a linear classifier."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from skelgraph.config import HopDistance, Strategy, SubsetOrder, Temporal
from skelgraph.errors import DatasetError, LayoutError
from skelgraph.layouts import JointLayout, get_known_layout, partition
from skelgraph.models.clip_network import ClipNetwork
from skelgraph.models.inference_network import InferenceNetwork
from skelgraph.nn import (
    FrameWindow,
    JointBatchNorm,
    JointGraph,
    MaskedBatchNorm,
    SpatialTemporalBlock,
    TemporalGeometry,
    TemporalPooling,
    apply_mask,
    skip_whole_mask,
)

if TYPE_CHECKING:
    from torch_geometric.data import Data

    from skelgraph.models.skeleton_batch import SkeletonBatch, SkeletonGroup

DOWNSAMPLING_BLOCKS = (4, 7)
"""Numbers of the blocks with stride 2: the fifth and the eighth of ten."""

MakeSpatial = Callable[..., nn.Module]
"""Creates the spatial layer of a block from its channels in and out, the adjacency, and the keyword
``edge_importance``: whether to learn the importance of each edge."""


class SpatialTemporalNetwork(ClipNetwork):
    """A stack of spatial-temporal blocks, the mean over frames and joints, and a classifier.

    The base of :class:`~skelgraph.models.STGCN` and :class:`~skelgraph.models.SSTGCN`, which choose
    the spatial layer. As in both papers' code, the first block has no residual, and the fifth and
    the eighth halve the number of frames. Masked entries influence neither the logits of any clip
    in the batch nor the statistics of a training step.

    It takes dense clips of its layout, or a PyG ``Batch`` of :class:`~skelgraph.data.SkeletonData`:
    then a node of the graph is a joint with all its frames, and the bones of all clips are its
    edges, which the network makes of their skeletons; edges that the batch has are not used.
    Weights, logits and gradients are the same in both forms.

    Args:
        in_channels: Channels C of each joint.
        num_classes: Number of classes.
        layout: Skeleton of dense clips, with V joints, or its name in the catalogue.
        make_spatial: Creates the spatial layer of a block.
        strategy: Partition strategy of the graph.
        center: Joint from which the partition counts distances; None for each layout's center.
        hop_distance: Distance of the partition (:func:`skelgraph.layouts.partition`).
        subset_order: Order of the partition's subsets.
        channels: Channels of the blocks.
        kernel_size: Frames Kt of the temporal convolutions.
        dropout: Dropout at the end of each block.
        drops_in_first: Whether the first block has dropout, too.
        input_norm: Whether to batch-normalize each coordinate of each joint first.
        any_skeleton: Whether to have no weight that belongs to a joint of one layout, so that
            batches may mix skeletons: no edge importance, and an input norm for each coordinate of
            all joints.
        downsampling_blocks: Numbers of the blocks that halve the number of frames.
        temporal: Where the windows of the temporal convolutions lie
            (:class:`skelgraph.nn.FrameWindow`).

    ``windows`` are those of the temporal convolutions that a clip passes one after another;
    ``temporal_geometry`` tells how many frames an output sees, and how long it waits for them.

    Shape:
        - x ``(N, C, T, V)`` or, with persons, ``(N, C, T, V, M)``; or a batch of graphs
        - mask ``(N, T, V)`` or ``(N, T, V, M)``, True where a joint is present, or None if all are
        - output ``(N, num_classes)``, logits
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        layout: JointLayout | str,
        *,
        make_spatial: MakeSpatial,
        strategy: Strategy = "spatial",
        center: int | None = None,
        hop_distance: HopDistance = "bfs",
        subset_order: SubsetOrder = "paper",
        channels: Sequence[int],
        kernel_size: int,
        dropout: float,
        drops_in_first: bool,
        input_norm: bool,
        any_skeleton: bool = False,
        downsampling_blocks: Collection[int] = DOWNSAMPLING_BLOCKS,
        temporal: Temporal = "centered",
    ) -> None:
        super().__init__(in_channels, num_classes, layout, embedding_channels=channels[-1])
        if any_skeleton and center is not None:
            raise ValueError(
                "expected no center of a network of any skeleton: distances are counted from the "
                "center of each"
            )
        self.any_skeleton = any_skeleton
        self.pooling = TemporalPooling()
        self._partition = partial(
            partition, strategy=strategy, hop_distance=hop_distance, subset_order=subset_order
        )
        adjacency = torch.from_numpy(self._partition(self.layout, center=center))
        self._adjacencies = {self.layout: adjacency}
        self.input_norm: JointBatchNorm | MaskedBatchNorm | None = None
        if input_norm:
            self.input_norm = (
                MaskedBatchNorm(in_channels)
                if any_skeleton
                else JointBatchNorm(in_channels, self.num_joints)
            )
        self.blocks = nn.ModuleList(
            SpatialTemporalBlock(
                make_spatial(block_in, block_out, adjacency, edge_importance=not any_skeleton),
                block_in,
                block_out,
                stride=2 if number in downsampling_blocks else 1,
                kernel_size=kernel_size,
                dropout=dropout if number > 0 or drops_in_first else 0.0,
                residual=number > 0,
                temporal=temporal,
            )
            for number, (block_in, block_out) in enumerate(pairwise((in_channels, *channels)))
        )
        # Members of an ensemble that a subclass adds stand beside these blocks, not behind them.
        self.windows: tuple[FrameWindow, ...] = tuple(
            cast(SpatialTemporalBlock, block).temporal.window for block in self.blocks
        )
        self.temporal_geometry = TemporalGeometry.of(self.windows)

    def reset_parameters(self) -> None:
        """Reset all learnable parameters."""
        for module in self.modules():
            if module is not self and callable(reset := getattr(module, "reset_parameters", None)):
                reset()

    def list_stages(self) -> list[list[nn.Module]]:
        """Return the input's norm with the first block, the other blocks, and the classifier."""
        stages: list[list[nn.Module]] = [[block] for block in self.blocks]
        if self.input_norm is not None:
            stages[0].insert(0, self.input_norm)
        return [*stages, [self.last_layer]]

    def optimize_for_inference(self, dtype: torch.dtype = torch.float32) -> ClipNetwork:
        """Return a faster copy for inference, with all constants folded into the weights.

        Its logits are those of this network in evaluation mode, up to rounding. Other spatial
        layers than ours run unchanged; so does the whole network if a subclass changes its blocks
        or how it embeds clips, and one for any skeleton.

        Args:
            dtype: Type in which its blocks compute: ``torch.bfloat16`` is even faster if the
                processor supports it, and rounds to three digits. A network that runs unchanged
                keeps its own type.

        Example:
            >>> from skelgraph.models import SSTGCN
            >>> SSTGCN().optimize_for_inference()(torch.zeros(2, 3, 20, 10)).shape
            torch.Size([2, 4])
        """
        changed = any(
            getattr(type(self), name) is not getattr(SpatialTemporalNetwork, name)
            for name in ("forward", "embed", "_embed_clips")
        )
        has_own_blocks = any(type(block) is not SpatialTemporalBlock for block in self.blocks)
        if changed or has_own_blocks or self.any_skeleton:
            return super().optimize_for_inference()
        return InferenceNetwork(self, dtype)

    def _embed_batch(self, batch: "Data") -> Tensor:
        from skelgraph.models.skeleton_batch import SkeletonBatch  # it needs PyG

        skeletons = SkeletonBatch.read(batch)
        self._check_batch(skeletons)
        groups = skeletons.groups
        graph = JointGraph.from_adjacencies(
            [self._find_adjacency(group) for group in groups],
            [len(group.x) for group in groups],
        )
        mask = skip_whole_mask(graph.join_masks([group.mask for group in groups]))
        x = graph.join([group.x for group in groups])
        return skeletons.average_persons(self._embed_clips(x, mask, graph.to(x.device)))

    def partition_of(self, layout: JointLayout) -> Tensor:
        """Return the partition ``(K, V, V)`` of a skeleton, as the network's layers take it."""
        if layout not in self._adjacencies:
            self._adjacencies[layout] = torch.from_numpy(self._partition(layout))
        return self._adjacencies[layout]

    def embed_graph(self, x: Tensor, mask: Tensor | None, graph: JointGraph) -> Tensor:
        """Return the vectors before the classifier of clips ``(N, C, T, V)`` of one skeleton.

        Their bones are the edges of a graph of one group.
        """
        joined = skip_whole_mask(None if mask is None else graph.join_masks([mask]))
        return self._embed_clips(graph.join([x]), joined, graph)

    def _embed_clips(
        self, x: Tensor, mask: Tensor | None, graph: JointGraph | None = None
    ) -> Tensor:
        """Return the vectors of clips, or of the skeletons of a graph."""
        self._check_lengths(x, mask, graph)
        x = self._normalize_input(x, mask, graph)
        edges = () if graph is None else (graph,)
        for block in self.blocks:
            x, mask = block(x, mask, *edges)
        return self._pool(x, mask, graph)

    def _normalize_input(self, x: Tensor, mask: Tensor | None, graph: JointGraph | None) -> Tensor:
        """Return what the blocks take, zero where it is masked."""
        x = apply_mask(x, mask)
        if self.input_norm is None:
            return x
        if graph is None or isinstance(self.input_norm, MaskedBatchNorm):
            return apply_mask(self.input_norm(x, mask), mask)
        (clips,), (clip_mask,) = graph.split(x), graph.split_mask(mask)
        return apply_mask(graph.join([self.input_norm(clips, clip_mask)]), mask)

    def _check_lengths(self, x: Tensor, mask: Tensor | None, graph: JointGraph | None) -> None:
        masks = [mask] if graph is None else graph.split_mask(mask)
        self.temporal_geometry.check_clips(x.size(2), masks)

    def _pool(self, x: Tensor, mask: Tensor | None, graph: JointGraph | None) -> Tensor:
        """Return the mean over frames and joints of each clip, or each skeleton of a graph."""
        if graph is None:
            return self.pooling(x, mask)
        parts = zip(graph.split(x), graph.split_mask(mask), strict=True)
        return torch.cat([self.pooling(*part) for part in parts])

    def _find_adjacency(self, group: "SkeletonGroup") -> Tensor:
        """Return the partition of the skeleton of a group; that of the network by its name."""
        layout = group.skeleton
        if layout is None and group.layout == self.layout.name:
            layout = self.layout
        if layout is None:
            try:
                layout = get_known_layout(group.layout)
            except LayoutError as error:
                raise DatasetError(
                    f"{error}; a graph of another layout has to bring it as its skeleton"
                ) from error
        num_joints = group.x.size(3)
        if layout.num_joints != num_joints:
            raise DatasetError(
                f"expected {layout.num_joints} joints of layout {layout.name!r}, but got "
                f"{num_joints}"
            )
        return self.partition_of(layout)

    def _check_batch(self, batch: "SkeletonBatch") -> None:
        channels = batch.groups[0].x.size(1)
        if channels != self.in_channels:
            raise ValueError(
                f"expected {self.in_channels} channels of each joint, but got {channels}"
            )
        own = self.layout
        others = sorted({group.layout for group in batch.groups if not group.is_of(own)})
        bound = self._find_bound_weight() if others else None
        if bound:
            raise DatasetError(
                f"{bound} of this network belongs to the joints of {own.name!r}, but the batch has "
                f"clips of another skeleton, {', '.join(others)}: convert them, or make the "
                "network with any_skeleton=True"
            )

    def _find_bound_weight(self) -> str | None:
        """Return what belongs to the joints of one layout, if anything does."""
        if isinstance(self.input_norm, JointBatchNorm):
            return "the input norm"
        has_importance = any(
            name.endswith("edge_importance") for name, _ in self.named_parameters()
        )
        return "the edge importance" if has_importance else None
