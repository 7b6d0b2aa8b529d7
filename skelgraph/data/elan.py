"""Annotations of ELAN: one tier of an ``.eaf`` file is read, and tiers are written.

Times are milliseconds of the media file; ``TIME_ORIGIN`` is where the annotated part of a media
file begins in it. The package pympi-ling reads and writes the XML (Wittenburg et al., "ELAN: a
professional framework for multimodality research", LREC 2006;
https://www.mpi.nl/tools/elan/EAFv3.0.xsd).
"""

import importlib
import mimetypes
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote

from skelgraph.data.annotation import Annotation, AnnotationFile, take_stem
from skelgraph.data.clip_range import ClipRange, Moment
from skelgraph.errors import DatasetError
from skelgraph.io import replace_whole


def read_elan(path: Path, tier: str | None) -> AnnotationFile:
    """Read a tier of an ``.eaf`` file.

    The recording is that of a media file's name, or of the annotation file's. The participant of
    the tier is the subject. Annotations without text or without a time are left out.

    Args:
        path: The file.
        tier: Name of the tier; None if there is one with annotations only.

    Raises:
        DatasetError: If pympi-ling is not installed, the file is damaged, or there is no such tier.
    """
    document = _open(path)
    tier = _choose_tier(path, document, tier)
    try:
        rows = document.get_annotation_data_for_tier(tier)
        participant = document.tiers[tier][2].get("PARTICIPANT")
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise DatasetError(f"{path}: tier {tier!r} is damaged: {error!r}") from error
    takes, origin_s = _find_takes(path, document)
    annotations = tuple(
        Annotation(
            takes=takes,
            range=ClipRange(*(Moment(time / 1000 + origin_s, "s") for time in (start, end))),
            label=label.strip(),
            subject=participant or None,
        )
        for start, end, label, *_ in rows
        if start is not None and end is not None and label.strip()
    )
    left = len(rows) - len(annotations)
    notes = (f"{path}: {left} annotations without a text or a time are left out",) if left else ()
    return AnnotationFile(path, annotations, notes)


def write_elan(
    path: Path,
    tiers: Mapping[str, Sequence[tuple[float, float, str]]],
    *,
    media: Path | None = None,
) -> None:
    """Write an ``.eaf`` file; its folder is made.

    Args:
        path: The file.
        tiers: Of each tier, by its name, start and end in seconds and the text of each annotation.
            Those shorter than half a millisecond are left out. If there are several tiers, the
            name is also the participant.
        media: The media file that ELAN shows with them; with none, ELAN asks for one.

    Raises:
        DatasetError: If pympi-ling is not installed.
    """
    document = import_elan(path).Eaf(author="skelgraph")
    document.remove_tier("default")
    for name, annotations in tiers.items():
        document.add_tier(name, part=name if len(tiers) > 1 else None)
        for start_s, end_s, text in annotations:
            start, end = (max(round(1000 * instant), 0) for instant in (start_s, end_s))
            if start < end:
                document.add_annotation(name, start, end, text)
    if media is not None:
        kind = mimetypes.guess_type(media.name)[0] or "video/mp4"
        relative = os.path.relpath(media.resolve(), path.resolve().parent)
        document.add_linked_file(media.resolve().as_uri(), f"./{Path(relative).as_posix()}", kind)
    with replace_whole(path) as partial:
        partial.unlink()  # pympi would keep a copy of it
        document.to_file(partial)


def import_elan(path: Path) -> ModuleType:
    """Return the module that reads and writes ELAN's files.

    Raises:
        DatasetError: If it is not installed.
    """
    try:
        return importlib.import_module("pympi.Elan")
    except ImportError as error:
        raise DatasetError(
            f"{path}: ELAN's files are read and written by the package pympi-ling, which is not "
            f"installed; pip install skelgraph[annotations]"
        ) from error


def _open(path: Path) -> Any:
    elan = import_elan(path)
    try:
        return elan.Eaf(str(path), suppress_version_warning=True)
    except Exception as error:  # pympi raises bare Exceptions, and KeyErrors of what is missing
        reason = f"{type(error).__name__}: {error}"
        if isinstance(error, KeyError):
            reason = f"the attribute or element {error} is missing; open it in ELAN and save it"
        raise DatasetError(
            f"{path}: expected ELAN's XML, but it cannot be read: {reason}"
        ) from error


def _choose_tier(path: Path, document: Any, tier: str | None) -> str:
    sizes = {name: len(parts[0]) + len(parts[1]) for name, parts in document.tiers.items()}
    if tier in sizes:
        return str(tier)
    filled = [name for name, size in sizes.items() if size]
    if tier is None and len(filled) == 1:
        return str(filled[0])
    known = ", ".join(f"{name} ({size})" for name, size in sizes.items()) or "none"
    wanted = "the name of a tier (--tier)" if tier is None else f"the tier {tier!r}"
    raise DatasetError(f"{path}: expected {wanted}, but its tiers are {known}")


def _find_takes(path: Path, document: Any) -> tuple[tuple[str, ...], float]:
    """Return the names of the recording, and where the annotated part of the media begins."""
    media = list(_list_media(document))
    origin_s = next((origin for _, origin in media), 0.0)
    return tuple(dict.fromkeys([*(name for name, _ in media), path.stem])), origin_s


def _list_media(document: Any) -> Iterator[tuple[str, float]]:
    for facts in document.media_descriptors:
        url = facts.get("RELATIVE_MEDIA_URL") or facts.get("MEDIA_URL") or ""
        origin = facts.get("TIME_ORIGIN") or "0"
        if stem := take_stem(unquote(url)):
            yield stem, int(origin) / 1000 if origin.lstrip("-").isdecimal() else 0.0
