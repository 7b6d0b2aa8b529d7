"""``skelgraph inspect``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skelgraph.config import AcousticBackend, InspectSettings

from .inspect_view import view_archive, view_folder, view_recording
from .options import PATH, json_option, settings_options, take
from .output import print_facts, print_json, print_table
from .page_output import make_page_path, open_page

if TYPE_CHECKING:
    from skelgraph.layouts import JointLayout
    from skelgraph.poses import PoseSequence
    from skelgraph.typing import BoolArray


_ASSUMED_FPS = 30.0


@click.command("inspect")
@click.argument("file", type=PATH)
@settings_options(InspectSettings)
@click.option(
    "--plot",
    type=PATH,
    help="Figure to write: the skeleton in a few frames, and which joints are there when.",
)
@click.option(
    "--view",
    is_flag=True,
    help="Show the recording moving, or the clips of a dataset, on a page in the browser.",
)
@click.option("--out", type=PATH, help="Page to write, .html; without --view it is not opened.")
@json_option
def command(
    file: Path, plot: Path | None, view: bool, out: Path | None, as_json: bool, **values: Any
) -> None:
    """Show what a recording FILE holds; a folder with a file for each frame is one.

    Of any other folder it is told what kind it is, a dataset or a run, say, and which
    command goes on with it.

    Of several persons, each gets a figure: PLOT-1, PLOT-2 and so on. Of an archive of many clips,
    such as a pickle of PYSKL, a summary is shown; of an audio file, its acoustic features.

    A page is one file and needs no network. A video beside the recording with its name is shown
    beside the skeletons; of a dataset there is a sheet of its clips with labels.

    \b
    skelgraph inspect walk.bvh
    skelgraph inspect walk.bvh --plot walk.png
    skelgraph inspect walk.bvh --view
    skelgraph inspect my_folder --view --out clips.html
    skelgraph inspect openpose_folder --fps 25 --person main
    skelgraph inspect speech.wav
    skelgraph inspect my_folder
    """
    settings = take(InspectSettings, values)
    if not file.exists():
        raise click.ClickException(f"{file}: cannot be opened, there is no such file or folder")
    page = make_page_path(file, out) if view or out is not None else None
    _show(file, settings, plot, page, as_json)
    if page is not None:
        open_page(page, opens=view, err=as_json)


def _show(
    file: Path, settings: InspectSettings, plot: Path | None, page: Path | None, as_json: bool
) -> None:
    if file.is_dir():
        from skelgraph.io import is_recording_folder

        if not is_recording_folder(file):
            if plot is not None:
                raise click.UsageError(f"--plot draws one recording, and {file} is a folder")
            _show_folder(file, as_json)
            if page is not None:
                view_folder(file, settings, page)
            return

    from skelgraph.features import is_audio_file

    if is_audio_file(file):
        if plot is not None:
            raise click.UsageError(f"--plot draws skeletons, and {file} is an audio file")
        if page is not None:
            raise click.UsageError(f"--view shows skeletons, and {file} is an audio file")
        _show_audio(file, settings.acoustic, as_json)
    elif not _show_archive(file, settings, plot, page, as_json):
        _show_skeletons(file, settings, plot, page, as_json)


def _show_folder(folder: Path, as_json: bool) -> None:
    from skelgraph.data import describe_folder
    from skelgraph.runs import RunDirectory

    place = RunDirectory(path=folder)
    facts: list[tuple[str, str]]
    if place.config_file.is_file():
        facts = [("kind", "a run directory")]
        advice: tuple[str, ...] = (f"skelgraph runs show {folder}",)
    elif place.metrics_file.is_file():
        facts = [("kind", "the results of an evaluation")]
        advice = (f"skelgraph report {folder} --out report",)
    elif any(folder.glob("*/config.json")):
        facts, advice = [("kind", "a folder of runs")], (f"skelgraph runs --folder {folder}",)
    else:
        described = describe_folder(folder)
        facts, advice = [("kind", described.kind), *described.facts], described.advice
    if as_json:
        print_json({"folder": str(folder), **dict(facts), "next": list(advice)})
        return
    click.echo(folder)
    print_facts([*facts, *((("next" if not n else ""), text) for n, text in enumerate(advice))])


def _show_archive(
    file: Path, settings: InspectSettings, plot: Path | None, page: Path | None, as_json: bool
) -> bool:
    """Show a summary of an archive of many clips; return whether the file is one."""
    from skelgraph.io import find_archive_format

    if find_archive_format(file) is None:
        return False

    from skelgraph.data import holds_many_clips, summarize_archive
    from skelgraph.layouts import get_layout

    if not holds_many_clips(file):
        return False
    if plot is not None:
        raise click.UsageError(f"--plot draws the persons of one clip, and {file} holds many")
    skeleton = None if settings.layout is None else get_layout(settings.layout)
    facts = summarize_archive(file, layout=skeleton)
    if as_json:
        print_json({"file": str(file), **facts})
    else:
        click.echo(file)
        print_facts(list(facts.items()))
    if page is not None:
        view_archive(file, settings, page)
    return True


def _show_audio(file: Path, acoustic: AcousticBackend, as_json: bool) -> None:
    from skelgraph.features import DESCRIPTORS, FUNCTIONALS, extract_acoustic, read_audio

    audio = read_audio(file)
    features = extract_acoustic(file, acoustic)
    channels = "1 channel" if audio.num_channels == 1 else f"{audio.num_channels} channels"
    facts = [
        ("format", audio.encoding),
        ("duration", f"{audio.duration_s:.2f} s"),
        ("rate", f"{audio.rate_hz} Hz, {channels}; taken as one at 16000 Hz"),
        ("features by", acoustic),
        ("MFCC_E_D_A", f"{features.num_frames} frames of {features.mfcc.shape[1]} values"),
        ("prosody", f"{len(features.prosody)} values:"),
    ]
    if as_json:
        print_json({"file": str(file), **dict(facts), "prosody": features.prosody.tolist()})
        return
    click.echo(file)
    print_facts(facts)
    values = features.prosody.reshape(len(DESCRIPTORS), len(FUNCTIONALS)).T
    rows = [
        (name, *(f"{value:.4g}" for value in row))
        for name, row in zip(FUNCTIONALS, values.tolist(), strict=True)
    ]
    print_table(("", *DESCRIPTORS), rows, numeric=range(1, 1 + len(DESCRIPTORS)))


def _show_skeletons(
    file: Path, settings: InspectSettings, plot: Path | None, page: Path | None, as_json: bool
) -> None:
    from skelgraph.errors import RateError
    from skelgraph.io import number_files, open_recording
    from skelgraph.layouts import get_layout
    from skelgraph.poses import plot_sequence, select_persons

    skeleton = None if settings.layout is None else get_layout(settings.layout)
    recording = open_recording(file)
    try:
        persons = recording.read(
            layout=skeleton, fps=settings.fps, override_fps=settings.override_fps
        )
        tells_rate = True
    except RateError:
        persons, tells_rate = recording.read(layout=skeleton, fps=_ASSUMED_FPS), False
    sequences = select_persons(persons, settings.person)
    described = [
        _describe(sequence, tells_rate=tells_rate, min_confidence=settings.min_confidence)
        for sequence in sequences
    ]
    facts = [("format", recording.format), ("persons", str(len(persons)))]
    headings = [_name_person(sequence, persons, file) for sequence in sequences]
    if as_json:
        print_json({"file": str(file), **dict(facts), "shown": [dict(one) for one in described]})
    else:
        click.echo(file)
        print_facts(facts)
        for heading, rows in zip(headings, described, strict=True):
            if heading:
                click.echo(heading)
            print_facts(rows)
    if plot is not None:
        figures = number_files(plot, len(sequences))
        for figure, sequence in zip(figures, sequences, strict=True):
            plot_sequence(sequence, figure)
            click.echo(f"written: {figure}", err=as_json)
    if page is not None:
        view_recording(page, sequences, file, facts, list(zip(headings, described, strict=True)))


def _name_person(sequence: "PoseSequence", persons: Sequence["PoseSequence"], file: Path) -> str:
    """Return the heading of one of several persons; nothing for one who is alone."""
    if len(persons) == 1:
        return ""
    own = sequence.name if sequence.name not in ("", file.stem, file.name) else ""
    return f"person {persons.index(sequence) + 1}" + (f", {own}" if own else "")


def _describe(
    sequence: "PoseSequence", *, tells_rate: bool, min_confidence: float
) -> list[tuple[str, str]]:
    layout = sequence.layout
    return [
        ("layout", f"{layout.name} ({layout.num_joints} joints, {sequence.num_dimensions}D)"),
        *_describe_names(layout),
        ("frames", f"{sequence.num_frames} ({sequence.duration_s:.2f} s)"),
        (
            "rate",
            f"{sequence.fps:g} frames/s"
            + ("" if tells_rate else ", assumed: the file does not tell it (--fps)"),
        ),
        *_describe_confidence(sequence),
        ("unit", sequence.unit),
        ("up axis", sequence.up),
        ("missing joints", _describe_missing(sequence, min_confidence)),
        *_describe_empty_frames(sequence),
    ]


def _describe_names(layout: "JointLayout") -> list[tuple[str, str]]:
    from skelgraph.layouts import CATALOGUE

    if layout.name in CATALOGUE:
        return []
    names = [("joints", ", ".join(layout.joints))]
    if layout.is_loose:
        return [*names, ("bones", "none known of these names: skelgraph layouts --from FILE")]
    if layout.added_bones:
        loose = ", ".join(layout.joints[joint] for joint in layout.added_bones)
        return [*names, ("added bones", f"of {loose}")]
    return names


def _describe_empty_frames(sequence: "PoseSequence") -> list[tuple[str, str]]:
    from skelgraph.poses import find_empty_frames

    count = int(find_empty_frames(sequence).sum())
    if not count:
        return []
    frames = f"{count} of {sequence.num_frames} frames"
    return [("nobody there", f"in {frames}: all joints are at 0; in a training they are missing")]


def _describe_missing(sequence: "PoseSequence", min_confidence: float) -> str:
    """Return which joints are missing in how many frames, in the file and in a training."""
    joints, present = sequence.layout.joints, sequence.present

    def count(flags: "BoolArray") -> str:
        frames = flags.sum(axis=0).tolist()
        counts = [f"{joint} in {n}" for joint, n in zip(joints, frames, strict=True) if n]
        return ", ".join(counts) + " frames" if counts else "none"

    missing = count(~present)
    if sequence.confidence is None:
        return missing
    doubtful = present & (sequence.confidence < min_confidence)
    if not doubtful.any():
        return missing
    also = f"below --min-confidence {min_confidence:g}: {count(doubtful)}"
    return f"{missing}; in a training also those {also}"


def _describe_confidence(sequence: "PoseSequence") -> list[tuple[str, str]]:
    if sequence.confidence is None:
        return []
    there = sorted(sequence.confidence[sequence.present].tolist())
    if not there:
        return []
    return [("confidence", f"{there[len(there) // 2]:.2f} in the median, {there[0]:.2f} at least")]
