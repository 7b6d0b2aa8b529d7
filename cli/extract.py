"""``skelgraph extract``."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skelgraph.config import ExtractFolderSettings, ExtractSettings

from .native_log import set_native_log_aside
from .options import PATH, settings_options, take
from .output import print_facts, reading_progress

if TYPE_CHECKING:
    from skelgraph.extraction import ExtractConfig


@click.command("extract")
@click.argument("source", metavar="VIDEO|KEYPOINTS|FOLDER", type=PATH)
@click.option(
    "--out", required=True, type=PATH, help="File to write (.npz, .csv); for a FOLDER another."
)
@settings_options(ExtractSettings)
@click.option("--video", type=PATH, help="The video of KEYPOINTS: frame rate, size, preview.")
@click.option("--keep", type=PATH, help="Folder for the keypoints before and after the filter.")
@click.option(
    "--preview", help="Picture (.png) or animation (.gif) to look at; for a FOLDER png or gif."
)
@settings_options(ExtractFolderSettings)
@click.option("--force", is_flag=True, help="Replace results that are there already.")
def command(source: Path, out: Path, **options: Any) -> None:
    """Extract skeletons from a video, or from keypoints that exist already.

    The stages: estimate keypoints, take a person, drop and fill, filter, lift to 3D,
    convert the layout. In a FOLDER, results that are there are skipped, and keypoints
    named like the video beside them are taken for its own.

    \b
    skelgraph extract talk.mp4 --out talk.npz --lifter lifter.bin --preview a.gif
    skelgraph extract openpose_folder --video talk.mp4 --out talk.npz
    skelgraph extract videos --out skeletons --jobs 4
    """
    settings = take(ExtractSettings, options)
    if not source.exists():
        raise click.ClickException(f"{source}: there is no such file or folder")

    from skelgraph.extraction import configure_extraction
    from skelgraph.io import is_recording_folder

    config = configure_extraction(settings)
    with set_native_log_aside():
        if source.is_dir() and not is_recording_folder(source):
            _extract_folder(source, out, config, options)
        else:
            _extract_one(source, out, config, options)


def _extract_one(source: Path, out: Path, config: "ExtractConfig", options: dict[str, Any]) -> None:
    from skelgraph.extraction import Destination, Extractor, extract_to_file

    preview = options["preview"]
    destination = Destination(
        out=out, keep=options["keep"], preview=None if preview is None else Path(preview)
    )
    with reading_progress("estimating") as progress:
        extraction, files = extract_to_file(
            Extractor(config),
            source,
            destination,
            video=options["video"],
            overwrite=options["force"],
            progress=progress,
        )
    print_facts([(stage.name, stage.what) for stage in extraction.stages])
    for file in files:
        click.echo(f"written: {file}")


def _extract_folder(
    source: Path, out: Path, config: "ExtractConfig", options: dict[str, Any]
) -> None:
    from skelgraph.extraction import extract_folder

    if options["video"] is not None:
        raise click.UsageError(
            "--video is of one recording; in a folder, a video goes beside the keypoints, under "
            "the same name"
        )
    preview = None if options["preview"] is None else options["preview"].lstrip(".").lower()
    if preview not in (None, "png", "gif"):
        raise click.UsageError(f"--preview is png or gif for a folder, but got {preview!r}")
    uses_alphapose = config.estimator in (None, "alphapose") and config.options.root is not None
    jobs = options["jobs"] or (1 if uses_alphapose else os.cpu_count() or 1)
    with reading_progress("extracting") as progress:
        result = extract_folder(
            source,
            out,
            config,
            suffix=options["suffix"],
            jobs=jobs,
            keep=options["keep"],
            preview=preview,
            overwrite=options["force"],
            progress=progress,
        )
    click.echo(
        f"{len(result.done)} extracted, {len(result.skipped)} there already, "
        f"{len(result.failed)} failed: {out}"
    )
    for reason in result.failed.items():
        click.echo(f"Error: {_describe_failure(*reason)}", err=True)
    if result.failed:
        raise click.exceptions.Exit(1)


def _describe_failure(path: Path, reason: str) -> str:
    line = " ".join(reason.split())
    return line if line.startswith(str(path)) else f"{path}: {line}"
