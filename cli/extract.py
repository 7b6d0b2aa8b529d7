"""``skelgraph extract``."""

import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import choices
from .native_log import set_native_log_aside
from .output import print_facts, reading_progress

if TYPE_CHECKING:
    from skelgraph.extraction import ExtractConfig

_SIZE = re.compile(r"(\d{1,5})\s*[x*,]\s*(\d{1,5})")


def _parse_size(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> tuple[float, float] | None:
    if value is None:
        return None
    match = _SIZE.fullmatch(value.strip().lower())
    if match is None or "0" in match.groups():
        raise click.BadParameter(f"expected a width and a height like 1920x1080, but got {value!r}")
    return float(match[1]), float(match[2])


_PATH = click.Path(path_type=Path)
_POSITIVE = click.FloatRange(0, min_open=True)


@click.command("extract")
@click.argument("source", metavar="VIDEO|KEYPOINTS|FOLDER", type=_PATH)
@click.option(
    "--out",
    required=True,
    type=_PATH,
    help="File to write (.npz, .csv); for a FOLDER another.",
)
@click.option(
    "--estimator",
    type=click.Choice(choices.ESTIMATORS),
    help="Who finds the keypoints.  [default: file for keypoints; alphapose for a video if a "
    "checkout is named, else mediapipe]",
)
@click.option(
    "--alphapose", "alphapose_root", type=_PATH, help="Checkout.  [default: $ALPHAPOSE_ROOT]"
)
@click.option("--alphapose-config", type=_PATH, help="Its network.  [default: COCO-17, ResNet-50]")
@click.option("--alphapose-checkpoint", type=_PATH, help="Its weights.  [default: those of it]")
@click.option("--alphapose-python", help="Python in which it is installed.  [default: this one]")
@click.option("--alphapose-args", default="", help="More arguments of it, such as '--pose_track'.")
@click.option(
    "--model",
    default="full",
    help="Model file of mediapipe; lite, full and heavy are fetched once.",
)
@click.option("--max-persons", type=click.IntRange(1), help="Most persons mediapipe looks for.")
@click.option("--video", type=_PATH, help="The video of KEYPOINTS: frame rate, size, preview.")
@click.option("--layout", help="Layout, or layout file, of KEYPOINTS that do not tell it.")
@click.option("--fps", type=_POSITIVE, help="Frame rate of KEYPOINTS that do not tell it.")
@click.option(
    "--size", "size_px", callback=_parse_size, metavar="WxH", help="Size of their image in pixels."
)
@click.option("--person", metavar="main|all|N", default="main", help="Who is taken of several.")
@click.option(
    "--min-confidence", type=click.FloatRange(0), default=0.1, help="Doubt that drops a joint."
)
@click.option("--max-gap", type=click.FloatRange(0), default=0.5, help="Longest gap filled, in s.")
@click.option(
    "--filter",
    "filter_name",
    type=click.Choice(choices.FILTERS),
    default="butterworth",
    help="Low-pass filter over time.",
)
@click.option("--cutoff", "cutoff_hz", type=_POSITIVE, default=6.0, help="Butterworth's, in Hz.")
@click.option(
    "--lifter",
    metavar="FILE|RUN|none",
    default="none",
    help="Checkpoint of VideoPose3D, or run of a lifter, which makes keypoints 3D.",
)
@click.option(
    "--lifter-layout", default="coco17", help="Keypoints of a lifter that does not tell them."
)
@click.option(
    "--space",
    type=click.Choice(choices.SPACES),
    default="world",
    help="Axes of 3D joints: a world's (z up for a checkpoint, as if a camera of Human3.6M had "
    "seen them; y up for a run), or the camera's, y down.",
)
@click.option("--flip/--no-flip", default=True, help="Average with the lifted mirror image.")
@click.option(
    "--fix-bones/--no-fix-bones", default=False, help="Give each 3D bone its median length."
)
@click.option("--to", default="upper10", help="Layout, or layout file, of the result; or 'same'.")
@click.option("--keep", type=_PATH, help="Folder for the keypoints before and after the filter.")
@click.option(
    "--preview", help="Picture (.png) or animation (.gif) to look at; for a FOLDER png or gif."
)
@click.option("--suffix", default=".npz", help="Format of the results of a FOLDER.")
@click.option(
    "--jobs",
    type=click.IntRange(1),
    help="Recordings at a time.  [default: a core each; 1 with alphapose]",
)
@click.option("--force", is_flag=True, help="Replace results that are there already.")
@click.option("--cache/--no-cache", default=True, help="Take what was estimated or lifted before.")
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
    from skelgraph.io import is_recording_folder

    config = _make_config(options)
    with set_native_log_aside():
        if source.is_dir() and not is_recording_folder(source):
            _extract_folder(source, out, config, options)
        else:
            _extract_one(source, out, config, options)


def _make_config(options: dict[str, Any]) -> "ExtractConfig":
    from skelgraph.extraction import EstimatorOptions, ExtractConfig
    from skelgraph.layouts import get_layout
    from skelgraph.poses import parse_person

    defaults = EstimatorOptions()
    lifter = options["lifter"]
    try:
        arguments = tuple(shlex.split(options["alphapose_args"]))
    except ValueError as error:
        raise click.UsageError(f"--alphapose-args: {error}") from error
    return ExtractConfig(
        estimator=options["estimator"],
        options=EstimatorOptions(
            alphapose_root=options["alphapose_root"],
            alphapose_config=options["alphapose_config"] or defaults.alphapose_config,
            alphapose_checkpoint=options["alphapose_checkpoint"] or defaults.alphapose_checkpoint,
            alphapose_python=options["alphapose_python"] or defaults.alphapose_python,
            alphapose_arguments=arguments,
            mediapipe_model=options["model"],
            max_persons=options["max_persons"],
        ),
        layout=None if options["layout"] is None else get_layout(options["layout"]),
        fps=options["fps"],
        size_px=options["size_px"],
        person=parse_person(options["person"]),
        min_confidence=options["min_confidence"],
        max_gap_s=options["max_gap"],
        filter=options["filter_name"],
        cutoff_hz=options["cutoff_hz"],
        lifter=None if lifter == "none" else Path(lifter),
        lifter_layout=get_layout(options["lifter_layout"]),
        space=options["space"],
        average_flip=options["flip"],
        fix_bones=options["fix_bones"],
        to=None if options["to"] == "same" else get_layout(options["to"]),
        use_cache=options["cache"],
    )


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
