"""The layout of a file that tells the number of its joints and nothing else of them."""

from pathlib import Path

from skelgraph.errors import FormatError
from skelgraph.layouts import CATALOGUE, JointLayout


def layout_of_count(
    num_joints: int,
    layout: JointLayout | None,
    path: Path,
    *,
    usual: str | None = None,
) -> JointLayout:
    """Return the layout of a file's joints: the one given, else the only one with so many joints.

    Args:
        num_joints: Number of joints V.
        layout: The layout that the user gave.
        path: The file, for errors.
        usual: Name of the catalogue's layout that the format means by this number.

    Raises:
        FormatError: If the given layout has another number of joints, or none is given and the
            number does not tell it.
    """
    if layout is not None:
        if layout.num_joints != num_joints:
            raise FormatError(
                f"{path}: expected {layout.num_joints} joints for layout {layout.name!r}, but got "
                f"{num_joints}"
            )
        return layout
    known = [other.name for other in CATALOGUE.values() if other.num_joints == num_joints]
    name = usual if usual in known else known[0] if len(known) == 1 else None
    if name is None:
        which = f"{' or '.join(known)}?" if known else "none of the catalogue has so many"
        raise FormatError(
            f"{path}: the file has {num_joints} joints without names; pass the layout ({which})"
        )
    return CATALOGUE[name]
