"""Model folders: what of a finished run it takes to predict, to be given away.

A model folder holds ``config.json``, ``metrics.json``, ``calibration.json``, the weights as
safetensors, what is typical of the movement of each class as ``typical.json``, its card as
``card.json`` and ``README.md``, and, of fused streams, a folder of each below ``streams``. It names
no clips, no files and, unless their dataset is published, no people; there is no code in it, and no
pickle. It is read as a run directory is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from skelgraph._version import __version__
from skelgraph.config import TrainConfig
from skelgraph.data import DATASETS
from skelgraph.errors import RunError
from skelgraph.evaluation import ClassificationMetrics
from skelgraph.runs.card_page import write_card_page
from skelgraph.runs.card_text import CardText
from skelgraph.runs.model_card import ModelCard, read_answer_rule
from skelgraph.runs.model_parts import (
    ModelPart,
    list_parts,
    name_clips,
)
from skelgraph.runs.published_records import publish_results
from skelgraph.runs.run_calibration import read_temperature
from skelgraph.runs.run_directory import DECISION_FILES, LIFTER_KIND, RunDirectory
from skelgraph.runs.run_facts import parse_facts
from skelgraph.runs.run_files import write_json, write_text
from skelgraph.runs.training_clips import count_clips
from skelgraph.runs.typical_movement_file import TYPICAL_FILE

_NAMES = (
    *("config.json", "metrics.json", "calibration.json", "card.json", "README.md"),
    *("weights.safetensors", "features.safetensors", TYPICAL_FILE, *DECISION_FILES),
)
MODEL_FILES = (*_NAMES, *(f"streams/*/{name}" for name in _NAMES))
"""Patterns of all files that a model folder may hold."""


@dataclass(frozen=True, kw_only=True)
class PublishedModel:
    """A run as it can be given away: the parts of its model, and its card."""

    card: ModelCard
    parts: tuple[ModelPart, ...]

    def write(self, folder: Path) -> None:
        """Write a model folder.

        Raises:
            RunError: If the folder holds something.
        """
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise RunError(f"{folder}: expected a new or empty folder, but there is something")
        for part in self.parts:
            part.write(folder)
        write_card(self.card, folder)


def write_card(card: ModelCard, folder: Path) -> None:
    """Write ``card.json`` and ``README.md``, which have the same numbers."""
    write_json(folder / "card.json", card.to_dict())
    write_text(folder / "README.md", write_card_page(card))


def publish_run(
    run: RunDirectory,
    *,
    text: CardText | None = None,
    name: str | None = None,
    reference: str | None = None,
    results: Mapping[str, Any] | None = None,
) -> PublishedModel:
    """Return a finished run as it can be given away; nothing is written.

    Args:
        run: The run of a network, of fused streams or of a lifter, or a cross-validation with a
            final model, whose card then has the results of the cross-validation.
        text: What a person says of it.
        name: Its name; that of the run's folder if not given.
        reference: What commands call it; its name if not given.
        results: Contents of a ``metrics.json`` of models with the same settings that were trained
            without whom they were tested on, in place of the run's own.

    Raises:
        RunError: If it is not finished or damaged, has code of a user's own in it, or takes audio
            or text.
    """
    run.check_has_weights()
    model = run.find_model()
    contents = model.read_config()
    text = text or CardText()
    parts = list_parts(model, contents, keep_people=text.names_people)
    is_lifter, is_pooled = contents.get("kind") == LIFTER_KIND, model is not run
    if is_pooled or results is not None:
        told = run.read_metrics() if results is None else results
        names = name_clips(run, contents, keep_people=text.names_people)
        pooled = publish_results(told, names, is_lifter=is_lifter)
        parts = (replace(parts[0], results=pooled), *parts[1:])
    is_pooled, results = is_pooled or results is not None, parts[0].results
    name = name or run.path.resolve().name
    data = str(contents.get("data", {}).get("name", "unknown"))
    known, rule = DATASETS.get(data), read_answer_rule(model)
    card = ModelCard(
        name=name,
        reference=reference or name,
        text=text,
        classes=() if is_lifter else tuple(contents["classes"]),
        model=_describe_model(parts),
        takes=_describe_input(parts),
        data=text.data_name or data,
        data_description="" if known is None else f"{known.description}. {known.source}",
        data_license="" if known is None else known.license,
        training=count_clips(model),
        is_pooled=is_pooled,
        protocol=str(results.get("protocol", "")),
        tests=str(results.get("tests", "")),
        leaks=tuple(results.get("leaks", ())),
        data_note=str(results.get("data_note", "")),
        metrics=_read_metrics(run, results),
        errors_mm=_list_errors(results) if is_lifter else {},
        compared=results.get("fusion", {}).get("compared", {}),
        temperature=read_temperature(model),
        answers=rule,
        size_mb=sum(part.size_mb for part in parts),
        version=__version__,
    )
    return PublishedModel(card=card, parts=parts)


def write_model_folder(
    run: RunDirectory,
    folder: Path,
    *,
    text: CardText | None = None,
    name: str | None = None,
    reference: str | None = None,
    results: Mapping[str, Any] | None = None,
) -> ModelCard:
    """Write the model folder of a finished run, and return its card; see :func:`publish_run`.

    Raises:
        RunError: If the run cannot be given away, or the folder holds something.
    """
    name = name or folder.resolve().name
    model = publish_run(run, text=text, name=name, reference=reference, results=results)
    model.write(folder)
    return model.card


def _describe_model(parts: Sequence[ModelPart]) -> str:
    """Return the networks and their streams in a few words."""
    config = parts[0].config
    if config.get("kind") == LIFTER_KIND:
        return "temporal convolutions from nine keypoints to ten joints"
    if "fusion" in config:
        return f"{config['fusion']['strategy']} of " + " and ".join(
            _describe_model([part]) for part in parts[1:]
        )
    settings = TrainConfig.from_dict(config["config"])
    if settings.model.info.is_ridge:
        return "a ridge on movement features"
    return f"{settings.model.name} on {settings.stream.text}"


def _describe_input(parts: Sequence[ModelPart]) -> str:
    if parts[0].config.get("kind") == LIFTER_KIND:
        return (
            "keypoints of one person in pixels: nose, shoulders, elbows, wrists and hips, of any "
            "camera"
        )
    facts = [parse_facts(part.run, part.config) for part in parts if "config" in part.config]
    layouts = [
        "any skeleton with a trunk, a head and arms"
        if one.is_mixed
        else f"{one.layout.num_joints} joints ({one.layout.name})"
        for one in facts
    ]
    rate = facts[0].preprocessing.fps
    at = f" at {rate:g} frames per second" if rate else ""
    return (
        f"recordings of one person in {facts[0].num_dimensions}D; they are converted to "
        f"{' and '.join(dict.fromkeys(layouts))}{at}"
    )


def _read_metrics(run: RunDirectory, results: Mapping[str, Any]) -> ClassificationMetrics | None:
    """Return the metrics of one that recognizes; None of a lifter, or if it was not tested."""
    if "uar" not in results:
        return None
    try:
        return ClassificationMetrics.from_dict(results)
    except ValueError as error:
        raise RunError(f"{run.metrics_file}: {error}") from error


def _list_errors(results: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Return the mean errors of a lifter under each condition."""
    return {
        key: {name: float(value) for name, value in held.items() if isinstance(value, int | float)}
        for key, held in results.items()
        if isinstance(held, Mapping) and "mpjpe_mm" in held
    }
