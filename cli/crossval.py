"""``skelgraph crossval``."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skelgraph.config import CrossvalConfig, SplitSettings, iterate_settings

from .options import (
    PATH,
    check_own_network,
    choose_shown,
    quiet_options,
    refuse_foreign_data,
    refuse_options_beside_resume,
    settings_options,
    take,
)
from .output import advise_to_resume, print_leaks, print_left_out, print_table, reading_progress

if TYPE_CHECKING:
    from skelgraph.evaluation import ClassificationMetrics, SubjectScores
    from skelgraph.experiments import CrossvalResult

_OF_A_SPLIT = [
    setting.key for setting in iterate_settings(SplitSettings) if setting.key != "allow_leaks"
]

_WIDTH = 80
"""Columns of a terminal in which a table of all classes must fit."""


@click.command("crossval")
@settings_options(CrossvalConfig, without=_OF_A_SPLIT)
@click.option(
    "--resume",
    type=PATH,
    metavar="RUN",
    help="Go on with a cross-validation that was stopped; --final, --seeds and --calibrated add to "
    "one.",
)
@quiet_options
@click.pass_context
def command(ctx: click.Context, /, resume: Path | None, **values: Any) -> None:
    """Train and test a network in turn on each subject.

    \b
    skelgraph crossval --data my_folder --stream bone
    skelgraph crossval --data my_folder --stream 2s --seeds 3 --final
    skelgraph crossval --dataset mpi-ebed --root DIR --subjects AnBh,DiMi,LeSt
    skelgraph crossval --data my_folder --protocol group --folds 10
    skelgraph crossval --resume runs/my_run --seeds 3

    Each fold is a training as of `skelgraph train --test-subjects`, in a run
    directory below RUN/folds. Folds that are finished are kept when a run goes on.
    RUN/metrics.json has the results pooled over all clips: the UAR is that of single
    models, the mean over seeds; what their mean probabilities reach stands apart.
    `skelgraph predict RUN` uses the final model.
    """
    show = choose_shown(values)
    config = take(CrossvalConfig, values) if resume is None else _read_settings(ctx, resume)
    refuse_foreign_data(config.train.data)
    config.train.check_paths()

    from skelgraph.experiments import crossval, default_crossval_path
    from skelgraph.training.starting import resolve_start

    if resume is None:
        config = config.change(train=resolve_start(config.train)[0])
    place = config.train.out or default_crossval_path(config)
    with reading_progress() as progress, advise_to_resume("skelgraph crossval", place):
        result = crossval(
            config, resume=resume is not None, show=show, report=click.echo, read_progress=progress
        )
    _print_result(result)
    if result.final is not None:
        click.echo(f"final model: {result.final.path}")
    click.echo(f"run: {result.run.path}")


def _read_settings(ctx: click.Context, run: Path) -> CrossvalConfig:
    """Return the settings of the cross-validation to go on with."""
    from skelgraph.errors import RunError
    from skelgraph.runs import CROSSVAL_KIND, RunDirectory

    allowed = ("final", "calibrated", "seeds", "workers", "device", "model")
    given = refuse_options_beside_resume(ctx, allowed=allowed)
    facts = RunDirectory(path=run).read_config()
    if facts.get("kind") != CROSSVAL_KIND:
        raise RunError(
            f"{run}: expected a cross-validation to go on with, but it is another run; `skelgraph "
            f"train --resume` goes on with one"
        )
    config = CrossvalConfig.from_dict({**facts["crossval"], "train": facts["config"]})
    check_own_network(config.train, run, given)
    return config.change(**given, out=run)


def _print_result(result: "CrossvalResult") -> None:
    """Print the pooled metrics, the recalls, and the results of each seed, subject and stream."""
    from skelgraph.evaluation import format_score

    metrics, sd, floor = result.metrics, result.uar_sd, result.metrics.permutation_floor
    print_leaks(result.leaks)
    click.echo(f"\n{metrics.n} clips: {result.tests}, {result.protocol}")
    named = {"this model": metrics}
    if result.ensemble is not None:
        named["ensemble of the seeds"] = result.ensemble
    if result.calibrated is not None:
        named["calibrated by own clips"] = result.calibrated
    named |= {f"{name} alone": one for name, one in _list_streams(result).items()}
    rows = [
        (
            name,
            format_score(one.uar, one.uar_interval),
            format_score(one.war, one.war_interval),
        )
        for name, one in named.items()
    ]
    rows.append(
        (
            f"always {metrics.majority_class!r}",
            f"{metrics.majority_uar:.1%}",
            f"{metrics.majority_war:.1%}",
        )
    )
    if floor:
        rows.append(("labels permuted", f"{floor.mean:.1%}, 95 % below {floor.p95:.1%}", ""))
    rows.append(("chance", f"{metrics.chance:.1%}", f"{metrics.chance:.1%}"))
    print_table(("", "UAR", "WAR"), rows, numeric=(1, 2))
    if sd is not None:
        seeds = ", ".join(f"{seed}: {uar:.1%}" for seed, uar in result.uar_by_seed.items())
        click.echo(f"UAR by seed: {seeds}; standard deviation {100 * sd:.1f} points\n")
    _print_recalls({**metrics.per_subject, "all": metrics})
    print_left_out(result.run.read_metrics().get("left_out", {}))


def _print_recalls(rows: "Mapping[str, SubjectScores | ClassificationMetrics]") -> None:
    """Print the recall of each class by subject, or of many classes that of all subjects."""
    classes = list(rows["all"].per_class_recall)
    heads = ("subject", "clips", "UAR")
    width = len(" ".join((*heads, *classes))) + 2 * (len(heads) + len(classes))
    shown = [(name, str(one.n), f"{one.uar:.1%}") for name, one in rows.items()]
    recalls = [_spell_recalls(one, classes) for one in rows.values()]
    if width <= _WIDTH:
        print_table(
            (*heads, *classes),
            [(*row, *own) for row, own in zip(shown, recalls, strict=True)],
            title="UAR and recall of each class by subject",
            numeric=range(1, 3 + len(classes)),
        )
        return
    print_table(heads, shown, title="By subject", numeric=(1, 2))
    print_table(
        ("class", "recall"),
        list(zip(classes, recalls[-1], strict=True)),
        title="All",
        numeric=(1,),
    )


def _list_streams(result: "CrossvalResult") -> Mapping[str, Any]:
    return {
        name: metrics for name, metrics in result.compared.items() if metrics is not result.metrics
    }


def _spell_recalls(
    scores: "SubjectScores | ClassificationMetrics", classes: Sequence[str]
) -> list[str]:
    recalls = [scores.per_class_recall[name] for name in classes]
    return ["-" if recall is None else f"{recall:.1%}" for recall in recalls]
