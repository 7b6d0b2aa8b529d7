"""Reading and writing the predictions of a run."""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from skelgraph.errors import RunError
from skelgraph.runs.run_directory import Prediction
from skelgraph.runs.run_files import write_rows

_PREFIX = "p_"


def read_predictions(file: Path) -> list[Prediction]:
    """Return the rows of a ``predictions.csv`` or ``validation.csv``.

    The columns are name, label, prediction, ``p_<class>`` for each class and subject, where
    label and subject may be empty.

    Raises:
        RunError: If there is none, it is damaged, or a clip is in it twice.
    """
    try:
        with file.open(newline="", encoding="utf-8") as stream:
            reader = csv.DictReader(stream, strict=True)
            columns = list(reader.fieldnames or ())
            classes = [name.removeprefix(_PREFIX) for name in columns if name.startswith(_PREFIX)]
            scores = [_PREFIX + name for name in classes]
            if columns != ["name", "label", "prediction", *scores, "subject"]:
                raise RunError(
                    f"{file}: expected the columns name, label, prediction, p_<class> for each "
                    f"class and subject, but got {', '.join(columns) or 'none'}"
                )
            predictions = [
                _read_row(row, classes, f"{file}, line {line}")
                for line, row in enumerate(reader, start=2)
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RunError(f"{file}: cannot be read ({error})") from error
    repeated = [name for name, n in Counter(one.name for one in predictions).items() if n > 1]
    if repeated or not predictions:
        problem = f"clip {repeated[0]!r} is there twice" if repeated else "it has no row"
        raise RunError(f"{file}: expected one row for each clip, but {problem}")
    return predictions


def _read_row(row: dict[str, str], classes: Sequence[str], where: str) -> Prediction:
    try:
        return Prediction(
            name=row["name"],
            label=row["label"] or None,
            prediction=row["prediction"],
            probabilities={name: float(row[_PREFIX + name]) for name in classes},
            subject=row["subject"] or None,
        )
    except (TypeError, ValueError) as error:
        raise RunError(f"{where}: expected a probability for each class ({error})") from error


def write_predictions(file: Path, predictions: Sequence[Prediction]) -> None:
    """Write predictions as CSV: name, label, prediction, ``p_<class>`` for each class, subject."""
    classes = list(predictions[0].probabilities) if predictions else []
    write_rows(
        file,
        ["name", "label", "prediction", *(f"p_{name}" for name in classes), "subject"],
        (
            [
                one.name,
                one.label or "",
                one.prediction,
                *(f"{one.probabilities[name]:.6f}" for name in classes),
                one.subject or "",
            ]
            for one in predictions
        ),
    )
