"""A clip as a PyTorch Geometric graph."""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data
from torch_geometric.data.data import DataEdgeAttr, DataTensorAttr
from torch_geometric.data.storage import GlobalStorage
from torch_geometric.transforms import BaseTransform

from skelgraph.config import HopDistance, Strategy, SubsetOrder
from skelgraph.data.motion_clip import ClipTransform, MotionClip
from skelgraph.data.skeleton_edges import build_edges
from skelgraph.errors import DatasetError
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence

BaseTransform.register(ClipTransform)


_NOT_WHOLE = (
    "expected the same joints in each of {} frames, but the graph has {} nodes: a part of a graph "
    "has no frames any more; to leave joints out, set their mask to False, or choose them before "
    "making the graph"
)


class SkeletonData(Data):
    """The graph of one clip, with one node per frame and joint.

    Nodes are in frame-major order: node ``t * V + v`` is joint ``v`` in frame ``t``; persons follow
    one another. Graphs of a dataset have no edges, since transforms change frames and joints;
    :class:`skelgraph.transforms.AddEdges` adds them last. PyG's ``Batch`` collates clips of any
    length and layout: ``num_frames``, ``fps`` and ``y`` become tensors (N,), the others lists.

    Attributes:
        x: (T*V, C) coordinates; 0 where a joint is missing.
        mask: (T*V,) bool, False where a joint is missing.
        joint: (T*V,) number of the joint.
        num_frames: Number of frames T.
        num_persons: Number of persons; see :meth:`join_persons`.
        fps: Frames per second.
        layout: Name of the joint layout.
        skeleton: The joint layout itself; networks look up one without it in the catalogue.
        name: Name of the clip.
        unit: Unit of length of the coordinates.
        up: Axis that points upward.
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
        SkeletonData(x=[40, 3], y=1, mask=[40], joint=[40], num_frames=4, num_persons=1,
          fps=30.0, name='', layout='upper10', unit='unknown', up='+y',
          skeleton=upper10 (10 joints))
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
        data.num_persons = 1
        data.fps = clip.fps
        data.name = clip.name
        data._describe(clip)
        return data

    def _describe(self, clip: MotionClip) -> None:
        """Take over what a clip says of its skeleton and its coordinates."""
        self.layout, self.unit, self.up = clip.layout, clip.unit, clip.up
        if clip.skeleton is not None:
            self.skeleton = clip.skeleton

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
        temporal: bool = False,
    ) -> "SkeletonData":
        """Make the graph of a sequence: with the bones of each frame, and if ``temporal`` is set
        with edges between frames, which have a type of their own.

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

    @classmethod
    def join_persons(cls, persons: "Sequence[SkeletonData]") -> "SkeletonData":
        """Make one graph of the persons of a clip, who are seen in the same frames.

        Transform the persons first: the graph of several is for batches and networks.

        Raises:
            DatasetError: If there is nobody, or frames or layouts differ.
            ValueError: If edges are already there.
        """
        kinds = {(person.layout, int(person.num_frames)) for person in persons}
        if len(kinds) != 1:
            raise DatasetError(
                "expected persons of one layout in the same frames, but got "
                f"{sorted(kinds) or 'nobody'}"
            )
        if any(person.edge_index is not None for person in persons):
            raise ValueError("edges are already there: join persons without edges")
        data = copy.copy(persons[0])
        for name in ("x", "mask", "joint", "confidence"):
            if all(name in person for person in persons):
                data[name] = torch.cat([person[name] for person in persons])
        data.num_persons = len(persons)
        return data

    @property
    def num_joints(self) -> int:
        """Number of joints V.

        Raises:
            DatasetError: If this is a batch of clips with different numbers of joints.
        """
        persons = self.num_persons if "num_persons" in self else 1
        if not isinstance(self, Batch):
            return int(self.x.shape[0]) // int(self.num_frames) // int(persons)
        joints = torch.unique(self.ptr.diff() // self.num_frames // persons)
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

    def to_sequence(self) -> PoseSequence:
        """Return one clip as a sequence, whose missing joints are NaN.

        Raises:
            LayoutError: If its layout is neither known nor in the catalogue.
        """
        return self._as_clip().to_sequence()

    def with_sequence(self, sequence: PoseSequence) -> "SkeletonData":
        """Return a copy whose motion is that of a sequence, also in another layout.

        Raises:
            ValueError: If there are edges already.
        """
        if self.edge_index is not None:
            raise ValueError("edges are already there: AddEdges must be the last transform")
        clip, data = self._as_clip().with_sequence(sequence), copy.copy(self)
        nodes = SkeletonData.from_clip(clip)
        for key in ("x", "mask", "joint", "num_frames", "fps", "confidence"):
            if key in nodes:
                data[key] = nodes[key]
        data._describe(clip)
        return data

    def without_scores(self) -> "SkeletonData":
        """Return a copy without confidences."""
        data = copy.copy(self)
        if "confidence" in data:
            del data.confidence
        return data

    def check_is_whole(self) -> None:
        """Check that each frame has the same joints, in their order.

        Raises:
            DatasetError: If nodes were taken out, as ``subgraph`` does, or put in another order.
        """
        starts = self.ptr.tolist() if isinstance(self, Batch) else [0, self.x.shape[0]]
        lengths = torch.as_tensor(self.num_frames).view(-1).tolist()
        for first, end, num_frames in zip(starts, starts[1:], lengths, strict=False):
            joint = self.joint[first:end]
            num_joints = int(joint.max()) + 1 if len(joint) else 1
            frames = joint.view(-1, num_joints) if len(joint) % num_joints == 0 else joint[None, :0]
            numbers = torch.arange(num_joints, device=joint.device)
            if len(frames) % num_frames or not bool((frames == numbers).all()):
                raise DatasetError(_NOT_WHOLE.format(num_frames, len(joint)))

    def _as_clip(self) -> MotionClip:
        return MotionClip(
            positions=self.positions,
            present=self.present,
            scores=self.scores,
            layout=self.layout,
            fps=float(self.fps),
            name=self.name,
            skeleton=self.skeleton if "skeleton" in self else None,
            unit=self.unit if "unit" in self else "unknown",
            up=self.up if "up" in self else "+y",
        )

    def _check_is_one_clip(self) -> None:
        if isinstance(self, Batch):
            raise ValueError("expected one clip, but got a batch: transform clips before batching")
        if "num_persons" in self and self.num_persons > 1:
            raise ValueError("expected one person, but got several: transform them before joining")
        if self.x.shape[0] % int(self.num_frames):
            raise DatasetError(_NOT_WHOLE.format(self.num_frames, self.x.shape[0]))


# What a saved graph names, so that torch.load opens it; PyG 2.8 lists none of the last three.
torch.serialization.add_safe_globals(
    [SkeletonData, JointLayout, DataEdgeAttr, DataTensorAttr, GlobalStorage]
)
