"""The files of annotation tools: which tool wrote a file, and which recording it is about."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from skelgraph.data.annotation import Annotation, AnnotationFile
from skelgraph.data.boris import find_header, read_boris
from skelgraph.data.clip_names import remove_suffix
from skelgraph.data.clip_set import name_a_few
from skelgraph.data.elan import read_elan
from skelgraph.data.folder_inventory import find_recordings
from skelgraph.data.frame_list import is_frame_list, read_frame_list
from skelgraph.data.labels_file import LabeledFile, cuts_takes, read_labels
from skelgraph.errors import DatasetError

_ELAN = ".eaf"
_TABLES = (".csv", ".tsv", ".txt")
_KNOWN = (
    "ELAN (.eaf), BORIS (a table of aggregated or tabular events), a table with the columns file, "
    "label, start and end, or a list of takes and actions with frame numbers"
)


def read_annotations(place: Path, tier: str | None) -> list[AnnotationFile]:
    """Read the annotation files of a folder, or one file.

    Args:
        place: The folder, searched with its sub-folders, or the file.
        tier: The tier of ELAN, or the behavioral category of BORIS.

    Raises:
        DatasetError: If there are none, or one is damaged.
    """
    if place.is_file():
        read = _read(place, tier)
        if read is None:
            raise DatasetError(f"{place}: expected annotations of {_KNOWN}")
        return [read]
    if not place.is_dir():
        raise DatasetError(f"{place}: expected annotations, but there is no such file or folder")
    files = [path for path in place.rglob("*") if not path.name.startswith(".") and path.is_file()]
    found = [read for path in sorted(files) if (read := _read(path, tier)) is not None]
    if not found:
        raise DatasetError(f"{place}: expected annotations of {_KNOWN}, but there are none")
    return found


def _read(path: Path, tier: str | None) -> AnnotationFile | None:
    """Read an annotation file; None if it is none."""
    suffix = path.suffix.lower()
    if suffix == _ELAN:
        return read_elan(path, tier)
    if suffix not in _TABLES:
        return None
    try:
        text = path.read_text("utf-8-sig")
    except (UnicodeDecodeError, OSError):
        return None
    if find_header(text.splitlines()) is not None:
        return read_boris(path, text, tier)
    if is_frame_list(text):
        return read_frame_list(path, text)
    if cuts_takes(path):
        rows = [
            Annotation(takes=(row.file,), range=row.range, label=row.label, subject=row.subject)
            for row in read_labels(path)
        ]
        return AnnotationFile(path, tuple(rows))
    return None


def match_recordings(
    source: Path, files: Sequence[AnnotationFile]
) -> tuple[list[LabeledFile], list[str]]:
    """Find the recording of each annotation.

    A recording has the name of the annotated media file or of the annotation file, or one of the
    two names is a part of the other, such as ``s01_e01`` of ``joints_s01_e01``.

    Args:
        source: The folder of recordings.
        files: The annotations.

    Returns:
        A line of a labels file for each annotation, and notes on what has no counterpart.

    Raises:
        DatasetError: If no annotation has a recording, or a name fits several.
    """
    own = {file.path.resolve() for file in files}
    recordings = [path for path in find_recordings(source) if path.resolve() not in own]
    names = {path.relative_to(source).as_posix(): path for path in recordings}
    known: dict[tuple[str, ...], str | None] = {}
    rows: list[LabeledFile] = []
    unmatched: list[str] = []
    for annotation in (one for file in files for one in file.annotations):
        takes = annotation.takes
        if takes not in known:
            known[takes] = _find_recording(list(names), takes, source)
        file = known[takes]
        if file is None:
            unmatched.append(takes[0])
        else:
            rows.append(_to_row(file, annotation))
    if not rows:
        raise DatasetError(
            f"{source}: no recording has the name of an annotated one; recordings are "
            f"{name_a_few(list(names)) or 'none'}, annotated are "
            f"{name_a_few(sorted(set(unmatched))) or 'none'}"
        )
    return rows, [*_describe_unmatched(unmatched, set(names) - {row.file for row in rows})]


def _to_row(file: str, annotation: Annotation) -> LabeledFile:
    return LabeledFile(
        file=file,
        label=annotation.label,
        subject=annotation.subject,
        range=annotation.range,
    )


def _find_recording(files: Sequence[str], takes: Iterable[str], source: Path) -> str | None:
    takes = [remove_suffix(take).casefold() for take in takes]
    stems = {file: remove_suffix(file).casefold() for file in files}
    for is_alike in (_is_same_path, _is_same_name, _is_part):
        for take in takes:
            found = [file for file, stem in stems.items() if is_alike(take, stem)]
            if len(found) > 1:
                raise DatasetError(
                    f"{source}: {take!r} is annotated, but several recordings have that name: "
                    f"{name_a_few(found)}"
                )
            if found:
                return found[0]
    return None


def _is_same_path(take: str, stem: str) -> bool:
    return take == stem


def _is_same_name(take: str, stem: str) -> bool:
    return take.rpartition("/")[2] == stem.rpartition("/")[2]


def _is_part(take: str, stem: str) -> bool:
    """Whether all words of one name follow each other in the other."""
    one, other = sorted((take.rpartition("/")[2], stem.rpartition("/")[2]), key=len)
    return re.search(rf"(?<![^\W_]){re.escape(one)}(?![^\W_])", other) is not None


def _describe_unmatched(unmatched: Sequence[str], without: Iterable[str]) -> Iterator[str]:
    if unmatched:
        takes = name_a_few(sorted(set(unmatched)))
        yield f"{len(unmatched)} annotations have no recording, left out: {takes}"
    if left := sorted(without):
        yield f"{len(left)} recordings have no annotation, left out: {name_a_few(left)}"
