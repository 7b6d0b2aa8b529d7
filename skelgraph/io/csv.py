"""Reader and writer of tables with a named column per coordinate.

Columns ``<joint>_x``, ``<joint>_y``, ``<joint>_z`` (none in a plane) and ``<joint>_confidence`` in
any order, a row per frame, separated by commas, semicolons or tabs. Columns such as ``time`` (in
seconds), ``ms`` or ``timestamp`` (in milliseconds) and ``frame`` tell the rate, and the frames that
have no row; further columns are left alone. An empty cell or ``nan`` is a missing value. The layout
is known from the joints' names, unit and up axis are guessed from the body. Segment positions
exported from Xsens come in this form.
"""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError, RateError
from skelgraph.io.joint_names import settle_layout
from skelgraph.io.reader import Reader, Writer, build_sequence, read_as_list
from skelgraph.io.table import parse_rows, split_row
from skelgraph.io.text import read_text, shorten
from skelgraph.io.timeline import Timeline, measure_rate, read_timeline
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

AXES = ("x", "y", "z")
CONFIDENCE = "confidence"

_PART = re.compile(rf"(.+)_({'|'.join(AXES)}|{CONFIDENCE})", re.IGNORECASE)
_FRAME = {"frame", "frames", "frame_idx", "frame_id", "frame_index", "frame_number"}
_SECONDS = {
    **dict.fromkeys(("time", "t", "time_s", "seconds", "sec"), 1.0),
    **dict.fromkeys(("ms", "time_ms", "timestamp", "timestamp_ms", "milliseconds"), 1e-3),
}


@dataclass(frozen=True, kw_only=True)
class Counter:
    """A column that counts frames or tells the time.

    Args:
        name: Its name in the header.
        number: Its place in the table.
        seconds: Its unit of time; 0 for a frame number.
    """

    name: str
    number: int
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Which column holds what.

    Args:
        coordinates: For each joint its columns of x, y and, in space, z.
        confidences: For each joint the column of its confidence; empty if there are none.
        frame: The column of frame numbers.
        time: The column of times.
    """

    coordinates: dict[str, tuple[int, ...]]
    confidences: dict[str, int]
    frame: Counter | None
    time: Counter | None

    @property
    def num_dimensions(self) -> int:
        """Number of coordinates C of a joint: 2 or 3."""
        return len(next(iter(self.coordinates.values())))

    def numbers(self, joints: Sequence[str]) -> list[int]:
        """Select the columns of some of the joints."""
        numbers = [number for joint in joints for number in self.coordinates[joint]]
        numbers += [self.confidences[joint] for joint in joints if self.confidences]
        numbers += [counter.number for counter in (self.frame, self.time) if counter]
        return numbers


def read_csv(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> PoseSequence:
    """Read a table with a named column per coordinate.

    A layout names the joints, if the catalogue has none with just these. A rate is used if no
    column of times tells it.

    Raises:
        FormatError: If the table is malformed, or layout or rate are neither told nor given.
    """
    return read_renamed(Path(path), list, layout=layout, fps=fps)


def read_renamed(
    path: Path,
    rename: Callable[[Sequence[str]], list[str]],
    *,
    layout: JointLayout | None,
    fps: float | None,
) -> PoseSequence:
    """Read a table as :func:`read_csv`, after its columns were renamed as this format has them."""
    lines = read_text(path).splitlines()
    start = next(n for n, line in enumerate(lines) if line.strip())
    separator = find_separator(lines[start])
    names = rename(split_row(lines[start], separator, path, start))
    columns = find_columns(names, path)
    joints = list(columns.coordinates)
    layout, numbers = settle_layout(joints, layout, path)
    picked = [joints[number] for number in numbers]
    needed = columns.numbers(picked)
    table = parse_rows(lines, start + 1, separator, needed, len(names), path)
    place = {number: at for at, number in enumerate(needed)}
    timeline, fps = _find_timeline(columns, table, place, fps, path)
    order = [place[number] for joint in picked for number in columns.coordinates[joint]]
    positions = table[:, order].reshape(len(table), len(picked), columns.num_dimensions)
    confidence = None
    if columns.confidences:
        confidence = table[:, [place[columns.confidences[joint]] for joint in picked]]
        confidence = np.nan_to_num(timeline.spread(confidence))
    return build_sequence(
        path, timeline.spread(positions), layout=layout, fps=fps, confidence=confidence
    )


def _find_timeline(
    columns: Columns, table: FloatArray, place: dict[int, int], fps: float | None, path: Path
) -> tuple[Timeline, float]:
    """Return the rows' frames and the rate, from the times if needed, else from frame numbers."""
    column = columns.time or columns.frame
    if column is None:
        timeline = Timeline(frames=np.arange(len(table)), step=None, resolution=1.0)
    else:
        timeline = read_timeline(table[:, place[column.number]], column.name, path)
    if columns.time is not None:
        told = measure_rate(timeline, columns.time.seconds, columns.time.name, path)
        fps = fps if told is None else told
    if fps is None:
        raise RateError(
            f"{path}: no column (time in s, ms or timestamp in ms) tells the frame rate; pass it "
            "(--fps)"
        )
    return timeline, fps


