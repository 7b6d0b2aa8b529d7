"""Reader of the ``.skeleton`` files of NTU RGB+D and NTU RGB+D 120.

Text, a value or a row of values a line: the number of frames; for each frame the number of bodies;
for each body a row of ten facts, of which the first is its id, the number of joints (25), and for
each joint a row of twelve numbers: x, y, z in meters, depth x and y, color x and y, orientation
w, x, y, z, and the tracking state (0 not tracked, 1 inferred, 2 tracked). Camera space of the
Kinect v2: y up, z away from the camera; 30 frames/s. Bodies keep their id over the frames; a frame
without a body has none. A joint that is not tracked is missing, and the state's half is the
confidence.

Format: Shahroudy et al., "NTU RGB+D", CVPR 2016, and its read_skeleton_file.m.
"""

from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.persons import name_persons, parse_ntu_name
from skelgraph.io.reader import Reader, build_sequence
from skelgraph.io.text import parse_number, read_text, shorten
from skelgraph.io.unnamed_joints import layout_of_count
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

_FPS = 30.0
_BODY_FACTS = 10
_JOINT_NUMBERS = 12
_KEPT = (0, 1, 2, 11)
"""x, y, z and the tracking state."""

_MAX_ABSENCE = 50
"""Bodies may be absent from so many times more frames than they are in, on average."""


def read_ntu_skeleton(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read a ``.skeleton`` file: a sequence for each body, in the order in which they appear.

    A name in the form of the data set (``S001C002P003R002A013``) tells subject, recording and
    label. A layout replaces ``ntu25``, a rate the 30 frames/s.

    Raises:
        FormatError: If the file is no such file, is cut off, or shows nobody.
    """
    path = Path(path)
    tokens = _Tokens(read_text(path).split(), path)
    num_frames = tokens.take_count("the number of frames")
    bodies: dict[str, list[tuple[int, list[float]]]] = {}
    num_joints = None
    for frame in range(num_frames):
        tokens.frame = frame
        for _ in range(tokens.take_count("a number of bodies")):
            body, joints, values = tokens.take_body()
            num_joints = joints if num_joints is None else num_joints
            if joints != num_joints:
                raise tokens.error(f"expected {num_joints} joints as before", str(joints))
            bodies.setdefault(body, []).append((frame, values))
    tokens.check_end()
    if num_joints is None:
        raise FormatError(f"{path}: expected a body, but there is none in any frame")
    layout = layout_of_count(num_joints, layout, path, usual="ntu25")
    seen = sum(len(frames) for frames in bodies.values())
    if len(bodies) * num_frames > (1 + _MAX_ABSENCE) * seen:
        raise FormatError(
            f"{path}: {len(bodies)} bodies are absent from almost all of the {num_frames} frames"
        )
    subject, recording, label = parse_ntu_name(path.stem) or (None, None, None)
    names = name_persons(path.stem, len(bodies))
    sequences = []
    for name, frames in zip(names, bodies.values(), strict=True):
        positions, confidence = _spread(frames, num_frames, num_joints)
        sequences.append(
            build_sequence(
                path,
                positions,
                layout=layout,
                fps=_FPS if fps is None else fps,
                unit="m",
                up="+y",
                confidence=confidence,
                name=name,
                label=label,
                subject=subject,
                recording=recording or (path.stem if len(bodies) > 1 else None),
            )
        )
    return sequences


def _spread(
    frames: list[tuple[int, list[float]]], num_frames: int, num_joints: int
) -> tuple[FloatArray, FloatArray]:
    """Return a body's positions (T, V, 3), NaN for missing joints, and confidences (T, V)."""
    values = np.full((num_frames, len(_KEPT), num_joints), np.nan)
    numbers = [frame for frame, _ in frames]
    values[numbers] = np.array([row for _, row in frames]).reshape(-1, len(_KEPT), num_joints)
    state = np.nan_to_num(values[:, 3]).clip(0, 2)
    positions = values[:, :3].transpose(0, 2, 1).copy()
    positions[state == 0] = np.nan
    return positions, state / 2


class _Tokens:
    """The words of a file, taken from the first to the last."""

    def __init__(self, tokens: list[str], path: Path) -> None:
        self.tokens = tokens
        self.path = path
        self.next = 0
        self.frame: int | None = None

    def error(self, expected: str, got: str) -> FormatError:
        where = self.path if self.frame is None else f"{self.path}, frame {self.frame}"
        return FormatError(f"{where}: {expected}, but got {shorten(got)!r}")

    def take_count(self, what: str) -> int:
        """Take a whole number that is no larger than the number of words left."""
        (token,) = self.take(1, what)
        if not (token.isascii() and token.isdigit() and len(token) < 10):
            raise self.error(f"expected {what}", token)
        return int(token)

    def take(self, count: int, what: str) -> list[str]:
        taken = self.tokens[self.next : self.next + count]
        if len(taken) < count:
            where = "" if self.frame is None else f", frame {self.frame}"
            raise FormatError(
                f"{self.path}{where}: expected {what}, but the file ends: is it cut off?"
            )
        self.next += count
        return taken

    def take_body(self) -> tuple[str, int, list[float]]:
        """Take a body's id, its number of joints, and the numbers to keep, joint by joint."""
        body = self.take(_BODY_FACTS, "ten facts of a body")[0]
        num_joints = self.take_count("a number of joints")
        if not num_joints:
            raise self.error("expected a number of joints", "0")
        rows = self.take(num_joints * _JOINT_NUMBERS, f"{num_joints} joints of twelve numbers")
        kept = [token for column in _KEPT for token in rows[column::_JOINT_NUMBERS]]
        try:
            return body, num_joints, [parse_number(token) for token in kept]
        except ValueError as error:
            raise self.error("expected numbers", str(error)) from error

    def check_end(self) -> None:
        if self.next < len(self.tokens):
            raise FormatError(
                f"{self.path}: expected the end after {(self.frame or 0) + 1} frames, but got "
                f"{shorten(self.tokens[self.next])!r}"
            )


def _sniff(path: Path, head: bytes) -> bool:
    """Whether two counts and ten numbers come first, if the head reaches to the first body."""
    lines = [line.split() for line in head[:4096].splitlines() if line.strip()]
    if not lines or not all(len(line) == 1 and line[0].isdigit() for line in lines[:1]):
        return False
    first = next((line for line in lines[1:] if line != [b"0"]), None)
    if first is None:
        return path.suffix.lower() == ".skeleton"
    at = lines.index(first, 1)
    rest = lines[at + 1 : at + 3]
    return len(first) == 1 and [len(row) for row in rest] == [_BODY_FACTS, 1]


READER = Reader(
    name="ntu",
    suffixes=(".skeleton",),
    sniff=_sniff,
    read=read_ntu_skeleton,
    description="skeletons of NTU RGB+D: the bodies of each frame, 25 joints in meters",
)
