"""Predictions as JSON types, and files of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from skelgraph.prediction.file_predictions import FilePredictions
from skelgraph.prediction.person_recording import Origin
from skelgraph.runs import Prediction, write_json, write_rows


def predictions_to_dicts(outcome: FilePredictions) -> list[dict[str, Any]]:
    """Return each prediction with the origin of its recording as plain JSON types.

    There is an ``answer``, which may be ``"not sure"``, if the run has a decision.
    """
    answers = outcome.answers or ()
    rows = [
        {
            "name": one.name,
            "prediction": one.prediction,
            "probabilities": dict(one.probabilities),
            "person": origin.person,
            "estimator": origin.estimator,
            "lifter": origin.lifter,
        }
        for one, origin in zip(outcome.predictions, outcome.origins, strict=True)
    ]
    return (
        rows
        if not answers
        else [{**row, "answer": answer} for row, answer in zip(rows, answers, strict=True)]
    )


def write_prediction_file(file: Path, outcome: FilePredictions) -> None:
    """Write predictions as ``.json`` or, with any other suffix, as CSV.

    The columns are name, label, prediction, ``p_<class>`` for each class, subject, person,
    estimator, lifter and, if the run has a decision, answer.
    """
    if file.suffix.lower() == ".json":
        write_json(file, {"predictions": predictions_to_dicts(outcome)})
        return
    classes = list(outcome.predictions[0].probabilities) if outcome.predictions else []
    columns = ["name", "label", "prediction", *(f"p_{name}" for name in classes), "subject"]
    columns += ["person", "estimator", "lifter"]
    rows = [
        _list_cells(one, origin, classes)
        for one, origin in zip(outcome.predictions, outcome.origins, strict=True)
    ]
    if outcome.answers is not None:
        columns.append("answer")
        rows = [[*row, answer] for row, answer in zip(rows, outcome.answers, strict=True)]
    write_rows(file, columns, rows)


def _list_cells(one: Prediction, origin: Origin, classes: Sequence[str]) -> list[str]:
    scores = [f"{one.probabilities[name]:.6f}" for name in classes]
    facts = (one.subject, origin.person, origin.estimator, origin.lifter)
    texts = ["" if fact is None else str(fact) for fact in facts]
    return [one.name, one.label or "", one.prediction, *scores, *texts]
