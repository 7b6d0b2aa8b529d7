"""Reader and writer of skelgraph's own JSON form: one sequence with all its facts, as text.

An object with ``skelgraph`` (the number of the form, 1), ``fps``, ``unit``, ``up``, ``layout`` (an
object: ``name``, ``joints``, ``bones``, ``center``, ``pairs``, ``extra_edges``, ``added_bones``),
``dimensions`` (2 or 3), ``positions`` (frames of joints of coordinates; ``null`` for a missing
joint), ``confidence`` (frames of numbers) or null, the texts ``name``, ``label``, ``subject``,
``recording`` or null, and ``start_s`` and ``numbering_hz``
(:class:`skelgraph.poses.PoseSequence`) where they say something.
"""

import json
from pathlib import Path
from typing import Any, cast

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.joint_names import layout_from_fields, pick_joints
from skelgraph.io.json_text import describe_value, expect_list, parse_json, stack_numbers
from skelgraph.io.reader import Reader, Writer, build_sequence, read_as_list
from skelgraph.io.text import read_text
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence, Unit, UpAxis
from skelgraph.typing import FloatArray

_FORM = 1
_TEXTS = ("unit", "up", "name", "label", "subject", "recording")


def read_json_form(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> PoseSequence:
    """Read a file written by :func:`write_json`.

    The joints of a layout are picked by name. A rate is used if the file tells none.

    Raises:
        FormatError: If the file is damaged, of another form, or lacks a joint of the layout.
    """
    path = Path(path)
    fields = parse_json(read_text(path), path)
    if not isinstance(fields, dict) or "skelgraph" not in fields:
        raise FormatError(f"{path}: expected an object with the key 'skelgraph', but got none")
    if fields["skelgraph"] != _FORM:
        raise FormatError(
            f"{path}: expected form {_FORM} of skelgraph's JSON, but got "
            f"{str(fields['skelgraph'])[:20]}; a newer skelgraph may read it"
        )
    own = layout_from_fields(fields.get("layout"), path)
    positions = _read_positions(fields, own.num_joints, path)
    confidence = fields.get("confidence")
    if confidence is not None:
        confidence = _read_confidence(confidence, positions.shape[:2], path)
    skeleton = own
    if layout is not None:
        picked = pick_joints(own.joints, layout, path)
        skeleton, positions = layout, positions[:, picked]
        confidence = None if confidence is None else confidence[:, picked]
    unit, up, name, label, subject, recording = (_read_text(fields, key, path) for key in _TEXTS)
    return build_sequence(
        path,
        positions,
        layout=skeleton,
        fps=_read_rate(fields, fps, path),
        unit=cast(Unit | None, unit),  # the sequence refuses any other text
        up=cast(UpAxis | None, up),
        confidence=confidence,
        name=name,
        label=label,
        subject=subject,
        recording=recording,
        start_s=_read_number(fields, "start_s", path) or 0.0,
        numbering_hz=_read_number(fields, "numbering_hz", path),
    )


def _read_positions(fields: dict[str, Any], num_joints: int, path: Path) -> FloatArray:
    """Return the positions (T, V, C), with NaN for each joint that is null."""
    size = fields.get("dimensions")
    if size not in (2, 3) or not isinstance(size, int):
        raise FormatError(
            f"{path}: expected 2 or 3 in 'dimensions', but got {describe_value(size)}"
        )
    frames = expect_list(fields.get("positions"), f"{path}, 'positions'")
    if not frames:
        raise FormatError(f"{path}: expected frames in 'positions', but got none")
    blank = [None] * size
    filled = [
        [blank if joint is None else joint for joint in expect_list(frame, f"{path}, frame {n}")]
        for n, frame in enumerate(frames)
    ]
    positions = stack_numbers(filled, lambda n: f"{path}, frame {n}", depth=2)
    return _check_shape(positions, (len(frames), num_joints, size), "positions", path)


def _read_confidence(value: Any, shape: tuple[int, ...], path: Path) -> FloatArray:
    rows = expect_list(value, f"{path}, 'confidence'")
    if not rows:
        raise FormatError(f"{path}: expected confidence {shape} or null, but got an empty list")
    confidence = stack_numbers(rows, lambda n: f"{path}, frame {n} of 'confidence'")
    return _check_shape(confidence, shape, "confidence", path)


def _check_shape(array: FloatArray, shape: tuple[int, ...], what: str, path: Path) -> FloatArray:
    if array.shape != shape:
        raise FormatError(f"{path}: expected {what} {shape}, but got {array.shape}")
    return array


def _read_text(fields: dict[str, Any], key: str, path: Path) -> str | None:
    text = fields.get(key)
    if text is not None and not isinstance(text, str):
        raise FormatError(f"{path}: expected text in {key!r}, but got {type(text).__name__}")
    return text


def _read_rate(fields: dict[str, Any], fps: float | None, path: Path) -> float:
    rate = fields.get("fps", fps)
    if not isinstance(rate, int | float) or abs(rate) > 1e9:
        raise FormatError(f"{path}: expected the frame rate in 'fps'; pass it (--fps)")
    return float(rate)


def _read_number(fields: dict[str, Any], key: str, path: Path) -> float | None:
    number = fields.get(key)
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, int | float) or abs(number) > 1e15:
        raise FormatError(f"{path}: expected a number in {key!r}, but got {describe_value(number)}")
    return float(number)


def write_json(path: str | Path, sequence: PoseSequence) -> None:
    """Write a sequence with its layout and all other fields, to be read back exactly."""
    present = sequence.present.tolist()
    rows = _shorten(sequence.positions)
    positions = [
        [joint if there else None for joint, there in zip(frame, seen, strict=True)]
        for frame, seen in zip(rows, present, strict=True)
    ]
    confidence = sequence.confidence
    clock = {"start_s": sequence.start_s, "numbering_hz": sequence.numbering_hz}
    fields = {
        "skelgraph": _FORM,
        "name": sequence.name,
        "label": sequence.label,
        "subject": sequence.subject,
        "recording": sequence.recording,
        "fps": float(sequence.fps),
        **{key: float(number) for key, number in clock.items() if number},
        "unit": sequence.unit,
        "up": sequence.up,
        "layout": sequence.layout.to_dict(),
        "dimensions": sequence.num_dimensions,
        "positions": positions,
        "confidence": None if confidence is None else _shorten(confidence),
    }
    Path(path).write_text(json.dumps(fields, ensure_ascii=False) + "\n", encoding="utf-8")


def _shorten(values: FloatArray) -> Any:
    """Format nested lists with nine digits, which restore any number in single precision."""
    numbers = [float(f"{value:.9g}") for value in values.ravel().tolist()]
    return np.array(numbers).reshape(values.shape).tolist()


def _sniff(path: Path, head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b'{"skelgraph"')


WRITER = Writer(
    name="json",
    suffixes=(".json",),
    write=write_json,
    description="everything that a sequence holds, as text",
)

READER = Reader(
    name="json",
    suffixes=(".json",),
    sniff=_sniff,
    read=read_as_list(read_json_form),
    description="a sequence with all its facts as text, as skelgraph writes it",
)
