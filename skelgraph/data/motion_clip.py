"""One clip as tensors, before it is batched, and the base class of its transforms."""

import copy
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Protocol, Self, TypeVar

import numpy as np
import torch
from torch import Tensor

from skelgraph.errors import DatasetError, LayoutError
from skelgraph.layouts import JointLayout, get_known_layout
from skelgraph.poses import PoseSequence, Unit, UpAxis


class ClipLike(Protocol):
    """The interface that transforms use of a clip: a :class:`MotionClip`, or a graph.

    See :class:`MotionClip` for its members.
    """

    @property
    def positions(self) -> Tensor:
        """Coordinates by frame and joint, (T, V, C)."""

    @property
    def present(self) -> Tensor:
        """Whether a joint is there, (T, V) bool."""

    @property
    def scores(self) -> Tensor | None:
        """Confidence by frame and joint, (T, V), or None."""

    @property
    def layout(self) -> str:
        """Name of the joint layout."""

    @property
    def fps(self) -> float:
        """Frames per second."""

    @property
    def name(self) -> str:
        """Name of the clip."""

    @property
    def num_frames(self) -> int:
        """Number of frames T."""

    @property
    def num_joints(self) -> int:
        """Number of joints V."""

    def with_positions(
        self,
        positions: Tensor,
        present: Tensor,
        scores: Tensor | None = None,
        *,
        fps: float | None = None,
    ) -> Self:
        """Return a copy with other coordinates."""

    def without_scores(self) -> Self:
        """Return a copy without confidences."""

    def to_sequence(self) -> PoseSequence:
        """Return the clip as a sequence."""

    def with_sequence(self, sequence: PoseSequence) -> Self:
        """Return a copy whose motion is that of a sequence."""


