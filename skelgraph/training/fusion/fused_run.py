"""The run directory of several fused runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from skelgraph.config import DEFAULT_FUSION, FitPart, FusionStrategy
from skelgraph.errors import RunError
from skelgraph.evaluation import UNKNOWN_PEOPLE, Fusion, SumFusion, fit_concat
from skelgraph.runs import (
    SPLIT_COLUMNS,
    Prediction,
    RunDirectory,
    TrainResult,
    describe_versions,
    finish_untested,
    score_predictions,
    summarize_metrics,
    write_json,
    write_results,
    write_rows,
)
from skelgraph.training.fusion.stream_scores import (
    StreamScores,
    check_alike,
    join_scores,
    read_stream,
)
from skelgraph.typing import FloatArray


def fuse_runs(
    runs: Sequence[Path | str],
    out: Path | str,
    *,
    strategy: FusionStrategy | None = None,
    weights: Sequence[float] | None = None,
    fit_on: FitPart = "validation",
) -> TrainResult:
    """Fuses the scores of finished runs, and leaves a run directory of its own.

    Nothing is trained again: the runs' own predictions are joined by the names of the clips.
    :func:`skelgraph.load_run` takes the new folder as that of any run.

    Args:
        runs: The run directories, two or more, with the same clips in the same parts.
        out: The new run directory.
        strategy: ``"sum"`` adds the softmax scores, ``"concat"`` puts one fully connected layer
            over all of them; None adds, unless ``fit_on`` asks for a layer. The layer is fitted on
            the validation part, on which no network was trained: on its own training clips a
            network is over-confident. (A recipe that tests the best epoch has seen its validation
            scores, by one choice for each stream.)
        weights: Weight of each run in the sum; None for equal ones.
        fit_on: ``"out-of-fold"`` fits the layer on the training part instead, scored by networks
            that were each trained without a fold of it; the runs must have been trained so.

    Raises:
        RunError: If a run is not finished, the runs' clips, labels, classes or parts differ (the
            first one that does is named), or the folder holds something.

    Example:
        >>> result = fuse_runs(["runs/joint", "runs/bone"], "runs/both")  # doctest: +SKIP
        >>> result.metrics.uar, result.compared["joint"].uar  # doctest: +SKIP
    """
    if strategy is None:
        strategy = "concat" if fit_on == "out-of-fold" else DEFAULT_FUSION
    if len(runs) < 2:
        raise RunError(f"a fusion needs two runs or more, but got {len(runs)}")
    if weights is not None and strategy != "sum":
        raise RunError("weights are those of the sum; the layer of concat finds its own")
    place = RunDirectory(path=Path(out))
    if place.path.exists() and (not place.path.is_dir() or any(place.path.iterdir())):
        raise RunError(f"{place.path}: expected a new or empty folder, but there is something")
    streams = [read_stream(Path(run)) for run in runs]
    check_alike(streams)
    fingerprints = dict.fromkeys(str(stream.facts["data"]["fingerprint"]) for stream in streams)
    facts = {
        "classes": list(streams[0].classes),
        "protocol": str(streams[0].results.get("protocol", "")),
        "data": {"name": streams[0].facts["data"]["name"], "fingerprint": "+".join(fingerprints)},
    }
    return write_fusion(
        place, streams, strategy=strategy, weights=weights, fit_on=fit_on, facts=facts
    )


def write_fusion(
    place: RunDirectory,
    streams: Sequence[StreamScores],
    *,
    strategy: FusionStrategy,
    weights: Sequence[float] | None = None,
    fit_on: FitPart = "validation",
    facts: Mapping[str, Any],
) -> TrainResult:
    """Fuses runs that are alike and writes the fusion's run directory.

    The fusion by ``strategy`` counts; the other one is reported beside it. ``facts`` go to
    ``config.json``.

    Raises:
        RunError: As :func:`fuse_runs`.
    """
    classes = streams[0].classes
    clips, scores = join_scores(
        [stream.test for stream in streams],
        [stream.scored_file for stream in streams],
        classes,
    )
    fusions = _make_fusions(streams, strategy, weights, fit_on)
    fused = {kind: _predict(fusion, clips, scores, classes) for kind, fusion in fusions.items()}
    names = name_streams(streams)
    compared = {name: one.metrics for name, one in zip(names, streams, strict=True)}
    for kind, predictions in fused.items():
        compared[kind] = score_predictions(
            predictions, classes, streams[0].train_labels, recordings=streams[0].recordings
        )
    write_json(
        place.config_file,
        {
            **facts,
            "versions": describe_versions(),
            "fusion": {
                **fusions[strategy].to_dict(),
                **({"fitted_on": fit_on} if strategy == "concat" else {}),
            },
            "streams": [
                {"name": name, "run": _path_from(place.path, stream.run.path)}
                for name, stream in zip(names, streams, strict=True)
            ],
        },
    )
    write_rows(
        place.split_file,
        SPLIT_COLUMNS,
        ([row.get(column) or "" for column in SPLIT_COLUMNS] for row in streams[0].split),
    )
    protocol = str(facts["protocol"])
    tests = str(streams[0].results.get("tests", UNKNOWN_PEOPLE))
    leaks = tuple(dict.fromkeys(x for one in streams for x in one.results.get("leaks", ())))
    rule = " and ".join(dict.fromkeys(one.checkpoint for one in streams if one.checkpoint))
    if not streams[0].is_tested:
        return finish_untested(
            place,
            compared[strategy],
            protocol=protocol,
            data_note=streams[0].results.get("data_note"),
            left_out=streams[0].results.get("left_out"),
            checkpoint=rule,
        )
    write_results(
        place,
        fused[strategy],
        compared[strategy],
        protocol=protocol,
        tests=tests,
        leaks=leaks,
        data_note=streams[0].results.get("data_note"),
        left_out=streams[0].results.get("left_out"),
        fusion={
            "strategy": strategy,
            "compared": {name: summarize_metrics(metrics) for name, metrics in compared.items()},
        },
    )
    return TrainResult(
        run=place,
        metrics=compared[strategy],
        protocol=protocol,
        checkpoint=rule,
        tests=tests,
        leaks=leaks,
        compared=compared,
    )


def name_streams(streams: Sequence[StreamScores]) -> list[str]:
    """Return a name for each run: its stream, or its folder if several have one stream.

    ``"sum"`` and ``"concat"`` are the fusions' own.
    """
    for names in (
        [stream.stream for stream in streams],
        [stream.run.path.resolve().name for stream in streams],
    ):
        if len(set(names)) == len(names) and not set(names) & {"sum", "concat"}:
            return names
    return [str(stream.run.path.resolve()) for stream in streams]


def _make_fusions(
    streams: Sequence[StreamScores],
    strategy: FusionStrategy,
    weights: Sequence[float] | None,
    fit_on: FitPart,
) -> dict[FusionStrategy, Fusion]:
    """Return the sum, and the layer if it is asked for or its scores are there."""
    weights = [1.0] * len(streams) if weights is None else weights
    if len(weights) != len(streams):
        raise RunError(f"expected a weight for each of {len(streams)} runs, but got {len(weights)}")
    try:
        fusions: dict[FusionStrategy, Fusion] = {"sum": SumFusion(weights=tuple(weights))}
    except ValueError as error:
        raise RunError(str(error)) from error
    files = [stream.fit_file(fit_on) for stream in streams]
    if strategy == "concat" or all(file.is_file() for file in files):
        known = [stream.read_fit_scores(fit_on) for stream in streams]
        clips, scores = join_scores(known, files, streams[0].classes)
        number = {name: index for index, name in enumerate(streams[0].classes)}
        fusions["concat"] = fit_concat(scores, [number[one.label or ""] for one in clips])
    return fusions


def _predict(
    fusion: Fusion, clips: Sequence[Prediction], scores: FloatArray, classes: Sequence[str]
) -> list[Prediction]:
    return [
        clip.with_scores(classes, row)
        for clip, row in zip(clips, fusion.combine(scores), strict=True)
    ]


def _path_from(folder: Path, run: Path) -> str:
    """Return the path of a run: from the folder if it is inside, so that both can be moved."""
    folder, run = folder.resolve(), run.resolve()
    return run.relative_to(folder).as_posix() if run.is_relative_to(folder) else str(run)
