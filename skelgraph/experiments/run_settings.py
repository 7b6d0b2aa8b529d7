"""The settings of finished runs: what they share, and what differs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skelgraph.config import TrainConfig
from skelgraph.runs import RunDirectory

_ALWAYS_SHOWN = ("data", "model", "stream", "recipe", "epochs", "seed")
_VERSIONS = ("skelgraph", "git_commit", "torch")
_OF_THE_RECIPE = ("epochs", "batch_size", "learning_rate", "checkpoint")
_TOLD_ELSEWHERE = ("out", "data", "dataset", "root", "split", "test_subjects", "val_subjects")


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """The settings of some runs that are always shown, or are not as usual in one of them.

    Args:
        shared: Those that all have, by key.
        unlike: Values of each run, by key, of those that differ.
    """

    shared: Mapping[str, str]
    unlike: Mapping[str, tuple[str, ...]]


def compare_settings(places: Mapping[str, RunDirectory]) -> RunSettings:
    """Return the settings of runs, apart by whether they share them."""
    settings = [
        _flatten(place.read_config()) if place.config_file.is_file() else {}
        for place in places.values()
    ]
    usual = TrainConfig().flatten()
    told = [
        key
        for key in dict.fromkeys(key for one in settings for key in one)
        if key in _ALWAYS_SHOWN or any(one.get(key) != usual.get(key) for one in settings)
    ]
    values = {key: tuple(_plain(one.get(key)) for one in settings) for key in told}
    return RunSettings(
        shared={key: texts[0] for key, texts in values.items() if len(set(texts)) == 1},
        unlike={key: texts for key, texts in values.items() if len(set(texts)) > 1},
    )


def _flatten(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a ``config.json`` by key, with the data's name, the recipe and
    versions.
    """
    config, recipe, versions = (facts.get(key, {}) for key in ("config", "recipe", "versions"))
    settings = {"data": facts.get("data", {}).get("name")}
    if config:  # a fusion of finished runs has none
        flat = TrainConfig.from_dict(config).flatten()
        settings |= {key: value for key, value in flat.items() if key not in _TOLD_ELSEWHERE}
    settings |= {key: recipe[key] for key in _OF_THE_RECIPE if key in recipe}
    settings |= {key: facts[key] for key in ("parameters",) if key in facts}
    return settings | {key: versions[key] for key in _VERSIONS if key in versions}


def _plain(value: Any) -> str:
    if value is None or value in ([], ()):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
