"""From what the networks of a model say of a person to the answer."""

from collections.abc import Sequence

import numpy as np

from skelgraph.evaluation import temper
from skelgraph.runs import Prediction
from skelgraph.serving import Predictor
from skelgraph.streaming.live_frame import LiveAnswer
from skelgraph.typing import FloatArray


def answer_person(
    predictor: Predictor, person: str, time_s: float, probabilities: Sequence[FloatArray | None]
) -> LiveAnswer | None:
    """Return the answer for a person, fused, tempered and withheld as the model does for clips.

    Args:
        predictor: The model.
        person: Name of the person.
        time_s: Time of the frame that the answer is about, in seconds.
        probabilities: Last probabilities (classes,) by each network, None before its first; no
            answer is given then.
    """
    rows = [row for row in probabilities if row is not None]
    if len(rows) < len(probabilities):
        return None
    scores = np.stack(rows)[:, None]  # (networks, 1, classes)
    fused = scores[0] if predictor.fusion is None else predictor.fusion.combine(scores)
    if predictor.decision is not None:
        fused = temper(fused, predictor.decision.rule.temperature)
    (row,) = fused
    prediction = Prediction(
        name=person,
        label=None,
        prediction=predictor.classes[int(row.argmax())],
        probabilities=dict(zip(predictor.classes, row.tolist(), strict=True)),
        subject=None,
    )
    return LiveAnswer(person, time_s, row, predictor.answer(prediction))
