"""A file whose format is detected, read with what is known of its kind if it does not say it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from skelgraph.errors import FormatError
from skelgraph.io.reader import Reader
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence

Hint = Literal["layout", "fps"]


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A file, or a folder of one file per frame, and the reader of its format.

    :func:`skelgraph.io.open_recording` makes it; its format is not detected again.

    Args:
        path: The file.
        reader: The reader.
    """

    path: Path
    reader: Reader

    @property
    def format(self) -> str:
        """Name of the format, a key of :data:`skelgraph.io.READERS`."""
        return self.reader.name

    @property
    def guesses_layout(self) -> bool:
        """Whether nothing but the number of joints tells what the joints are."""
        return self.reader.guesses_layout

    def read(
        self, *, layout: JointLayout | None = None, fps: float | None = None
    ) -> list[PoseSequence]:
        """Read all persons, one sequence each.

        Args:
            layout: As for :func:`skelgraph.io.read_sequences`.
            fps: As for :func:`skelgraph.io.read_sequences`.

        Raises:
            FormatError: If the file is not what its format asks for.
        """
        return self.reader.read(self.path, layout=layout, fps=fps)

    def read_with_hints(
        self,
        *,
        layout: JointLayout | None,
        fps: float | None,
        fps_override: float | None = None,
    ) -> tuple[list[PoseSequence], tuple[Hint, ...]]:
        """Read all persons, and use only those hints that the file needs.

        A reader with a layout picks just its joints, by name; a reader with a frame rate takes it
        for the file's. In a folder of unlike files that would be wrong for those that have their
        own, so that each file is first read without. If it could only guess its layout, the layout
        of the hint is tried first.

        Args:
            layout: Layout of a file that does not name its joints.
            fps: Frames per second of a file that does not tell it.
            fps_override: Frames per second, whatever the file and the hint tell.

        Returns:
            The sequences, and the hints that were used.

        Raises:
            FormatError: If the file cannot be read with all hints either.
        """
        tries: dict[tuple[JointLayout | None, float | None], tuple[Hint, ...]] = {}
        for hint in (layout, None) if self.guesses_layout else (None, layout):
            used: tuple[Hint, ...] = () if hint is None else ("layout",)
            tries.setdefault((hint, None), used)
            if fps_override is None:
                tries.setdefault((hint, fps), (*used, "fps"))
        problem = FormatError("there is nothing to read")
        for (own_layout, own_fps), used in tries.items():
            try:
                return self.read(layout=own_layout, fps=fps_override or own_fps), used
            except FormatError as error:
                problem = error
        raise problem
