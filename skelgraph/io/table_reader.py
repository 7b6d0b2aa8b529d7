"""From a table whose columns are known to a sequence; what all readers of tables share."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatWarning
from skelgraph.io.confidence import scale_confidence
from skelgraph.io.joint_names import missing_joints, settle_layout
from skelgraph.io.missing_codes import blank_codes
from skelgraph.io.reader import build_sequence
from skelgraph.io.table import parse_rows
from skelgraph.io.table_columns import Columns, Counter
from skelgraph.io.table_timeline import CountedRows, find_repeats, settle_timeline
from skelgraph.io.unnamed_joints import layout_of_count
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence, Unit, UpAxis
from skelgraph.typing import FloatArray


@dataclass(frozen=True, kw_only=True)
class Table:
    """The lines of a table, and where its rows are.

    Args:
        lines: All lines of the file up to the end of the table.
        start: Number of the line of the first row, from 0 on.
        separator: What separates the cells of a row.
        num_columns: Number of cells in a row.
    """

    lines: Sequence[str]
    start: int
    separator: str
    num_columns: int


def read_table(
    path: Path,
    table: Table,
    columns: Columns,
    *,
    layout: JointLayout | None,
    fps: float | None,
    unit: Unit | None = None,
    up: UpAxis | None = None,
    name: str | None = None,
    has_gaps_at_zero: bool = False,
) -> PoseSequence:
    """Read the rows of a table, a frame each.

    Args:
        path: The file.
        table: The table.
        columns: What its columns are.
        layout: The layout wanted, or that of the joints.
        fps: Frames per second if no column tells them.
        unit: The unit of length, if the table tells it.
        up: The axis that points up, if the format tells it.
        name: Name of the sequence, if not the file's.
        has_gaps_at_zero: Whether a joint whose coordinates are all zero is missing.

    Raises:
        FormatError: If the rows are malformed, or layout or rate are neither told nor given.
    """
    joints = list(columns.coordinates)
    layout, picked = _settle_joints(joints, layout, path)
    chosen = [joints[number] for number in picked]
    needed = columns.numbers(chosen)
    values = parse_rows(table.lines, table.start, table.separator, needed, table.num_columns, path)
    place = {number: at for at, number in enumerate(needed)}
    values = _drop_repeats(values, _count(columns.frame or columns.time, values, place), path)
    timeline, fps = settle_timeline(
        _count(columns.frame, values, place),
        _count(columns.time, values, place),
        len(values),
        fps,
        path,
    )
    order = [place[number] for joint in chosen for number in columns.coordinates[joint]]
    positions = values[:, order].reshape(len(values), len(chosen), columns.num_dimensions)
    if has_gaps_at_zero:
        positions[(positions == 0).all(axis=2)] = np.nan
    positions = blank_codes(positions, layout, path)
    confidence = None
    if columns.confidences:
        confidence = values[:, [place[columns.confidences[joint]] for joint in chosen]]
        confidence = np.nan_to_num(timeline.spread(scale_confidence(confidence, path)))
    return build_sequence(
        path,
        timeline.spread(positions),
        layout=layout,
        fps=fps,
        unit=unit or columns.unit,
        up=up,
        confidence=confidence,
        name=name,
    )


def _settle_joints(
    joints: Sequence[str], layout: JointLayout | None, path: Path
) -> tuple[JointLayout, Sequence[int]]:
    """Return the layout, and its joints' numbers; joints that are numbered have no names."""
    is_numbered = all(joint.isascii() and joint.isdigit() for joint in joints)
    if is_numbered and (layout is None or missing_joints(joints, layout)):
        return layout_of_count(len(joints), layout, path), range(len(joints))
    return settle_layout(joints, layout, path)


def _count(
    counter: Counter | None, values: FloatArray, place: dict[int, int]
) -> CountedRows | None:
    if counter is None:
        return None
    return CountedRows(counter=counter, values=values[:, place[counter.number]])


def _drop_repeats(values: FloatArray, counted: CountedRows | None, path: Path) -> FloatArray:
    repeats = find_repeats(values, counted)
    if repeats.any():
        warnings.warn(
            f"{path}: {int(repeats.sum())} rows repeat the row before them (the first is row "
            f"{int(np.argmax(repeats)) + 1}), and are left out",
            FormatWarning,
            stacklevel=2,
        )
    return values[~repeats]
