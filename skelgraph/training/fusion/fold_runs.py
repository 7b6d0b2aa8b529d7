"""Scores of training clips by networks that were not trained on them: out of fold.

A fusion that is fitted on the validation part has few clips to be fitted on. Trained once more for
each fold of the training part, a stream has scores of all its training clips, each from the network
that did not see it (stacking: Wolpert, "Stacked Generalization", 1992).
"""

from dataclasses import replace

import numpy as np

from skelgraph.config import NetworkPlan
from skelgraph.evaluation import Split, draw_folds, number_recordings
from skelgraph.runs import RunDirectory, read_predictions, write_predictions
from skelgraph.training import PreparedData, Shown, train_stream


def train_folds(
    plan: NetworkPlan,
    data: PreparedData,
    run: RunDirectory,
    num_folds: int,
    *,
    show: Shown,
    title: str,
) -> None:
    """Train a stream once for each fold, and leave ``out_of_fold.csv`` in its run directory.

    Folds that are finished are not trained again.
    """
    if run.out_of_fold_file.is_file():
        return
    predictions = []
    for number, fold in enumerate(divide(data, num_folds, plan.seed), start=1):
        place = RunDirectory(path=run.path / "folds" / str(number))
        if not place.metrics_file.is_file():
            train_stream(
                plan,
                fold,
                place,
                resume=place.checkpoint("last").is_file(),
                show=show,
                title=f"{title}, fold {number} of {num_folds}",
            )
        predictions += read_predictions(place.predictions_file)
    write_predictions(run.out_of_fold_file, predictions)


def divide(data: PreparedData, num_folds: int, seed: int) -> list[PreparedData]:
    """Return the data with one fold of the training part as test part, for each fold.

    Folds are of whole subjects where the test part is and there are enough, else of whole
    recordings. Preprocessing stays as it was fitted: to the whole training part.

    Raises:
        SplitError: If there are fewer subjects and recordings than folds.
    """
    clips, split = data.clips, data.split
    subjects = [clips.subjects[clip] for clip in split.train]
    recordings = [clips.recordings[clip] for clip in split.train]
    by_subject = split.kind == "subject" and len(set(subjects)) >= num_folds
    groups = number_recordings(subjects, subjects if by_subject else recordings)
    labels = [clips.labels[clip] for clip in split.train]
    return [
        replace(
            data,
            split=Split(
                train=np.delete(split.train, fold),
                val=split.val,
                test=split.train[fold],
                kind=split.kind,
                val_kind=split.val_kind,
                protocol=f"fold {number} of {num_folds} of the training part; {split.protocol}",
            ),
        )
        for number, fold in enumerate(draw_folds(labels, groups, num_folds, seed=seed), start=1)
    ]
