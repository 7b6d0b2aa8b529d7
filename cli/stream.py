"""``skelgraph stream``."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from textwrap import fill
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from skelgraph.config import (
    DEFAULT_LIVE_RECOGNIZER,
    LiveModelSettings,
    SegmentSettings,
    SourceSettings,
    ViewSettings,
)

from .live_display import LiveDisplay
from .options import PATH, settings_options, take
from .output import INTERRUPTED

if TYPE_CHECKING:
    from skelgraph.io import PoseFormat
    from skelgraph.streaming import (
        LiveModel,
        LiveSession,
        LiveView,
        OnlineLifter,
        TimelineRecorder,
    )
    from skelgraph.streaming.sources import LiveSource, Notices

_OF_ALPHAPOSE = (
    *("alphapose_root", "alphapose_config", "alphapose_checkpoint"),
    *("alphapose_python", "alphapose_args"),
)
"""Settings of an estimator that takes whole videos alone."""


@click.command("stream")
@click.argument("arguments", nargs=-1, required=True, metavar="[RUN|MODEL] SOURCE")
@click.option("-q", "--quiet", is_flag=True, help="Show neither answers nor what the model is.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print a line of JSON for each answer on stdout."
)
@click.option(
    "--out",
    "outs",
    type=PATH,
    multiple=True,
    help="File to write: .jsonl at each answer; .csv, .vtt (subtitles) or .eaf (ELAN) with the "
    "segments at the end. May be repeated.",
)
@settings_options(ViewSettings)
@settings_options(SegmentSettings)
@settings_options(LiveModelSettings)
@settings_options(SourceSettings, without=_OF_ALPHAPOSE)
def command(
    arguments: tuple[str, ...],
    quiet: bool,
    as_json: bool,
    outs: tuple[Path, ...],
    **values: Any,
) -> None:
    """Say what people show now, while frames arrive, with a trained RUN or MODEL.

    SOURCE is one of these:

    \b
    FOLDER            where OpenPose writes a JSON file for each frame
    FILE.jsonl        lines of JSON that another program appends to
    -                 such lines on standard input
    tcp://127.0.0.1:9000   such lines from whoever connects to this port
    FILE              a recording of any readable format, played at its rate
    VIDEO, camera:0   through a 2D pose estimator, image by image

    A line of JSON is a frame; the first one may say what holds for all of them:

    \b
    {"layout": "coco17", "unit": "px", "fps": 30}
    {"time": 0.0, "persons": [{"id": 1, "joints": [[310, 92], null, ...]}]}

    Joints are in the order of the layout, or have names: {"nose": [310, 92], ...};
    they may have "confidence": [0.9, ...] beside them. Persons without an id are
    tracked. Frames that cannot be used are reported on stderr, and the stream goes on.
    If the machine is too slow, the oldest ones are dropped and counted. Ctrl-C ends it.

    \b
    skelgraph stream openpose_folder --fps 25
    my_tracker | skelgraph stream runs/my_run - --out live.jsonl --out live.vtt
    skelgraph stream runs/my_run walk.bvh --fast --json
    skelgraph stream camera:0 --view
    skelgraph stream runs/my_run tcp://127.0.0.1:9000 --smooth 0.5 --shortest 1
    """
    from skelgraph.runs import find_run
    from skelgraph.streaming import (
        LiveSession,
        LiveView,
        TimelineRecorder,
        check_record_file,
        load_live_model,
    )
    from skelgraph.streaming.sources import STANDARD_INPUT, Notices, make_source

    if quiet and as_json:
        raise click.UsageError("pass --quiet or --json, not both")
    run, reference = _split(arguments)
    segments, model_settings = take(SegmentSettings, values), take(LiveModelSettings, values)
    source_settings, view = take(SourceSettings, values), take(ViewSettings, values)
    for number, file in enumerate(outs):
        check_record_file(file)
        others = [Path(reference), *outs[:number]]
        if file.resolve() in [other.resolve() for other in others]:
            raise click.UsageError(f"{file} is to be written to, but it is another file too")
    find_run(run).check_is_run()
    display = LiveDisplay(is_quiet=quiet, as_json=as_json)
    notices = Notices(display.notice)
    with _stopping_on_termination():
        try:
            source = make_source(reference, source_settings, notices)
            form = _open(source, notices)
            model, lifter = load_live_model(
                run,
                form,
                model_settings,
                lifter=source_settings.lifter,
                lift_delay=source_settings.lift_delay,
                notices=notices,
            )
        except KeyboardInterrupt:
            raise click.exceptions.Exit(INTERRUPTED) from None
        if not quiet:
            _describe(model, lifter)
        session = LiveSession(
            model=model,
            source=source,
            notices=notices,
            settings=segments,
            lifter=lifter,
            queue_frames=source_settings.queue,
            timeout_s=source_settings.timeout_s,
        )
        name = source.name if reference == STANDARD_INPUT else Path(reference).name
        title = f"{run}: {name}"
        page = LiveView(form, model.classes, title, port=view.port or 0) if view.view else None
        recorder = TimelineRecorder(outs, name, model.classes, media=_find_video(reference))
        _show(session, display, recorder, page)


def _split(arguments: tuple[str, ...]) -> tuple[str, str]:
    """Return the run and the source; a source alone is for the model that comes with skelgraph."""
    if len(arguments) == 2:
        return arguments[0], arguments[1]
    if len(arguments) == 1:
        click.echo(f"note: no run named: {DEFAULT_LIVE_RECOGNIZER}", err=True)
        return DEFAULT_LIVE_RECOGNIZER, arguments[0]
    raise click.UsageError(f"name a RUN or MODEL and a SOURCE, but got {len(arguments)} arguments")


def _open(source: "LiveSource", notices: "Notices") -> "PoseFormat":
    """Wait for the first frame, and tell what the frames are."""
    form = source.open()
    rate = "" if form.fps is None else f" at {form.fps:g} frames/s"
    notices.note(
        f"{source.name}: {form.layout.name} in {form.num_dimensions}D, unit {form.unit}, up "
        f"{form.up}{rate}"
    )
    return form


def _describe(model: "LiveModel", lifter: "OnlineLifter | None") -> None:
    """Print times, and what differs from the training."""
    lines = model.describe() if lifter is None else [*model.describe(), lifter.describe()]
    click.echo(f"classes: {', '.join(model.classes)}", err=True)
    for line in lines:
        click.echo(fill(line, 78, initial_indent="  ", subsequent_indent="    "), err=True)


def _find_video(reference: str) -> Path | None:
    """Return the source if it is a video, which ELAN opens beside its tiers."""
    from skelgraph.io import VIDEO_SUFFIXES

    path = Path(reference)
    return path if path.suffix.lower() in VIDEO_SUFFIXES else None


def _show(
    session: "LiveSession",
    display: LiveDisplay,
    recorder: "TimelineRecorder",
    page: "LiveView | None",
) -> None:
    """Show and write what comes until the source ends or somebody ends it."""
    with ExitStack() as stack:
        if page is not None:
            page.start()
            stack.callback(page.stop)
            click.echo(f"view: {page.url}", err=True)
        stack.enter_context(display)
        try:
            for update in session.run():
                recorder.record(update)
                display.show(update)
                if page is not None:
                    page.show(update)
        except KeyboardInterrupt:
            display.notice("stopped")
        finally:
            last = session.finish()
            display.show_segments(last)
            written = recorder.finish(last)
    for file in written:
        click.echo(f"written: {file}", err=display.as_json)
    click.echo(_summarize(session), err=True)


def _summarize(session: "LiveSession") -> str:
    seconds = "" if session.last_s is None else f" to {session.last_s:.1f} s"
    left_out = session.notices.summary
    more = f"; {left_out}" if left_out else ""
    return f"{session.num_frames} frames{seconds}, {session.num_dropped} dropped{more}"


@contextmanager
def _stopping_on_termination() -> Iterator[None]:
    """Treat the signal that ends a program like Ctrl-C, so that files are written."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
