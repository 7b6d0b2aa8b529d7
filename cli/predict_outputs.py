"""What ``skelgraph predict`` prints and writes: answers, timelines, an annotated video."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import PATH, Command
from .output import print_json, print_table, reading_progress

if TYPE_CHECKING:
    from skelgraph.prediction import FilePredictions, FileTimelines


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """Where results go beside stdout, and the video that is drawn on."""

    files: tuple[Path, ...]
    video: Path | None
    out: Path | None
    timeline: Path | None
    annotate: Path | None
    as_json: bool

    @classmethod
    def take(cls, values: dict[str, Any], files: tuple[Path, ...], video: Path | None) -> "Outputs":
        """Take the values of the options out of those of a command."""
        own = ("out", "timeline", "annotate", "as_json")
        return cls(files=files, video=video, **{name: values.pop(name) for name in own})

    @property
    def filmed(self) -> Path | None:
        """The video: that of the keypoints, or the one file itself."""
        from skelgraph.io import VIDEO_SUFFIXES

        is_video = len(self.files) == 1 and self.files[0].suffix.lower() in VIDEO_SUFFIXES
        return self.files[0] if self.video is None and is_video else self.video

    def check(self) -> None:
        """Refuse what cannot be written, before anything is predicted."""
        if self.out is not None and self.out.suffix.lower() not in (".csv", ".json"):
            raise click.UsageError(f"--out ends in .csv or .json, but got {self.out}")
        if self.out is not None and self.out.is_dir():
            raise click.UsageError(f"--out is a file to write to, but {self.out} is a folder")
        if self.timeline is not None:
            self._check_timeline(self.timeline)
        if self.annotate is not None:
            self._check_annotate(self.annotate)
        self._check_places()

    def write(self, outcome: "FilePredictions | FileTimelines") -> list[str]:
        """Print and write everything, and return what a user should know of it."""
        from skelgraph.prediction import FilePredictions, write_timelines

        notes: list[str] = []
        if self.as_json:
            print_json(_to_json(outcome))
        elif isinstance(outcome, FilePredictions):
            _print_answers(outcome)
        else:
            _print_windows(outcome)
        written = [self.out] if self.out is not None and _write_out(outcome, self.out) else []
        timelines = () if isinstance(outcome, FilePredictions) else outcome.timelines
        if self.timeline is not None and timelines:
            write_timelines(self.timeline, timelines, media=self.filmed)
            written.append(self.timeline)
        answers = outcome.predictions if isinstance(outcome, FilePredictions) else timelines
        if self.annotate is not None and answers:
            notes += self._annotate(self.annotate, outcome)
            written.append(self.annotate)
        for file in written:
            click.echo(f"written: {file}", err=self.as_json)
        return notes

    def _check_places(self) -> None:
        """Refuse to write over a recording, or two results to one file."""
        taken = {file.resolve() for file in self.files}
        for place in (self.out, self.timeline, self.annotate):
            if place is None:
                continue
            if place.resolve() in taken:
                raise click.UsageError(f"{place} is to be written to, but it is another file too")
            taken.add(place.resolve())

    def _check_timeline(self, timeline: Path) -> None:
        from skelgraph.prediction import check_timeline_file

        check_timeline_file(timeline)
        if timeline.suffix.lower() != ".csv" and len(self.files) > 1:
            raise click.UsageError(
                f"{timeline} is of one recording, but got {len(self.files)}; a .csv takes several"
            )

    def _check_annotate(self, annotate: Path) -> None:
        from skelgraph.prediction import check_annotated

        if len(self.files) != 1:
            raise click.UsageError(
                f"--annotate draws on one video, but got {len(self.files)} FILES"
            )
        if self.filmed is None:
            raise click.UsageError(
                f"{self.files[0]} is no video: name it with --video, to draw on it"
            )
        check_annotated(self.filmed, annotate)

    def _annotate(self, annotate: Path, outcome: "FilePredictions | FileTimelines") -> list[str]:
        from skelgraph.prediction import annotate_video, list_persons

        assert self.filmed is not None  # checked
        with reading_progress("drawing") as progress:
            return annotate_video(self.filmed, list_persons(outcome), annotate, progress=progress)


def output_options(command: Command) -> Command:
    """Add the options of :class:`Outputs`, but for ``--video`` and ``--json``."""
    for name, text in (
        ("--annotate", "Video to write, with skeletons and labels: .mp4, .mkv or .mov."),
        ("--timeline", "File of what is shown when: .csv, .vtt (subtitles) or .eaf (ELAN)."),
        ("--out", "File to write too: .csv or .json."),
    ):
        command = click.option(name, type=PATH, help=text)(command)
    return command


def _to_json(outcome: "FilePredictions | FileTimelines") -> dict[str, Any]:
    """Return all predictions or windows as plain JSON types."""
    from skelgraph.prediction import FilePredictions, list_windows, predictions_to_dicts

    results: dict[str, Any] = (
        {"predictions": predictions_to_dicts(outcome)}
        if isinstance(outcome, FilePredictions)
        else {"windows": list(list_windows(outcome.timelines))}
    )
    return {**results, "notes": list(outcome.notes), "problems": list(outcome.problems)}


def _write_out(outcome: "FilePredictions | FileTimelines", out: Path) -> bool:
    """Write predictions or windows as CSV or JSON; return whether there were any."""
    from skelgraph.prediction import FilePredictions, write_prediction_file, write_window_file

    if isinstance(outcome, FilePredictions):
        if outcome.predictions:
            write_prediction_file(out, outcome)
        return bool(outcome.predictions)
    if outcome.timelines:
        write_window_file(out, outcome.timelines)
    return bool(outcome.timelines)


def _print_answers(outcome: "FilePredictions") -> None:
    """Print a line for each prediction."""
    if not outcome.predictions:
        return
    classes = list(outcome.predictions[0].probabilities)
    answers = outcome.answers or [one.prediction for one in outcome.predictions]
    names = _shorten([one.name for one in outcome.predictions])
    rows = [
        (name, answer, *(f"{one.probabilities[k]:.1%}" for k in classes))
        for name, answer, one in zip(names, answers, outcome.predictions, strict=True)
    ]
    head = "prediction" if outcome.answers is None else "answer"
    print_table(("clip", head, *classes), rows, numeric=range(2, 2 + len(classes)), whole=[1])


def _print_windows(outcome: "FileTimelines") -> None:
    """Print a line for each window; who is in it if there are several recordings or people."""
    if not outcome.timelines:
        return
    classes = outcome.timelines[0].classes
    recordings = _shorten([one.recording for one in outcome.timelines])
    several = len(set(recordings)) > 1
    windows = [window for timeline in outcome.timelines for window in timeline.windows]
    times = [time for window in windows for time in (window.start_s, window.end_s)]
    decimals = 1 if all(abs(time - round(time, 1)) < 1e-6 for time in times) else 2
    rows = []
    for recording, timeline in zip(recordings, outcome.timelines, strict=True):
        who = [recording] if several else []
        who += [timeline.person] if timeline.person else []
        for window in timeline.windows:
            scores = [window.probabilities.get(name) for name in classes]
            rows.append(
                (
                    " ".join(who),
                    f"{window.start_s:.{decimals}f}",
                    f"{window.end_s:.{decimals}f}",
                    window.answer,
                    *("" if score is None else f"{score:.1%}" for score in scores),
                )
            )
    header = ("clip", "from s", "to s", "answer", *classes)
    if not any(row[0] for row in rows):
        header, rows = header[1:], [row[1:] for row in rows]
    first = header.index("answer")
    numeric = {first - 2, first - 1, *range(first + 1, len(header))}
    print_table(header, rows, numeric=sorted(numeric), whole=[first])


def _shorten(names: Sequence[str]) -> list[str]:
    """Return the names of files without their folders, unless these tell them apart."""
    short = [Path(name).name for name in names]
    return short if len(set(short)) == len(set(names)) else list(names)
