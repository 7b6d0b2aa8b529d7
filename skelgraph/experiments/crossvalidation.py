"""A cross-validation from the recordings to the pooled results: each fold is an ordinary training.

Whatever is chosen is chosen inside a fold, since its clips go to :func:`skelgraph.train` alone: a
fold equals ``skelgraph train`` with its subjects held out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import stdev
from typing import Any

from skelgraph.config import DEFAULT_FUSION, CrossvalConfig
from skelgraph.data import Progress, record_left_out
from skelgraph.errors import RunError
from skelgraph.evaluation import ClassificationMetrics
from skelgraph.experiments.crossval_plan import Study, plan_study
from skelgraph.experiments.fold_progress import FoldProgress
from skelgraph.experiments.fold_workers import FoldOutcome, FoldTask, count_cores, run_tasks
from skelgraph.experiments.pooled_folds import (
    PooledFolds,
    describe_calibrated,
    describe_fusion,
    pool_streams,
    read_fold,
)
from skelgraph.models import load_factory, resolve_device
from skelgraph.runs import (
    CROSSVAL_KIND,
    SPLIT_COLUMNS,
    SYNTHETIC_NOTE,
    RunDirectory,
    describe_versions,
    fill_in,
    write_json,
    write_predictions,
    write_results,
    write_rows,
)
from skelgraph.training import Shown, default_run_path
from skelgraph.training.starting import adopt_recorded, resolve_start

Report = Callable[[str], None]

_SAME_IN_A_RESUMED_STUDY = ("config", "crossval", "classes", "data", "folds")
_FREE_IN_A_RESUMED_STUDY = ("out", "device", "workers", "final", "calibrated", "seeds")


@dataclass(frozen=True, kw_only=True)
class CrossvalResult:
    """What a cross-validation came to.

    Args:
        run: Its run directory.
        metrics: Pooled metrics of single models: of several seeds, the mean.
        protocol: What the folds are, in words.
        tests: What the results may be called.
        leaks: What was both trained and tested on.
        uar_by_seed: Pooled UAR with each seed.
        ensemble: Metrics of the mean of the probabilities over seeds; None if there is one seed.
        calibrated: Metrics of single models if each person's own clips are known, by another
            protocol; None if that was not asked for.
        compared: Of fused streams, the metrics of each alone.
        final: The run trained on everybody, if there is one.
    """

    run: RunDirectory
    metrics: ClassificationMetrics
    protocol: str
    tests: str
    leaks: tuple[str, ...]
    uar_by_seed: Mapping[int, float]
    ensemble: ClassificationMetrics | None = None
    calibrated: ClassificationMetrics | None = None
    compared: Mapping[str, ClassificationMetrics] = field(default_factory=dict)
    final: RunDirectory | None = None

    @property
    def uar_sd(self) -> float | None:
        """Standard deviation of the UAR over seeds; None if there is one."""
        values = list(self.uar_by_seed.values())
        return stdev(values) if len(values) > 1 else None


def crossval(
    config: CrossvalConfig,
    *,
    resume: bool = False,
    show: Shown = "nothing",
    report: Report = lambda line: None,
    read_progress: Progress | None = None,
) -> CrossvalResult:
    """Train and test a network once for each fold and seed, and pool the results.

    With several workers, a script needs ``if __name__ == "__main__":`` around the call, since each
    worker is a spawned process.

    Args:
        config: The settings.
        resume: Whether to go on with the run directory: folds that are finished are not trained
            again, and one that was stopped goes on from its checkpoint.
        show: What is shown on stderr: ``"nothing"``, ``"progress"``, or ``"details"``.
        report: Called with each line that a user should read before the training.
        read_progress: Called with the numbers of files read and to read.

    Raises:
        SkelgraphError: If the data or the settings cannot be used, the run directory holds another
            run, or a fold fails; the results of the other folds are kept.
        KeyboardInterrupt: If it is stopped; it can be resumed.

    Example:
        >>> from skelgraph import CrossvalConfig, crossval
        >>> config = CrossvalConfig.of(data="my_folder", stream="bone")
        >>> crossval(config).metrics.uar  # doctest: +SKIP
        0.46
    """
    config = _adopt_settings(config, resume)
    run = RunDirectory(path=config.train.out or default_crossval_path(config))
    _check_run_directory(run, resume)
    device = resolve_device(config.train.device)
    load_factory(config.train.model.info.factory)  # what it lacks is said before data are read
    study = plan_study(config, run, progress=read_progress)
    tasks = [task for task in study.list_tasks() if not task.is_finished]
    _begin(study, resume)
    if run.metrics_file.exists() and not tasks and not _asks_for_more(config, run):
        raise RunError(
            f"{run.path}: the cross-validation has ended; there is nothing to go on with; --final "
            f"adds a model trained on everybody, --seeds more seeds, --calibrated its row"
        )
    usual = count_cores() if device.type == "cpu" else 1
    workers = max(1, min(config.workers or usual, len(tasks)))
    for line in study.describe(len(tasks), workers):
        report(line)
    _train_folds(study, tasks, workers, show)
    return _pool(study)


def _adopt_settings(config: CrossvalConfig, resume: bool) -> CrossvalConfig:
    """Return the settings with those of the source of the weights, if there is one."""
    place = RunDirectory(path=config.train.out or default_crossval_path(config))
    if resume and config.train.start.init_from is not None:
        return config.change(train=adopt_recorded(config.train, place))
    return config.change(train=resolve_start(config.train)[0])


def _asks_for_more(config: CrossvalConfig, run: RunDirectory) -> bool:
    return config.calibrated and "calibrated" not in run.read_metrics()


def default_crossval_path(config: CrossvalConfig) -> Path:
    """Return a run directory named after the data, the model, the stream and the seed.

    Example:
        >>> default_crossval_path(CrossvalConfig.of(stream="bone")).as_posix()
        'runs/crossval-emotive-motion-s-stgcn-bone-0'
    """
    usual = default_run_path(config.train)
    return usual.with_name(f"{CROSSVAL_KIND}-{usual.name}")


def _check_run_directory(run: RunDirectory, resume: bool) -> None:
    """Check that a new run overwrites nothing, or that there is something to go on with."""
    if not resume:
        if run.config_file.exists() or run.metrics_file.exists():
            raise RunError(
                f"{run.path}: there is a run already; pass --out with another folder, --resume "
                f"{run.path} to go on with it, or delete it"
            )
        return
    if run.read_config().get("kind") != CROSSVAL_KIND:
        raise RunError(
            f"{run.path}: expected a cross-validation to go on with, but it is another run; "
            f"`skelgraph train --resume` goes on with one"
        )


def _begin(study: Study, resume: bool) -> None:
    """Write ``config.json`` and ``split.csv``, or check that they are those of the run."""
    facts = study.to_facts()
    if resume:
        before = study.run.read_config()
        before = {**before, "config": fill_in(before.get("config"))}
        changed = [
            key
            for key in _SAME_IN_A_RESUMED_STUDY
            if _without_free(before.get(key)) != _without_free(facts[key])
        ]
        if changed:
            raise RunError(
                f"{study.run.path}: the cross-validation began with another "
                f"{' and '.join(changed)}; to go on with it would mix two"
            )
        own = CrossvalConfig.from_dict({**before["crossval"], "train": before["config"]})
        begun, seeds = own.all_seeds, study.config.all_seeds
        if not set(begun) <= set(seeds):
            raise RunError(
                f"{study.run.path}: expected the seeds {', '.join(map(str, begun))} that the "
                f"cross-validation began with, and maybe more, but got "
                f"{', '.join(map(str, seeds))}"
            )
        current = {key: facts[key] for key in ("crossval", "protocol")}
        write_json(study.run.config_file, {**before, **current})
        return
    write_json(study.run.config_file, {**facts, "versions": describe_versions()})
    rows = [
        (clip.name, "test", clip.label or "", clip.subject or "", clip.recording or "")
        for clip in study.clips.sequences
    ]
    write_rows(study.run.split_file, SPLIT_COLUMNS, rows)


def _without_free(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {key: one for key, one in value.items() if key not in _FREE_IN_A_RESUMED_STUDY}


def _train_folds(study: Study, tasks: Sequence[FoldTask], workers: int, show: Shown) -> None:
    """Do the trainings that are left.

    Raises:
        RunError: If some fail, after the others are done.
    """
    failed: dict[str, str] = {}
    with FoldProgress(len(tasks), show) as progress:

        def finish(outcome: FoldOutcome) -> None:
            if outcome.error:
                failed[outcome.task.title] = outcome.error
                progress.advance(f"{outcome.task.title}: failed: {outcome.error}")
            else:
                progress.advance(_describe_outcome(outcome))

        details: Shown = "details" if show == "details" else "nothing"
        run_tasks(tasks, workers=workers, done=finish, show=details)
    if failed:
        title, error = next(iter(failed.items()))
        raise RunError(
            f"{study.run.path}: {len(failed)} of {len(tasks)} trainings failed "
            f"({'; '.join(failed)}), the others are kept; `skelgraph crossval --resume "
            f"{study.run.path}` tries again; {title}: {error}"
        )


def _describe_outcome(outcome: FoldOutcome) -> str:
    metrics = outcome.task.run.read_metrics()
    tested = f"UAR {metrics['uar']:.1%}, {metrics['n']} clips, " if "uar" in metrics else ""
    return f"{outcome.task.title}: {tested}{outcome.seconds:.0f} s"


def _pool(study: Study) -> CrossvalResult:
    """Pool the finished folds and write the results."""
    run = study.run
    folds = [
        read_fold(fold.name, seed, study.fold_run(fold, seed))
        for seed in study.config.all_seeds
        for fold in study.folds
    ]
    pooled = PooledFolds(folds=tuple(folds), classes=study.clips.classes)
    alone = pool_streams(pooled)
    streams = {name: one.metrics for name, one in alone.items()}
    more = pooled.describe()
    seeds = more["seeds"]["uar"]
    several = len(seeds) > 1
    own = pooled.calibrate() if study.config.calibrated else None
    if own is not None:
        more["calibrated"] = describe_calibrated(own, alone)
    strategy = study.config.train.fusion.strategy or DEFAULT_FUSION
    for seed, predictions in pooled.by_seed.items():
        write_predictions(run.path / f"predictions-seed{seed}.csv", predictions)
    write_results(
        run,
        pooled.ensemble,
        pooled.metrics,
        protocol=study.protocol,
        tests=pooled.tests,
        leaks=pooled.leaks,
        data_note=SYNTHETIC_NOTE if study.config.train.data.is_generated else None,
        left_out=record_left_out(study.clips),
        fusion=describe_fusion(strategy, pooled.metrics, streams),
        more=more,
        scored=f"mean scores of {len(seeds)} seeds" if several else None,
    )
    return CrossvalResult(
        run=run,
        metrics=pooled.metrics,
        protocol=study.protocol,
        tests=pooled.tests,
        leaks=pooled.leaks,
        uar_by_seed={int(seed): uar for seed, uar in seeds.items()},
        ensemble=pooled.score_once(pooled.ensemble) if several else None,
        calibrated=None if own is None else own.metrics,
        compared={**streams, strategy: pooled.metrics} if streams else {},
        final=run.final if run.final.metrics_file.is_file() else None,
    )
