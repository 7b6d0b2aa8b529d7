"""Frames that arrive one at a time as JSON: lines of a stream, or a file for each frame.

The form is a line of JSON for each frame, after a line with what holds for all of them::

    {"layout": "coco17", "unit": "px", "fps": 30}
    {"time": 0.0, "persons": [{"id": 1, "joints": [[310, 92], null, ...], "confidence": [...]}]}

``layout`` is the name of a layout, the list of the joints' names, or an object as in
:mod:`skelgraph.io.json_form`; ``unit`` is ``m``, ``cm``, ``mm``, ``px`` or ``unknown``; ``up`` an
axis such as ``+y``; ``dimensions`` 2 or 3. All of the first line may be left out where the frames
tell it: by joints with names (``"joints": {"nose": [310, 92], ...}``), or by their number. ``time``
is in seconds; ``frame``, a number that is divided by ``fps``, may stand for it, or nothing. A joint
of an image that has three numbers is x, y and confidence; a joint that is ``null`` or has the
confidence 0 is missing. ``persons`` may also be an object of persons by their ids, and a line with
``joints`` is one person. OpenPose's files (:mod:`skelgraph.io.openpose`) are such frames too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast, get_args

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.detections import find_skeleton
from skelgraph.io.frame_fields import (
    TIME_KEYS,
    expect_choice,
    find_persons,
    read_frame_number,
    read_number,
    stack_joints,
    unwrap_person,
)
from skelgraph.io.guess_metadata import guess_unit, guess_up
from skelgraph.io.joint_names import layout_from_fields, match_joints, settle_layout
from skelgraph.io.json_text import describe_value, expect_list, expect_object
from skelgraph.layouts import JointLayout, get_known_layout
from skelgraph.poses import Unit, UpAxis
from skelgraph.typing import FloatArray

_FARTHEST = 1e9
_HEADER_KEYS = ("layout", "unit", "up", "fps", "dimensions")


@dataclass(frozen=True, kw_only=True)
class PoseFormat:
    """What holds for all frames of a stream.

    Args:
        layout: The skeleton.
        num_dimensions: 2 for an image, 3 for space.
        unit: Unit of the positions.
        up: Axis that points upward.
        fps: Frames per second; None if only the times of the frames tell it.
    """

    layout: JointLayout
    num_dimensions: int
    unit: Unit = "unknown"
    up: UpAxis = "+y"
    fps: float | None = None


class FramePerson(NamedTuple):
    """A person in a frame.

    Args:
        identity: Who it is, if the frame says so.
        positions: Array (V, C) in the stream's layout, NaN where a joint is missing.
        confidence: Array (V,), 0 to 1; None if there is none.
    """

    identity: str | None
    positions: FloatArray
    confidence: FloatArray | None


class PoseFrame(NamedTuple):
    """A frame that has arrived.

    Args:
        time_s: Its time in seconds, if it says so.
        number: Its number, if it says so.
        persons: Who is in it.
    """

    time_s: float | None
    number: int | None
    persons: tuple[FramePerson, ...]


class PoseLineParser:
    """Parse frames that arrive one at a time; the first ones tell the format of all.

    Args:
        layout: Layout of frames that do not tell it.
        unit: Unit of frames that do not tell it.
        fps: Frames per second of frames that do not tell it.

    Example:
        >>> parser = PoseLineParser()
        >>> parser.parse({"layout": "upper10", "unit": "m", "fps": 30}, "line 1")
        >>> frame = parser.parse({"time": 0.5, "joints": [[0, 1, 2]] * 10}, "line 2")
        >>> frame.time_s, frame.persons[0].positions.shape, parser.format.layout.name
        (0.5, (10, 3), 'upper10')
    """

    def __init__(
        self,
        *,
        layout: JointLayout | None = None,
        unit: Unit | None = None,
        fps: float | None = None,
    ) -> None:
        self.format: PoseFormat | None = None
        self.fps = fps
        self._layout = layout
        self._unit = unit
        self._up: UpAxis | None = None
        self._dimensions: int | None = None
        self._names: tuple[str, ...] | None = None
        self._header: dict[str, Any] = {}
        self._picks: dict[tuple[str, ...], dict[str, int]] = {}

    def parse(self, value: object, where: str) -> PoseFrame | None:
        """Return the frame of a parsed line or file, or None for one that only tells the format.

        Raises:
            FormatError: If it is neither.
            LayoutError: If it names a layout that is not known.
        """
        fields = expect_object(value, where)
        self._read_header(fields, where)
        persons = find_persons(fields, where)
        if persons is None:
            if any(key in fields for key in _HEADER_KEYS):
                return None
            raise FormatError(
                f"{where}: expected a frame with 'persons' or 'joints', but got "
                f"{describe_value(fields)}"
            )
        read = [self._read_person(who, one, where) for who, one in persons]
        frame = PoseFrame(
            time_s=read_number(fields, TIME_KEYS, where),
            number=read_frame_number(fields, where),
            persons=tuple(person for person in read if person is not None),
        )
        names = [one.identity for one in frame.persons if one.identity is not None]
        if len(set(names)) < len(names):
            raise FormatError(f"{where}: expected persons of different ids, but got {names}")
        return frame

    def _read_header(self, fields: Mapping[str, Any], where: str) -> None:
        """Take what holds for all frames, if a line tells some of it.

        Raises:
            FormatError, LayoutError: If it is malformed, or another than before.
        """
        told = {key: fields[key] for key in _HEADER_KEYS if fields.get(key) is not None}
        new = {key: value for key, value in told.items() if self._header.get(key) != value}
        if not new:
            return
        if self.format is not None and (set(new) - {"fps"}):
            raise FormatError(
                f"{where}: expected {', '.join(new)} as before, but it changes within the stream; "
                f"start `skelgraph stream` anew for another producer"
            )
        if "layout" in new:
            self._read_layout(new["layout"], where)
        if "unit" in new and self._unit is None:
            self._unit = cast(Unit, expect_choice(new["unit"], get_args(Unit), "unit", where))
        if "up" in new:
            self._up = cast(UpAxis, expect_choice(new["up"], get_args(UpAxis), "up", where))
        if "dimensions" in new:
            self._dimensions = int(expect_choice(new["dimensions"], (2, 3), "dimensions", where))
        if "fps" in new and self.fps is None:
            rate = read_number(fields, ("fps",), where)
            if rate is None or not 0 < rate < 1e6:
                raise FormatError(f"{where}: expected a positive frame rate, but got {rate}")
            self.fps = rate
        self._header |= new

    def _read_layout(self, value: object, where: str) -> None:
        if isinstance(value, str):
            self._layout = self._layout or get_known_layout(value)
        elif isinstance(value, list) and all(isinstance(name, str) for name in value):
            self._layout, _ = settle_layout(value, self._layout, Path(where))
            self._names = tuple(value)
        else:
            self._layout = self._layout or layout_from_fields(value, Path(where))

    def _read_person(self, identity: str | None, person: object, where: str) -> FramePerson | None:
        """Return a person; None if no joint is there."""
        joints, own_confidence, own_identity = unwrap_person(person, where)
        names = self._names
        if isinstance(joints, Mapping):
            names = tuple(str(name) for name in joints)
            joints = list(joints.values())
        table = stack_joints(expect_list(joints, where), where)
        if table is None:
            return None
        table, confidence = self._split_confidence(table, own_confidence, where)
        layout = self._find_layout(len(table), names, where)
        positions, confidence = self._place(table, confidence, names, layout, where)
        if np.isnan(positions).all():
            return None
        farthest = float(np.nanmax(np.abs(positions)))
        if farthest > _FARTHEST:
            raise FormatError(
                f"{where}: a joint lies {farthest:g} from the origin, which is damage"
            )
        if self.format is None:
            self.format = self._settle_format(positions, layout)
        elif positions.shape[1] != self.format.num_dimensions:
            raise FormatError(
                f"{where}: expected {self.format.num_dimensions} numbers for each joint as "
                f"before, but got {positions.shape[1]}"
            )
        return FramePerson(identity or own_identity, positions, confidence)

    def _split_confidence(
        self, table: FloatArray, confidence: FloatArray | None, where: str
    ) -> tuple[FloatArray, FloatArray | None]:
        """Return positions (V, C) and confidences, which may be the third number of a joint."""
        in_image = self._unit == "px" or self._dimensions == 2
        if table.shape[1] == 3 and in_image and confidence is None:
            table, confidence = table[:, :2], table[:, 2]
        if table.shape[1] not in (2, 3):
            raise FormatError(
                f"{where}: expected 2 or 3 numbers for each joint, but got {table.shape[1]}"
            )
        if confidence is None:
            return table, None
        if len(confidence) != len(table):
            raise FormatError(
                f"{where}: expected {len(table)} confidences, one for each joint, but got "
                f"{len(confidence)}"
            )
        known = np.clip(np.nan_to_num(confidence), 0.0, 1.0)
        return np.where(known[:, None] > 0, table, np.nan), known

    def _find_layout(
        self, num_joints: int, names: tuple[str, ...] | None, where: str
    ) -> JointLayout:
        """Return the layout of all frames; joints of the first person tell it if nothing else."""
        layout = self._layout if self.format is None else self.format.layout
        if layout is None and names is not None:
            return settle_layout(names, None, Path(where))[0]
        if layout is None:
            return find_skeleton(num_joints, None, None, Path(where))[0]
        wanted = layout.num_joints if names is None else len(names)
        if num_joints != wanted:
            raise FormatError(
                f"{where}: expected {wanted} joints for layout {layout.name!r}, but got "
                f"{num_joints}; pass another --layout"
            )
        return layout

    def _settle_format(self, positions: FloatArray, layout: JointLayout) -> PoseFormat:
        """Return the format of all frames, whose first person has positions (V, C)."""
        in_plane = positions.shape[1] == 2
        return PoseFormat(
            layout=layout,
            num_dimensions=positions.shape[1],
            unit=self._unit or guess_unit(positions[None], layout),
            up=self._up or ("-y" if in_plane else guess_up(positions[None], layout)),
            fps=self.fps,
        )

    def _place(
        self,
        table: FloatArray,
        confidence: FloatArray | None,
        names: tuple[str, ...] | None,
        layout: JointLayout,
        where: str,
    ) -> tuple[FloatArray, FloatArray | None]:
        """Return the joints in the order of the layout; other names are left out."""
        if names is None:
            return table, confidence
        if names not in self._picks:
            self._picks = {names: match_joints(names, layout)}
        found = self._picks[names]
        if not found:
            raise FormatError(
                f"{where}: expected joints of layout {layout.name!r}, but got "
                f"{', '.join(names[:5])}"
            )
        targets = [layout.index(joint) for joint in found]
        sources = list(found.values())
        positions = np.full((layout.num_joints, table.shape[1]), np.nan)
        positions[targets] = table[sources]
        if confidence is None:
            return positions, None
        placed = np.zeros(layout.num_joints)
        placed[targets] = confidence[sources]
        return positions, placed
