"""Pages of ``skelgraph inspect``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skelgraph.config import InspectSettings
from skelgraph.errors import SkelgraphError

from .output import reading_progress

if TYPE_CHECKING:
    from skelgraph.layouts import JointLayout
    from skelgraph.poses import PoseSequence

Facts = list[tuple[str, str]]


def view_recording(
    page: Path,
    persons: "Sequence[PoseSequence]",
    source: Path,
    facts: Facts,
    of_each: Sequence[tuple[str, Facts]],
) -> None:
    """Write the page of a recording."""
    from skelgraph.pages import write_recording_page

    write_recording_page(page, persons, source=source, facts=facts, of_each=of_each)


def view_folder(folder: Path, settings: InspectSettings, page: Path) -> None:
    """Write a sheet of the clips of a folder, with their labels if it is a dataset."""
    from skelgraph.data import find_recordings, read_folder
    from skelgraph.errors import DatasetError
    from skelgraph.pages import write_contact_sheet

    person = "main" if settings.person == "all" else settings.person
    recordings = find_recordings(folder)
    if not recordings:
        raise click.ClickException(
            f"{folder}: expected recordings to show, but there are none; name a recording or a "
            f"dataset"
        )
    try:
        with reading_progress() as progress:
            clips = read_folder(
                folder,
                layout=_find_layout(settings),
                fps=settings.fps,
                override_fps=settings.override_fps,
                person=person,
                skip_unreadable=True,
                min_files_per_label=1,
                progress=progress,
            )
    except DatasetError:
        sequences, notes = _read_recordings(recordings, settings)
    else:
        sequences = list(clips.sequences)
        notes = [*clips.notes, *(f"{name}: {why}" for name, why in clips.left_out.items())]
    if not sequences:
        raise click.ClickException(f"{folder}: no recording can be read: {notes[0]}")
    write_contact_sheet(page, sequences, title=folder.resolve().name, notes=notes)


def view_archive(file: Path, settings: InspectSettings, page: Path) -> None:
    """Write a sheet of the clips of an archive."""
    from skelgraph.data import read_archive
    from skelgraph.pages import write_contact_sheet

    clips = read_archive(
        file,
        layout=_find_layout(settings),
        fps=settings.fps,
        min_clips_per_label=1,
        unlabeled="no label",
    )
    write_contact_sheet(page, clips.sequences, title=file.name, notes=clips.notes)


def _read_recordings(
    recordings: Sequence[Path], settings: InspectSettings
) -> "tuple[list[PoseSequence], list[str]]":
    """Return the main person of each recording, and the reasons for those that have none."""
    from skelgraph.io import read_sequences
    from skelgraph.poses import select_persons

    layout = _find_layout(settings)
    sequences: list[PoseSequence] = []
    problems: list[str] = []
    for recording in recordings:
        try:
            persons = read_sequences(
                recording, layout=layout, fps=settings.fps, override_fps=settings.override_fps
            )
            sequences += select_persons(persons, "main")
        except SkelgraphError as error:
            problems.append(str(error))
    return sequences, problems


def _find_layout(settings: InspectSettings) -> "JointLayout | None":
    from skelgraph.layouts import get_layout

    return None if settings.layout is None else get_layout(settings.layout)
