"""A clip as a PyTorch Geometric graph, and the edges of spatio-temporal skeleton graphs."""

import copy
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Batch, Data
from torch_geometric.transforms import BaseTransform

from skelgraph.config import HopDistance, Strategy, SubsetOrder
from skelgraph.data.motion_clip import ClipTransform, MotionClip
from skelgraph.errors import DatasetError
from skelgraph.layouts import JointLayout, partition
from skelgraph.poses import PoseSequence
from skelgraph.typing import Float32Array, IntArray


class SkeletonEdges(NamedTuple):
    """Edges between the nodes of one clip, sorted by target and then by source.

    Args:
        edge_index: (2, E) numbers of the source (row 0) and target node.
        edge_type: (E,) spatial subset of each edge; the number of subsets for a temporal edge.
        edge_is_temporal: (E,) whether the edge connects two frames.
    """

    edge_index: Tensor
    edge_type: Tensor
    edge_is_temporal: Tensor


def build_edges(
    layout: JointLayout,
    num_frames: int,
    *,
    mask: Tensor | None = None,
    strategy: Strategy = "spatial",
    center: int | None = None,
    hop_distance: HopDistance = "bfs",
    subset_order: SubsetOrder = "paper",
    temporal: bool = True,
) -> SkeletonEdges:
    """Build the edges among the nodes (frame, joint) of a clip, numbered ``frame * V + joint``.

    The type of a spatial edge, which may be a self-loop, is its subset in
    :func:`skelgraph.layouts.partition`. Temporal edges connect a joint to itself in the previous
    and next frame and have type K, following the K spatial subsets; PyG's ``RGCNConv`` then needs
    ``num_relations=K + 1``. Edges with a missing end are left out, so that a mean over neighbors
    covers only joints that are there; a missing node has no edges, not even a self-loop.

    Args:
        layout: The skeleton with V joints.
        num_frames: Number of frames T.
        mask: (T*V,) bool, False where a joint is missing; by default all are there.
        strategy: Partition strategy.
        center: Joint from which distances are counted; the layout's own by default.
        hop_distance: See :func:`skelgraph.layouts.partition`.
        subset_order: See :func:`skelgraph.layouts.partition`.
        temporal: Whether to connect frames.

    Raises:
        LayoutError: If an option is unknown or the center is not a joint.
        ValueError: If the mask does not have one entry per node.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> edges = build_edges(UPPER10, num_frames=2)
        >>> edges.edge_index.shape[1]  # 2 * (10 self-loops + 2 * 9 bones) + 2 * 10
        76
    """
    A = partition(
        layout, strategy, center=center, hop_distance=hop_distance, subset_order=subset_order
    )
    template = _edges_of_a_frame(A, temporal)
    V, num_nodes = layout.num_joints, num_frames * layout.num_joints
    first_node = np.arange(num_frames)[:, None] * V
    source = (first_node + template[0]).ravel()
    target = (first_node + template[1]).ravel()
    edge_type = np.tile(template[2], num_frames)
    is_kept = (source >= 0) & (source < num_nodes)
    if mask is not None:
        if mask.shape != (num_nodes,):
            raise ValueError(
                f"expected a mask with an entry for each of {num_frames} * {V} nodes, but got "
                f"{tuple(mask.shape)}"
            )
        present = mask.cpu().numpy()
        is_kept &= present[target] & present[np.clip(source, 0, num_nodes - 1)]
    edge_index = torch.from_numpy(np.stack([source[is_kept], target[is_kept]]))
    kept_type = torch.from_numpy(edge_type[is_kept])
    return SkeletonEdges(edge_index, kept_type, kept_type == A.shape[0])


def _edges_of_a_frame(A: Float32Array, temporal: bool) -> IntArray:
    """Return the source, target and type (3, E) of the edges that end in frame 0.

    They are sorted by target, then source. A source in the previous frame has a negative number,
    and one in the next frame V or more.
    """
    K, V, _ = A.shape
    source, target = np.nonzero(A.sum(axis=0))
    edges = np.stack([source, target, A[:, source, target].argmax(axis=0)])
    if temporal:
        joint, types = np.arange(V), np.full(V, K)
        before, after = [joint - V, joint, types], [joint + V, joint, types]
        edges = np.concatenate([edges, np.stack(before), np.stack(after)], axis=1)
    return edges[:, np.lexsort((edges[0], edges[1]))]


BaseTransform.register(ClipTransform)


