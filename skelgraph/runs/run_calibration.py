"""The temperature of a run's softmax: fitted once, kept in ``calibration.json``, then applied."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np

from skelgraph.errors import RunError
from skelgraph.evaluation import MIN_CLIPS, center_on_persons, fit_temperature, temper
from skelgraph.runs.run_directory import Prediction, RunDirectory, stack_scores
from skelgraph.runs.run_files import read_json_file, write_json

_SMALLEST = np.finfo(np.float64).tiny


def calibrate_run(
    run: RunDirectory, validated: Sequence[Prediction], *, lowest: float = 0.0
) -> float:
    """Fit a temperature to the validation part, and keep it in the run directory.

    It is 1 if the part has too few clips, and no lower than ``lowest``. Serving applies what is
    kept, so that it predicts what the run's own files hold.
    """
    enough = len(validated) >= MIN_CLIPS
    temperature = 1.0
    if enough:
        classes = list(validated[0].probabilities)
        scores = stack_scores(validated, classes)
        labels = [classes.index(one.label or "") for one in validated]
        fitted = fit_temperature(np.log(np.maximum(scores, _SMALLEST)), labels)
        temperature = max(fitted, lowest)
    _keep(run, temperature, "validation" if enough else None, len(validated))
    return temperature


def keep_scores(run: RunDirectory, num_clips: int) -> float:
    """Keep that the scores of a run are calibrated already, on clips out of fold: 1 is returned."""
    _keep(run, 1.0, "out of fold", num_clips)
    return 1.0


def _keep(run: RunDirectory, temperature: float, fitted_on: str | None, num_clips: int) -> None:
    facts = {"temperature": temperature, "fitted_on": fitted_on, "clips": num_clips}
    write_json(run.calibration_file, facts)


def read_temperature(run: RunDirectory) -> float:
    """Return the temperature of a run; 1 for one that keeps none.

    Raises:
        RunError: If the file is damaged.
    """
    if not run.calibration_file.is_file():
        return 1.0
    temperature = read_json_file(run.path, run.calibration_file).get("temperature")
    if not isinstance(temperature, int | float) or not 0 < temperature < math.inf:
        raise RunError(
            f"{run.calibration_file}: expected a temperature above 0, but got {temperature!r}; "
            f"train the run again, or delete the file for scores without a temperature"
        )
    return float(temperature)


def temper_predictions(predictions: Sequence[Prediction], temperature: float) -> list[Prediction]:
    """Return predictions whose scores have a temperature; the predicted classes stay."""
    return [
        replace(
            one,
            probabilities=dict(
                zip(
                    one.probabilities,
                    temper(np.array(list(one.probabilities.values())), temperature).tolist(),
                    strict=True,
                )
            ),
        )
        for one in predictions
    ]


def center_predictions(
    predictions: Sequence[Prediction], persons: Sequence[Hashable]
) -> list[Prediction]:
    """Return predictions relative to each person's own tendency, which may change classes.

    See :func:`skelgraph.evaluation.center_on_persons`.
    """
    if not predictions:
        return []
    classes = list(predictions[0].probabilities)
    centered = center_on_persons(stack_scores(predictions, classes), persons)
    return [one.with_scores(classes, row) for one, row in zip(predictions, centered, strict=True)]
