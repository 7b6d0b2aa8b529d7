"""Reading a file with what is known of its kind, where the file itself does not say it."""

from collections.abc import Callable
from typing import Literal

from skelgraph.errors import FormatError
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence

Hint = Literal["layout", "fps"]


def read_with_hints(
    read: Callable[[JointLayout | None, float | None], list[PoseSequence]],
    *,
    layout: JointLayout | None,
    fps: float | None,
    layout_first: bool = False,
) -> tuple[list[PoseSequence], tuple[Hint, ...]]:
    """Reads a file, and takes from the hints only what it needs and does not say.

    A reader that is given a layout picks just its joints, by name; one that is given a frame rate
    takes it for the file's. In a folder of unlike files that would be wrong for those that speak
    for themselves, so that each file is first read without.

    Args:
        read: Reads the file with a layout and a frame rate, each perhaps None.
        layout: Layout of a file that does not name its joints.
        fps: Frames per second of a file that does not tell it.
        layout_first: Whether the file could only guess its layout (:func:`guesses_layout`), so that
            the one that is known is tried first.

    Returns:
        The sequences, and the hints that were taken.

    Raises:
        FormatError: If the file cannot be read with all hints either.
    """
    tries: dict[tuple[JointLayout | None, float | None], tuple[Hint, ...]] = {}
    for known in (layout, None) if layout_first else (None, layout):
        taken: tuple[Hint, ...] = () if known is None else ("layout",)
        tries.setdefault((known, None), taken)
        tries.setdefault((known, fps), (*taken, "fps"))
    problem = FormatError("there is nothing to read")
    for (known_layout, known_fps), taken in tries.items():
        try:
            return read(known_layout, known_fps), taken
        except FormatError as error:
            problem = error
    raise problem
