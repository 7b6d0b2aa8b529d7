"""The steps from a recording as its file holds it to one that a model can learn from."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np

from skelgraph.config import FilterName
from skelgraph.errors import PoseError
from skelgraph.layouts import JointLayout, resolve_layout
from skelgraph.poses.gaps import drop_doubtful, drop_empty_frames, fill_gaps
from skelgraph.poses.normalization import (
    align_heading,
    bone_lengths,
    center_on_root,
    normalize_bone_lengths,
    point_up,
    scale_to_body,
    to_meters,
)
from skelgraph.poses.pose_sequence import METERS_PER_UNIT, PoseSequence, convert_layout
from skelgraph.poses.rest_pose_frame import drop_rest_pose
from skelgraph.poses.smoothing import check_filter, resample, smooth
from skelgraph.typing import FloatArray


@dataclass(frozen=True, kw_only=True)
class Preprocessing:
    """What is done to every recording before it becomes a graph, in training and afterwards.

    The steps in their order: frames with all joints at the origin show nobody; meters, where the
    unit is one of length; no rest pose before the recording
    (:func:`~skelgraph.poses.drop_rest_pose`); confidence; ``layout``; gaps; filter; ``fps``;
    center; heading; scale; bone lengths.

    Recordings of two dimensions go through the steps that make sense for an image: they have no
    heading but get a y axis that points up, as in space, and their bone lengths are left alone,
    since the apparent length of a bone tells how it points toward the camera.

    Args:
        layout: Layout to convert to, or its name; None keeps the recording's own.
        fps: Frame rate to resample to; None keeps the recording's own.
        min_confidence: Joints of less confidence are missing; None takes all. A recording without
            confidence is left as it is. Pose estimators put a joint that they do not see somewhere,
            with a confidence near zero; 0.1 leaves these out and keeps blurred ones.
        max_gap_s: Longest gap of a joint that is interpolated, in seconds; None fills none.
        filter: Filter over time, of :func:`skelgraph.poses.smooth`. The next two are those of
            ``"butterworth"``; the others have the settings of that function.
        cutoff_hz: Cutoff of the Butterworth filter; None does not filter. A recording whose frame
            rate is at most twice the cutoff has nothing above it, and is not filtered.
        order: Order of its forward and backward pass together; even.
        center: Whether to subtract the center joint's place in every frame.
        align_heading: Whether to turn each recording so that the person faces +z.
        scale: Whether to divide by the mean bone length a recording whose unit is no length (pixels
            or unknown), so that the size of the image does not matter.
        bone_lengths: Length of each joint's bone that every recording of three dimensions gets; NaN
            where unknown. :meth:`fit` finds them.

    Raises:
        PoseError: If a setting is out of its range.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> preprocessing = Preprocessing(layout=UPPER10, fps=30.0)
        >>> Preprocessing.from_dict(preprocessing.to_dict()) == preprocessing
        True
    """

    layout: JointLayout | None = None
    fps: float | None = None
    min_confidence: float | None = 0.1
    max_gap_s: float | None = 0.5
    filter: FilterName = "butterworth"
    cutoff_hz: float | None = 6.0
    order: int = 4
    center: bool = True
    align_heading: bool = True
    scale: bool = True
    bone_lengths: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if self.layout is not None:
            object.__setattr__(self, "layout", resolve_layout(self.layout))
        for setting in ("fps", "cutoff_hz"):
            value = getattr(self, setting)
            if value is not None and not value > 0:
                raise PoseError(f"expected {setting} above 0 or None, but got {value}")
        for setting in ("min_confidence", "max_gap_s"):
            value = getattr(self, setting)
            if value is not None and not value >= 0:
                raise PoseError(f"expected {setting} of 0 or more or None, but got {value}")
        check_filter(self.filter)
        if self.order < 2 or self.order % 2:
            raise PoseError(f"expected an even filter order, but got {self.order}")
        if self.bone_lengths is not None and self.layout is not None:
            num_joints = self.layout.num_joints
            if len(self.bone_lengths) != num_joints:
                raise PoseError(
                    f"expected {num_joints} bone lengths for layout {self.layout.name!r}, but got "
                    f"{len(self.bone_lengths)}"
                )

    def apply(self, sequence: PoseSequence) -> PoseSequence:
        """The recording after all steps: those of :meth:`clean`, then those of :meth:`normalize`.

        Its partners are brought to the place, heading and size in which the main person is.

        Raises:
            LayoutError: If it cannot be converted to the layout.
            PoseError: If a step cannot be done; the error says which one to leave out.
        """
        return self.normalize(self.clean(sequence))

    def clean(self, sequence: PoseSequence) -> PoseSequence:
        """Return a recording after the steps that concern how it was made, up to the frame rate.

        A long recording is cleaned once, before it is cut: filters and gaps know both sides of a
        cut then.

        Raises:
            LayoutError: If it cannot be converted to the layout.
            PoseError: If a step cannot be done.
        """
        if not sequence.partners:
            return self._clean(sequence, alone=True)
        persons = (replace(sequence, partners=()), *sequence.partners)
        main, *partners = (self._clean(one, alone=False) for one in persons)
        return replace(main, partners=tuple(partners))

    def normalize(self, clip: PoseSequence) -> PoseSequence:
        """Return a cleaned clip after the steps that concern where the person is, and how large.

        Raises:
            PoseError: If a step cannot be done.
        """
        if not clip.partners:
            (done,) = self._normalize_poses([clip])
            return self.normalize_bones(done)
        main, *partners = self._normalize_poses([replace(clip, partners=()), *clip.partners])
        return self.normalize_bones(replace(main, partners=tuple(partners)))

    def normalize_bones(self, sequence: PoseSequence) -> PoseSequence:
        """Return a recording with the bone lengths of :meth:`fit`: the last of all steps.

        Raises:
            PoseError: If it cannot be done.
        """
        if self.bone_lengths is None or sequence.num_dimensions != 3:
            return sequence
        lengths = np.array(self.bone_lengths)
        done = normalize_bone_lengths(sequence, lengths)
        if not done.partners:
            return done
        partners = (normalize_bone_lengths(one, lengths) for one in done.partners)
        return replace(done, partners=tuple(partners))

    def fit(self, sequences: Iterable[PoseSequence]) -> "Preprocessing":
        """A copy whose bone lengths are the medians over the given recordings.

        Give it the training part alone, so that nothing of the test part is known before the test.
        The bone lengths are those after all other steps. Recordings of two dimensions have none to
        give; where there are no others, the copy has no bone lengths.

        Raises:
            LayoutError: If a recording cannot be converted to the layout.
            PoseError: If there is no recording, their layouts differ, or a step cannot be done.
        """
        free = replace(self, bone_lengths=None)
        return self.fit_applied(free.apply(sequence) for sequence in sequences)

    def fit_applied(self, sequences: Iterable[PoseSequence]) -> "Preprocessing":
        """Return what :meth:`fit` does, for recordings that went through all other steps already.

        Raises:
            PoseError: If there is no recording, or their layouts differ.
        """
        layouts: list[JointLayout] = []
        lengths = []
        for sequence in sequences:
            layouts.append(sequence.layout)
            if sequence.layout != layouts[0]:
                raise PoseError(
                    f"sequence {sequence.name!r}: expected layout {layouts[0].name!r} as in the "
                    f"recordings before it, but got {sequence.layout.name!r}; set a layout to "
                    f"convert to"
                )
            if sequence.num_dimensions == 3:
                lengths.append(bone_lengths(sequence))
        if not layouts:
            raise PoseError("expected recordings to fit bone lengths to, but got none")
        return replace(self, bone_lengths=_medians(np.array(lengths)) if lengths else None)

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain JSON types, a layout with its full definition."""
        settings = asdict(self)
        if self.layout is not None:
            settings["layout"] = self.layout.to_dict()
        if self.bone_lengths is not None:
            settings["bone_lengths"] = [
                None if math.isnan(length) else length for length in self.bone_lengths
            ]
        return settings

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> "Preprocessing":
        """The preprocessing that :meth:`to_dict` wrote, also after a way through JSON.

        Raises:
            PoseError: If a setting is unknown.
            LayoutError: If the layout is malformed.
        """
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(settings) - set(known))
        if unknown:
            raise PoseError(f"unknown preprocessing settings {unknown}; known are {known}")
        values = dict(settings)
        if values.get("layout") is not None:
            values["layout"] = JointLayout.from_dict(values["layout"])
        if values.get("bone_lengths") is not None:
            values["bone_lengths"] = tuple(
                math.nan if length is None else float(length) for length in values["bone_lengths"]
            )
        return cls(**values)

    def _clean(self, sequence: PoseSequence, *, alone: bool) -> PoseSequence:
        """The steps that concern how the recording was made; all persons keep the same frames."""
        sequence = to_meters(drop_empty_frames(sequence))
        if alone:
            sequence = drop_rest_pose(sequence)
        if self.min_confidence is not None:
            sequence = drop_doubtful(sequence, min_confidence=self.min_confidence)
        if self.layout not in (None, sequence.layout):
            sequence = convert_layout(sequence, self.layout)
        if self.max_gap_s is not None:
            sequence = fill_gaps(sequence, max_gap_s=self.max_gap_s)
        sequence = self._smooth(sequence)
        return sequence if self.fps in (None, sequence.fps) else resample(sequence, self.fps)

    def _smooth(self, sequence: PoseSequence) -> PoseSequence:
        if self.filter != "butterworth":
            return smooth(sequence, self.filter)
        if self.cutoff_hz is None or 2 * self.cutoff_hz >= sequence.fps:
            return sequence
        return smooth(sequence, cutoff_hz=self.cutoff_hz, order=self.order)

    def _normalize_poses(self, persons: list[PoseSequence]) -> list[PoseSequence]:
        """The steps that concern where the first person is, and how large."""
        if self.center:
            persons = [center_on_root(one, of=persons[0]) for one in persons]
        if persons[0].num_dimensions == 2:
            persons = [point_up(one) for one in persons]
        elif self.align_heading:
            persons = [align_heading(one, of=persons[0]) for one in persons]
        if self.scale and persons[0].unit not in METERS_PER_UNIT:
            persons = [scale_to_body(one, of=persons[0]) for one in persons]
        return persons


def _medians(lengths: FloatArray) -> tuple[float, ...]:
    """Median of each column over the rows that know it; NaN where none does."""
    columns = (column[~np.isnan(column)] for column in lengths.T)
    return tuple(float(np.median(column)) if len(column) else math.nan for column in columns)
