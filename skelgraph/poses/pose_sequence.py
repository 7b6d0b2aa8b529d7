"""The recording of one person: positions of joints over time, as the files hold them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

import numpy as np

from skelgraph.errors import PoseError
from skelgraph.layouts import JointLayout, LayoutConversion, plan_conversion, resolve_layout
from skelgraph.typing import BoolArray, Float32Array

if TYPE_CHECKING:
    import xarray

Unit = Literal["m", "cm", "mm", "px", "unknown"]
UpAxis = Literal["+x", "-x", "+y", "-y", "+z", "-z"]

METERS_PER_UNIT = {"m": 1.0, "cm": 0.01, "mm": 0.001}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PoseSequence:
    """Positions of one person's joints over time.

    A joint that is missing in a frame is NaN in all its coordinates, never zero. The arrays are
    copied to single precision and cannot be written to; ``dataclasses.replace`` makes a changed
    sequence. ``sequence[30:90]`` is a part of it, ``sequence[::2]`` every second frame at half the
    frame rate, and ``sequence["head"]`` the positions (T, C) of a joint.

    Args:
        positions: Array (T, V, C) with C = 2 (image coordinates) or 3.
        layout: The skeleton with V joints; a name is looked up in the catalogue.
        fps: Frames per second.
        unit: Unit of length of the positions.
        up: Axis that points upward; ``"-y"`` for images, whose y points down.
        confidence: Array (T, V) of a detector's confidences, 0 or more, where there are any.
        name: Name of the clip; unique in a dataset.
        label: What is shown, where it is known.
        subject: Who is recorded, where it is known.
        recording: The recording from which the clip is cut, where it is known.
        start_s: Time of the first frame by the recording's clock, in seconds; it is not 0 if the
            clip is cut from a longer recording, or the file numbers its frames from elsewhere.
        numbering_hz: Frame numbers per second, if the file leaves out some on purpose, such as all
            odd ones; by default ``fps``.
        partners: The other persons of the clip, in the same frames, for networks that take several;
            mostly none.

    Raises:
        PoseError: If shapes do not fit, values are infinite, or the frame rate is not positive.

    Example:
        >>> sequence = PoseSequence(positions=np.zeros((90, 10, 3)), layout="upper10", fps=30.0)
        >>> sequence
        PoseSequence(90 frames of upper10 in 3D, 30 frames/s, 3.0 s)
        >>> sequence[30:60:2]
        PoseSequence(15 frames of upper10 in 3D, 15 frames/s, 1.0 s)
        >>> sequence[30:60:2].start_s
        1.0
    """

    positions: Float32Array
    layout: JointLayout
    fps: float
    unit: Unit = "unknown"
    up: UpAxis = "+y"
    confidence: Float32Array | None = None
    name: str = ""
    label: str | None = None
    subject: str | None = None
    recording: str | None = None
    start_s: float = 0.0
    numbering_hz: float | None = None
    partners: tuple["PoseSequence", ...] = ()

    @classmethod
    def from_checked(cls, **values: Any) -> "PoseSequence":
        """Return the sequence of values that were those of a sequence before, such as a cache's.

        They are neither checked nor copied: of many short clips, that would take longer than to
        load them. All fields must be there, and arrays must not be writable.
        """
        sequence = object.__new__(cls)
        sequence.__dict__.update(values)
        return sequence

    def __post_init__(self) -> None:
        object.__setattr__(self, "layout", resolve_layout(self.layout))
        positions = np.array(self.positions, dtype=np.float32, order="C")
        where = f"sequence {self.name!r}: " if self.name else ""
        if positions.ndim != 3 or positions.shape[2] not in (2, 3):
            raise PoseError(
                f"{where}expected positions (frames, joints, 2 or 3), but got {positions.shape}"
            )
        if positions.shape[0] == 0:
            raise PoseError(f"{where}expected at least one frame, but got none")
        if positions.shape[1] != self.layout.num_joints:
            raise PoseError(
                f"{where}expected {self.layout.num_joints} joints for layout "
                f"{self.layout.name!r}, but got {positions.shape[1]}"
            )
        if np.isinf(positions).any():
            frame = int(np.argwhere(np.isinf(positions))[0, 0])
            raise PoseError(f"{where}expected finite positions or NaN, but frame {frame} has inf")
        if not (np.isfinite(self.fps) and self.fps > 0):
            raise PoseError(f"{where}expected a positive frame rate, but got {self.fps}")
        if self.unit not in get_args(Unit) or self.up not in get_args(UpAxis):
            raise PoseError(
                f"{where}expected a unit of {get_args(Unit)} and an up axis of {get_args(UpAxis)}, "
                f"but got {self.unit!r} and {self.up!r}"
            )
        if not np.isfinite(self.start_s) or not 0 < (self.numbering_hz or 1) < np.inf:
            raise PoseError(
                f"{where}expected a finite time of the first frame and a positive rate of frame "
                f"numbers, but got {self.start_s} and {self.numbering_hz}"
            )
        positions[np.isnan(positions).any(axis=2)] = np.nan
        positions.flags.writeable = False
        object.__setattr__(self, "positions", positions)
        if self.confidence is not None:
            object.__setattr__(self, "confidence", self._checked_confidence(where))
        lengths = {partner.num_frames for partner in self.partners} - {self.num_frames}
        if lengths:
            raise PoseError(
                f"{where}expected partners in the same {self.num_frames} frames, but got "
                f"{sorted(lengths)}"
            )

    def _checked_confidence(self, where: str) -> Float32Array:
        confidence = np.array(self.confidence, dtype=np.float32)
        if confidence.shape != self.positions.shape[:2]:
            raise PoseError(
                f"{where}expected confidences (frames, joints) = {self.positions.shape[:2]}, but "
                f"got {confidence.shape}"
            )
        if not (np.isfinite(confidence).all() and (confidence >= 0).all()):
            raise PoseError(f"{where}expected finite confidences of 0 or more")
        confidence.flags.writeable = False
        return confidence

    @overload
    def __getitem__(self, key: slice) -> "PoseSequence": ...

    @overload
    def __getitem__(self, key: str) -> Float32Array: ...

    def __getitem__(self, key: slice | str) -> "PoseSequence | Float32Array":
        """Return frames as a sequence, or the positions (T, C) of the joint of a name.

        Raises:
            PoseError: If no frame is left, or the frames run backward.
            LayoutError: If there is no joint of the name.
        """
        if isinstance(key, str):
            return self.positions[:, self.layout.index(key)]
        if not isinstance(key, slice):
            raise TypeError(
                f"expected frames such as sequence[30:90] or a joint's name, but got {key!r}"
            )
        step = 1 if key.step is None else key.step
        if step < 1:
            raise PoseError(f"expected frames in their order, but got steps of {step}")
        confidence = None if self.confidence is None else self.confidence[key]
        return replace(
            self,
            positions=self.positions[key],
            confidence=confidence,
            fps=self.fps / step,
            start_s=self.start_s + key.indices(self.num_frames)[0] / self.fps,
            partners=tuple(partner[key] for partner in self.partners),
        )

    def __len__(self) -> int:
        return self.num_frames

    def __repr__(self) -> str:
        """Return what the sequence is, without its numbers."""
        missing = 1 - self.present.mean()
        facts = [
            f"{self.num_frames} frames of {self.layout.name} in {self.num_dimensions}D",
            f"{self.fps:g} frames/s",
            f"{self.duration_s:.1f} s",
        ]
        facts += [f"{missing:.1%} of the joints missing"] if missing else []
        for field in ("name", "label", "subject", "recording"):
            value = getattr(self, field)
            facts += [f"{field}={value!r}"] if value else []
        return f"{type(self).__name__}({', '.join(facts)})"

    def select_joints(self, joints: Sequence[str], name: str = "") -> "PoseSequence":
        """Return some of the joints, in the order of the layout.

        A joint whose parent is left out hangs on the nearest ancestor that stays.

        Args:
            joints: Names of the joints.
            name: Name of their layout; by default the layout's own and their number.

        Raises:
            LayoutError: If there is no such joint, or their ancestors do not join them.
        """
        numbers = sorted({self.layout.index(joint) for joint in joints})
        layout = self.layout.subset(numbers, name or f"{self.layout.name}-{len(numbers)}")
        confidence = None if self.confidence is None else self.confidence[:, numbers]
        return replace(
            self, positions=self.positions[:, numbers], confidence=confidence, layout=layout
        )

    def to_xarray(self) -> "xarray.Dataset":
        """Return the sequence as a dataset of ``movement`` (:func:`skelgraph.poses.to_movement`).

        Raises:
            PoseError: If xarray is not installed.
        """
        from skelgraph.poses.movement_dataset import to_movement

        return to_movement([self])

    @classmethod
    def from_xarray(
        cls,
        dataset: "xarray.Dataset",
        *,
        layout: JointLayout | None = None,
        fps: float | None = None,
    ) -> "PoseSequence":
        """Return the one individual of a dataset of ``movement``.

        The arguments are those of :func:`skelgraph.poses.from_movement`, which returns all.

        Raises:
            PoseError: If it has not exactly one individual, or is no dataset of poses.
        """
        from skelgraph.poses.movement_dataset import from_movement

        sequences = from_movement(dataset, layout=layout, fps=fps)
        if len(sequences) != 1:
            raise PoseError(f"expected one individual, but got {len(sequences)}: see from_movement")
        return sequences[0]

    def load(self) -> "PoseSequence":
        """Return the recording with its numbers in memory: itself, unless it is a lazy one."""
        return self

    @property
    def num_frames(self) -> int:
        """Number of frames T."""
        return int(self.positions.shape[0])

    @property
    def num_dimensions(self) -> int:
        """Number of coordinates C of a joint: 2 or 3."""
        return int(self.positions.shape[2])

    @property
    def duration_s(self) -> float:
        """Length in seconds, a frame counted as one frame period."""
        return self.num_frames / self.fps

    @property
    def present(self) -> BoolArray:
        """Array (T, V): True where a joint is there."""
        return ~np.isnan(self.positions[:, :, 0])

    @property
    def has_joints(self) -> bool:
        """Whether any joint is there in any frame."""
        return bool(self.present.any())


def convert_layout(sequence: PoseSequence, target: JointLayout | LayoutConversion) -> PoseSequence:
    """Return the same recording in another layout.

    A target joint is missing (NaN) in the frames in which one of the joints it is made of is
    missing. The confidence of a joint made of several is the least of theirs.

    Args:
        sequence: The recording.
        target: The layout wanted, or a conversion that was planned before
            (:func:`skelgraph.layouts.plan_conversion`, whose report says what is made up).

    Raises:
        LayoutError: If the layouts have too little in common.
    """
    conversion = (
        target if isinstance(target, LayoutConversion) else plan_conversion(sequence.layout, target)
    )
    T, _, C = sequence.positions.shape
    V = conversion.target.num_joints
    positions = np.full((T, V, C), np.nan, dtype=np.float32)
    confidence = None if sequence.confidence is None else np.zeros((T, V), dtype=np.float32)
    for joint, weights in enumerate(conversion.weights):
        if not weights:
            continue
        sources = list(weights)
        shares = np.array([weights[source] for source in sources], dtype=np.float32)
        positions[:, joint] = np.einsum("s,tsc->tc", shares, sequence.positions[:, sources])
        if confidence is not None and sequence.confidence is not None:
            confidence[:, joint] = sequence.confidence[:, sources].min(axis=1)
    return replace(sequence, positions=positions, confidence=confidence, layout=conversion.target)
