"""The parts of a model that is given away: networks, ridges and lifters, and their fusion."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from skelgraph.config import LiftConfig
from skelgraph.data import DATASETS
from skelgraph.errors import RunError
from skelgraph.io import replace_whole
from skelgraph.runs.checkpoints import read_weights
from skelgraph.runs.published_records import Pseudonyms, publish_config, publish_results
from skelgraph.runs.run_directory import DECISION_FILES, LIFTER_KIND, RunDirectory
from skelgraph.runs.run_facts import RunFacts, blame_config, parse_facts
from skelgraph.runs.run_files import write_json
from skelgraph.runs.training_clips import count_clips
from skelgraph.runs.typical_movement_file import TYPICAL_FILE

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class ModelPart:
    """A network, a ridge or a lifter of a model; or a fusion, which has no weights of its own.

    ``place`` is its folder within the model's; ``weights`` are those that were tested.
    """

    place: str
    run: RunDirectory
    config: Mapping[str, Any]
    results: Mapping[str, Any]
    weights: "Mapping[str, Tensor] | None" = None

    @property
    def size_mb(self) -> float:
        """Size of its weights in megabytes."""
        if self.weights is not None:
            return (
                sum(value.numel() * value.element_size() for value in self.weights.values()) / 1e6
            )
        file = self.run.features_file
        return file.stat().st_size / 1e6 if file.is_file() else 0.0

    def write(self, folder: Path) -> None:
        """Write its files below the folder of the model."""
        target = RunDirectory(path=folder / self.place)
        if self.weights is not None:
            from safetensors.torch import save

            with replace_whole(target.weights_file) as partial:
                partial.write_bytes(save(dict(self.weights), metadata={"format": "pt"}))
        own = [self.run.calibration_file, self.run.features_file]
        own += [self.run.path / name for name in (*DECISION_FILES, TYPICAL_FILE)]
        for file in own:
            if file.is_file():
                with replace_whole(target.path / file.name) as partial:
                    shutil.copyfile(file, partial)
        write_json(target.config_file, self.config)
        write_json(target.metrics_file, self.results)


def list_parts(
    run: RunDirectory, contents: Mapping[str, Any], *, keep_people: bool = False
) -> tuple[ModelPart, ...]:
    """Return the whole model first, then its streams if several are fused.

    ``keep_people`` keeps the names of people.

    Raises:
        RunError: As :func:`skelgraph.runs.publish_run`.
    """
    is_fused = "fusion" in contents
    weights = None if is_fused else _take_weights(run, contents)
    names = name_clips(run, contents, keep_people=keep_people)
    results = publish_results(
        run.read_metrics(), names, is_lifter=contents.get("kind") == LIFTER_KIND
    )
    config = publish_config(contents, names)
    config["training"] = msgspec.to_builtins(count_clips(run))
    whole = ModelPart(place=".", run=run, config=config, results=results, weights=weights)
    if not is_fused:
        return (whole,)
    with blame_config(run):
        streams = [(str(one["name"]), run.path / str(one["run"])) for one in contents["streams"]]
    parts, config["streams"] = [], []
    for number, (name, path) in enumerate(streams):
        stream = RunDirectory(path=path)
        own = stream.read_recognizer_config()
        (part,) = list_parts(stream, own, keep_people=keep_people)
        title = Path(name).name
        if title in [Path(other).name for other, _ in streams[:number]]:
            title = f"{title}-{number + 1}"
        parts.append(replace(part, place=f"streams/{title}"))
        config["streams"].append({"name": title, "run": f"streams/{title}"})
    return (whole, *parts)


def _take_weights(run: RunDirectory, contents: Mapping[str, Any]) -> "dict[str, Tensor] | None":
    """Return the tested weights in single precision; None of a ridge, whose file is copied.

    Raises:
        RunError: If the run has code or data in it that cannot be given away.
    """
    if contents.get("kind") == LIFTER_KIND:
        with blame_config(run):
            rule = LiftConfig.from_dict(contents["config"]).recipe.checkpoint
        return _to_single(read_weights(run, rule))
    facts = parse_facts(run, contents)
    _check_can_be_given(run, facts)
    if facts.config.model.info.is_ridge:
        if not run.features_file.is_file():
            raise RunError(f"{run.features_file}: there is no such file; train the run again")
        return None
    return _to_single(read_weights(run, facts.config.resolve_recipe().checkpoint))


def _check_can_be_given(run: RunDirectory, facts: RunFacts) -> None:
    model = facts.config.model
    if model.info.is_own:
        raise RunError(
            f"{run.path}: its network is code of your own, {model.name}, and a model folder holds "
            f"no code; share the run directory and the code by yourself"
        )
    if facts.transform is not None:
        raise RunError(
            f"{run.path}: its clips went through a transform of your own, {facts.transform}, and a "
            f"model folder holds no code; share the run directory and the code by yourself"
        )
    if model.info.is_multimodal:
        raise RunError(
            f"{run.path}: a network of audio or text holds the words of its transcripts, so that "
            f"no model folder is made of it; those of skeletons alone can be given away"
        )


def _to_single(weights: "Mapping[str, Tensor]") -> "dict[str, Tensor]":
    return {
        name: (value.float() if value.is_floating_point() else value).contiguous().clone()
        for name, value in weights.items()
    }


def name_clips(
    run: RunDirectory, contents: Mapping[str, Any], *, keep_people: bool = False
) -> Pseudonyms:
    """Return what stands for the names of a run's clips and people."""
    data = str(contents.get("data", {}).get("name", ""))
    rows = run.read_split() if run.split_file.is_file() else []
    return Pseudonyms.of(rows, keep_people=keep_people or data in DATASETS)
