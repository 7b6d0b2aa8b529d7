"""The tables of readers and writers; a file's content tells its reader."""

from collections.abc import Iterable
from pathlib import Path

from skelgraph.errors import FormatError
from skelgraph.io import (
    alphapose,
    amass,
    amc,
    archive_reader,
    azure_kinect,
    bvh,
    bvh_writer,
    c3d,
    coco,
    csv,
    deeplabcut,
    json_form,
    kinetics,
    mediapipe,
    mmpose,
    motive,
    nexus,
    npy,
    npz,
    ntu_skeleton,
    nwb,
    openpose,
    panoptic,
    plain_text,
    pyskl,
    pyskl_writer,
    qualisys,
    rtmlib,
    sign_pose,
    sleap_analysis,
    sleap_labels,
    trc,
    trc_writer,
    ultralytics,
    videopose3d,
)
from skelgraph.io.foreign_files import (
    describe_foreign,
    describe_json,
    describe_unknown,
    holds_few_numbers,
)
from skelgraph.io.reader import Reader, Recording, Writer
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence

READERS: dict[str, Reader] = {
    reader.name: reader
    for reader in (
        bvh.READER,
        amc.READER,
        videopose3d.READER,
        amass.READER,
        *archive_reader.READERS,
        rtmlib.READER,
        npz.READER,
        npy.READER,
        pyskl.READER,
        c3d.READER,
        trc.READER,
        sign_pose.READER,
        ntu_skeleton.READER,
        mediapipe.READER,
        nexus.READER,
        motive.READER,
        qualisys.READER,
        nwb.READER,
        sleap_labels.READER,
        deeplabcut.READER,
        sleap_analysis.READER,
        csv.READER,
        json_form.READER,
        kinetics.READER,
        coco.READER,
        mmpose.READER,
        azure_kinect.READER,
        panoptic.READER,
        alphapose.READER,
        openpose.READER,
        ultralytics.READER,
        plain_text.READER,
    )
}
"""The formats that can be read, by name. A special case of another format stands before it."""

WRITERS: dict[str, Writer] = {
    writer.name: writer
    for writer in (
        *(npz.WRITER, csv.WRITER, json_form.WRITER, pyskl_writer.WRITER),
        *(bvh_writer.WRITER, trc_writer.WRITER),
    )
}
"""The formats that can be written, by name."""

_HEAD_BYTES = 65536
_JSON = ".json"
_TEXT_SUFFIXES = (".txt", ".csv", ".tsv", _JSON)


def read_sequences(
    path: str | Path,
    *,
    layout: JointLayout | None = None,
    fps: float | None = None,
    override_fps: float | None = None,
) -> list[PoseSequence]:
    """Read the persons of a file of any known format, one sequence each.

    Args:
        path: The file; its content tells the format.
        layout: The layout of the file's joints, if the file does not tell it or tells another:
            joints that have names are then picked by name.
        fps: Frames per second, if the file does not tell it.
        override_fps: Frames per second of a file that tells it wrongly; a warning says so.

    Raises:
        FormatError: If the file is not there, of no known format, or not what its format asks for.
    """
    return open_recording(path).read(layout=layout, fps=fps, override_fps=override_fps)


def read_sequence(
    path: str | Path,
    *,
    layout: JointLayout | None = None,
    fps: float | None = None,
    override_fps: float | None = None,
) -> PoseSequence:
    """Read the one person of a file of any known format.

    Args:
        path: The file; its content tells the format.
        layout: As for :func:`read_sequences`.
        fps: As for :func:`read_sequences`.
        override_fps: As for :func:`read_sequences`.

    Raises:
        FormatError: If the file cannot be read, or does not hold exactly one person.
    """
    sequences = read_sequences(path, layout=layout, fps=fps, override_fps=override_fps)
    if len(sequences) != 1:
        raise FormatError(
            f"{path}: expected one person, but got {len(sequences)}; read_sequences reads them all"
        )
    return sequences[0]


def detect_format(path: str | Path) -> str:
    """Return the name of a file's format, a key of :data:`READERS`.

    Raises:
        FormatError: As :func:`open_recording`.
    """
    return open_recording(path).format


def open_recording(path: str | Path) -> Recording:
    """Detect the format of a file, once for all that follows.

    The content decides. If no reader finds its format in it (the file is empty, say), the suffix
    decides, and the reader of the most general format with that suffix says what is wrong; JSON is
    of many formats.

    Raises:
        FormatError: If the file is not there, of no known format, or JSON of none of the forms.
    """
    path = Path(path)
    return Recording(path=path, reader=_find_reader(path))


def write_sequence(path: str | Path, sequence: PoseSequence) -> None:
    """Write a sequence in the format that the file's suffix tells; replace a file that is there.

    Raises:
        FormatError: If the suffix is that of no format that can be written.
    """
    find_writer(Path(path)).write(Path(path), sequence)


def find_writer(path: Path) -> Writer:
    """Return the writer for a file's suffix.

    Raises:
        FormatError: If there is none.
    """
    for writer in WRITERS.values():
        if path.name.lower().endswith(writer.suffixes):
            return writer
    known = "; ".join(f"{', '.join(one.suffixes)}: {one.name}" for one in WRITERS.values())
    raise FormatError(f"{path}: expected a name that ends as a format that is written ({known})")


def is_recording_folder(path: str | Path, names: Iterable[str] | None = None) -> bool:
    """Whether a folder is one recording, such as one file a frame, and not a folder of others.

    Args:
        path: The folder.
        names: Names of what lies in it, if they are known already.
    """
    readers = [reader for reader in READERS.values() if reader.frame_suffix is not None]
    if names is not None:
        endings = {name[name.rfind(".") :].lower() for name in names}
        readers = [reader for reader in readers if reader.frame_suffix in endings]
    path = Path(path)
    return bool(readers) and path.is_dir() and any(one.sniff(path, b"") for one in readers)


def is_prose(path: Path) -> bool:
    """Whether a file is text that is meant to be read: no reader knows it, and numbers are few."""
    if path.is_dir() or path.suffix.lower() not in _TEXT_SUFFIXES:
        return False
    head = _read_head(path)
    known = any(reader.sniff(path, head) for reader in READERS.values())
    return not known and holds_few_numbers(head)


def _find_reader(path: Path) -> Reader:
    head = _read_head(path)
    suffix = path.suffix.lower()
    by_suffix = sorted(READERS.values(), key=lambda reader: suffix not in reader.suffixes)
    for reader in by_suffix:
        if reader.sniff(path, head):
            return reader
    if (foreign := describe_foreign(path, head)) is not None:
        raise FormatError(foreign)
    general = [reader for reader in READERS.values() if suffix in reader.suffixes]
    if not general or path.is_dir():
        raise FormatError(describe_unknown(path, head))
    if suffix == _JSON:
        raise FormatError(describe_json(path))
    return general[-1]


def _read_head(path: Path) -> bytes:
    if path.is_dir():
        return b""
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror}") from error
