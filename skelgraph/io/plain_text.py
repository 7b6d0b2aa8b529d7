"""Reader of plain text as the data sets of depth cameras have it: numbers, and no names at all.

Either *a frame a line*: the coordinates of all joints, with a frame number or a time before them
where there is one column more; or *a joint a line*: its coordinates, with a confidence after them
where there are four columns. Numbers stand apart by blanks, tabs, commas or semicolons; blank lines
and lines that begin with ``#`` do not count. A joint at (0, 0, 0) was not found. The layout must be
given (one of the catalogue, or a user's own) unless the number of joints tells it: a line a frame
has three numbers for each joint then.

Of frame numbers that repeat the last line counts. Numbers that are left out are missing frames; if
all numbers are multiples, such as even, neighboring multiples are neighboring frames. The
recording's clock is that of its numbers or times.

Examples: UTKinect-Action3D (frame number and 60 numbers a line), MSR Action3D (a joint a line,
x, y, z and confidence, 20 joints).
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError, FormatWarning, RateError
from skelgraph.io.confidence import scale_confidence
from skelgraph.io.frame_numbers import place_numbers
from skelgraph.io.persons import parse_clip_name
from skelgraph.io.reader import Reader, build_sequence, read_as_list
from skelgraph.io.text import is_number, parse_words, read_text
from skelgraph.io.timeline import Timeline, measure_rate, read_timeline
from skelgraph.io.unnamed_joints import blank_zeros, layout_of_count
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

_BLANKS = str.maketrans(",;", "  ")
_SNIFFED_LINES = 5
_LEAST_NUMBERS = 2
_MAX_COLUMNS = 4001
_MAX_USUAL_STEP = 3
"""Whole numbers count frames if their usual step is at most so many of their smallest: a camera may
leave out two of three frames, while a clock of milliseconds runs by 33 of its smallest steps."""


@dataclass(frozen=True, kw_only=True)
class _Form:
    """How a line holds what: numbers before the joints, coordinates and confidences of a joint."""

    leading: int = 0
    dimensions: int = 3
    has_confidence: bool = False
    is_joint: bool = False

    def count_columns(self, num_joints: int) -> int:
        width = self.dimensions + self.has_confidence
        return self.leading + width * (1 if self.is_joint else num_joints)


_FRAME_FORMS = (
    *(_Form(), _Form(leading=1), _Form(has_confidence=True), _Form(leading=1, has_confidence=True)),
    *(_Form(dimensions=2), _Form(dimensions=2, leading=1)),
)
_JOINT_FORMS = (
    *(_Form(is_joint=True), _Form(is_joint=True, has_confidence=True)),
    _Form(is_joint=True, dimensions=2),
)


def read_plain_text(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> PoseSequence:
    """Read rows of numbers.

    Whole numbers before the joints are frame numbers, others are times in seconds, which tell the
    rate; either tells the frames that have no line. The layout must be given, unless it is the only
    one with so many joints.

    Raises:
        FormatError: If a line holds anything but numbers or other than the first, the numbers make
            no frames of the layout, or layout or rate are neither told nor given.
    """
    path = Path(path)
    table = _parse_lines(read_text(path).splitlines(), path)
    layout, form = _find_form(table, layout, path)
    V = layout.num_joints
    rows = table.reshape(-1, V * table.shape[1]) if form.is_joint else table
    if form.leading:
        rows = _drop_repeated(rows, path)
    clock = _read_clock(rows[:, 0] if form.leading else None, len(rows), fps, path)
    timeline = clock.timeline
    joints = rows[:, form.leading :].reshape(len(rows), V, form.dimensions + form.has_confidence)
    positions = blank_zeros(joints[:, :, : form.dimensions], layout)
    confidence = scale_confidence(joints[:, :, -1], path) if form.has_confidence else None
    subject, recording, label = parse_clip_name(path.stem) or (None, None, None)
    return build_sequence(
        path,
        timeline.spread(positions),
        layout=layout,
        fps=clock.fps,
        confidence=None if confidence is None else np.nan_to_num(timeline.spread(confidence)),
        label=label,
        subject=subject,
        recording=recording,
        start_s=clock.start_s,
        numbering_hz=clock.numbering_hz,
    )


def _parse_lines(lines: Sequence[str], path: Path) -> FloatArray:
    """Parse the numbers (rows, columns) of lines; NaN for anything but a finite number."""
    numbered = [
        (n, blank)
        for n, line in enumerate(lines, start=1)
        if (blank := line.translate(_BLANKS).strip()) and not blank.startswith("#")
    ]
    if not numbered:
        raise FormatError(f"{path}: expected lines of numbers, but got none")
    try:
        table = np.loadtxt([line for _, line in numbered], dtype=np.float64, comments=None, ndmin=2)
    except ValueError:  # Windows NaN, or damage: read word by word
        return _parse_words(numbered, path)
    return np.where(np.isfinite(table), table, np.nan)


def _parse_words(numbered: Sequence[tuple[int, str]], path: Path) -> FloatArray:
    columns = len(numbered[0][1].split())
    rows = []
    for n, line in numbered:
        words = line.split()
        if len(words) != columns:
            raise FormatError(
                f"{path}, line {n}: expected {columns} numbers as before, but got {len(words)}"
            )
        rows.append(parse_words(words, n, path))
    return np.array(rows)


def _split(line: str) -> list[str]:
    return [] if line.lstrip().startswith("#") else line.translate(_BLANKS).split()


def _find_form(
    table: FloatArray, layout: JointLayout | None, path: Path
) -> tuple[JointLayout, _Form]:
    num_rows, columns = table.shape
    if layout is None:
        if columns <= 4 or columns % 3 > 1:
            raise FormatError(
                f"{path}: lines of {columns} numbers do not tell the layout of the joints; pass "
                "it, such as --layout kinect20 or msr20"
            )
        leading = columns % 3
        positions = table[:, leading:].reshape(num_rows, -1, 3)
        found = layout_of_count(columns // 3, None, path, usual="kinect20", positions=positions)
        return found, _Form(leading=leading)
    V = layout.num_joints
    for form in _FRAME_FORMS:
        if columns == form.count_columns(V):
            return layout, form
    for form in _JOINT_FORMS:
        if columns == form.count_columns(V):
            if num_rows % V:
                raise FormatError(
                    f"{path}: expected {V} lines for every frame, one for each joint of layout "
                    f"{layout.name!r}, but got {num_rows} lines: is the file cut off?"
                )
            return layout, form
    raise FormatError(
        f"{path}: expected lines of {3 * V} numbers ({V} joints of layout {layout.name!r}), with a "
        f"frame number or a time before them, or of 3 (one joint), but got {columns}"
    )


def _drop_repeated(rows: FloatArray, path: Path) -> FloatArray:
    """Return the last row of each number in the first column, unless most numbers repeat."""
    is_last = np.append(np.diff(rows[:, 0]) != 0, True)
    repeated = int((~is_last).sum())
    if not 0 < repeated < len(rows) / 2:
        return rows
    message = f"{path}: {repeated} frame numbers or times repeat; the last line of each counts"
    warnings.warn(message, FormatWarning, stacklevel=4)
    return np.asarray(rows[is_last])


@dataclass(frozen=True, kw_only=True, eq=False)
class _Clock:
    """The frames of rows and their times; see :class:`skelgraph.poses.PoseSequence`."""

    timeline: Timeline
    fps: float
    start_s: float = 0.0
    numbering_hz: float | None = None


def _read_clock(counter: FloatArray | None, num_rows: int, fps: float | None, path: Path) -> _Clock:
    timeline = Timeline(frames=np.arange(num_rows), step=None, resolution=1.0)
    is_time = counter is not None and bool((counter != np.rint(counter)).any())
    if counter is not None:
        timeline = read_timeline(counter, "1", path)
    if is_time:
        fps = measure_rate(timeline, 1.0, "1", path) or fps
    if fps is None:
        raise RateError(f"{path}: the numbers tell no frame rate; pass it (--fps)")
    if counter is None:
        return _Clock(timeline=timeline, fps=fps)
    if is_time:
        return _Clock(timeline=timeline, fps=fps, start_s=float(counter[0]))
    numbers = counter.astype(np.int64)
    step = int(np.gcd.reduce(np.diff(numbers))) or 1
    if timeline.step is not None and timeline.step > _MAX_USUAL_STEP * step:
        return _Clock(timeline=timeline, fps=fps)  # a clock of milliseconds
    frames = place_numbers(numbers.tolist(), path)
    return _Clock(
        timeline=Timeline(frames=frames, step=float(step), resolution=1.0),
        fps=fps,
        start_s=float(counter[0]) / (step * fps),
        numbering_hz=float(step * fps),
    )


def _sniff(path: Path, head: bytes) -> bool:
    """Whether the first lines are equally many numbers, at least two, that describe a motion."""
    if b"\0" in head:
        return False
    lines = [_split(line) for line in head.decode("latin-1").splitlines()[:_SNIFFED_LINES]]
    lines = [words for words in lines if words]
    counts = {len(words) for words in lines}
    if len(counts) != 1 or not _LEAST_NUMBERS <= min(counts) <= _MAX_COLUMNS:
        return False
    return all(is_number(word) for words in lines for word in words)


READER = Reader(
    name="text",
    suffixes=(".txt", ".dat"),
    sniff=_sniff,
    read=read_as_list(read_plain_text),
    description="rows of numbers, a frame or a joint a line; the layout must be given",
    guesses_layout=True,
)