def find_separator(header: str) -> str:
    """Return the most frequent separator in a header: comma, semicolon or tab."""
    return max(",;\t", key=header.count)


def find_columns(names: Sequence[str], path: Path) -> Columns:
    """Return the meaning of columns of these names.

    Raises:
        FormatError: If a name repeats, a joint lacks a coordinate, or there is no joint.
    """
    names = [name.strip() for name in names]
    parts: dict[str, dict[str, int]] = {}
    for number, name in enumerate(names):
        match = _PART.fullmatch(name)
        if match is None:
            continue
        part = match[2].lower()
        if part in parts.setdefault(match[1], {}):
            raise FormatError(f"{path}: expected column {shorten(name)!r} once, but it repeats")
        parts[match[1]][part] = number
    _check_parts(parts, names, path)
    axes = [axis for axis in AXES if axis in next(iter(parts.values()))]
    return Columns(
        coordinates={joint: tuple(found[axis] for axis in axes) for joint, found in parts.items()},
        confidences={
            joint: found[CONFIDENCE] for joint, found in parts.items() if CONFIDENCE in found
        },
        frame=_find_counter(names, dict.fromkeys(_FRAME, 0.0)),
        time=_find_counter(names, _SECONDS),
    )


def _check_parts(parts: dict[str, dict[str, int]], names: Sequence[str], path: Path) -> None:
    lower = [name.lower() for name in names]
    if not parts and "file" in lower and "label" in lower:
        raise FormatError(
            f"{path}: expected a table of positions, but this is a table of files and labels; pass "
            "its folder as a dataset"
        )
    if not parts:
        raise FormatError(
            f"{path}: expected columns such as Head_x, Head_y, Head_z, but got "
            f"{shorten(', '.join(names), 80)!r}"
        )
    first, expected = next(iter(parts.items()))
    for joint, found in parts.items():
        if not {"x", "y"} <= set(found) or set(found) != set(expected):
            raise FormatError(
                f"{path}: expected columns _x, _y and for all joints or for none _z and "
                f"_confidence, but {joint!r} has {', '.join(found)}"
                + (f" and {first!r} has {', '.join(expected)}" if joint != first else "")
            )


def _find_counter(names: Sequence[str], seconds: dict[str, float]) -> Counter | None:
    for number, name in enumerate(names):
        if name.lower() in seconds:
            return Counter(name=name, number=number, seconds=seconds[name.lower()])
    return None


def write_csv(path: str | Path, sequence: PoseSequence) -> None:
    """Write the positions of a sequence as a table, with a frame number and a time in seconds.

    The names of the columns hold the joints; layout, unit, label and subject are not written
    (:func:`skelgraph.io.write_npz` keeps everything).
    """
    T, _, C = sequence.positions.shape
    parts = list(AXES[:C])
    values = sequence.positions
    if sequence.confidence is not None:
        parts.append(CONFIDENCE)
        values = np.concatenate([values, sequence.confidence[:, :, None]], axis=2)
    frames = np.arange(T)
    header = [f"{joint}_{part}" for joint in sequence.layout.joints for part in parts]
    table = np.column_stack([frames, frames / sequence.fps, values.reshape(T, -1)])
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(["frame", "time", *header])
        # Nine digits give back every number in single precision.
        np.savetxt(file, table, fmt=["%d", "%.9f", *["%.9g"] * len(header)], delimiter=",")


def _sniff(path: Path, head: bytes) -> bool:
    first_line = head.decode("latin-1").lstrip().partition("\n")[0].lower()
    cells = {cell.strip(' "\r') for cell in first_line.split(find_separator(first_line))}
    return any(cell.endswith("_x") and f"{cell[:-2]}_y" in cells for cell in cells if len(cell) > 2)


WRITER = Writer(
    name="csv",
    suffixes=(".csv",),
    write=write_csv,
    description="positions, confidences and times; joints by the names of the columns",
)

READER = Reader(
    name="csv",
    suffixes=(".csv", ".tsv"),
    sniff=_sniff,
    read=read_as_list(read_csv),
    description="table with columns <joint>_x, <joint>_y, <joint>_z, such as Xsens segments",
)
