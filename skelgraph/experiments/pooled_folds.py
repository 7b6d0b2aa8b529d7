"""The results of a cross-validation: the predictions of its folds, pooled over all clips."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean, stdev
from typing import Any

import msgspec
import numpy as np

from skelgraph.errors import RunError
from skelgraph.evaluation import ClassificationMetrics
from skelgraph.runs import (
    Prediction,
    RunDirectory,
    center_predictions,
    read_predictions,
    score_predictions,
    summarize_metrics,
)


@dataclass(frozen=True, kw_only=True)
class FoldScores:
    """Test predictions of one fold with one seed, with the labels of the clips that trained it."""

    fold: str
    seed: int
    run: RunDirectory
    predictions: tuple[Prediction, ...]
    train_labels: tuple[str, ...]


def read_fold(fold: str, seed: int, run: RunDirectory) -> FoldScores:
    """Return the scores of a fold's run.

    Raises:
        RunError: If it is not finished, or damaged.
    """
    split = run.read_split()
    return FoldScores(
        fold=fold,
        seed=seed,
        run=run,
        predictions=tuple(read_predictions(run.predictions_file)),
        train_labels=tuple(row["label"] for row in split if row["part"] == "train"),
    )


@dataclass(frozen=True, kw_only=True)
class PooledFolds:
    """The folds of all seeds, with the classes.

    What is pooled is the mean over seeds of what one model reaches. Since all seeds test the same
    clips, the recalls of all their predictions together are the means of the seeds' recalls.
    """

    folds: tuple[FoldScores, ...]
    classes: tuple[str, ...]

    @cached_property
    def by_seed(self) -> dict[int, list[Prediction]]:
        """Predictions of all clips with each seed, by the clips' names.

        Raises:
            RunError: If a clip is tested twice with a seed, or not with all.
        """
        pooled: dict[int, dict[str, Prediction]] = {}
        for scores in self.folds:
            tested = pooled.setdefault(scores.seed, {})
            for one in scores.predictions:
                if one.name in tested:
                    raise RunError(f"{scores.run.path}: clip {one.name!r} is tested in two folds")
                tested[one.name] = one
        first = next(iter(pooled.values()))
        for seed, tested in pooled.items():
            if tested.keys() != first.keys():
                raise RunError(
                    f"seed {seed} tests other clips than the others; were folds changed?"
                )
        return {seed: [tested[name] for name in sorted(first)] for seed, tested in pooled.items()}

    @cached_property
    def train_labels(self) -> list[str]:
        """Labels of the training clips of all folds; the most frequent one is a baseline."""
        return [label for scores in self.folds for label in scores.train_labels]

    @cached_property
    def tests(self) -> str:
        """What the results may be called, as the folds say."""
        return "; ".join(dict.fromkeys(str(one["tests"]) for one in self._results))

    @cached_property
    def leaks(self) -> tuple[str, ...]:
        """What was both trained and tested on, in any fold."""
        return tuple(dict.fromkeys(str(leak) for one in self._results for leak in one["leaks"]))

    @cached_property
    def _results(self) -> list[dict[str, Any]]:
        return [scores.run.read_metrics() for scores in self.folds]

    @cached_property
    def metrics(self) -> ClassificationMetrics:
        """Metrics of single models, the mean over seeds."""
        return self.score([one for ones in self.by_seed.values() for one in ones])

    @cached_property
    def ensemble(self) -> list[Prediction]:
        """Prediction of each clip by the mean of the probabilities over seeds."""
        if len(self.by_seed) == 1:
            return next(iter(self.by_seed.values()))
        return [
            same[0].with_scores(
                self.classes,
                np.mean([[one.probabilities[k] for k in self.classes] for one in same], axis=0),
            )
            for same in zip(*self.by_seed.values(), strict=True)
        ]

    def score(self, predictions: Sequence[Prediction]) -> ClassificationMetrics:
        """Metrics of predictions of all seeds; each clip counts once."""
        metrics = score_predictions(predictions, self.classes, self.train_labels)
        seeds = len(self.by_seed)
        if seeds == 1:
            return metrics
        mean = f"means over {seeds} seeds, whose confusion matrices are added up"
        note = f"{metrics.note}; {mean}" if metrics.note else mean
        subjects = {
            name: msgspec.structs.replace(one, n=one.n // seeds)
            for name, one in metrics.per_subject.items()
        }
        return msgspec.structs.replace(
            metrics, n=metrics.n // seeds, note=note, per_subject=subjects
        )

    def calibrate(self) -> "PooledFolds":
        """Return the folds with scores relative to what is usual of each person in a fold."""
        centered = [
            replace(
                scores,
                predictions=tuple(
                    center_predictions(
                        scores.predictions, [one.subject for one in scores.predictions]
                    )
                ),
            )
            for scores in self.folds
        ]
        return replace(self, folds=tuple(centered))

    def describe(self) -> dict[str, Any]:
        """Return what ``metrics.json`` holds beside the metrics themselves."""
        seeds = {str(seed): self.score_once(ones).uar for seed, ones in self.by_seed.items()}
        uars = list(seeds.values())
        return {
            "seeds": {
                "uar": seeds,
                "mean": fmean(uars),
                "sd": stdev(uars) if len(uars) > 1 else None,
            },
            "ensemble": self.score_once(self.ensemble).to_dict() if len(uars) > 1 else None,
            "folds": [self._describe_fold(scores) for scores in self.folds],
        }

    def score_once(self, predictions: Sequence[Prediction]) -> ClassificationMetrics:
        """Metrics of one prediction for each clip."""
        return score_predictions(predictions, self.classes, self.train_labels)

    def _describe_fold(self, scores: FoldScores) -> dict[str, Any]:
        metrics = score_predictions(scores.predictions, self.classes, scores.train_labels)
        return {
            "fold": scores.fold,
            "seed": scores.seed,
            "run": f"folds/{scores.run.path.name}",
            "subjects": sorted({one.subject for one in scores.predictions if one.subject}),
            "n": metrics.n,
            "uar": metrics.uar,
            "war": metrics.war,
        }


def pool_streams(pooled: PooledFolds) -> dict[str, PooledFolds]:
    """Return the folds of each stream of a fusion alone; none if nothing was fused."""
    first = pooled.folds[0].run
    names = [str(one["name"]) for one in first.read_config().get("streams", ())]
    found = {}
    for name in names:
        alone = [
            replace(
                scores,
                predictions=tuple(read_predictions(scores.run.stream(name).predictions_file)),
            )
            for scores in pooled.folds
        ]
        found[name] = replace(pooled, folds=tuple(alone))
    return found


def describe_calibrated(own: PooledFolds, streams: Mapping[str, PooledFolds]) -> dict[str, Any]:
    """Return what ``metrics.json`` holds of calibrated folds; the streams are not calibrated."""
    return {
        "protocol": "each clip is judged by what is usual of its person, over all clips of the "
        "person but no label",
        **own.metrics.to_dict(),
        "seeds": {str(seed): own.score_once(ones).uar for seed, ones in own.by_seed.items()},
        "streams": {
            name: summarize_metrics(one.calibrate().metrics) for name, one in streams.items()
        },
    }


def describe_fusion(
    strategy: str, metrics: ClassificationMetrics, streams: Mapping[str, ClassificationMetrics]
) -> dict[str, Any] | None:
    """Return what ``metrics.json`` holds of fused streams; None if nothing was fused."""
    if not streams:
        return None
    compared = {**streams, strategy: metrics}
    return {
        "strategy": strategy,
        "compared": {name: summarize_metrics(one) for name, one in compared.items()},
    }
