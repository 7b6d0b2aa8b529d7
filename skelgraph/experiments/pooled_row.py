"""The predictions of a row for all clips and seeds, with intervals and tests."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from skelgraph.evaluation import (
    ClassificationMetrics,
    Metric,
    bootstrap_interval,
    compute_metrics,
    permutation_test,
)
from skelgraph.runs import RunDirectory, read_predictions

MIN_SUBJECTS = 10
"""Fewest subjects that are resampled as groups; with fewer, recordings are."""

MIN_EXCHANGED = 6
"""Fewest groups whose exchange can give a p below 0.05."""

Unit = Literal["subject", "recording", "clip"]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Prediction of a row for one clip with one seed; unknown names are empty."""

    seed: int
    name: str
    truth: int
    predicted: int
    subject: str
    recording: str

    def group(self, unit: Unit) -> tuple[str, ...]:
        """Return the group of similar clips that it belongs to; it is the same with all seeds."""
        if unit == "subject" and self.subject:
            return (self.subject,)
        if unit == "recording" and self.recording:
            return (self.subject, self.recording)
        return (self.subject, self.recording, self.name)


@dataclass(frozen=True, kw_only=True)
class PooledRow:
    """Predictions of a row by seed and clip, with the classes of all training clips.

    :func:`pool_runs` makes it.
    """

    classes: tuple[str, ...]
    answers: Mapping[tuple[int, str], Answer]
    train_labels: tuple[int, ...]

    @cached_property
    def metrics(self) -> ClassificationMetrics:
        """Metrics of all predictions together."""
        return self._measure(self.answers.values())

    @property
    def uar_by_seed(self) -> dict[str, float]:
        """UAR with each seed."""
        seeds = sorted({one.seed for one in self.answers.values()})
        return {
            str(seed): self._measure(o for o in self.answers.values() if o.seed == seed).uar
            for seed in seeds
        }

    @property
    def uar_by_subject(self) -> dict[str, float]:
        """UAR of each known subject, over the classes that the subject shows."""
        subjects = sorted({one.subject for one in self.answers.values() if one.subject})
        return {
            name: self._measure(o for o in self.answers.values() if o.subject == name).uar
            for name in subjects
        }

    def count_groups(self, unit: Unit) -> int:
        """Count the groups of the tested clips."""
        return len({one.group(unit) for one in self.answers.values()})

    @cached_property
    def unit(self) -> Unit:
        """Unit that the interval resamples: subjects if there are ten or more, else recordings, or
        clips if there are none.
        """
        answers = self.answers.values()
        if all(one.subject for one in answers) and self.count_groups("subject") >= MIN_SUBJECTS:
            return "subject"
        known = any(one.recording for one in answers)
        return "recording" if known and self.count_groups("recording") > 1 else "clip"

    @cached_property
    def exchanged(self) -> Unit:
        """Unit that the test exchanges: the same, but single clips if there are too few groups."""
        return self.unit if self.count_groups(self.unit) >= MIN_EXCHANGED else "clip"

    def interval(self, metric: Metric) -> tuple[float, float] | None:
        """Return the 95 % interval of UAR or WAR; None if there is only one group."""
        answers = list(self.answers.values())
        if self.count_groups(self.unit) < 2:
            return None
        return bootstrap_interval(
            [one.truth for one in answers],
            [one.predicted for one in answers],
            self.classes,
            groups=[one.group(self.unit) for one in answers],
            metric=metric,
            samples=2000,
        )

    def compare(self, other: "PooledRow") -> tuple[float, float]:
        """Return the difference of UAR to another row on the clips and seeds of both, and its p."""
        keys = [key for key in self.answers if key in other.answers]
        ours, theirs = ([row.answers[key] for key in keys] for row in (self, other))
        p = permutation_test(
            [one.truth for one in ours],
            [one.predicted for one in ours],
            [one.predicted for one in theirs],
            len(self.classes),
            groups=[one.group(self.exchanged) for one in ours],
        )
        return self._measure(ours).uar - self._measure(theirs).uar, p

    def _measure(self, answers: Iterable[Answer]) -> ClassificationMetrics:
        pairs = [(one.truth, one.predicted) for one in answers]
        truth, predicted = zip(*pairs, strict=True)
        return compute_metrics(truth, predicted, self.classes, train_labels=self.train_labels)


def pool_runs(runs: Mapping[int, RunDirectory]) -> PooledRow:
    """Pool the predictions of a row's runs.

    Raises:
        RunError: If a file of a run is missing or damaged.
    """
    answers: dict[tuple[int, str], Answer] = {}
    trained: list[str] = []
    classes: tuple[str, ...] = ()
    for seed, run in runs.items():
        classes = tuple(run.read_metrics()["classes"])
        split = {row["name"]: row for row in run.read_split()}
        trained += [row["label"] for row in split.values() if row["part"] == "train"]
        for one in read_predictions(run.predictions_file):
            answers[seed, one.name] = Answer(
                seed=seed,
                name=one.name,
                truth=classes.index(one.label or ""),
                predicted=classes.index(one.prediction),
                subject=one.subject or "",
                recording=split[one.name].get("recording") or "",
            )
    return PooledRow(
        classes=classes,
        answers=answers,
        train_labels=tuple(classes.index(label) for label in trained),
    )
