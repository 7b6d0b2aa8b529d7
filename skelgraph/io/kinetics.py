"""Reader of the Kinetics-skeleton files of ST-GCN: one JSON file for each clip.

``data`` is a list of frames with ``frame_index`` (from 1) and ``skeleton``, the persons in no order
that means anything, each with ``pose`` (x, y, x, y, ... of OpenPose's 18 keypoints) and ``score``.
x is in parts of the image's width and y of its height, y down; a keypoint that was not found is
(0, 0) with score 0. ``label`` says what is shown. The videos were brought to 340 x 256 pixels and
30 frames per second before OpenPose saw them: positions are here in these pixels, and 30 is the
rate unless another is given. Files of others that hold pixels are left as they are.

Format: Yan et al., AAAI 2018, and yysijie/st-gcn, feeder/feeder_kinetics.py; the size and the rate:
open-mmlab/mmskeleton, doc/SKELETON_DATA.md.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.detections import Detections, build_persons
from skelgraph.io.frame_numbers import place_numbers
from skelgraph.io.json_text import (
    describe_value,
    expect_integer,
    expect_list,
    expect_object,
    parse_json,
    stack_numbers,
)
from skelgraph.io.reader import Reader
from skelgraph.io.text import read_text
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence

_IMAGE_SIZE = (340.0, 256.0)
_LARGEST_SHARE = 4.0
_FPS = 30.0


def read_kinetics(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read a file of Kinetics-skeleton, one sequence for each person.

    A layout is that of the keypoints, if they are not OpenPose's 18; else its joints are picked by
    name. The rate is 30, unless one is given.

    Raises:
        FormatError: If the file is malformed, or nobody is there.
    """
    path = Path(path)
    document = expect_object(parse_json(read_text(path), path), str(path), "data")
    frames = [
        expect_object(frame, f"{path}, frame {number}", "frame_index", "skeleton")
        for number, frame in enumerate(expect_list(document["data"], f"{path}, 'data'"))
    ]
    found = _collect(frames, path)
    label = document.get("label")
    if label is not None and not isinstance(label, str):
        raise FormatError(f"{path}, 'label': expected a text, but got {describe_value(label)}")
    return build_persons(
        path, found, layout=layout, fps=_FPS if fps is None else fps, label=label or None
    )


def _collect(frames: Sequence[dict[str, Any]], path: Path) -> Detections:
    persons: list[dict[str, Any]] = []
    owners: list[int] = []
    for number, frame in enumerate(frames):
        where = f"{path}, frame {number}"
        for person in expect_list(frame["skeleton"], f"{where}, 'skeleton'"):
            persons.append(expect_object(person, where, "pose", "score"))
            owners.append(number)
    if not persons:
        raise FormatError(f"{path}: expected a person, but nobody is there in any frame")

    def place(row: int) -> str:
        return f"{path}, frame {owners[row]}"

    poses = stack_numbers([person["pose"] for person in persons], place)
    scores = stack_numbers([person["score"] for person in persons], place)
    if poses.shape[1] != 2 * scores.shape[1]:
        raise FormatError(
            f"{path}: expected x and y for each of {scores.shape[1]} scores, but got "
            f"{poses.shape[1]} numbers"
        )
    numbers = [
        expect_integer(frame["frame_index"], f"{path}, frame {number}, 'frame_index'")
        for number, frame in enumerate(frames)
    ]
    if len(set(numbers)) < len(numbers):
        raise FormatError(f"{path}: expected another frame_index for each frame, but some repeat")
    placed = place_numbers(numbers, path)
    poses = poses.reshape(len(poses), -1, 2)
    is_pixels = bool((np.abs(poses) > _LARGEST_SHARE).any())
    return Detections(
        keypoints=poses if is_pixels else poses * _IMAGE_SIZE,
        scores=scores,
        frames=placed[owners],
        num_frames=int(np.max(placed)) + 1,
    )


def _sniff(path: Path, head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return start == b"{" and b'"frame_index"' in head and b'"skeleton"' in head


READER = Reader(
    name="kinetics",
    suffixes=(".json",),
    sniff=_sniff,
    read=read_kinetics,
    description="Kinetics-skeleton of ST-GCN: a JSON file of frames with skeletons",
)
