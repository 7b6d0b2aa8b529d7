"""From a file of any readable format to files of any format that can be written."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from skelgraph.errors import FormatError
from skelgraph.io.formats import find_writer, read_sequences
from skelgraph.layouts import JointLayout, LayoutConversion, plan_conversion
from skelgraph.poses import PoseSequence, convert_layout, resample


@dataclass(frozen=True, kw_only=True, eq=False)
class ConvertedFile:
    """A file that was written.

    Args:
        path: The file.
        sequence: The person in it, as written.
        conversion: Where each joint comes from.
    """

    path: Path
    sequence: PoseSequence
    conversion: LayoutConversion


def convert_file(
    source: str | Path,
    target: str | Path,
    *,
    to: JointLayout | None = None,
    fps: float | None = None,
    layout: JointLayout | None = None,
    source_fps: float | None = None,
    override_fps: float | None = None,
    overwrite: bool = False,
) -> list[ConvertedFile]:
    """Read a recording, convert it, and write each of its persons to a file.

    Args:
        source: A file of any readable format.
        target: The file to write; its suffix tells the format. Several persons go to files with
            ``-1``, ``-2``, ... before the suffix. Its folder is made.
        to: Layout that is wanted; the source's own without it.
        fps: Frames per second that are wanted (:func:`skelgraph.poses.resample`).
        layout: Layout of a source that does not tell it, as for :func:`read_sequences`.
        source_fps: Frames per second of a source that does not tell them.
        override_fps: Frames per second of a source that tells them wrongly.
        overwrite: Whether files that are there are replaced.

    Returns:
        What was written, one entry for each person.

    Raises:
        FormatError: If the source cannot be read, the target's suffix is that of no format that
            can be written, or a target is there already and ``overwrite`` is not set.
        LayoutError: If the source cannot be converted to the layout.
        PoseError: If it cannot be resampled.
    """
    target = Path(target)
    writer = find_writer(target)
    sequences = read_sequences(source, layout=layout, fps=source_fps, override_fps=override_fps)
    paths = number_files(target, len(sequences))
    if not overwrite:
        _check_absent(paths)
    converted = []
    for path, sequence in zip(paths, sequences, strict=True):
        conversion = plan_conversion(sequence.layout, to or sequence.layout)
        done = convert_layout(sequence, conversion)
        done = done if fps is None else resample(done, fps)
        converted.append(ConvertedFile(path=path, sequence=done, conversion=conversion))
        if not overwrite:
            _check_absent(writer.list_files_beside(path, done))
    for file in converted:  # only now, so that an error leaves no half of the persons
        file.path.parent.mkdir(parents=True, exist_ok=True)
        writer.write(file.path, file.sequence)
    return converted


def _check_absent(paths: Sequence[Path]) -> None:
    there = [str(path) for path in paths if path.exists()]
    if there:
        raise FormatError(
            f"{', '.join(there)}: there is a file already; name another, or say that it may be "
            "replaced (--force)"
        )


def number_files(target: Path, num_persons: int) -> list[Path]:
    """Return the file itself for one person; for several, names with ``-1``, ``-2``, ... in them.

    Example:
        >>> [path.name for path in number_files(Path("walk.npz"), 2)]
        ['walk-1.npz', 'walk-2.npz']
    """
    if num_persons == 1:
        return [target]
    return [
        target.with_name(f"{target.stem}-{number}{target.suffix}")
        for number in range(1, num_persons + 1)
    ]
