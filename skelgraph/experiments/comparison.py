"""Comparison of runs that were tested on the same clips: which differences are real."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.data import describe_left_out
from skelgraph.errors import RunError
from skelgraph.evaluation import (
    Interval,
    Unit,
    choose_groups,
    compute_metrics,
    correct_holm,
    difference_interval,
    mcnemar_test,
    permutation_test,
    score_interval,
)
from skelgraph.runs import Prediction, RunDirectory, read_predictions, read_results
from skelgraph.training.fusion import join_scores
from skelgraph.typing import IntArray

LEVEL = 0.05
"""Corrected p below which two runs differ."""

_FEWEST_EXCHANGED = 6
"""Fewest groups whose exchange can give a p below the level."""


@dataclass(frozen=True, kw_only=True)
class ComparedRun:
    """One of the compared runs: where it is, and what it reaches on the clips of all."""

    name: str
    path: Path
    protocol: str
    uar: float
    uar_interval: Interval
    war: float
    war_interval: Interval


@dataclass(frozen=True, kw_only=True)
class RunPair:
    """Two runs; differences are of the first one minus the second.

    Args:
        first: Name of the first run.
        second: Name of the second run.
        uar_difference: Difference of UAR.
        uar_interval: Its 95 % interval, from a paired bootstrap.
        war_difference: Difference of WAR.
        war_interval: Its 95 % interval.
        p: p of the difference of UAR, from a paired permutation test.
        p_corrected: The same, corrected for the number of pairs.
        first_only: Clips that the first run alone has right.
        second_only: Clips that the second run alone has right.
        mcnemar_p: p of McNemar's test of these, as if clips were independent.
        mcnemar_p_corrected: The same, corrected for the number of pairs.
    """

    first: str
    second: str
    uar_difference: float
    uar_interval: Interval
    war_difference: float
    war_interval: Interval
    p: float
    p_corrected: float
    first_only: int
    second_only: int
    mcnemar_p: float
    mcnemar_p_corrected: float

    @property
    def differ(self) -> bool:
        """Whether the corrected p of UAR is below 0.05, and its interval does not hold 0."""
        low, high = self.uar_interval
        return self.p_corrected < LEVEL and not low <= 0 <= high

    @property
    def sentence(self) -> str:
        """What follows of all this, in words."""
        low, high = (100 * end for end in self.uar_interval)
        verdict = "differ" if self.differ else "cannot be told apart"
        return (
            f"{self.first} and {self.second} {verdict}: UAR {100 * self.uar_difference:+.1f} "
            f"points ({low:+.1f} to {high:+.1f}), corrected p {self.p_corrected:.3f}."
        )


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Runs and their pairs.

    Intervals resample ``unit``, of which there are ``groups``; the permutation test exchanges
    ``exchanged``. The notes must be read with the numbers.
    """

    runs: tuple[ComparedRun, ...]
    pairs: tuple[RunPair, ...]
    num_clips: int
    unit: Unit
    groups: int
    exchanged: Unit
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "clips": self.num_clips,
            "resampled": {"unit": self.unit, "groups": self.groups},
            "exchanged": self.exchanged,
            "runs": [{**_listed(asdict(one)), "path": str(one.path)} for one in self.runs],
            "pairs": [
                {**_listed(asdict(one)), "differ": one.differ, "sentence": one.sentence}
                for one in self.pairs
            ],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class _Answers:
    """The answers of all runs on their clips, in one order; ``predicted`` is (runs, clips)."""

    classes: tuple[str, ...]
    truth: IntArray
    predicted: IntArray
    subjects: list[str | None]
    recordings: list[str | None]


def compare_runs(runs: Mapping[str, Path]) -> Comparison:
    """Compare finished runs, or evaluations, that were tested on the same clips.

    Each pair has the difference of UAR and of WAR with an interval from a bootstrap over subjects
    (or recordings, or clips) that draws both alike, the p of a permutation test that exchanges
    their answers, and McNemar's test; p is corrected by Holm's method for the number of pairs. If
    there are too few groups for the permutation test, it exchanges single clips; since it then
    tells nothing of further people, two runs differ only if the interval says so as well.

    Args:
        runs: Run directories by the names that they get; :func:`skelgraph.experiments.name_runs`
            finds some.

    Raises:
        RunError: If there are fewer than two runs, one is not finished or damaged, or their clips,
            labels or classes differ; the first clip that does is named.

    Example:
        >>> both = compare_runs({"a": Path("runs/a"), "b": Path("runs/b")})  # doctest: +SKIP
    """
    if len(runs) < 2:
        raise RunError(f"expected two runs or more to compare, but got {len(runs)}")
    places = [RunDirectory(path=path) for path in runs.values()]
    answers = _read_answers(places)
    unit, groups = choose_groups(len(answers.truth), answers.subjects, answers.recordings)
    exchanged, exchanges = choose_groups(
        len(answers.truth), answers.subjects, answers.recordings, least=_FEWEST_EXCHANGED
    )
    protocols = [str(place.read_metrics().get("protocol", "")) for place in places]
    compared = tuple(
        _measure(name, place.path, protocol, answers, number, groups)
        for number, (name, place, protocol) in enumerate(zip(runs, places, protocols, strict=True))
    )
    notes = _find_notes(runs, places, protocols)
    if exchanged != unit:
        notes.append(
            f"p is of exchanged {exchanged}s: {len(set(groups))} {unit}s are too few for one below "
            f"{LEVEL}"
        )
    return Comparison(
        runs=compared,
        pairs=tuple(_compare_pairs(compared, answers, groups, exchanges)),
        num_clips=len(answers.truth),
        unit=unit,
        groups=len(set(groups)),
        exchanged=exchanged,
        notes=tuple(notes),
    )


