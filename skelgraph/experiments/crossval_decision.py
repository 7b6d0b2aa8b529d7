"""When a model trained on everybody answers: chosen by a cross-validation over the same people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.data import ClipSet
from skelgraph.errors import RunError
from skelgraph.evaluation import (
    LEAST_SHARE,
    TARGET,
    EmbeddingDistance,
    choose_threshold,
    expected_calibration_error,
    fit_embedding_distance,
    fit_temperature,
    score_answered,
    temper,
)
from skelgraph.experiments.pooled_folds import PooledFolds, read_fold
from skelgraph.runs import CROSSVAL_KIND, Prediction, RunDirectory, stack_scores
from skelgraph.serving import (
    Decision,
    DecisionRule,
    HeldOutAnswers,
    Predictor,
    Quantiles,
    SkeletonNetwork,
    TrainedInputs,
    embed_clips,
    load_run,
    measure_missing,
    read_run_data,
)
from skelgraph.typing import BoolArray, FloatArray, IntArray

_STRENGTH = 10.0
_SMALLEST = np.finfo(np.float64).tiny
_FEWEST_FOLDS = 3
_LIMIT_PERCENT = 99.0


def make_decision(
    crossval: Path | str,
    model: Path | str | None = None,
    *,
    moved_to: Path | None = None,
    target: float = TARGET,
    least_share: float = LEAST_SHARE,
) -> Decision:
    """Choose when a model answers, from the predictions of a cross-validation.

    The temperature and the threshold (:func:`skelgraph.evaluation.choose_threshold`) are fitted to
    the predictions of all folds, each of people (or recordings) who trained nothing. What the
    answers are worth is measured with those that are fitted without the fold that is answered. The
    distances from the training clips are those of the model; their limits are the 99 % quantile of
    the distances of held-out clips from the training clips of their folds, with the first seed.

    Args:
        crossval: Its run directory, finished.
        model: The run trained on everybody; by default the cross-validation's final one.
        moved_to: Where the data are now, if they were moved.
        target: Share of the answers that should be right, classes counted alike.
        least_share: Share of the clips that is answered at least.

    Raises:
        RunError: If it is no finished cross-validation of three folds or more, or the model has
            other classes.
        DatasetError: If the data cannot be read, or have changed.
    """
    run = RunDirectory(path=Path(crossval))
    pooled = _read_folds(run)
    predictor = load_run(model or run.find_model().path)
    if predictor.classes != pooled.classes:
        raise RunError(
            f"{predictor.run.path}: expected the classes {', '.join(pooled.classes)} of "
            f"{run.path}, but got {', '.join(predictor.classes)}"
        )
    answers = _Answers.stack(run, pooled)
    first = [scores.run for scores in pooled.folds if scores.seed == pooled.folds[0].seed]
    clips, _ = read_run_data(load_run(first[0].path), moved_to=moved_to)
    learned = {row["name"] for row in predictor.learned_rows}
    prepared = {
        clip.name: predictor.prepare(clip) for clip in clips.sequences if clip.name in learned
    }
    distances = _fit_distances(predictor, list(prepared.values()))
    temperature, threshold = answers.choose(answers.all, target, least_share)
    rule = DecisionRule(
        classes=pooled.classes,
        temperature=temperature,
        threshold=threshold,
        target=target,
        least_share=least_share,
        held_out=answers.test(str(run.read_metrics()["protocol"]), target, least_share),
        inputs=_describe_inputs(clips, prepared),
        distance_limits=_limit_distances(first, clips) if distances else {},
    )
    return Decision(rule=rule, distances=distances)


def _read_folds(run: RunDirectory) -> PooledFolds:
    facts = run.read_config()
    if facts.get("kind") != CROSSVAL_KIND:
        raise RunError(f"{run.path}: expected a cross-validation, but it is another run")
    folds = run.read_metrics()["folds"]
    scores = [
        read_fold(fold["fold"], fold["seed"], RunDirectory(path=run.path / fold["run"]))
        for fold in folds
    ]
    return PooledFolds(folds=tuple(scores), classes=tuple(facts["classes"]))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Answers:
    """Scores (N, K) of held-out clips by single models of all seeds, and the fold of each."""

    classes: tuple[str, ...]
    scores: FloatArray
    truth: IntArray
    folds: Sequence[str]
    num_seeds: int

    @classmethod
    def stack(cls, run: RunDirectory, pooled: PooledFolds) -> "_Answers":
        rows: list[Prediction] = [one for fold in pooled.folds for one in fold.predictions]
        folds = [fold.fold for fold in pooled.folds for _ in fold.predictions]
        if len(set(folds)) < _FEWEST_FOLDS:
            raise RunError(
                f"{run.path}: expected {_FEWEST_FOLDS} folds or more, so that what is chosen can "
                f"be tested on others, but got {len(set(folds))}"
            )
        return cls(
            classes=pooled.classes,
            scores=stack_scores(rows, pooled.classes),
            truth=np.array([pooled.classes.index(one.label or "") for one in rows]),
            folds=folds,
            num_seeds=len(pooled.by_seed),
        )

    @property
    def all(self) -> BoolArray:
        """All clips, chosen."""
        return np.ones(len(self.truth), dtype=bool)

    def choose(self, chosen: BoolArray, target: float, least_share: float) -> tuple[float, float]:
        """Return the temperature and the threshold for some of the clips."""
        scores, truth = self.scores[chosen], self.truth[chosen]
        strength = _STRENGTH * self.num_seeds  # a clip counts once, however many seeds predict it
        logits = np.log(np.maximum(scores, _SMALLEST))
        temperature = round(fit_temperature(logits, truth, strength=strength), 4)
        threshold = choose_threshold(
            temper(scores, temperature), truth, target=target, least_share=least_share
        )
        return temperature, threshold

    def test(self, protocol: str, target: float, least_share: float) -> HeldOutAnswers:
        """Return what the answers are worth with what was chosen without the fold."""
        folds = np.array(self.folds)
        answered = np.zeros(len(self.truth), dtype=bool)
        tempered, thresholds = np.empty_like(self.scores), []
        for fold in sorted(set(self.folds)):
            own = folds == fold
            temperature, threshold = self.choose(~own, target, least_share)
            tempered[own] = temper(self.scores[own], temperature)
            answered[own] = tempered[own].max(axis=1) >= threshold
            thresholds.append(threshold)
        predicted = self.scores.argmax(axis=1)
        return HeldOutAnswers(
            protocol=protocol,
            folds=len(thresholds),
            clips=len(predicted) // self.num_seeds,
            thresholds=(min(thresholds), max(thresholds)),
            scores=score_answered(self.truth, predicted, answered, self.classes),
            calibration_error=expected_calibration_error(tempered, self.truth),
        )


def _list_networks(predictor: Predictor) -> Iterator[tuple[int, str, SkeletonNetwork]]:
    """Yield number, stream and network of those that have embeddings; a ridge has none."""
    for number, network in enumerate(predictor.networks):
        if isinstance(network, SkeletonNetwork):
            (stream,) = network.facts.config.stream.names
            yield number, stream, network


def _fit_distances(
    predictor: Predictor, clips: Sequence[tuple[Any, ...]]
) -> dict[str, EmbeddingDistance]:
    return {
        stream: fit_embedding_distance(embed_clips(network, [clip[number] for clip in clips]))
        for number, stream, network in _list_networks(predictor)
    }


def _limit_distances(folds: Sequence[RunDirectory], clips: ClipSet) -> dict[str, float]:
    """Return the distance that 99 % of held-out clips are below, for each network."""
    sequences = {clip.name: clip for clip in clips.sequences}
    distances: dict[str, list[float]] = {}
    for fold in folds:
        predictor = load_run(fold.path)
        parts: dict[bool, list[Any]] = {True: [], False: []}
        for row in predictor.networks[0].run.read_split():
            clip = predictor.prepare(sequences[row["name"]])
            parts[row["part"] == "test"].append(clip)
        fitted = _fit_distances(predictor, parts[False])
        for number, stream, network in _list_networks(predictor):
            tested = embed_clips(network, [clip[number] for clip in parts[True]])
            distances.setdefault(stream, []).extend(fitted[stream].measure(tested).tolist())
    return {
        stream: round(float(np.percentile(values, _LIMIT_PERCENT)), 3)
        for stream, values in distances.items()
    }


def _describe_inputs(clips: ClipSet, prepared: dict[str, tuple[Any, ...]]) -> TrainedInputs:
    learned = [clip for clip in clips.sequences if clip.name in prepared]
    return TrainedInputs(
        clips=len(learned),
        fps=_describe([clip.fps for clip in learned]),
        duration_s=_describe([clip.duration_s for clip in learned]),
        missing=_describe([measure_missing(clip[0]) for clip in prepared.values()]),
    )


def _describe(values: Sequence[float]) -> Quantiles:
    low, median, high = np.percentile(values, (1, 50, 99)).round(4).tolist()
    return Quantiles(low=low, median=median, high=high)
