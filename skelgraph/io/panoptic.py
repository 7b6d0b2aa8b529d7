"""Reader of the bodies of CMU Panoptic: a folder with one JSON file for each frame.

``body3DScene_<number>.json`` of a folder such as ``hdPose3d_stage1_coco19`` holds ``bodies``, each
with ``id`` and ``joints19``: x, y, z and confidence of 19 joints in centimeters, y down; a joint
that was not found has confidence -1. ``fpsType`` (``hd_29_97``) tells the rate. Frames without a
file are missing. A single file is a recording of one frame.

Format: CMU-Perceptual-Computing-Lab/panoptic-toolbox, README, "Skeleton Output Format".
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from skelgraph.errors import FormatError
from skelgraph.io.detections import Detections, build_persons, collect_ids
from skelgraph.io.frame_numbers import place_names
from skelgraph.io.json_text import expect_list, expect_object, parse_json, stack_numbers
from skelgraph.io.openpose import list_frames, read_first_bytes
from skelgraph.io.reader import Reader, require_rate
from skelgraph.io.text import read_text
from skelgraph.layouts import PANOPTIC19, JointLayout
from skelgraph.poses import PoseSequence

_JOINTS = "joints19"
_RATE = re.compile(r"(\d+)(?:_(\d+))?$")
_FRAME = re.compile(rb'^\s*\{[^\[]*"(univTime|fpsType)"|"joints19"')


def read_panoptic(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read a folder of CMU Panoptic, or the file of a single frame: a sequence for each person.

    The joints of a layout are picked by name. A rate is that of files that do not tell it.

    Raises:
        FormatError: If a file is malformed, no rate is told or given, or nobody is there.
    """
    path = Path(path)
    files = [path / name for name in list_frames(path)] if path.is_dir() else [path]
    frames = [
        expect_object(parse_json(read_text(file), file), str(file), "bodies") for file in files
    ]
    rate = require_rate(_read_rate(frames) or fps, path, "bodies without 'fpsType'")
    found = _collect(files, frames, path)
    persons = build_persons(path, found, layout=layout, fps=rate, names=PANOPTIC19.joints)
    return [replace(person, unit="cm", up="-y") for person in persons]


def _collect(files: Sequence[Path], frames: Sequence[dict[str, Any]], path: Path) -> Detections:
    bodies = [
        (number, expect_object(body, str(file), _JOINTS))
        for number, (file, frame) in enumerate(zip(files, frames, strict=True))
        for body in expect_list(frame["bodies"], f"{file}, 'bodies'")
    ]
    if not bodies:
        raise FormatError(f"{path}: expected a body, but nobody is there in any frame")
    table = stack_numbers(
        [body[_JOINTS] for _, body in bodies], lambda row: f"{files[bodies[row][0]]}, {_JOINTS!r}"
    )
    if table.shape[1] != 4 * PANOPTIC19.num_joints:
        raise FormatError(
            f"{path}: expected x, y, z, confidence of 19 joints, but got {table.shape[1]} numbers"
        )
    joints = table.reshape(len(table), -1, 4)
    placed = place_names([file.name for file in files], path)
    return Detections(
        keypoints=joints[:, :, :3],
        scores=joints[:, :, 3],
        frames=placed[[number for number, _ in bodies]],
        num_frames=int(placed.max()) + 1,
        ids=collect_ids([body.get("id") for _, body in bodies]),
    )


def _read_rate(frames: Sequence[dict[str, Any]]) -> float | None:
    """Return the rate that ``fpsType`` spells; None if it tells none."""
    match = _RATE.search(str(frames[0].get("fpsType")))
    if match is None:
        return None
    rate = float(f"{match[1]}.{match[2] or 0}")
    return rate if 1 <= rate <= 1000 else None


def _sniff(path: Path, head: bytes) -> bool:
    head = head or read_first_bytes(path)
    return _FRAME.search(head.removeprefix(b"\xef\xbb\xbf")) is not None


READER = Reader(
    name="panoptic",
    suffixes=(".json",),
    sniff=_sniff,
    read=read_panoptic,
    description="CMU Panoptic: a folder with a JSON file of bodies with joints19 for each frame",
    frame_suffix=".json",
)
