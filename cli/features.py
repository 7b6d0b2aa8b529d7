"""``skelgraph features``."""

from pathlib import Path
from typing import Any

import click

from skelgraph.config import FeatureSettings

from .options import PATH, json_option, settings_options, take
from .output import print_json, print_table, reading_progress


@click.command("features")
@click.argument("files", nargs=-1, type=PATH)
@settings_options(FeatureSettings)
@click.option("--out", type=PATH, help="Table to write: .csv, a row for each clip.")
@click.option("--list", "lists", is_flag=True, help="List the features, their units and meanings.")
@json_option
def command(
    files: tuple[Path, ...], out: Path | None, lists: bool, as_json: bool, **values: Any
) -> None:
    """Measure posture and movement of recordings: speed, rhythm, tilts, hands.

    FILES are recordings of any readable format, folders of them, folders with a
    labels.csv or a sub-folder for each label, or archives of many clips. No
    training is needed: the table is for your own statistics. `skelgraph train --model
    features` recognizes with them.

    \b
    skelgraph features walk.bvh
    skelgraph features recordings/ --out table.csv
    skelgraph features --list
    """
    settings = take(FeatureSettings, values)
    if lists:
        _list_features(as_json)
        return
    if not files:
        raise click.UsageError("name FILES, or pass --list")
    if out is not None and out.suffix.lower() != ".csv":
        raise click.UsageError(f"--out ends in .csv, but got {out}")
    missing = [file for file in files if not file.exists()]
    if missing:
        raise click.ClickException(f"{missing[0]}: there is no such file or folder")

    from skelgraph.serving import tabulate_features, write_feature_table

    with reading_progress() as progress:
        table = tabulate_features(files, settings, progress=progress)
    if out is not None and table.clips:
        write_feature_table(table, out)
        click.echo(f"written: {out}, {len(table.clips)} clips", err=as_json)
    rows = list(zip(table.clips, table.values, strict=True))
    if as_json:
        clips = [
            {
                "clip": clip.name,
                **{
                    one.name: None if value != value else value
                    for one, value in zip(table.descriptors, own.tolist(), strict=True)
                },
            }
            for clip, own in rows
        ]
        print_json({"clips": clips, "problems": list(table.problems)})
    elif out is None and rows:
        for clip, own in rows[:1]:
            print_table(
                ("feature", Path(clip.name).name, "unit"),
                [
                    (one.name, "-" if value != value else f"{value:.3g}", one.unit)
                    for one, value in zip(table.descriptors, own.tolist(), strict=True)
                ],
                numeric=(1,),
            )
        if len(rows) > 1:
            click.echo(f"and {len(rows) - 1} clips more; --out table.csv writes all")
    for problem in table.problems:
        click.echo(f"Error: {' '.join(problem.split())}", err=True)
    if table.problems:
        raise click.exceptions.Exit(1)


def _list_features(as_json: bool) -> None:
    from skelgraph.movement import POSTURE_SCALARS, list_descriptors

    flat = {one.name for one in list_descriptors(2)}
    if as_json:
        features = [
            {"name": one.name, "unit": one.unit, "meaning": one.meaning, "in_2d": one.name in flat}
            for one in list_descriptors(3)
        ]
        print_json({"features": features})
        return
    print_table(
        ("feature", "unit", "meaning"),
        [(one.name, one.unit, one.meaning) for one in list_descriptors(3)],
    )
    scalars = ", ".join(one.name for one in POSTURE_SCALARS)
    click.echo(f"They are made of the speeds of joints, and of posture in each frame: {scalars}.")
