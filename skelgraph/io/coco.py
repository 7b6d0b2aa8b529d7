"""Reader of keypoint annotations of COCO's form: ``images``, ``annotations``, ``categories``.

An annotation has flat ``keypoints`` x, y, v in pixels, y down, where v is 0 for a keypoint that is
not labeled (its position is 0, 0), 1 for one that is hidden, and 2 for one that is seen; here these
have confidence 0 (missing), 0.5 and 1. Where some v is another number it is a confidence itself.
The names of the keypoints are in the category, the order of the images is that of ``frame_id`` or
else of their names, and ``track_id`` is a person's number where it is there. One annotation an
image is one person. The images of several videos (``video_id``, ``vid_id``) are one recording each.
Annotations without keypoints are left alone. No file tells the frame rate.

Format: https://cocodataset.org/#format-data; ``frame_id``, ``track_id`` and ``vid_id`` as in
PoseTrack; names of Human3.6M's joints as in MMPose (``root (pelvis)``).
"""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.detections import Detections, build_persons, collect_ids, split_triples
from skelgraph.io.frame_numbers import place_names, place_numbers
from skelgraph.io.joint_names import find_catalogue_layout
from skelgraph.io.json_text import (
    describe_value,
    expect_integer,
    expect_list,
    expect_object,
    parse_json,
    stack_numbers,
)
from skelgraph.io.persons import name_persons
from skelgraph.io.reader import Reader, require_rate
from skelgraph.io.text import read_text
from skelgraph.layouts import H36M17, JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray, IntArray

_TABLES = re.compile(rb'"(images|annotations|categories)"\s*:\s*\[')
_VIDEO_KEYS = ("video_id", "vid_id")
_H36M_NAMES = {
    **dict.fromkeys(("root", "root (pelvis)"), "pelvis"),
    **{f"{side}_foot": f"{side}_ankle" for side in ("left", "right")},
    "neck_base": "neck_nose",
}
"""What MMPose calls joints of ``h36m17``."""


