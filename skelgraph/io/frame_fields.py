"""The fields of a frame of JSON, in the spellings of those who write frames."""

from collections.abc import Mapping, Sequence
from typing import Any

from skelgraph.errors import FormatError
from skelgraph.io.detections import split_triples
from skelgraph.io.json_text import describe_value, expect_list, expect_object, stack_numbers
from skelgraph.typing import FloatArray

TIME_KEYS = ("time", "time_s", "timestamp", "t")
_FRAME_KEYS = ("frame", "frame_id", "frame_number")
_PERSONS_KEYS = ("persons", "people", "bodies")
_JOINT_KEYS = ("joints", "keypoints", "positions")
_TRIPLE_KEYS = ("pose_keypoints_2d", "pose_keypoints")
_ID_KEYS = ("id", "person_id", "track_id")
_CONFIDENCE_KEYS = ("confidence", "scores")


def find_persons(fields: Mapping[str, Any], where: str) -> list[tuple[str | None, object]] | None:
    """Return the persons of a frame, each with the id by which an object names it."""
    key = next((key for key in _PERSONS_KEYS if key in fields), None)
    if key is None:
        alone = any(key in fields for key in (*_JOINT_KEYS, *_TRIPLE_KEYS))
        return [(None, fields)] if alone else None
    if isinstance(fields[key], dict):
        return list(fields[key].items())
    return [(None, person) for person in expect_list(fields[key], f"{where}, {key!r}")]


def unwrap_person(person: object, where: str) -> tuple[Any, FloatArray | None, str | None]:
    """Return the joints of a person, the confidences beside them, and the id."""
    if isinstance(person, list):
        return person, None, None
    fields = expect_object(person, where)
    identity = _read_identity(fields, where)
    key = next((key for key in _TRIPLE_KEYS if key in fields), None)
    if key is not None:
        row = stack_numbers([expect_list(fields[key], where)], lambda number: where)
        keypoints, scores = split_triples(row, where)
        return keypoints[0].tolist(), scores[0], identity
    key = next((key for key in _JOINT_KEYS if key in fields), None)
    if key is None:
        raise FormatError(
            f"{where}: expected a person with 'joints', but got {describe_value(person)}"
        )
    joints = fields[key]
    told = next((one for one in _CONFIDENCE_KEYS if fields.get(one) is not None), None)
    if told is None:
        return joints, None, identity
    confidence = stack_numbers([expect_list(fields[told], where)], lambda number: where)[0]
    return joints, confidence, identity


def stack_joints(rows: Sequence[Any], where: str) -> FloatArray | None:
    """Return joints (V, C), of which those that are null are NaN; None if all are."""
    size = next((len(row) for row in rows if isinstance(row, list)), 0)
    if not size and all(row is None for row in rows):
        return None
    blank = [None] * size
    return stack_numbers([blank if row is None else row for row in rows], lambda number: where)


def _read_identity(fields: Mapping[str, Any], where: str) -> str | None:
    """Return a person's id; OpenPose writes a list of one, and -1 if it does not track."""
    value = next((fields[key] for key in _ID_KEYS if fields.get(key) is not None), None)
    value = value[0] if isinstance(value, list) and value else value
    if value is None or value == -1:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise FormatError(f"{where}: expected a name or a number as id, but got {value!r}")
    return str(value)[:80]


def read_number(fields: Mapping[str, Any], keys: Sequence[str], where: str) -> float | None:
    """Return the number of the first of some keys; None if there is none of them."""
    key = next((key for key in keys if fields.get(key) is not None), None)
    if key is None:
        return None
    value = fields[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        raise FormatError(f"{where}: expected a number in {key!r}, but got {describe_value(value)}")
    return float(value)


def read_frame_number(fields: Mapping[str, Any], where: str) -> int | None:
    """Return the number of a frame; None if it has none."""
    number = read_number(fields, _FRAME_KEYS, where)
    return None if number is None else int(number)


def expect_choice(value: object, choices: Sequence[Any], key: str, where: str) -> Any:
    """Return a value that must be one of some.

    Raises:
        FormatError: If it is not.
    """
    if value not in choices:
        known = ", ".join(str(choice) for choice in choices)
        raise FormatError(f"{where}: expected one of {known} in {key!r}, but got {value!r}")
    return value
