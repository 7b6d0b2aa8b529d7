"""The card of a model: what it answers, its numbers and its limits, as ``card.json`` holds them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import msgspec

from skelgraph.errors import RunError
from skelgraph.evaluation import ClassificationMetrics, format_score
from skelgraph.runs.card_text import CardText
from skelgraph.runs.run_directory import RunDirectory
from skelgraph.runs.run_files import read_json_file
from skelgraph.runs.training_clips import TrainingClips


class AnswerScores(msgspec.Struct, frozen=True, kw_only=True):
    """How many held-out clips were answered, and what share of the answers was right."""

    answered: float
    accuracy: float | None = None
    uar: float | None = None


class HeldOutScores(msgspec.Struct, frozen=True, kw_only=True):
    """What a model's answers were worth on clips that were held out."""

    scores: AnswerScores
    calibration_error: float


class AnswerRule(msgspec.Struct, frozen=True, kw_only=True):
    """When a model answers: what its card tells of ``decision.json``.

    Args:
        threshold: Highest probability below which it is not sure.
        temperature: Temperature of the scores.
        held_out: What the answers were worth.
    """

    threshold: float
    temperature: float
    held_out: HeldOutScores


def read_answer_rule(run: RunDirectory) -> AnswerRule | None:
    """Return when a model answers; None of one that always does.

    Raises:
        RunError: If its file is damaged.
    """
    file = run.path / "decision.json"
    if not file.is_file():
        return None
    try:
        return msgspec.convert(read_json_file(run.path, file), AnswerRule)
    except msgspec.ValidationError as error:
        raise RunError(f"{file}: expected when the model answers, but {error}") from error


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """The card of a model; :func:`skelgraph.runs.write_model_folder` makes it from a run.

    Args:
        name: Its name.
        reference: What commands and :func:`skelgraph.load_model` call it.
        text: The words that a person gave.
        classes: Its answers; empty of a lifter.
        model: Its networks and streams.
        takes: The recordings that it takes.
        data: Name of the data that trained it.
        data_description: What a known dataset is, and its publication.
        data_license: License of a known dataset.
        training: The clips that trained it.
        is_pooled: Whether the results are those of a cross-validation, while the model itself was
            trained on everybody.
        protocol: How clips were divided for the test.
        tests: What the result may be called: unseen people, say.
        leaks: Sentences on what was both trained and tested on.
        data_note: What must be known of the data, if they are generated.
        metrics: Results of one that recognizes; None if it was not tested.
        errors_mm: Of a lifter: error of each condition by its name, in millimeters.
        compared: UAR and WAR of each part and of each fusion, if several are fused.
        temperature: Temperature of its scores.
        answers: When it answers; None if it always does.
        size_mb: Size of its weights in megabytes.
        version: Version of skelgraph that made it.
    """

    name: str
    reference: str
    text: CardText
    classes: tuple[str, ...]
    model: str
    takes: str
    data: str
    data_description: str = ""
    data_license: str = ""
    training: TrainingClips
    is_pooled: bool = False
    protocol: str
    tests: str = ""
    leaks: tuple[str, ...] = ()
    data_note: str = ""
    metrics: ClassificationMetrics | None = None
    errors_mm: Mapping[str, Mapping[str, float]] = {}
    compared: Mapping[str, Mapping[str, Any]] = {}
    temperature: float = 1.0
    answers: AnswerRule | None = None
    size_mb: float
    version: str

    @property
    def is_lifter(self) -> bool:
        """Whether it lifts keypoints to space, and recognizes nothing."""
        return not self.classes

    @property
    def question(self) -> str:
        """The question that it answers."""
        return self.text.question or (
            "Where in space are the joints?"
            if self.is_lifter
            else f"Which of {', '.join(self.classes)} is it?"
        )

    @property
    def result(self) -> str:
        """The main result in a few words."""
        if self.metrics is not None:
            return f"UAR {format_score(self.metrics.uar, self.metrics.uar_interval)}"
        noisy = self.errors_mm.get("noisy_filtered", {})
        return f"MPJPE {noisy['mpjpe_mm']:.1f} mm" if "mpjpe_mm" in noisy else "not tested"

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        contents: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return contents

    @classmethod
    def from_dict(cls, contents: Mapping[str, Any]) -> Self:
        """Return the card that :meth:`to_dict` gave.

        Raises:
            RunError: If a field is missing or wrong.
        """
        try:
            return msgspec.convert(dict(contents), cls)
        except msgspec.ValidationError as error:
            raise RunError(f"expected the card of a model, but {error}") from error


def is_model_folder(path: Path) -> bool:
    """Return whether a folder is a model folder: it has a card."""
    return (path / "card.json").is_file() and (path / "README.md").is_file()


def read_model_card(folder: Path) -> ModelCard:
    """Return the card of a model folder.

    Raises:
        RunError: If it has none, or it is damaged.
    """
    file = folder / "card.json"
    try:
        return ModelCard.from_dict(read_json_file(folder, file))
    except RunError as error:
        text = str(error)
        raise RunError(text if text.startswith(str(folder)) else f"{file}: {text}") from error
