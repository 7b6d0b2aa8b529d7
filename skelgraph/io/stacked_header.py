"""Headers in several lines: names of joints over the columns of their coordinates."""

from collections.abc import Sequence

from skelgraph.io.table_columns import parse_part


def is_line_of_parts(cells: Sequence[str]) -> bool:
    """Whether cells are the axes of joints whose names stand in the line above.

    Example:
        >>> is_line_of_parts(["Frame", "Sub Frame", "X", "Y", "Z", "X", "Y", "Z"])
        True
        >>> is_line_of_parts(["x", "y", "label"])
        False
    """
    parts = [parse_part(cell) for cell in cells]
    first = next((number for number, part in enumerate(parts) if part), len(parts))
    axes = [part for part in parts[first:] if part]
    return axes[:2] == ["x", "y"] and all(
        part or not cell.strip() for part, cell in zip(parts[first:], cells[first:], strict=True)
    )


def stack_names(joints: Sequence[str], parts: Sequence[str]) -> list[str]:
    """Return a name for each column: ``<joint>_<part>``, or what stands in the lower line.

    A joint's name may stand over the first of its columns alone.

    Example:
        >>> stack_names(["", "Hips", "", "Head", ""], ["Frame", "X", "Y", "X", "Y"])
        ['Frame', 'Hips_x', 'Hips_y', 'Head_x', 'Head_y']
    """
    names: list[str] = []
    joint = ""
    for number, cell in enumerate(parts):
        above = joints[number].strip() if number < len(joints) else ""
        joint = above or joint
        part = parse_part(cell)
        names.append(f"{joint}_{part}" if part and joint else cell.strip() or above)
    return names