ClipT = TypeVar("ClipT", bound=ClipLike)
"""The form of a clip that a transform takes and returns."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MotionClip:
    """Coordinates of one clip and which of its joints are there.

    Datasets, transforms and batches for dense models work on this form, which needs no graph
    library; :meth:`skelgraph.data.SkeletonData.from_clip` makes a PyG graph of it.

    Args:
        positions: (T, V, C) coordinates; 0 where a joint is missing.
        present: (T, V) bool, False where a joint is missing.
        layout: Name of the joint layout.
        fps: Frames per second.
        scores: (T, V) confidence of a pose estimator, 0 or more; None if it is not used.
        name: Name of the clip.
        y: Number of the class; None if it is not known.
        skeleton: The joint layout itself, for networks that take any; None if it is not known.
        unit: Unit of length of the positions.
        up: Axis that points upward.
        partners: The other persons of the clip, in the same frames.

    Raises:
        ValueError: If the shapes do not fit.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> sequence = PoseSequence(positions=np.zeros((4, 10, 3)), layout=UPPER10, fps=30.0)
        >>> clip = MotionClip.from_sequence(sequence, y=1)
        >>> clip.positions.shape, clip.layout, clip.y
        (torch.Size([4, 10, 3]), 'upper10', 1)
    """

    positions: Tensor
    present: Tensor
    layout: str
    fps: float
    scores: Tensor | None = None
    name: str = ""
    y: int | None = None
    skeleton: JointLayout | None = None
    unit: Unit = "unknown"
    up: UpAxis = "+y"
    partners: tuple["MotionClip", ...] = ()

    def __post_init__(self) -> None:
        shape = self.positions.shape
        if len(shape) != 3 or self.present.shape != shape[:2]:
            raise ValueError(
                f"expected positions (T, V, C) and a mask (T, V), but got {tuple(shape)} and "
                f"{tuple(self.present.shape)}"
            )
        if self.scores is not None and self.scores.shape != shape[:2]:
            raise ValueError(
                f"expected confidences (T, V) = {tuple(shape[:2])}, but got "
                f"{tuple(self.scores.shape)}"
            )

    @classmethod
    def from_sequence(
        cls, sequence: PoseSequence, *, y: int | None = None, with_confidence: bool = False
    ) -> "MotionClip":
        """Copy the coordinates of a sequence.

        Raises:
            DatasetError: If ``with_confidence`` is set and the sequence has no confidence.
        """
        sequence = sequence.load()
        if with_confidence and sequence.confidence is None:
            raise DatasetError(
                f"{sequence.name or 'the clip'}: expected the confidence of each joint, but "
                f"the recording has none; choose channels without it (xy or xyz)"
            )
        confidence = sequence.confidence if with_confidence else None
        return cls(
            positions=torch.from_numpy(np.nan_to_num(sequence.positions)),
            present=torch.from_numpy(sequence.present),
            scores=None if confidence is None else torch.from_numpy(confidence.copy()),
            layout=sequence.layout.name,
            fps=sequence.fps,
            name=sequence.name,
            y=y,
            skeleton=sequence.layout,
            unit=sequence.unit,
            up=sequence.up,
            partners=tuple(
                cls.from_sequence(partner, y=y, with_confidence=with_confidence)
                for partner in sequence.partners
            ),
        )

    def to_sequence(self) -> PoseSequence:
        """Return the clip as a sequence, whose missing joints are NaN.

        Raises:
            LayoutError: If its layout is neither known nor in the catalogue.
        """
        positions = torch.where(self.present[..., None], self.positions, torch.nan)
        return PoseSequence(
            positions=positions.cpu().numpy(),
            layout=self.skeleton or get_known_layout(self.layout),
            fps=self.fps,
            unit=self.unit,
            up=self.up,
            confidence=None if self.scores is None else self.scores.cpu().numpy(),
            name=self.name,
        )

    def with_sequence(self, sequence: PoseSequence) -> "MotionClip":
        """Return a copy whose motion is that of a sequence."""
        with_confidence = self.scores is not None
        changed = MotionClip.from_sequence(sequence, y=self.y, with_confidence=with_confidence)
        return replace(changed, name=self.name)

    @property
    def persons(self) -> tuple["MotionClip", ...]:
        """The clip of each person, the main one first."""
        return (self, *self.partners)

    @property
    def num_frames(self) -> int:
        """Number of frames T."""
        return self.positions.shape[0]

    @property
    def num_joints(self) -> int:
        """Number of joints V."""
        return self.positions.shape[1]

    def with_positions(
        self,
        positions: Tensor,
        present: Tensor,
        scores: Tensor | None = None,
        *,
        fps: float | None = None,
    ) -> "MotionClip":
        """Return a copy with other coordinates and perhaps another number of frames.

        Args:
            positions: (T, V, C); missing joints are set to 0.
            present: (T, V) bool.
            scores: (T, V) confidence, if the clip has any; unchanged by default.
            fps: Frames per second of the copy; unchanged by default.

        Raises:
            ValueError: If the shapes do not fit.
        """
        if present.shape != positions.shape[:2] or positions.shape[1] != self.num_joints:
            raise ValueError(
                f"expected positions (T, {self.num_joints}, C) and a mask (T, {self.num_joints}), "
                f"but got {tuple(positions.shape)} and {tuple(present.shape)}"
            )
        return replace(
            self,
            positions=torch.where(present[..., None], positions, 0),
            present=present,
            scores=self.scores if scores is None else scores,
            fps=self.fps if fps is None else fps,
        )

    def without_scores(self) -> "MotionClip":
        """Return a copy without confidences."""
        return replace(self, scores=None)


class ClipTransform(ABC):
    """A transform of clips: of a :class:`MotionClip`, or of its graph, a :class:`SkeletonData`.

    A subclass implements :meth:`forward`, as a subclass of PyG's ``BaseTransform`` does. This class
    does not load PyG; if PyG is loaded before it, or once a graph is made, it is a virtual subclass
    of ``BaseTransform``.

    Example:
        >>> class Reverse(ClipTransform):
        ...     def forward(self, data):
        ...         return data.with_positions(data.positions.flip(0), data.present.flip(0))
        >>> Reverse()
        Reverse()
    """

    def __call__(self, data: ClipT) -> ClipT:
        """Return the transformed clip and leave the given one unchanged."""
        return self.forward(copy.copy(data))

    @abstractmethod
    def forward(self, data: ClipT) -> ClipT:
        """Return the transformed clip; attributes of ``data`` may be assigned to."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


if "torch_geometric.transforms" in sys.modules:  # otherwise skeleton_data does it
    sys.modules["torch_geometric.transforms"].BaseTransform.register(ClipTransform)


def check_layout(data: ClipLike, layout: JointLayout) -> None:
    """Check that a clip has a layout.

    Raises:
        LayoutError: If it has another.
    """
    if data.layout != layout.name or data.num_joints != layout.num_joints:
        raise LayoutError(
            f"clip {data.name!r}: expected layout {layout.name!r} with {layout.num_joints} joints, "
            f"but got {data.layout!r} with {data.num_joints}"
        )
