"""``skelgraph data``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skelgraph.config import (
    ConvertSettings,
    DataSettings,
    MiniatureSettings,
    PreparationSettings,
    SplitSettings,
    StreamSettings,
    TrainConfig,
)

from .options import (
    PATH,
    json_option,
    naming_input_rate,
    refuse_foreign_data,
    settings_options,
    take,
)
from .output import print_facts, print_json, print_table, reading_progress

if TYPE_CHECKING:
    from skelgraph.data import ClipSet
    from skelgraph.training import DatasetReport


@click.group("data")
def command() -> None:
    """Datasets: list those known by name, check one, make or generate one."""


@command.command("list")
def list_datasets() -> None:
    """List the datasets that `--dataset` knows."""
    from skelgraph.data import DATASETS

    print_table(
        ("dataset", "what it holds", "layout", "--root"),
        [
            (
                info.name,
                f"{info.description}. {info.source}; {info.license}.",
                info.layout,
                "needed" if info.needs_root else "-",
            )
            for info in DATASETS.values()
        ],
    )


@command.command("check")
@click.argument("folder", required=False, type=PATH)
@settings_options(DataSettings, descriptions={"data": "FOLDER, as `skelgraph train` takes it."})
@settings_options(SplitSettings)
@settings_options(PreparationSettings)
@settings_options(StreamSettings, only=("channels", "frames"))
@settings_options(TrainConfig, only=("model", "seed"))
@json_option
def check(folder: Path | None, as_json: bool, **values: Any) -> None:
    """Show what a dataset holds and all that is wrong with it at once.

    FOLDER holds recordings and a labels.csv, or one sub-folder per label; or it is
    an archive of many clips, such as a pickle of PYSKL. The options are those of
    `skelgraph train`. Below each kind of finding is what a training does about it,
    and the cure; the exit code is 1 if it stops.

    \b
    skelgraph data check my_folder
    skelgraph data check my_folder --test-subjects ann --min-confidence 0.3
    """
    if folder is not None and values["data"] is not None:
        raise click.UsageError("name the FOLDER, or pass --data, not both")
    if folder is None and values["data"] is None and values["dataset"] is None:
        raise click.UsageError("name the FOLDER of a dataset, or pass --dataset")
    config = take(TrainConfig, {**values, "data": folder or values["data"]})
    refuse_foreign_data(config.data)
    config.check_paths()

    from skelgraph.training import check_dataset, describe_clips

    with reading_progress() as progress:
        report = check_dataset(config, progress)
    facts = {} if report.clips is None else describe_clips(report.clips)
    if as_json:
        findings = [
            {
                "problem": one.problem,
                "consequence": one.consequence,
                "stops": one.refuses,
                "names": list(one.names),
            }
            for one in report.findings
        ]
        print_json({"facts": facts, "findings": findings, "stops": report.refuses})
    else:
        _print_report(report, facts)
    if report.refuses:
        raise click.exceptions.Exit(1)


def _print_report(report: "DatasetReport", facts: dict[str, str]) -> None:
    if report.clips is not None:
        print_facts(list(facts.items()))
        _print_counts(report.clips)
    if report.clips is not None and report.findings:
        click.echo()
    print_facts(
        [
            ("STOP" if one.refuses else "note", f"{one.problem}\na training: {one.consequence}")
            for one in report.findings
        ],
        min_width=6,
    )
    if report.refuses:
        stops = sum(one.refuses for one in report.findings)
        click.echo(f"a training would stop: {stops} of these findings must be put right", err=True)
    else:
        click.echo("a training would go ahead")


_MOST_COLUMNS = 12


def _print_counts(clips: "ClipSet") -> None:
    """Clips of each label, by subject where subjects are known; not of very many labels."""
    pairs = list(zip(clips.subjects, clips.labels, strict=True))
    subjects = sorted({subject for subject in clips.subjects if subject is not None})
    rows = [*subjects, *([None] if None in clips.subjects else [])]
    if len(rows) < 2 or len(clips.classes) > _MOST_COLUMNS:
        return
    print_table(
        ("subject", *clips.classes, "all"),
        [
            (
                "unknown" if subject is None else subject,
                *(str(pairs.count((subject, label))) for label in clips.classes),
                str(clips.subjects.count(subject)),
            )
            for subject in rows
        ],
        numeric=range(1, len(clips.classes) + 2),
    )


@command.command("make")
@click.argument("out", type=PATH)
@click.option("--from", "source", required=True, type=PATH, help="Folder of recordings.")
@click.option(
    "--labels",
    type=PATH,
    help="Labels file with paths from that folder.  [default: its labels.csv or sub-folders]",
)
@click.option(
    "--annotations",
    type=PATH,
    help="Annotations of ELAN (.eaf) or BORIS (CSV), or their folder, instead of labels.",
)
@click.option(
    "--tier",
    help="Tier of ELAN, or behavioral category of BORIS.  [default: the only one; all]",
)
@settings_options(ConvertSettings)
@click.option(
    *("--skip-bad", "--skip-unreadable"), is_flag=True, help="Leave out files that cannot be used."
)
def make(
    out: Path,
    source: Path,
    labels: Path | None,
    annotations: Path | None,
    tier: str | None,
    skip_bad: bool,
    **values: Any,
) -> None:
    """Make the dataset OUT of a folder of recordings and a labels file, or annotations.

    The clips are written as npz files, in one layout, with one labels.csv; the
    recordings themselves stay as they are and where they are. A long take from
    which clips are cut is written once, and labels.csv cuts it.

    \b
    skelgraph data make clean --from recordings --labels labels.csv --to upper10
    skelgraph data make acts --from recordings --annotations eaf --tier emotion
    skelgraph data check clean
    """
    settings = take(ConvertSettings, values)
    if source.is_file():
        from skelgraph.io import find_archive_format

        what = (
            f"this archive is a dataset already; `skelgraph data check {source}` shows it, and "
            f"`skelgraph train --data {source}` takes it"
            if find_archive_format(source) is not None
            else "expected a folder of recordings, but it is a file"
        )
        raise click.UsageError(f"--from {source}: {what}")
    if not source.is_dir():
        raise click.UsageError(f"--from {source}: there is no such folder")
    if annotations is not None and labels is not None:
        raise click.UsageError("pass --labels or --annotations, not both")
    if annotations is None and tier is not None:
        raise click.UsageError("--tier is that of --annotations; pass both")

    from skelgraph.data import make_dataset
    from skelgraph.layouts import get_layout

    with naming_input_rate(), reading_progress() as progress:
        clips = make_dataset(
            out,
            source,
            labels=labels,
            annotations=annotations,
            tier=tier,
            to=None if settings.to is None else get_layout(settings.to),
            fps=settings.fps,
            layout=None if settings.layout is None else get_layout(settings.layout),
            source_fps=settings.in_fps,
            override_fps=settings.override_fps,
            skip_unreadable=skip_bad,
            progress=progress,
        )
    for note in clips.notes:
        click.echo(f"note: {note}")
    click.echo(f"written: {out}, {len(clips)} clips; see `skelgraph data check {out}`")


@command.command("generate")
@click.argument("kind", type=click.Choice(("iemocap",)))
@click.argument("out", type=PATH)
@settings_options(MiniatureSettings)
def generate(kind: str, out: Path, **values: Any) -> None:
    """Generate an invented dataset in the shape of a real one, in the folder OUT.

    A miniature of the IEMOCAP release has its folders, names, formats and oddities; the
    emotion is in voice, words and gestures, a part of it in each. No number from it is
    about people.

    \b
    skelgraph data generate iemocap IEMOCAP_mini
    skelgraph data check --dataset iemocap --root IEMOCAP_mini
    """
    settings = take(MiniatureSettings, values)

    from skelgraph.synthetic import make_iemocap

    make_iemocap(
        out,
        num_sessions=settings.sessions,
        dialogs_per_session=settings.dialogs,
        utterances_per_dialog=settings.utterances,
        seed=settings.seed,
    )
    click.echo(
        f"written: {out}, invented; see `skelgraph data check --dataset {kind} --root {out}`"
    )


@command.command("actors")
@click.argument("root", type=PATH)
@click.option(
    "--skeletons",
    required=True,
    type=PATH,
    help="Folder of what a pose estimator found in the whole pictures.",
)
@click.option("--out", required=True, type=PATH, help="New folder.")
@click.option(
    "--panes",
    type=PATH,
    help="CSV (dialog,left) of dialogs in which the actor with the markers is not in the "
    "left half of the picture; left is F or M.",
)
def actors(root: Path, skeletons: Path, out: Path, panes: Path | None) -> None:
    """Split skeletons of IEMOCAP's videos into a file of each actor.

    ROOT is the release. The files' pixels are those of the actor's half of the picture,
    360x256, as `skelgraph extract` needs them to make them 3D.

    \b
    skelgraph data actors IEMOCAP_full_release --skeletons alphapose --out actors
    skelgraph extract actors --out skeletons --size 360x256 --lifter FILE
    """
    from skelgraph.data import write_actors

    with reading_progress() as progress:
        notes = write_actors(out, root, skeletons, panes=panes, progress=progress)
    for note in notes:
        click.echo(note)
    click.echo(f"written: {out}")
