"""Lists of actions as UTKinect-Action3D has them: a line for each take, and lines of its actions.

A line of a take is its name; a line of an action is ``walk: 252 390``, the numbers of the first and
the last frame. ``NaN`` stands for an action that is not in the take.

Format: ``actionLabel.txt`` of Xia, Chen and Aggarwal, CVPRW 2012.
"""

import re
from pathlib import Path

from skelgraph.data.annotation import Annotation, AnnotationFile
from skelgraph.data.clip_range import ClipRange, Moment
from skelgraph.data.clip_set import name_a_few
from skelgraph.errors import DatasetError

_ACTION = re.compile(r"([^:]+):\s*(\d{1,9}|nan)\s+(\d{1,9}|nan)", re.ASCII | re.I)


def is_frame_list(text: str) -> bool:
    """Return whether a text begins with a take and an action of it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return len(lines) > 1 and ":" not in lines[0] and _ACTION.fullmatch(lines[1]) is not None


def read_frame_list(path: Path, text: str) -> AnnotationFile:
    """Read a list of actions.

    Raises:
        DatasetError: If a line is neither a take nor an action.
    """
    annotations, absent, take = [], [], ""
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if ":" not in line:
            take = line or take
            continue
        match = _ACTION.fullmatch(line)
        if match is None or not take:
            raise DatasetError(
                f"{path}, line {number}: expected an action of a take, such as walk: 252 390, but "
                f"got {line[:40]!r}"
            )
        label, first, last = match[1].strip(), match[2], match[3]
        if "nan" in (first.lower(), last.lower()):
            absent.append(f"{label} of {take}")
            continue
        part = ClipRange(Moment(int(first), "f"), Moment(int(last) + 1, "f"))
        annotations.append(Annotation(takes=(take,), range=part, label=label))
    notes = (f"{path}: without frames, left out: {name_a_few(absent)}",) if absent else ()
    return AnnotationFile(path, tuple(annotations), notes)
