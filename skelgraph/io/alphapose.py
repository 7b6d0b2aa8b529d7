"""Reader of AlphaPose's results, in its default form and in its forms ``cmu`` and ``open``.

The default form is one list with an object for each person of each frame: ``image_id`` (the name of
the image, or ``"12.jpg"`` for frame 12 of a video, counted from 0), ``keypoints`` (x, y, confidence
of each, flat, in pixels, y down) and perhaps ``idx``, the number of the person. Without tracking
``idx`` is zero or lists of zeros, nested by pose suppression. Frames in which nobody was found have
no entry; how many there are after the last entry, no file tells. The confidence is mostly below 1.
COCO's results (``image_id`` a number) have the same form.

The other forms are an object for each image, all in one file by the name of the image or each in a
file of its own (``sep-json``), with 18 keypoints in OpenPose's order: ``bodies`` with ``joints``
(``cmu``), ``people`` with ``pose_keypoints_2d`` (``open``).

Format: MVIG-SJTU/AlphaPose, docs/output.md and alphapose/utils/pPose_nms.py; keypoints:
Fang-Haoshu/Halpe-FullBody.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.detections import Detections, build_persons, split_triples
from skelgraph.io.frame_numbers import place_names, place_numbers
from skelgraph.io.json_text import (
    describe_value,
    expect_integer,
    expect_object,
    parse_json,
    stack_numbers,
)
from skelgraph.io.openpose import FRAME_KEYS, collect_frames, read_first_bytes, read_frames
from skelgraph.io.reader import Reader, require_rate
from skelgraph.io.text import read_text, shorten
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import IntArray

_WHAT = "results of AlphaPose"
_ENTRY = re.compile(rb'^\s*\[\s*\{(?:[^][}{]|\[[^][}{]*\])*"(image_id|keypoints)"')
_IMAGES = re.compile(rb'^\s*\{\s*"[^"]*"\s*:\s*\{[^\[]*"(people|bodies)"\s*:\s*\[')
_OWN_VERSION = re.compile(rb'^\s*\{[^\[]*"AlphaPose')


def read_alphapose(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read results of AlphaPose from a file, or from a folder with one file for each image.

    Images are ordered by the numbers in their names, and frames without a person are put back.
    Persons are told by ``idx`` where it means something, else apart over time
    (:func:`skelgraph.poses.track_persons`). A layout is that of the keypoints, if they are not
    COCO's 17, OpenPose's 18, Halpe's 26 or 136, or COCO-WholeBody's 133; else its joints are picked
    by name.

    Raises:
        RateError: If no rate is given.
        FormatError: If the file is not AlphaPose's, or nobody is there.
    """
    path = Path(path)
    if path.is_dir():
        rate = require_rate(fps, path, _WHAT)
        return build_persons(path, read_frames(path), layout=layout, fps=rate)
    text = read_text(path)
    rate = require_rate(fps, path, _WHAT)
    results = parse_json(text, path)
    if not isinstance(results, dict):
        found = _collect_persons(results, path)
    elif any(key in results for key in FRAME_KEYS):  # a single file of sep-json
        found = collect_frames([path.name], [(str(path), results)], path)
    else:
        found = _collect_images(results, path)
    return build_persons(path, found, layout=layout, fps=rate)


def _collect_images(results: dict[str, Any], path: Path) -> Detections:
    """Read the forms ``cmu`` and ``open`` in one file."""
    if not results or not all(isinstance(image, dict) for image in results.values()):
        raise FormatError(
            f"{path}: expected a list of persons (image_id, keypoints) or an object for each image "
            f"(people or bodies), as AlphaPose writes them, but got {describe_value(results)}"
        )
    frames = ((f"{path}, image {shorten(name)!r}", image) for name, image in results.items())
    return collect_frames(list(results), frames, path)


def _collect_persons(results: object, path: Path) -> Detections:
    """Read the default form."""
    if not isinstance(results, list) or not results:
        raise FormatError(
            f"{path}: expected a list of persons (image_id, keypoints) as AlphaPose writes it, but "
            f"got {describe_value(results)}"
        )
    for number, entry in enumerate(results):
        if not isinstance(entry, dict) or "keypoints" not in entry or "image_id" not in entry:
            expect_object(entry, f"{path}, entry {number}", "image_id", "keypoints")
    table = stack_numbers(
        [entry["keypoints"] for entry in results],
        lambda number: f"{path}, entry {number}, 'keypoints'",
    )
    keypoints, scores = split_triples(table, f"{path}, 'keypoints'")
    frames = _place_images([entry["image_id"] for entry in results], path)
    return Detections(
        keypoints=keypoints,
        scores=scores,
        frames=frames,
        num_frames=int(frames.max()) + 1,
        ids=_read_ids([entry.get("idx") for entry in results]),
    )


def _place_images(images: list[object], path: Path) -> IntArray:
    if all(isinstance(image, str) for image in images):
        return place_names([str(image) for image in images], path)
    places = (f"{path}, entry {number}, 'image_id'" for number in range(len(images)))
    pairs = zip(images, places, strict=True)
    return place_numbers([expect_integer(image, place) for image, place in pairs], path)


def _read_ids(values: list[object]) -> IntArray | None:
    """Return the persons' numbers, each the first of a nested list; None if one is missing."""
    ids = []
    for value in values:
        while isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 2**53:
            return None
        ids.append(int(value))
    return np.array(ids, dtype=np.int64)


def _sniff(path: Path, head: bytes) -> bool:
    if not head:
        return _OWN_VERSION.match(read_first_bytes(path)) is not None
    head = head.removeprefix(b"\xef\xbb\xbf")
    return any(pattern.match(head) is not None for pattern in (_ENTRY, _IMAGES, _OWN_VERSION))


READER = Reader(
    name="alphapose",
    suffixes=(".json",),
    sniff=_sniff,
    read=read_alphapose,
    description="AlphaPose: a list of persons, or an object for each image (cmu, open)",
    frame_suffix=".json",
)
