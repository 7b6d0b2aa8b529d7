"""Reader of the predictions that MMPose's demos and inferencer save as JSON.

A list of frames, each with ``frame_id`` and ``instances``, alone (inferencer) or as
``instance_info`` beside ``meta_info``, which names the keypoints (demos). An instance has
``keypoints``, a list of [x, y] in pixels (y down) or of [x, y, z], and ``keypoint_scores``; scores
of SimCC models pass 1, and count as 1. ``track_id`` is a person's number where it is there. For a
single image the list is that of its instances. No file tells the frame rate.

Format: open-mmlab/mmpose 1.x, ``split_instances`` in mmpose/structures/utils.py and
demo/topdown_demo_with_mmdet.py.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.detections import Detections, build_persons, collect_ids
from skelgraph.io.frame_numbers import place_numbers
from skelgraph.io.joint_names import find_catalogue_layout
from skelgraph.io.json_text import (
    expect_integer,
    expect_list,
    expect_object,
    parse_json,
    stack_numbers,
)
from skelgraph.io.reader import Reader, require_rate
from skelgraph.io.text import read_text
from skelgraph.layouts import COCO133, H36M17, HALPE136, JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import IntArray

_BY_DATASET = {"h36m": H36M17, "coco_wholebody": COCO133, "halpe": HALPE136}
"""Layouts whose keypoints MMPose names in words of its own."""

_START = re.compile(rb'^\s*\{\s*"(meta_info|instance_info)"\s*:|^\s*\[\s*\{[^\[\]{}]*"instances"')


def read_mmpose(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read predictions of MMPose, one sequence for each person.

    A layout is that of the keypoints, if neither their names nor their number tells it; else its
    joints are picked by name.

    Raises:
        RateError: If no rate is given.
        FormatError: If the file is not MMPose's, or nobody is there.
    """
    path = Path(path)
    text = read_text(path)
    rate = require_rate(fps, path, "predictions of MMPose")
    document = parse_json(text, path)
    meta = document.get("meta_info") if isinstance(document, dict) else None
    frames, where = document, str(path)
    if isinstance(document, dict):
        frames = expect_object(document, where, "instance_info")["instance_info"]
        where = f"{path}, 'instance_info'"
    instances, numbers = _find_instances(expect_list(frames, where), where)
    found = _stack(instances, numbers, _place(numbers, frames, path), path)
    names = _read_names(meta, is_solid=found.keypoints.shape[2] == 3)
    return build_persons(path, found, layout=layout, fps=rate, names=names)


def _find_instances(frames: list[Any], where: str) -> tuple[list[dict[str, Any]], list[int]]:
    """Return the persons of all frames, and each one's frame."""
    if frames and all(isinstance(one, dict) and "keypoints" in one for one in frames):
        return frames, [0] * len(frames)  # a single image
    instances, numbers = [], []
    for number, frame in enumerate(frames):
        place = f"{where}, frame {number}"
        persons = expect_object(frame, place, "instances")["instances"]
        for person in expect_list(persons, f"{place}, 'instances'"):
            instances.append(expect_object(person, place, "keypoints", "keypoint_scores"))
            numbers.append(number)
    if not instances:
        raise FormatError(f"{where}: expected instances, but nobody is there in any frame")
    return instances, numbers


def _place(numbers: Sequence[int], frames: list[Any], path: Path) -> tuple[IntArray, int]:
    """Return the frame of each instance, and the number of frames; without numbers, in order."""
    if "keypoints" in frames[0]:
        return np.zeros(len(numbers), dtype=np.int64), 1
    if not all("frame_id" in frame for frame in frames):
        return np.array(numbers, dtype=np.int64), len(frames)
    where = f"{path}, 'frame_id'"
    placed = place_numbers([expect_integer(frame["frame_id"], where) for frame in frames], path)
    if len(np.unique(placed)) < len(placed):
        raise FormatError(f"{where}: expected another number for each frame, but some repeat")
    return placed[numbers], int(placed.max()) + 1


def _stack(
    instances: Sequence[dict[str, Any]],
    numbers: Sequence[int],
    placed: tuple[IntArray, int],
    path: Path,
) -> Detections:
    def place(row: int) -> str:
        return f"{path}, frame {numbers[row]} of the list"

    for row, instance in enumerate(instances):
        if "keypoint_scores" not in instance:
            expect_object(instance, place(row), "keypoint_scores")
    keypoints = stack_numbers([one["keypoints"] for one in instances], place, depth=2)
    scores = stack_numbers([one["keypoint_scores"] for one in instances], place)
    if keypoints.shape[2] not in (2, 3) or scores.shape != keypoints.shape[:2]:
        raise FormatError(
            f"{path}: expected keypoints of 2 or 3 coordinates and a score for each, but got "
            f"{keypoints.shape[1:]} and {scores.shape[1:]}"
        )
    return Detections(
        keypoints=keypoints,
        scores=scores,
        frames=placed[0],
        num_frames=placed[1],
        ids=collect_ids([one.get("track_id") for one in instances]),
    )


def _read_names(meta: object, *, is_solid: bool) -> Sequence[str] | None:
    """Return the keypoints' names in the catalogue; None if only their number can tell."""
    if not isinstance(meta, dict):
        return H36M17.joints if is_solid else None  # the lifters of MMPose give this skeleton
    known = _BY_DATASET.get(str(meta.get("dataset_name")))
    if known is not None:
        return known.joints
    names = meta.get("keypoint_id2name")
    texts = [str(name) for name in names.values()] if isinstance(names, dict) else []
    by_count = len(texts) in (COCO133.num_joints, HALPE136.num_joints)
    return None if not texts or (by_count and find_catalogue_layout(texts) is None) else texts


def _sniff(path: Path, head: bytes) -> bool:
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    is_image = head[:1] == b"[" and b'"keypoint_scores"' in head
    return is_image or _START.match(head) is not None


READER = Reader(
    name="mmpose",
    suffixes=(".json",),
    sniff=_sniff,
    read=read_mmpose,
    description="MMPose predictions: instance_info, or a list of frames with instances",
)
