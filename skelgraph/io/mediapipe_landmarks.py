"""The forms in which scripts dump MediaPipe's landmarks as JSON, as frames of persons.

A frame is an object with a field of landmarks (:data:`WORLD`, :data:`IMAGE`), or a person, or a
list of persons. A person is a list of 33 landmarks; an object of them by number (``"0"`` to
``"32"``) or name (``"NOSE"``); or 99, 132 or 165 numbers in a row. A landmark is an object with
``x``, ``y``, ``z``, ``visibility``, and perhaps its ``name`` or ``id``, or a list of such numbers.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from skelgraph.errors import FormatError
from skelgraph.io.json_text import describe_value, expect_list
from skelgraph.layouts import MEDIAPIPE33

WORLD = ("pose_world_landmarks", "poseWorldLandmarks", "worldLandmarks", "world_landmarks")
IMAGE = ("pose_landmarks", "poseLandmarks", "landmarks")
_LISTS = ("frames", "results", "data")
_IDS = ("id", "index", "idx", "landmark_id")
_COUNT = MEDIAPIPE33.num_joints
_NUMBERS = {joint: number for number, joint in enumerate(MEDIAPIPE33.joints)}
_KEY = re.compile(rb'"(pose_?)?(world_?)?landmarks?"', re.IGNORECASE)
_NAMED = re.compile(rb'"(PoseLandmark\.)?left_eye_inner"\s*:', re.IGNORECASE)
_OPENING = re.compile(
    rb"\s*(?:(?:\[\s*\]|null)\s*,\s*|[\[{]\s*"
    rb'|"[^"]{0,60}"\s*:\s*(?:(?:-?[\d.][\d.eE+-]*|null|true|false|"[^"]{0,60}")\s*,\s*)?)*'
)
_NUMERIC_LIST = re.compile(rb"[-\d.,eE+\snulNaN]+\]")
_OF_OTHERS = re.compile(rb'"(image_id|people|bodies|skeleton|instances|joint\w*|box)"')


def find_frames(document: Any, path: Path) -> tuple[list[Any], list[str] | None]:
    """Return the frames of a document, and their names if it is an object of them.

    Raises:
        FormatError: If it is none of the forms.
    """
    if isinstance(document, dict) and not _has_people(document):
        key = next((key for key in _LISTS if isinstance(document.get(key), list | dict)), None)
        if key is not None:
            return find_frames(document[key], path)
        if not document or not all(re.search(r"\d", name) for name in document):
            raise FormatError(
                f"{path}: expected landmarks or a list of frames with landmarks, but got "
                f"{describe_value(document)}"
            )
        return list(document.values()), list(document)
    if isinstance(document, dict) or (document and _is_landmark(document[0])):
        return [document], None
    return expect_list(document, str(path)), None


def _has_people(fields: Mapping[str, Any]) -> bool:
    return any(key in fields for key in (*WORLD, *IMAGE, "landmark")) or _by_number(fields) != {}


def find_people(frame: object, keys: Sequence[str], where: str) -> list[list[Any]]:
    """Return the landmarks x, y, z, visibility of the persons in a frame, from one of the fields.

    Without any of the keys, those of a frame that is no object with fields.

    Raises:
        FormatError: If a person is none of the forms.
    """
    if isinstance(frame, dict) and not _by_number(frame):
        if keys:
            return next((_list_people(frame[key], where) for key in keys if frame.get(key)), [])
        others = [frame[key] for key in frame if key not in (*WORLD, *IMAGE)]
        found = [value for value in others if isinstance(value, list | dict)]
        return _list_people(max(found, key=len), where) if found else []
    if keys or frame is None or frame == []:
        return []
    if not isinstance(frame, list | dict):
        raise FormatError(f"{where}: expected an object, but got {describe_value(frame)}")
    return _list_people(frame, where)


def _list_people(value: Any, where: str) -> list[list[Any]]:
    persons = value if isinstance(value, list) and value and _is_person(value[0]) else [value]
    return [_list_landmarks(person, where) for person in persons if person]


def _is_person(value: Any) -> bool:
    """Whether a value in a list is a person, and not a landmark or a number."""
    if isinstance(value, dict):
        return "landmark" in value or bool(_by_number(value))
    return isinstance(value, list) and not _is_landmark(value)


def _is_landmark(value: Any) -> bool:
    if isinstance(value, dict):
        return "x" in value and "y" in value
    return (
        isinstance(value, list) and 2 <= len(value) <= 5 and not isinstance(value[0], list | dict)
    )


def _list_landmarks(person: Any, where: str) -> list[Any]:
    """Return the rows of a person's landmarks in the order of their numbers."""
    if isinstance(person, dict):
        person = person.get("landmark") or _by_number(person) or person
    if isinstance(person, dict):
        return [_read_landmark(person[number], where) for number in sorted(person)]
    landmarks = expect_list(person, where)
    per_landmark, rest = divmod(len(landmarks), _COUNT)
    if per_landmark in (3, 4, 5) and not rest and not isinstance(landmarks[0], list | dict):
        landmarks = [
            landmarks[n : n + per_landmark] for n in range(0, len(landmarks), per_landmark)
        ]
    numbers = [_find_number(landmark) for landmark in landmarks]
    if sorted(numbers) == list(range(_COUNT)):
        landmarks = [landmarks[numbers.index(number)] for number in range(_COUNT)]
    return [_read_landmark(landmark, where) for landmark in landmarks]


