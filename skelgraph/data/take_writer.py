"""A folder dataset of long takes, each written once, and a labels.csv that cuts them."""

import csv
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from skelgraph.data.clip_range import ClipRange, Moment, cut_take
from skelgraph.data.clip_reader import ReadOptions
from skelgraph.data.clip_set import Progress, check_dimensions, common_layout, name_a_few
from skelgraph.data.folder import read_takes
from skelgraph.data.labels_file import LABELS_FILE, LabeledFile
from skelgraph.errors import DatasetError, FormatWarning, SkelgraphError
from skelgraph.io import write_npz
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence, convert_layout, resample

_COLUMNS = ("file", "label", "subject", "recording", "split", "start", "end")


@dataclass(frozen=True, kw_only=True)
class TakeSettings:
    """How takes are written.

    Args:
        to: Layout of all takes; None for the layout that they share, or else ``upper10``.
        fps: Frames per second of all takes; None for their own.
        skip_unreadable: Whether to leave out files and clips with a problem.
    """

    to: JointLayout | None
    fps: float | None
    skip_unreadable: bool


def write_takes(
    out: Path,
    source: Path,
    rows: Sequence[LabeledFile],
    options: ReadOptions,
    settings: TakeSettings,
    progress: Progress | None = None,
) -> list[str]:
    """Write the takes that lines of a labels file name, and a labels file with those lines.

    Each person of a take is written to a file of its own, and the line is repeated for each who is
    in the clip.

    Returns:
        Notes on what was assumed and left out.

    Raises:
        DatasetError: If a take cannot be read, a clip is not within it, or nobody is in a clip.
    """
    files = list({row.file: row.fps for row in rows}.items())
    result = read_takes(source, files, options, progress)
    if not (settings.skip_unreadable and result.sequences):
        result.check_all_readable(source)
    notes = [*result.notes, *(f"left out: {reason}" for reason in result.unreadable)]
    takes: dict[str, list[PoseSequence]] = {}
    for number, take in zip(result.files, result.sequences, strict=True):
        takes.setdefault(files[number][0], []).append(take)
    lines, problems = [], []
    for row in rows:
        try:
            lines += list(_list_persons(row, takes.get(row.file, []), notes))
        except SkelgraphError as error:
            problems.append(str(error))
    if problems and not (settings.skip_unreadable and lines):
        raise DatasetError(
            f"{source}: {len(problems)} of {len(rows)} clips cannot be used: {name_a_few(problems)}"
        )
    _write_all(out, result.sequences, settings)
    with (out / LABELS_FILE).open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([_COLUMNS, *lines])
    return [*notes, *(f"left out: {problem}" for problem in problems)]


def _list_persons(
    row: LabeledFile, persons: Sequence[PoseSequence], notes: list[str]
) -> Iterator[tuple[str, ...]]:
    """Yield a line of the labels file for each person who is in a clip."""
    where = f"{row.file} ({row.range})"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FormatWarning)
        clips = [cut_take(person, row.range, where) for person in persons]
    notes += dict.fromkeys(str(warning.message) for warning in caught)
    there = [n for n, clip in enumerate(clips) if clip.present.any()]
    if persons and not there:
        raise DatasetError(f"{where}: expected a person, but no joint is there in any frame")
    for person in (persons[n] for n in there):
        start, end = _spell(row.range, person)
        yield (
            f"{person.name}.npz",
            row.label,
            row.subject or person.subject or "",
            row.recording or person.recording or person.name,
            row.part or "",
            start,
            end,
        )


def _spell(part: ClipRange, take: PoseSequence) -> tuple[str, str]:
    """Return start and end as a labels file has them; nothing for an end after the take."""
    is_late = part.end is not None and part.end.find_frame(take) > take.num_frames
    return _spell_moment(part.start), "" if is_late else _spell_moment(part.end)


def _spell_moment(moment: Moment | None) -> str:
    if moment is None:
        return ""
    return str(moment).removesuffix("s")


def _write_all(out: Path, takes: Sequence[PoseSequence], settings: TakeSettings) -> None:
    check_dimensions(takes)
    target = settings.to or common_layout(takes)
    out.mkdir(parents=True, exist_ok=True)
    for take in takes:
        file = out / f"{take.name}.npz"
        file.parent.mkdir(parents=True, exist_ok=True)
        written = replace(convert_layout(take, target), name=Path(take.name).name, label=None)
        if settings.fps is not None:  # frames keep the numbers by which they are annotated
            numbering_hz = take.numbering_hz or take.fps
            written = replace(resample(written, settings.fps), numbering_hz=numbering_hz)
        write_npz(file, written)
