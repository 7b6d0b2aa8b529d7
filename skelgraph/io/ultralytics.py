"""Reader of the results of Ultralytics' pose models: JSON of ``to_json``, or files of ``save_txt``.

``Results.to_json()`` gives a frame's detections: a list of objects with ``name``, ``class``,
``confidence``, ``box``, perhaps ``track_id``, and ``keypoints``, an object of three lists ``x``,
``y`` and ``visible`` (the confidences), in pixels, or in shares of the image if it was asked to
normalize them; y points down. A file holds one frame; a list of frames, or of their texts; a frame
a line; an object of frames by number or image; or frames as objects with ``frame`` and
``detections``. A keypoint at (0, 0) was not found. No file tells the frame rate.

The folders of ``save_txt`` are read by :mod:`skelgraph.io.ultralytics_labels`.

Format: ultralytics 8, ``ultralytics/engine/results.py``, ``summary``, ``to_json``, ``save_txt``.
"""

import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.errors import FormatError, FormatWarning
from skelgraph.io.detections import Detections, build_persons, collect_ids, note_shares
from skelgraph.io.frame_numbers import place_names, place_numbers
from skelgraph.io.json_text import (
    describe_value,
    expect_integer,
    expect_list,
    expect_object,
    parse_json,
    parse_json_lines,
    stack_numbers,
)
from skelgraph.io.reader import Reader, require_rate
from skelgraph.io.text import read_text, shorten
from skelgraph.io.ultralytics_labels import looks_like_labels, read_label_folder, sniff_folder
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence, Unit
from skelgraph.typing import FloatArray, IntArray

_FRAME_KEYS = ("frame", "frame_id", "frame_idx", "frame_index", "frame_number")
_LIST_KEYS = ("detections", "results", "predictions", "persons", "objects")
_WRAPPERS = ("frames", "results", "data")
_LARGEST_SHARE = 2.0
_KEYPOINTS = re.compile(rb'"keypoints"\s*:\s*\{\s*"x"\s*:\s*\[')
_BOX = re.compile(rb'"box"\s*:\s*\{\s*"x1"\s*:')

Frame = tuple[str, list[Any]]
"""Where a frame stands, for errors, and its detections."""
Detection = tuple[int, str, Mapping[str, Any]]
"""Number of the frame, where it stands, and the detection."""


