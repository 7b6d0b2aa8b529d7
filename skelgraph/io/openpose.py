"""Reader of OpenPose's output: a folder with one JSON file for each frame.

``<video>_<number>_keypoints.json`` holds ``people``, in no order that means anything, with
``pose_keypoints_2d``: x, y, confidence of 25 (BODY_25) or 18 (COCO) keypoints in pixels, y down. A
keypoint that was not found is (0, 0, 0). ``person_id`` is -1 unless OpenPose tracks. No file tells
the frame rate. Face and hands are left alone. A single file is a recording of one frame.

Format: CMU-Perceptual-Computing-Lab/openpose, doc/02_output.md.
"""

import re
from pathlib import Path

from skelgraph.io.detections import build_persons
from skelgraph.io.frame_folder import collect_frames, read_first_bytes, read_frames
from skelgraph.io.json_text import parse_json
from skelgraph.io.reader import Reader, require_rate
from skelgraph.io.text import read_text
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence

_PEOPLE = re.compile(rb'^\s*\{[^\[]*"(people|bodies)"\s*:\s*\[')


def read_openpose(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read a folder of OpenPose, or the file of a single frame, one sequence for each person.

    Frames are ordered by the number in their names; those of numbers that are left out are missing.
    Persons are told apart over time (:func:`skelgraph.poses.track_persons`). A layout is that of
    the keypoints, if they are neither BODY_25 nor COCO; else its joints are picked by name.

    Raises:
        RateError: If no rate is given.
        FormatError: If a file is not OpenPose's, or nobody is there.
    """
    path = Path(path)
    if path.is_dir():
        rate = require_rate(fps, path, "files of OpenPose")
        return build_persons(path, read_frames(path), layout=layout, fps=rate)
    text = read_text(path)
    rate = require_rate(fps, path, "files of OpenPose")
    frame = parse_json(text, path)
    found = collect_frames([path.name], [(str(path), frame)], path)
    return build_persons(path, found, layout=layout, fps=rate)


def _sniff(path: Path, head: bytes) -> bool:
    head = head or read_first_bytes(path)
    return _PEOPLE.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


READER = Reader(
    name="openpose",
    suffixes=(".json",),
    sniff=_sniff,
    read=read_openpose,
    description="OpenPose: a folder with a JSON file of people for each frame",
    frame_suffix=".json",
)
