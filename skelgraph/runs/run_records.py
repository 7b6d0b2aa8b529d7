"""The records of a run: what it was made with, written first, and its results, written last."""

import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from skelgraph._version import __version__
from skelgraph.config import TrainConfig
from skelgraph.errors import RunError, SkelgraphError
from skelgraph.evaluation import (
    ClassificationMetrics,
    add_uncertainty,
    compute_metrics,
    plot_confusion,
    plot_reliability,
)
from skelgraph.runs.prediction_file import write_predictions
from skelgraph.runs.run_directory import Prediction, RunDirectory, stack_scores
from skelgraph.runs.run_files import write_json, write_rows

SPLIT_COLUMNS = ("name", "part", "label", "subject", "recording")
_PACKAGES = ("torch", "torch-geometric", "lightning", "numpy", "scipy", "scikit-learn")
_SAME_IN_A_RESUMED_RUN = (
    *("config", "recipe", "classes", "preprocessing", "protocol", "data"),
    "transform",
)
_WHERE_BOTH_KNOW = ("in_channels",)  # a run of streams begins before its networks are made


def check_same_run(run: RunDirectory, facts: Mapping[str, Any]) -> None:
    """Check that a run to be resumed has the settings and the data that it began with.

    Raises:
        RunError: If it has others: its test part might have been trained on.
    """
    _compare(run, run.read_config(), facts, ignored=())


def _compare(
    run: RunDirectory,
    before: Mapping[str, Any],
    now: Mapping[str, Any],
    *,
    ignored: Sequence[str],
) -> None:
    before = {**before, "config": fill_in(before.get("config"))}
    before, now = (_leave_out(known, ignored) for known in (before, now))
    both = [key for key in _WHERE_BOTH_KNOW if key in before and key in now]
    compared = (*_SAME_IN_A_RESUMED_RUN, *both)
    changed = [key for key in compared if before.get(key) != now.get(key)]
    if changed:
        raise RunError(
            f"{run.path}: the run began with another {' and '.join(changed)}; to go on with it "
            f"would mix two trainings"
        )


def fill_in(config: Any) -> Any:
    """Return a training's settings with those that an earlier version did not know, as defaults.

    Settings of another kind, and those that cannot be read, are left alone.
    """
    if not isinstance(config, Mapping) or "stream" not in config:
        return config
    try:
        return TrainConfig.from_dict(config).to_dict()
    except SkelgraphError:
        return config


def begin_run(
    run: RunDirectory,
    facts: Mapping[str, Any],
    split: Iterable[Sequence[str]],
    *,
    resume: bool,
) -> None:
    """Write ``config.json`` and ``split.csv`` before a training, so that an aborted run has them,
    or check that the run to be resumed began with the same.

    A run may go on for another number of epochs than it began with; ``config.json`` then tells
    after which it was extended.

    Raises:
        RunError: If it began with other settings or data.
    """
    if resume:
        before = run.read_config()
        extends = "recipe" in facts
        _compare(run, before, facts, ignored=("epochs",) if extends else ())
        epochs = before.get("recipe", {}).get("epochs")
        if extends and epochs != facts["recipe"]["epochs"]:
            extended = [*before.get("extended_after_epochs", []), epochs]
            own = {key: facts[key] for key in ("config", "recipe")}
            write_json(run.config_file, {**before, **own, "extended_after_epochs": extended})
        return
    write_json(run.config_file, {**facts, "versions": describe_versions()})
    write_rows(run.split_file, SPLIT_COLUMNS, split)


def _leave_out(facts: Mapping[str, Any], ignored: Sequence[str]) -> dict[str, Any]:
    """Leave out some settings of the recipe, and those that do not change a run's numbers."""
    config = {**facts.get("config", {}), "out": None, "device": None}
    recipes = {
        key: {name: value for name, value in part.items() if name not in ignored}
        for key, part in (("own", config.get("recipe")), ("whole", facts.get("recipe")))
        if isinstance(part, Mapping)
    }
    config["recipe"] = recipes.get("own")
    return {**facts, "config": config, "recipe": recipes.get("whole")}


def describe_versions() -> dict[str, Any]:
    """Return the versions of skelgraph, Python and the packages that decide a run's numbers."""
    return {
        "skelgraph": __version__,
        "git_commit": find_git_commit(),
        "python": platform.python_version(),
        **{package: version(package) for package in _PACKAGES},
    }


