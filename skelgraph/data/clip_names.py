"""Names of clips after their files, and labels in the names of known data sets."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from skelgraph.data.clip_set import name_a_few
from skelgraph.data.labels_file import LabeledFile
from skelgraph.data.media import names_text_file
from skelgraph.io import READERS, parse_clip_name

READABLE_SUFFIXES = {suffix for reader in READERS.values() for suffix in reader.suffixes}


def name_clip(file: LabeledFile) -> str:
    """Return the name of a clip: its path without the suffix, or the number of its line."""
    if file.file:
        return remove_suffix(file.file)
    if file.audio is not None:
        return str(PurePosixPath(file.audio).with_suffix(""))
    if file.text is not None and names_text_file(file.text):
        return str(PurePosixPath(file.text).with_suffix(""))
    return f"line {file.line}"


def remove_suffix(file: str) -> str:
    """Return a path without the suffix of a readable format."""
    path = PurePosixPath(file)
    return str(path.with_suffix("")) if path.suffix.lower() in READABLE_SUFFIXES else str(path)


def label_by_names(files: Sequence[str]) -> tuple[tuple[LabeledFile, ...], tuple[str, ...]]:
    """Label files by their names, and say so.

    Returns:
        The files whose names tell a label, and notes for the user.

    Example:
        >>> files, notes = label_by_names(["a08_s03_e02_skeleton.txt", "a08_s04_e01_skeleton.txt"])
        >>> files[0].label, files[0].subject, files[0].recording
        ('a08', 's03', 'a08_s03_e02')
        >>> notes[0]
        'label and subject are those in the names, such as a08 and s03 in a08_s03_e02_skeleton.txt'
    """
    labeled, nameless = [], []
    for file in files:
        name = PurePosixPath(file).name
        subject, recording, label = parse_clip_name(name) or (None, None, None)
        if label is None:
            nameless.append(file)
        else:
            labeled.append(
                LabeledFile(file=file, label=label, subject=subject, recording=recording)
            )
    if not labeled:
        return (), ()
    first = labeled[0]
    notes = [
        f"label and subject are those in the names, such as {first.label} and {first.subject} in "
        f"{PurePosixPath(first.file).name}"
    ]
    if nameless:
        notes.append(f"{len(nameless)} files have no label in their name: {name_a_few(nameless)}")
    return tuple(labeled), tuple(notes)