class SkeletonData(Data):
    """The graph of one clip, with one node per frame and joint.

    Nodes are in frame-major order: node ``t * V + v`` is joint ``v`` in frame ``t``. Graphs of a
    dataset have no edges, since transforms change frames and joints;
    :class:`skelgraph.transforms.AddEdges` adds them last. PyG's ``Batch`` collates clips of any
    length and layout: ``num_frames``, ``fps`` and ``y`` become tensors (N,), the others lists.

    Attributes:
        x: (T*V, C) coordinates; 0 where a joint is missing.
        mask: (T*V,) bool, False where a joint is missing.
        joint: (T*V,) number of the joint.
        num_frames: Number of frames T.
        fps: Frames per second.
        layout: Name of the joint layout.
        name: Name of the clip.
        confidence: (T*V,) confidence of a pose estimator, 0 or more; only if it is used.
        y: Number of the class, a scalar; only if it is known.
        edge_index: (2, E) source and target nodes; only if there are edges.
        edge_type: (E,) subset of each edge; temporal edges have the number of spatial subsets.
        edge_is_temporal: (E,) whether an edge connects two frames.

    Example:
        >>> import numpy as np
        >>> from skelgraph.layouts import UPPER10
        >>> sequence = PoseSequence(positions=np.zeros((4, 10, 3)), layout=UPPER10, fps=30.0)
        >>> SkeletonData.nodes_from_sequence(sequence, y=1)
        SkeletonData(x=[40, 3], y=1, mask=[40], joint=[40], num_frames=4, fps=30.0,
          layout='upper10', name='')
    """

    @classmethod
    def from_clip(cls, clip: MotionClip) -> "SkeletonData":
        """Make the nodes of a clip, without edges; they share its memory."""
        T, V, C = clip.positions.shape
        data = cls(x=clip.positions.reshape(T * V, C))
        if clip.y is not None:
            data.y = torch.tensor(clip.y)
        data.mask = clip.present.reshape(T * V)
        if clip.scores is not None:
            data.confidence = clip.scores.reshape(T * V)
        data.joint = torch.arange(V, device=clip.positions.device).repeat(T)
        data.num_frames = T
        data.fps = clip.fps
        data.layout = clip.layout
        data.name = clip.name
        return data

    @classmethod
    def nodes_from_sequence(
        cls, sequence: PoseSequence, *, y: int | None = None, with_confidence: bool = False
    ) -> "SkeletonData":
        """Make the nodes of a sequence, without edges.

        Raises:
            DatasetError: If ``with_confidence`` is set and the sequence has no confidence.
        """
        clip = MotionClip.from_sequence(sequence, y=y, with_confidence=with_confidence)
        return cls.from_clip(clip)

    @classmethod
    def from_sequence(
        cls,
        sequence: PoseSequence,
        *,
        y: int | None = None,
        strategy: Strategy = "spatial",
        center: int | None = None,
        hop_distance: HopDistance = "bfs",
        subset_order: SubsetOrder = "paper",
        temporal: bool = True,
    ) -> "SkeletonData":
        """Make the whole spatio-temporal graph of a sequence.

        Its keyword arguments are those of :func:`skelgraph.data.build_edges`.

        Raises:
            LayoutError: If an option is unknown or the center is not a joint.
        """
        data = cls.nodes_from_sequence(sequence, y=y)
        data.edge_index, data.edge_type, data.edge_is_temporal = build_edges(
            sequence.layout,
            sequence.num_frames,
            mask=data.mask,
            strategy=strategy,
            center=center,
            hop_distance=hop_distance,
            subset_order=subset_order,
            temporal=temporal,
        )
        return data

    @property
    def num_joints(self) -> int:
        """Number of joints V.

        Raises:
            DatasetError: If this is a batch of clips with different numbers of joints.
        """
        if not isinstance(self, Batch):
            return int(self.x.shape[0]) // int(self.num_frames)
        joints = torch.unique(self.ptr.diff() // self.num_frames)
        if joints.numel() != 1:
            raise DatasetError(
                f"expected clips of one number of joints, but the batch has {joints.tolist()}"
            )
        return int(joints)

    @property
    def positions(self) -> Tensor:
        """Coordinates of one clip by frame and joint, (T, V, C); a view of ``x``."""
        self._check_is_one_clip()
        x: Tensor = self.x
        return x.view(int(self.num_frames), -1, x.shape[1])

    @property
    def present(self) -> Tensor:
        """Whether each joint of one clip is there, (T, V) bool; a view of ``mask``."""
        self._check_is_one_clip()
        mask: Tensor = self.mask
        return mask.view(int(self.num_frames), -1)

    @property
    def scores(self) -> Tensor | None:
        """Confidence of one clip by frame and joint, (T, V), a view; None if it has none."""
        self._check_is_one_clip()
        confidence: Tensor | None = self.confidence if "confidence" in self else None
        return None if confidence is None else confidence.view(int(self.num_frames), -1)

    def with_positions(
        self,
        positions: Tensor,
        present: Tensor,
        scores: Tensor | None = None,
        *,
        fps: float | None = None,
    ) -> "SkeletonData":
        """Return a copy with other coordinates; see :meth:`MotionClip.with_positions`.

        Raises:
            ValueError: If the shapes do not fit, or the clip has edges and T changes.
        """
        clip = self._as_clip().with_positions(positions, present, scores, fps=fps)
        data = copy.copy(self)
        if int(self.num_frames) != clip.num_frames:
            if self.edge_index is not None:
                raise ValueError("edges are already there: AddEdges must be the last transform")
            data.joint = torch.arange(clip.num_joints, device=positions.device).repeat(
                clip.num_frames
            )
            data.num_frames = clip.num_frames
        data.x = clip.positions.flatten(0, 1)
        data.mask = clip.present.reshape(-1)
        if scores is not None:
            data.confidence = scores.reshape(-1)
        data.fps = clip.fps
        return data

    def without_scores(self) -> "SkeletonData":
        """Return a copy without confidences."""
        data = copy.copy(self)
        if "confidence" in data:
            del data.confidence
        return data

    def _as_clip(self) -> MotionClip:
        return MotionClip(
            positions=self.positions,
            present=self.present,
            scores=self.scores,
            layout=self.layout,
            fps=self.fps,
        )

    def _check_is_one_clip(self) -> None:
        if isinstance(self, Batch):
            raise ValueError("expected one clip, but got a batch: transform clips before batching")