def find_git_commit() -> str | None:
    """Return the commit of the checkout that skelgraph runs from, with ``-dirty`` if it was
    changed; None if it was installed without one.
    """
    folder = Path(__file__).parent
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40"]
    tracked = ["git", "-C", str(folder), "ls-files", "--error-unmatch", Path(__file__).name]
    try:
        subprocess.run(tracked, capture_output=True, check=True)
        found = subprocess.run(command, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None  # no git, or a folder that git does not track
    return found.stdout.strip()


SYNTHETIC_NOTE = (
    "the built-in generator of emotive motion, not recordings of people; "
    "no number from it is a result about people"
)
"""Said in the first line of a run on generated motion and in every result that it writes."""


@dataclass(frozen=True, kw_only=True)
class TrainResult:
    """What a training came to.

    The checkpoint is the rule that chose the tested weights, empty if there are no epochs;
    ``tests`` is what the result may be called, and ``leaks`` must be said before it. Of fused
    streams, ``compared`` holds the metrics of each stream and of each fusion; of fused modalities,
    those of each subset of them. ``part`` is the part that the metrics are of.
    """

    run: RunDirectory
    metrics: ClassificationMetrics
    protocol: str
    checkpoint: str
    tests: str
    leaks: tuple[str, ...] = ()
    compared: Mapping[str, ClassificationMetrics] = field(default_factory=dict)
    part: str = "the test part"


def score_predictions(
    predictions: Sequence[Prediction],
    classes: Sequence[str],
    train_labels: Sequence[str],
    *,
    recordings: Mapping[str, str | None] | None = None,
    temperature: float = 1.0,
) -> ClassificationMetrics:
    """Metrics of predictions for clips whose labels are known, and how sure they are.

    The most frequent of ``train_labels`` is the baseline. ``recordings`` are those of clips by
    their names, which are resampled if there are not several subjects; the temperature is the one
    that the scores have.
    """
    number = {name: index for index, name in enumerate(classes)}
    truth = [number[one.label or ""] for one in predictions]
    predicted = [number[one.prediction] for one in predictions]
    metrics = compute_metrics(
        truth, predicted, classes, train_labels=[number[label] for label in train_labels]
    )
    return add_uncertainty(
        metrics,
        truth,
        predicted,
        subjects=[one.subject for one in predictions],
        recordings=[(recordings or {}).get(one.name) or None for one in predictions],
        probabilities=stack_scores(predictions, classes),
        temperature=temperature,
    )


def write_results(
    run: RunDirectory,
    predictions: Sequence[Prediction],
    metrics: ClassificationMetrics,
    *,
    protocol: str,
    tests: str,
    leaks: Sequence[str] = (),
    data_note: str | None = None,
    left_out: Mapping[str, Any] | None = None,
    fusion: Mapping[str, Any] | None = None,
    modalities: Mapping[str, ClassificationMetrics] | None = None,
    more: Mapping[str, Any] | None = None,
    scored: str | None = None,
) -> None:
    """Write ``predictions.csv``, the figures and, last, ``metrics.json``.

    The figures are the confusion matrix and the reliability diagram.

    ``tests`` is what the result may be called, ``leaks`` are sentences on what was trained and
    tested on, ``left_out`` records clips that cannot be used. Of fused streams, ``fusion`` holds
    the results of each stream and of each way to fuse them. Of a network of several modalities,
    ``modalities`` holds the metrics of each subset by its name; a clip that has none of a subset is
    not counted there. ``more`` are further entries of ``metrics.json``. ``scored`` says what the
    predictions are if not those of the metrics.
    """
    write_predictions(run.predictions_file, predictions)
    plot_confusion(metrics, run.figures / "confusion.png", title=data_note)
    plot_reliability(
        stack_scores(predictions, metrics.classes),
        [metrics.classes.index(one.label or "") for one in predictions],
        run.figures / "reliability.png",
        title="; ".join(line for line in (scored, data_note) if line) or None,
    )
    contents: dict[str, Any] = {
        **metrics.to_dict(),
        "protocol": protocol,
        "tests": tests,
        "leaks": list(leaks),
    }
    if data_note is not None:
        contents["data_note"] = data_note
    if left_out:
        contents["left_out"] = dict(left_out)
    if fusion is not None:
        contents["fusion"] = dict(fusion)
    if modalities:
        contents["modalities"] = {
            name: {**summarize_metrics(one), "n": one.n} for name, one in modalities.items()
        }
    write_json(run.metrics_file, {**contents, **(more or {})})


def finish_untested(
    run: RunDirectory,
    validated: ClassificationMetrics,
    *,
    protocol: str,
    data_note: str | None,
    left_out: Mapping[str, Any] | None = None,
    checkpoint: str,
) -> TrainResult:
    """Write ``metrics.json`` of a run that has no test part, and return its result.

    The validation part's metrics stand apart, under ``validation``: its clips may have chosen the
    weights, so that they are no result.
    """
    contents = {"protocol": protocol, "classes": list(validated.classes), "n": 0}
    notes: dict[str, Any] = {} if data_note is None else {"data_note": data_note}
    notes |= {"left_out": dict(left_out)} if left_out else {}
    write_json(run.metrics_file, {**contents, **notes, "validation": validated.to_dict()})
    return TrainResult(
        run=run,
        metrics=validated,
        protocol=protocol,
        checkpoint=checkpoint,
        tests="no test",
        part="the validation part: everybody else trained",
    )


def summarize_metrics(metrics: ClassificationMetrics) -> dict[str, Any]:
    """Return UAR and WAR with their intervals, for metrics that stand beside others."""
    return {
        name: list(value) if isinstance(value := getattr(metrics, name), tuple) else value
        for name in ("uar", "uar_interval", "war", "war_interval")
    }


def read_results(run: RunDirectory) -> ClassificationMetrics:
    """Return the metrics in ``metrics.json``, of a run or an evaluation.

    Raises:
        RunError: If there are none: it was not finished; or if they are damaged.
    """
    contents = run.read_metrics()
    try:
        return ClassificationMetrics.from_dict(contents)
    except ValueError as error:
        raise RunError(f"{run.metrics_file}: {error}") from error