def read_coco(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read COCO keypoint annotations of the frames of videos, a sequence for each person.

    If there are several videos, each is a recording, after which its persons are named. A layout is
    that of the keypoints, if the catalogue has none with just these; else its joints are picked by
    name.

    Raises:
        RateError: If no rate is given.
        FormatError: If the file is malformed, or shows nobody.
    """
    path = Path(path)
    text = read_text(path)
    rate = require_rate(fps, path, "COCO annotations")
    document = expect_object(parse_json(text, path), str(path), "images", "annotations")
    videos = _group_images(expect_list(document["images"], f"{path}, 'images'"), path)
    persons = _find_persons(expect_list(document["annotations"], f"{path}, 'annotations'"), path)
    names = _read_names(document.get("categories", []), path)
    known = {image for images in videos.values() for image in images}
    owners = [_find_image(person, known, number, path) for number, person in persons]
    sequences = []
    for video, images in videos.items():
        own = [one for one, image in zip(persons, owners, strict=True) if image in images]
        if not own:
            continue
        found = _collect(own, images, path)
        if len(videos) == 1:
            return build_persons(path, found, layout=layout, fps=rate, names=names)
        people = build_persons(path, found, layout=layout, fps=rate, names=names, recording=video)
        sequences += [
            replace(person, name=name)
            for person, name in zip(people, name_persons(video, len(people)), strict=True)
        ]
    return sequences


def _collect(
    persons: Sequence[tuple[int, dict[str, Any]]], frames: Mapping[int, int], path: Path
) -> Detections:
    """Collect the persons in the images of one video."""
    numbers = [number for number, _ in persons]
    table = stack_numbers(
        [person["keypoints"] for _, person in persons],
        lambda row: f"{path}, annotation {numbers[row]}, 'keypoints'",
    )
    keypoints, visibility = split_triples(table, f"{path}, 'keypoints'")
    owners = [frames[int(person["image_id"])] for _, person in persons]
    is_alone = len(set(owners)) == len(owners)
    return Detections(
        keypoints=keypoints,
        scores=_score(visibility),
        frames=np.array(owners, dtype=np.int64),
        num_frames=max(frames.values()) + 1,
        ids=collect_ids(
            [person.get("track_id", 1 if is_alone else None) for _, person in persons],
            lowest=1 - 2**53,
        ),
    )


def _group_images(images: Sequence[object], path: Path) -> dict[str, dict[int, int]]:
    """Return for each video the frame of each image, by the image's number."""
    entries = [
        expect_object(image, f"{path}, image {number}", "id") for number, image in enumerate(images)
    ]
    if not entries:
        raise FormatError(f"{path}: expected images, but the list is empty")
    ids = [
        expect_integer(image["id"], f"{path}, image {n}, 'id'") for n, image in enumerate(entries)
    ]
    if len(set(ids)) < len(ids):
        raise FormatError(f"{path}: expected a number of its own for each image, but some repeat")
    videos: dict[str, list[int]] = {}
    for place, image in enumerate(entries):
        video = next((image[key] for key in _VIDEO_KEYS if key in image), "")
        name = video if isinstance(video, str) else describe_value(video)
        videos.setdefault(name, []).append(place)
    return {
        video: _place_images([entries[n] for n in own], [ids[n] for n in own], path)
        for video, own in videos.items()
    }


def _place_images(
    entries: Sequence[dict[str, Any]], ids: Sequence[int], path: Path
) -> dict[int, int]:
    return dict(zip(ids, _order_images(entries, ids, path).tolist(), strict=True))


def _order_images(entries: Sequence[dict[str, Any]], ids: Sequence[int], path: Path) -> IntArray:
    if all("frame_id" in image for image in entries):
        numbers = [
            expect_integer(image["frame_id"], f"{path}, image {number}, 'frame_id'")
            for number, image in enumerate(entries)
        ]
        return place_numbers(numbers, path)
    names = [image.get("file_name") for image in entries]
    if all(isinstance(name, str) for name in names):
        return place_names([str(name) for name in names], path)
    return place_numbers(ids, path)


def _find_persons(annotations: Sequence[object], path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Return the annotations with keypoints, and their numbers in the list."""
    found = []
    for number, annotation in enumerate(annotations):
        entry = expect_object(annotation, f"{path}, annotation {number}", "image_id")
        if "keypoints" in entry:
            found.append((number, entry))
    if not found:
        raise FormatError(
            f"{path}: expected annotations with 'keypoints', but none of {len(annotations)} has any"
        )
    return found


def _find_image(person: dict[str, Any], known: Container[int], number: int, path: Path) -> int:
    where = f"{path}, annotation {number}, 'image_id'"
    image = expect_integer(person["image_id"], where)
    if image not in known:
        raise FormatError(f"{where}: expected the number of an image, but there is no {image}")
    return image


def _score(visibility: FloatArray) -> FloatArray:
    is_flag = np.isin(visibility, (0, 1, 2)) | np.isnan(visibility)
    return visibility / 2 if is_flag.all() and (visibility == 2).any() else visibility


def _read_names(categories: object, path: Path) -> list[str] | None:
    """Return the names of the keypoints, from the only category that has any."""
    found = [
        category["keypoints"]
        for category in expect_list(categories, f"{path}, 'categories'")
        if isinstance(category, dict) and category.get("keypoints")
    ]
    if not found:
        return None
    names = expect_list(found[0], f"{path}, 'categories', 'keypoints'")
    if any(other != names for other in found) or not all(isinstance(name, str) for name in names):
        raise FormatError(
            f"{path}: expected one category with a list of names of keypoints, but got "
            f"{len(found)} with {', '.join(describe_value(other) for other in found[:3])}"
        )
    renamed = [_H36M_NAMES.get(str(name).lower(), str(name)) for name in names]
    return renamed if find_catalogue_layout(renamed) is H36M17 else [str(name) for name in names]


def _sniff(path: Path, head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return start == b"{" and _TABLES.search(head) is not None


READER = Reader(
    name="coco",
    suffixes=(".json",),
    sniff=_sniff,
    read=read_coco,
    description="COCO keypoint annotations: images, annotations, categories",
)