def _read_answers(places: Sequence[RunDirectory]) -> _Answers:
    """Return the predictions of all runs, joined by the names of their clips."""
    classes = read_results(places[0]).classes
    for place in places:
        if place.config_file.is_file() and not place.is_crossval:  # an evaluation has none
            place.read_recognizer_config()
        own = read_results(place).classes
        if set(own) != set(classes):
            raise RunError(
                f"{place.path}: expected the classes {', '.join(classes)} of {places[0].path}, "
                f"but got {', '.join(own)}; only runs with the same classes can be compared"
            )
    files = [place.predictions_file for place in places]
    predictions = [read_predictions(file) for file in files]
    clips, _ = join_scores(predictions, files, classes)
    recordings = {name: one for place in places for name, one in _find_recordings(place).items()}
    subjects = {one.name: one.subject for ones in predictions for one in ones if one.subject}
    return _Answers(
        classes=classes,
        truth=np.array([classes.index(one.label or "") for one in clips]),
        predicted=np.array([_number_answers(clips, ones, classes) for ones in predictions]),
        subjects=[subjects.get(one.name) for one in clips],
        recordings=[recordings.get(one.name) for one in clips],
    )


def _number_answers(
    clips: Sequence[Prediction], predictions: Sequence[Prediction], classes: Sequence[str]
) -> list[int]:
    by_name = {one.name: one.prediction for one in predictions}
    return [classes.index(by_name[clip.name]) for clip in clips]


def _find_recordings(place: RunDirectory) -> dict[str, str]:
    rows = place.read_split() if place.split_file.is_file() else []
    return {row["name"]: row["recording"] for row in rows if row.get("recording")}


def _find_notes(
    names: Mapping[str, Path], places: Sequence[RunDirectory], protocols: Sequence[str]
) -> list[str]:
    plain = [protocol.removeprefix("the test part, ") for protocol in protocols]
    notes = []
    if len(set(plain)) > 1:
        listing = "; ".join(f"{name}: {one}" for name, one in zip(names, plain, strict=True))
        notes.append(f"the runs were tested under different protocols ({listing})")
    results = {name: place.read_metrics() for name, place in zip(names, places, strict=True)}
    for name, one in results.items():
        if (seeds := len(one.get("seeds", {}).get("uar", {}))) > 1:
            means = f"the mean probabilities of {seeds} seeds are compared, not single models"
            notes.append(f"{name}: {means}")
    told = [(one.get("data_note"), one.get("left_out", {})) for one in results.values()]
    data = dict.fromkeys(text for note, out in told for text in (note, describe_left_out(out)))
    return [*notes, *(f"data: {note}" for note in data if note)]


def _measure(
    name: str,
    path: Path,
    protocol: str,
    answers: _Answers,
    number: int,
    groups: Sequence[Hashable],
) -> ComparedRun:
    truth, predicted, classes = answers.truth, answers.predicted[number], answers.classes
    metrics = compute_metrics(truth, predicted, classes, train_labels=truth)
    return ComparedRun(
        name=name,
        path=path,
        protocol=protocol,
        uar=metrics.uar,
        uar_interval=score_interval(truth, predicted, len(classes), groups=groups),
        war=metrics.war,
        war_interval=score_interval(truth, predicted, len(classes), groups=groups, metric="war"),
    )


def _compare_pairs(
    runs: Sequence[ComparedRun],
    answers: _Answers,
    groups: Sequence[Hashable],
    exchanges: Sequence[Hashable],
) -> list[RunPair]:
    truth, num_classes = answers.truth, len(answers.classes)
    pairs = list(combinations(range(len(runs)), 2))
    both = [(answers.predicted[one], answers.predicted[other]) for one, other in pairs]
    p_values = [permutation_test(truth, *pair, num_classes, groups=exchanges) for pair in both]
    tests = [mcnemar_test(truth, *pair, num_classes) for pair in both]
    corrected, mcnemar = (correct_holm(ones) for ones in (p_values, [test[2] for test in tests]))
    return [
        RunPair(
            first=runs[one].name,
            second=runs[other].name,
            uar_difference=runs[one].uar - runs[other].uar,
            uar_interval=difference_interval(truth, *both[k], num_classes, groups=groups),
            war_difference=runs[one].war - runs[other].war,
            war_interval=difference_interval(
                truth, *both[k], num_classes, groups=groups, metric="war"
            ),
            p=p_values[k],
            p_corrected=corrected[k],
            first_only=tests[k][0],
            second_only=tests[k][1],
            mcnemar_p=tests[k][2],
            mcnemar_p_corrected=mcnemar[k],
        )
        for k, (one, other) in enumerate(pairs)
    ]


def _listed(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(one) if isinstance(one, tuple) else one for name, one in fields.items()}
