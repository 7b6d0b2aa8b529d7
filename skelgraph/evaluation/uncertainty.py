"""What says how sure the metrics of a test part are: intervals, a floor, each subject's scores."""

from collections.abc import Hashable, Sequence

import msgspec
import numpy as np

from skelgraph.evaluation.calibration import measure_calibration
from skelgraph.evaluation.intervals import choose_groups, score_interval
from skelgraph.evaluation.metrics import (
    ClassificationMetrics,
    PermutationFloor,
    Resampling,
    SubjectScores,
    check_pair,
    name_recalls,
    uar,
    war,
)
from skelgraph.evaluation.significance import count_by_group
from skelgraph.typing import FloatArray, IntArray


def add_uncertainty(
    metrics: ClassificationMetrics,
    truth: Sequence[int] | IntArray,
    predicted: Sequence[int] | IntArray,
    *,
    subjects: Sequence[str | None] | None = None,
    recordings: Sequence[str | None] | None = None,
    probabilities: FloatArray | None = None,
    temperature: float = 1.0,
) -> ClassificationMetrics:
    """Return the metrics of some predictions with all that says how sure they are.

    Args:
        metrics: What :func:`skelgraph.evaluation.compute_metrics` gives for the same clips.
        truth: True class number of each clip.
        predicted: Predicted class number of each.
        subjects: Subject of each clip, where known.
        recordings: Recording of each clip, where known; unique only with its subject.
        probabilities: Scores (N, K) of each clip; there is no calibration without them.
        temperature: Temperature that these scores have.

    Raises:
        ValueError: If lengths differ, or a number is none of a class.
    """
    num_classes = len(metrics.classes)
    subjects = [None] * len(truth) if subjects is None else list(subjects)
    unit, groups = choose_groups(len(truth), subjects, recordings)
    known: list[Hashable] = list(subjects) if all(subjects) else []
    return msgspec.structs.replace(
        metrics,
        uar_interval=score_interval(truth, predicted, num_classes, groups=groups),
        war_interval=score_interval(truth, predicted, num_classes, groups=groups, metric="war"),
        resampled=Resampling(unit=unit, groups=len(set(groups))),
        permutation_floor=permutation_floor(truth, predicted, num_classes, subjects=known or None),
        per_subject=_score_subjects(truth, predicted, metrics.classes, subjects),
        calibration=None
        if probabilities is None
        else measure_calibration(probabilities, truth, temperature=temperature),
    )


def permutation_floor(
    truth: Sequence[int] | IntArray,
    predicted: Sequence[int] | IntArray,
    num_classes: int,
    *,
    subjects: Sequence[Hashable] | None = None,
    samples: int = 999,
    seed: int = 0,
) -> PermutationFloor:
    """Return the UAR that is left if labels are permuted within each subject.

    Such answers know all of the subject, and nothing of the class: how often each class is true
    and predicted for each subject stays as it is. It is above chance if subjects have unlike shares
    of the classes, and a model answers with them. p counts the real labels as one permutation more
    (Phipson and Smyth, 2010).

    Args:
        truth: True class number of each clip.
        predicted: Predicted class number of each.
        num_classes: Number of classes.
        subjects: Subject of each clip; None if they are not known: labels are then permuted within
            the whole test part.
        samples: Number of permutations.
        seed: Seed of the draws.

    Raises:
        ValueError: If lengths differ, or a number is none of a class.
    """
    from scipy.stats import random_table

    groups = [0] * len(truth) if subjects is None else subjects
    confusions = count_by_group(truth, predicted, num_classes, groups)
    rng = np.random.default_rng(seed)
    # A permutation keeps the margins of a subject's matrix: tables are drawn instead of labels.
    drawn = sum(
        random_table(one.sum(axis=1), one.sum(axis=0)).rvs(samples, random_state=rng)
        for one in confusions
    )
    values = uar(np.asarray(drawn, dtype=np.int64))
    real = float(uar(confusions.sum(axis=0)))
    return PermutationFloor(
        within="test part" if subjects is None else "subject",
        mean=float(values.mean()),
        p95=float(np.quantile(values, 0.95)),
        p=float((values >= real - 1e-12).sum() + 1) / (samples + 1),
    )


def _score_subjects(
    truth: Sequence[int] | IntArray,
    predicted: Sequence[int] | IntArray,
    classes: Sequence[str],
    subjects: Sequence[str | None],
) -> dict[str, SubjectScores]:
    true, answers = check_pair(truth, predicted, len(classes))
    found = {}
    for subject in sorted({one for one in subjects if one}):
        rows = [clip for clip, one in enumerate(subjects) if one == subject]
        (confusion,) = count_by_group(true[rows], answers[rows], len(classes), [0] * len(rows))
        found[subject] = SubjectScores(
            n=len(rows),
            uar=float(uar(confusion)),
            war=float(war(confusion)),
            per_class_recall=name_recalls(confusion, classes),
        )
    return found