def _by_number(fields: Mapping[str, Any]) -> dict[int, Any]:
    """Return the landmarks of an object by their numbers; none unless all are there."""
    if len(fields) < _COUNT:
        return {}
    found = {_parse_number(key): value for key, value in fields.items()}
    found.pop(-1, None)
    is_whole = len(found) == _COUNT and all(isinstance(one, list | dict) for one in found.values())
    return found if is_whole and all(map(_is_landmark, found.values())) else {}


def _parse_number(name: str) -> int:
    """Return a landmark's number from its number or name; -1 if it is neither."""
    if name.isascii() and name.isdigit():
        return int(name) if len(name) < 3 and int(name) < _COUNT else -1
    return _NUMBERS.get(name.rpartition(".")[2].lower(), -1)


def _find_number(landmark: Any) -> int:
    if not isinstance(landmark, dict):
        return -1
    name = landmark.get("name")
    number = _parse_number(name) if isinstance(name, str) else -1
    ids = (landmark[key] for key in _IDS if isinstance(landmark.get(key), int))
    return next(ids, -1) if number < 0 else number


def _read_landmark(landmark: Any, where: str) -> list[Any]:
    """Return x, y, z, visibility; a landmark without visibility counts as seen."""
    if not _is_landmark(landmark):
        raise FormatError(
            f"{where}: expected a landmark with x and y, but got {describe_value(landmark)}"
        )
    if isinstance(landmark, list):
        return [*landmark[:3], *([None] if len(landmark) < 3 else []), *(landmark[3:4] or [1.0])]
    seen = landmark.get("visibility", landmark.get("v"))
    return [landmark["x"], landmark["y"], landmark.get("z"), 1.0 if seen is None else seen]


def looks_like_landmarks(head: bytes) -> bool:
    """Whether the beginning of a JSON file is that of landmarks in any of the forms."""
    if _KEY.search(head) is not None or _NAMED.search(head) is not None:
        return True
    opening = _OPENING.match(head)
    start = b"" if opening is None else opening.group()
    if not start or _OF_OTHERS.search(start) is not None:
        return False
    rest = head[len(start) :]
    if re.search(rb'\{\s*(?:"\w+"\s*:[^{}\[\]]*)?"x"\s*:\s*-?[\d.]+\s*,\s*"y"\s*:', start):
        return b'"z"' in head or b'"visibility"' in head
    return _looks_like_numbers(start, rest)


def _looks_like_numbers(start: bytes, rest: bytes) -> bool:
    """Whether lists of numbers are 33 landmarks, or all numbers of 33 landmarks in a row."""
    numbers = _NUMERIC_LIST.match(rest)
    if numbers is None:
        return False
    count = numbers.group().count(b",") + 1
    if count in (3 * _COUNT, 4 * _COUNT, 5 * _COUNT):
        return True
    end = re.search(rb"\]\s*[\]}]", rest)
    return count in (3, 4, 5) and end is not None and rest[: end.end()].count(b"[") == _COUNT - 1
