"""The hierarchy of the joints in a table beside it: ``walk_hierarchy.csv`` of ``walk.csv``.

A table with a row for each joint and columns ``joint`` (or ``name``) and ``parent``, which is empty
for the root; parents may be indices of rows from 0 on, with -1 for the root. Further columns such
as ``offset.x`` are left alone. Programs that turn BVH files into tables write it (bvh-toolbox:
``walk_pos.csv`` and ``walk_hierarchy.csv``). Of a skeleton that the names of its joints do not
tell, :func:`write_hierarchy` writes it, with columns for what else a layout has: ``right`` (the
joint on the right of one on the left), ``extra_edges``, ``added`` and ``layout``.
"""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path

from skelgraph.errors import FormatError, LayoutError
from skelgraph.io.joint_names import layout_from_parents, settle_layout
from skelgraph.io.table import find_separator
from skelgraph.io.text import read_text, shorten
from skelgraph.layouts import MAX_JOINTS, JointLayout

HIERARCHY_END = "_hierarchy.csv"
"""How the name of a hierarchy ends."""
_ENDS_OF_POSITIONS = ("_positions", "_position", "_pos", "_xyz")
_BAR = "|"
_NO_INDEX = "-1"

_Rows = list[dict[str, str]]


def is_hierarchy(names: Sequence[str]) -> bool:
    """Whether a table with columns of these names is a hierarchy."""
    words = {name.strip().lower() for name in names}
    return "parent" in words and bool({"joint", "name"} & words)


def hierarchy_path(table: Path) -> Path:
    """Return the file in which a table's hierarchy is written."""
    return table.with_name(table.stem + HIERARCHY_END)


def find_hierarchy(table: Path) -> Path | None:
    """Return the hierarchy beside a table, named as the table with or without its ``_pos``."""
    stem = table.stem
    stems = [stem, *(stem.removesuffix(end) for end in _ENDS_OF_POSITIONS if stem.endswith(end))]
    files = [table.with_name(one + HIERARCHY_END) for one in stems]
    return next((file for file in files if file.is_file() and file != table), None)


def read_hierarchy(path: Path, joints: Sequence[str]) -> JointLayout:
    """Return the layout of a table's joints by its hierarchy.

    A joint of the hierarchy that the table lacks is left out; the joints below it hang on the
    nearest one above.

    Args:
        path: The file of the hierarchy.
        joints: The joints of the table.

    Raises:
        FormatError: If the file is no hierarchy, or not that of these joints.
    """
    rows = _read_rows(path)
    parents = _parse_parents(rows, path)
    missing = [joint for joint in joints if joint not in parents]
    if missing:
        raise FormatError(
            f"{path}: expected the joints of the table beside it, but found no "
            f"{shorten(', '.join(missing), 80)}; mend it or take it away"
        )
    try:
        return _make_layout(rows, parents, set(joints))
    except LayoutError as error:
        raise FormatError(f"{path}: {shorten(str(error), 400)}") from error


def _read_rows(path: Path) -> _Rows:
    text = read_text(path)
    separator = find_separator(text.strip().partition("\n")[0])
    try:
        cells = [
            row
            for row in csv.reader(StringIO(text), delimiter=separator, skipinitialspace=True)
            if any(row)
        ]
    except csv.Error as error:
        raise FormatError(f"{path}: {error}") from error
    names = [name.strip().lower() for name in cells[0]]
    if not is_hierarchy(names):
        raise FormatError(
            f"{path}: expected the columns joint and parent of a hierarchy, but got "
            f"{shorten(', '.join(names), 80)!r}"
        )
    if "joint" not in names:
        names[names.index("name")] = "joint"
    rows = [dict.fromkeys(names, "") | dict(zip(names, row, strict=False)) for row in cells[1:]]
    joints = [row["joint"] for row in rows]
    if not 0 < len(joints) <= MAX_JOINTS or len(set(joints)) < len(joints):
        raise FormatError(
            f"{path}: expected a row for each joint, no joint twice, but got {len(joints)} rows"
        )
    return rows


def _parse_parents(rows: _Rows, path: Path) -> dict[str, str | None]:
    """Return the parent of each joint; parents may be names or indices of rows."""
    joints = [row["joint"] for row in rows]
    cells = [row["parent"].strip() for row in rows]
    is_indexed = all(cell in ("", _NO_INDEX) or _is_index(cell) for cell in cells)
    if not is_indexed or any(cell in joints for cell in cells if cell):
        return {
            joint: None if cell in ("", _NO_INDEX) else cell
            for joint, cell in zip(joints, cells, strict=True)
        }
    parents: dict[str, str | None] = {}
    for row, (joint, cell) in enumerate(zip(joints, cells, strict=True)):
        index = row if cell in ("", _NO_INDEX) else int(cell)
        if index >= len(joints):
            raise FormatError(
                f"{path}: expected parents from 0 to {len(joints) - 1}, but {shorten(joint)!r} has "
                f"{shorten(cell)!r}"
            )
        parents[joint] = None if index == row else joints[index]
    return parents


def _is_index(cell: str) -> bool:
    return cell.isascii() and cell.isdigit() and len(cell) < 9


def _make_layout(rows: _Rows, parents: Mapping[str, str | None], joints: set[str]) -> JointLayout:
    tree = {joint: _find_parent(joint, parents, joints) for joint in parents if joint in joints}
    name = rows[0].get("layout", "")
    if not name or len(tree) < len(parents):
        return layout_from_parents(tree, "csv")
    return JointLayout.from_parents(
        name,
        tree,
        pairs=[(row["joint"], row["right"]) for row in rows if row.get("right")],
        extra_edges=[
            (row["joint"], other)
            for row in rows
            for other in _split_names(row.get("extra_edges", ""))
        ],
        added_bones=[row["joint"] for row in rows if row.get("added")],
    )


def _find_parent(joint: str, parents: Mapping[str, str | None], joints: set[str]) -> str | None:
    """Return the nearest joint above one that the table has."""
    parent = parents[joint]
    for _ in parents:
        if parent is None or parent in joints or parent not in parents:
            return parent
        parent = parents[parent]
    raise LayoutError(f"expected a tree, but {joint!r} is above itself")


def needs_hierarchy(layout: JointLayout) -> bool:
    """Whether the names of a layout's joints do not tell it."""
    try:
        return settle_layout(layout.joints, None, Path())[0] != layout
    except FormatError:
        return True


def write_hierarchy(path: Path, layout: JointLayout) -> None:
    """Write the hierarchy of a layout; a file that is there is replaced."""
    right = dict(layout.pairs)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["joint", "parent", "right", "extra_edges", "added", "layout"])
        for number, joint in enumerate(layout.joints):
            parent = int(layout.parents[number])
            edges = [layout.joints[b] for a, b in layout.extra_edges if a == number]
            writer.writerow(
                [
                    joint,
                    "" if number == layout.center else layout.joints[parent],
                    layout.joints[right[number]] if number in right else "",
                    _join_names(edges),
                    "yes" if number in layout.added_bones else "",
                    layout.name,
                ]
            )


def _join_names(names: Sequence[str]) -> str:
    joined = StringIO()
    csv.writer(joined, delimiter=_BAR, lineterminator="").writerow(names)
    return joined.getvalue()


def _split_names(text: str) -> list[str]:
    return next(csv.reader([text], delimiter=_BAR), [])
