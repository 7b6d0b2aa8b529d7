"""``skelgraph explain``."""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skelgraph.config import PredictSettings, ServingSettings

from .native_log import set_native_log_aside
from .options import PATH, json_option, settings_options, take
from .output import group_problems, print_json, print_table, reading_progress
from .page_output import make_page_path, open_page
from .predict_arguments import check_files

if TYPE_CHECKING:
    from skelgraph.explanation import Attribution, ClipExplanation

_WIDTH = 79
_MOST_JOINTS = 5
_BAR = 24


@click.command("explain")
@click.argument("run", metavar="RUN|MODEL")
@click.argument("file", type=PATH)
@click.option("--target", metavar="CLASS", help="Class to explain.  [default: the most probable]")
@click.option("--start", type=float, metavar="SECONDS", help="Start of the part to explain.")
@click.option("--end", type=float, metavar="SECONDS", help="End of the part to explain.")
@click.option("--view", is_flag=True, help="Show the explanation on a page in the browser.")
@click.option("--out", type=PATH, help="Page to write, .html; without --view it is not opened.")
@settings_options(PredictSettings, without=("calibrate",))
@settings_options(ServingSettings)
@json_option
def command(
    run: str,
    file: Path,
    target: str | None,
    start: float | None,
    end: float | None,
    view: bool,
    out: Path | None,
    as_json: bool,
    **values: Any,
) -> None:
    """Explain a model's answer for a recording, and check the explanation.

    FILE is a video or a recording of any readable format, of at most a minute; --start
    and --end take a part of a longer one. Integrated gradients and occlusion (captum:
    pip install 'skelgraph[explain]') rate each joint in each frame. Both are checked:
    if the tenth with the highest rates is deleted, the probability has to fall more
    than if other joints and frames are.

    A page is one file for a browser, which needs no network; a video beside the recording
    with its name is shown beside the skeleton.

    \b
    skelgraph explain runs/my_run walk.bvh --out page.html
    skelgraph explain emotion4 talk.mp4 --start 12 --end 16
    skelgraph explain runs/my_run walk.bvh --target sadness
    skelgraph explain runs/my_run walk.bvh --json
    """
    wanted, serving = take(PredictSettings, values), take(ServingSettings, values)
    check_files([file])
    page = make_page_path(file, out) if view or out is not None else None

    from skelgraph.explanation import check_captum, explain_file, explanation_to_dict
    from skelgraph.io import is_recording_folder
    from skelgraph.serving import load_run

    if file.is_dir() and not is_recording_folder(file):
        raise click.UsageError(f"{file}: expected one recording, but got a folder of several")
    check_captum()
    predictor = load_run(
        run,
        model=serving.own_model,
        device=serving.device,
        threads=serving.threads,
        for_inference=False,
    )
    with set_native_log_aside(), reading_progress("estimating") as progress:
        explained = explain_file(
            predictor,
            file,
            wanted,
            target=target,
            start_s=start,
            end_s=end,
            device=serving.device,
            progress=progress,
        )
    explanations = [person.explanation for person in explained.persons]
    if as_json:
        print_json({"explanations": [explanation_to_dict(one) for one in explanations]})
    else:
        for explanation in explanations:
            _print_explanation(explanation)
    if page is not None:
        _write_pages(page, explanations, file, opens=view, err=as_json)
    for note in explained.notes:
        click.echo(f"note: {note}", err=True)
    for problem in group_problems(explained.problems):
        click.echo(f"Error: {problem}", err=True)
    if explained.problems:
        raise click.exceptions.Exit(1)


def _write_pages(
    page: Path, explanations: Sequence["ClipExplanation"], file: Path, *, opens: bool, err: bool
) -> None:
    """Write a page for each person."""
    from skelgraph.io import number_files
    from skelgraph.pages import write_explanation_page

    pages = number_files(page, len(explanations))
    for own, explanation in zip(pages, explanations, strict=True):
        write_explanation_page(own, explanation, source=file)
        open_page(own, opens=opens, err=err)


def _print_explanation(explanation: "ClipExplanation") -> None:
    sequence = explanation.sequence
    click.echo(f"{sequence.name or 'the clip'}, {sequence.duration_s:.1f} s: {explanation.answer}")
    pairs = zip(explanation.classes, explanation.probabilities, strict=True)
    parts = [f"{name} {value:.1%}" for name, value in pairs]
    _print_wrapped("  " + ", ".join(parts))
    for attribution in explanation.attributions:
        _print_attribution(explanation, attribution)
    if explanation.moments:
        click.echo("\nmoments that counted")
        for moment in explanation.moments:
            _print_wrapped(
                f"  {moment.start_s:.2f} to {moment.end_s:.2f} s, {moment.share:.0%} of all that "
                f"speaks for {explanation.target}: {moment.why}"
            )
    if explanation.words:
        click.echo("\nin words")
        for remark in explanation.words:
            _print_wrapped(f"- {remark.sentence}")
    if explanation.notes:
        click.echo()
        for note in explanation.notes:
            _print_wrapped(f"note: {note}")


def _print_attribution(explanation: "ClipExplanation", attribution: "Attribution") -> None:
    """Print the joints that speak for the class, and whether the attribution is faithful."""
    import numpy as np

    faithfulness = attribution.faithfulness
    click.echo(
        f"\nwhat spoke for {attribution.target}: {attribution.method}, {attribution.network}"
    )
    sums = attribution.of_joints
    order = sorted(np.flatnonzero(sums > 0), key=lambda joint: -sums[joint])[:_MOST_JOINTS]
    rows = [
        (
            explanation.sequence.layout.joints[joint].replace("_", " "),
            f"{sums[joint]:+.3f}",
            "█" * round(_BAR * float(sums[joint] / sums[order[0]])),
        )
        for joint in order
    ]
    if rows:
        print_table(("joint", "adds", ""), rows, numeric=(1,))
    else:
        click.echo("  no joint speaks for it over the whole clip")
    verdict = "holds" if faithfulness.holds else "DOES NOT HOLD"
    _print_wrapped(f"  check: {verdict}; {faithfulness.describe()}.")


def _print_wrapped(line: str) -> None:
    """Print a line in 80 columns, further lines indented by two more."""
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    click.echo(textwrap.fill(line, _WIDTH, subsequent_indent=indent, break_long_words=False))
