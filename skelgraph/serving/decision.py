"""When a model answers: its temperature, its threshold, and what its training clips were like.

A model folder keeps them in ``decision.json``, and the place and spread of the training clips'
embeddings in ``decision.safetensors``: tensors ``STREAM.mean`` and ``STREAM.precision`` for each
network. A run without these files always answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import msgspec
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from skelgraph.errors import RunError
from skelgraph.evaluation import AnsweredClips, EmbeddingDistance
from skelgraph.io import replace_whole
from skelgraph.runs import (
    DECISION_FILES,
    Prediction,
    RunDirectory,
    read_json_file,
    write_json,
)

NOT_SURE = "not sure"
"""The answer if the highest probability is below the threshold."""

_MISSING = 0.05
"""Share of missing joints that no training minds."""

Positive = Annotated[float, msgspec.Meta(gt=0)]


class Quantiles(msgspec.Struct, frozen=True, kw_only=True):
    """A property of the training clips: 1st percentile, median and 99th percentile."""

    low: float
    median: float
    high: float


class TrainedInputs(msgspec.Struct, frozen=True, kw_only=True):
    """What the training clips were like.

    Args:
        clips: Their number.
        fps: Frames per second of the recordings, before they are resampled.
        duration_s: Length of the clips in seconds.
        missing: Share of the joints that are missing after cleaning.
    """

    clips: int
    fps: Quantiles
    duration_s: Quantiles
    missing: Quantiles

    @property
    def most_missing(self) -> float:
        """Largest share of missing joints that is like the training."""
        return max(self.missing.high, _MISSING)


class HeldOutAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """What the answers were worth in the folds of a cross-validation.

    Temperature and threshold were those of the other folds, so that nothing of a person chose what
    was done to his or her clips, if folds are people.

    Args:
        protocol: What the folds are, in words.
        folds: Their number.
        clips: Number of their clips; of several seeds, each clip has several predictions.
        thresholds: Lowest and highest threshold that was chosen without a fold.
        scores: How many clips were answered, and how often the answers were right.
        calibration_error: Mean distance of the highest probability and the share of right ones.
    """

    protocol: str
    folds: int
    clips: int
    thresholds: tuple[float, float]
    scores: AnsweredClips
    calibration_error: float


class DecisionRule(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of ``decision.json``.

    Args:
        classes: Names of the classes.
        temperature: What the fused scores are tempered with.
        threshold: Highest probability below which the answer is ``"not sure"``.
        target: Share of right answers, classes counted alike, for which the threshold was chosen.
        least_share: Share of the clips that is answered at least.
        held_out: What the answers were worth for people held out.
        inputs: What the training clips were like.
        distance_limits: For each network, the distance of an embedding from the training clips'
            that 99 % of held-out clips are below.
    """

    classes: tuple[str, ...]
    temperature: Positive
    threshold: Annotated[float, msgspec.Meta(ge=0, le=1)]
    target: float
    least_share: float
    held_out: HeldOutAnswers
    inputs: TrainedInputs
    distance_limits: dict[str, Positive] = {}


@dataclass(frozen=True, kw_only=True, eq=False)
class Decision:
    """When a model answers, and what its training clips were like.

    Args:
        rule: The contents of ``decision.json``.
        distances: For each network, the distance from the training clips' embeddings.
    """

    rule: DecisionRule
    distances: Mapping[str, EmbeddingDistance] = field(default_factory=dict)

    def answer(self, prediction: Prediction) -> str:
        """Return the predicted class, or ``"not sure"`` if its probability is too low."""
        highest = max(prediction.probabilities.values())
        return prediction.prediction if highest >= self.rule.threshold else NOT_SURE


def write_decision(run: RunDirectory, decision: Decision) -> None:
    """Write ``decision.json`` and ``decision.safetensors`` into a model folder or a run."""
    tensors = {
        f"{name}.{part}": getattr(distance, part).astype("float32")
        for name, distance in decision.distances.items()
        for part in ("mean", "precision")
    }
    rule, tensor_file = (run.path / name for name in DECISION_FILES)
    if tensors:
        with replace_whole(tensor_file) as partial:
            save_file(tensors, partial)
    write_json(rule, msgspec.to_builtins(decision.rule))


def read_decision(run: RunDirectory) -> Decision | None:
    """Return the decision of a model folder or a run; None if it has none.

    Raises:
        RunError: If its files are damaged, or one is missing.
    """
    file, tensor_file = (run.path / name for name in DECISION_FILES)
    if not file.is_file():
        return None
    try:
        rule = msgspec.convert(read_json_file(run.path, file), DecisionRule)
    except msgspec.ValidationError as error:
        raise RunError(
            f"{file}: expected when the model answers, but it is damaged ({error}); fetch the "
            f"model again, or delete the file for a model that always answers"
        ) from error
    if not rule.distance_limits:
        return Decision(rule=rule)
    try:
        tensors = load_file(tensor_file)
        distances = {
            name: EmbeddingDistance(
                mean=tensors[f"{name}.mean"], precision=tensors[f"{name}.precision"]
            )
            for name in rule.distance_limits
        }
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise RunError(
            f"{tensor_file}: expected the embeddings' mean and precision of "
            f"{', '.join(rule.distance_limits)}, but they are missing or damaged ({error}); fetch "
            f"the model again, or delete {file.name} too for a model that always answers"
        ) from error
    return Decision(rule=rule, distances=distances)