def read_ultralytics(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read results of a pose model, a sequence for each person.

    Detections of other classes are left out, with a warning, if some are named ``person``.
    Persons are told by ``track_id`` where all have one, else apart over time. Positions in shares
    of the image have no unit, and a note says so. A layout is that of the keypoints, if they are
    not COCO's 17; else its joints are picked by name.

    Raises:
        RateError: If no rate is given.
        FormatError: If the file is not Ultralytics', has boxes alone, or nobody is there.
    """
    path = Path(path)
    rate = require_rate(fps, path, "results of Ultralytics")
    if path.is_dir():
        return read_label_folder(path, layout=layout, fps=rate)
    text = read_text(path)
    if text.lstrip()[0] not in "[{":
        return read_label_folder(path, layout=layout, fps=rate)
    frames, placed = _list_frames(_unquote(parse_json_lines(text, path), path), path)
    found = _collect(frames, placed, path)
    is_share = bool((np.nan_to_num(np.abs(found.keypoints)) <= _LARGEST_SHARE).all())
    unit: Unit = "unknown" if is_share else "px"
    persons = build_persons(path, found, layout=layout, fps=rate, unit=unit)
    if is_share:
        note_shares(path)
    return persons


def _unquote(document: Any, path: Path) -> Any:
    """Parse the texts of a list of what ``to_json`` returned, which is text."""
    if not isinstance(document, list) or not all(isinstance(one, str) for one in document):
        return document
    return [parse_json(text, path) for text in document]


def _list_frames(document: Any, path: Path) -> tuple[list[Frame], IntArray]:
    """Return the frames of any of the forms, and each one's place in time."""
    if isinstance(document, dict):
        wrapper = next((key for key in _WRAPPERS if isinstance(document.get(key), list)), None)
        if wrapper is None and not any(key in document for key in (*_LIST_KEYS, "box")):
            return _list_named(document, path)
        document = document[wrapper] if wrapper else [document]
    entries = expect_list(document, str(path))
    if entries and all(isinstance(entry, dict) for entry in entries):
        return _list_objects(entries, path)
    frames = [
        (f"{path}, frame {number}", expect_list(entry, f"{path}, frame {number}"))
        for number, entry in enumerate(entries)
    ]
    return frames, np.arange(len(frames))


def _list_named(document: Mapping[str, Any], path: Path) -> tuple[list[Frame], IntArray]:
    """Return the frames of an object by number or name of the image."""
    if not document:
        raise FormatError(f"{path}: expected frames with detections, but got an empty object")
    frames = [
        (f"{path}, {name!r}", expect_list(value, f"{path}, {name!r}"))
        for name, value in document.items()
    ]
    return frames, place_names(list(document), path)


def _list_objects(entries: Sequence[Mapping[str, Any]], path: Path) -> tuple[list[Frame], IntArray]:
    """Return frames that are objects, or the one frame of a list of detections."""
    number_key = next((key for key in _FRAME_KEYS if all(key in one for one in entries)), None)
    frames = []
    for number, entry in enumerate(entries):
        where = f"{path}, entry {number}"
        key = next((key for key in _LIST_KEYS if key in entry), None)
        found = [entry] if key is None else expect_list(entry[key], f"{where}, {key!r}")
        frames.append((where, found))
    if number_key is not None:
        numbers = [
            expect_integer(entry[number_key], f"{where}, {number_key!r}")
            for entry, (where, _) in zip(entries, frames, strict=True)
        ]
        return frames, place_numbers(numbers, path)
    if any(key in entry for entry in entries for key in _LIST_KEYS):
        return frames, np.arange(len(frames))
    return frames, np.zeros(len(frames), dtype=np.int64)


def _collect(frames: Sequence[Frame], placed: IntArray, path: Path) -> Detections:
    detected = [
        (number, where, expect_object(detection, where))
        for number, (where, detections) in enumerate(frames)
        for detection in detections
    ]
    num_detections = len(detected)
    rows, owners, ids, places = [], [], [], []
    posed = [one for one in detected if one[2].get("keypoints") is not None]
    for number, where, entry in _keep_persons(posed, path):
        rows.append(_read_keypoints(entry["keypoints"], where))
        owners.append(number)
        ids.append(entry.get("track_id"))
        places.append(where)
    if not rows:
        raise FormatError(
            f"{path}: expected keypoints, but {num_detections} detections have boxes alone; use a "
            "pose model (such as yolo11n-pose)"
            if num_detections
            else f"{path}: expected a person, but nobody is there in any frame"
        )
    table = stack_numbers(rows, lambda row: f"{places[row]}, 'keypoints'", depth=2)
    keypoints = table[:, :2].transpose(0, 2, 1)
    return Detections(
        keypoints=keypoints,
        scores=_score(keypoints, table[:, 2]),
        frames=placed[owners],
        num_frames=int(placed.max()) + 1,
        ids=collect_ids(ids),
    )


def _keep_persons(detections: Sequence[Detection], path: Path) -> Sequence[Detection]:
    """Return the detections of persons if some are named so; a model's own classes are kept."""
    persons = [one for one in detections if _is_person(one[2])]
    if not persons or len(persons) == len(detections):
        return detections
    others = [str(one[2].get("name")) for one in detections if not _is_person(one[2])]
    named = shorten(", ".join(dict.fromkeys(others)), 80)
    warnings.warn(
        f"{path}: {len(others)} of {len(detections)} detections are no persons ({named}) and were "
        "left out",
        FormatWarning,
        stacklevel=4,
    )
    return persons


def _is_person(detection: Mapping[str, Any]) -> bool:
    name = detection.get("name")
    return name == "person" if name is not None else detection.get("class") == 0


def _read_keypoints(value: object, where: str) -> list[Any]:
    """Return the lists of x, y and confidence; keypoints without any confidence count as seen."""
    fields = expect_object(value, f"{where}, 'keypoints'", "x", "y")
    x, y = (expect_list(fields[key], f"{where}, 'keypoints', {key!r}") for key in "xy")
    visible = fields.get("visible")
    if visible is None:
        visible = [1.0] * len(x)
    if not isinstance(visible, list) or not len(x) == len(y) == len(visible):
        raise FormatError(
            f"{where}, 'keypoints': expected as many x as y and visible, but got {len(x)}, "
            f"{len(y)} and {describe_value(visible)}"
        )
    return [x, y, visible]


def _score(keypoints: FloatArray, scores: FloatArray) -> FloatArray:
    return np.where((keypoints == 0).all(axis=2), 0.0, scores)


def _sniff(path: Path, head: bytes) -> bool:
    if not head:
        return sniff_folder(path)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start in (b"[", b"{"):
        plain = head.replace(b'\\"', b'"').replace(b"\\n", b" ")
        return _KEYPOINTS.search(plain) is not None or _BOX.search(plain) is not None
    return looks_like_labels(head)


READER = Reader(
    name="ultralytics",
    suffixes=(".json", ".txt"),
    sniff=_sniff,
    read=read_ultralytics,
    description="Ultralytics: JSON of to_json, or a folder of save_txt with a file for each frame",
    frame_suffix=".txt",
)
