"""Settings that a training takes from the source of its weights."""

from collections.abc import Mapping
from typing import Any

from skelgraph.config import (
    ModelSettings,
    PreparationSettings,
    StreamSettings,
    TrainConfig,
)
from skelgraph.layouts import CATALOGUE
from skelgraph.runs import RunDirectory, RunFacts
from skelgraph.training.starting.source import (
    RELEASED_S_STGCN,
    RELEASED_ST_GCN,
    StartingPoint,
)


def adopt_settings(config: TrainConfig, start: StartingPoint) -> TrainConfig:
    """Return the settings of a training with those of its source where nothing else is chosen.

    These are the layout, the cleaning, the streams and the model; each section that has a setting
    other than its default stays as it is. Code of one's own is never adopted.
    """
    network = next(iter(start.networks.values()))
    facts = network.facts
    if facts is not None:
        chosen = _list_settings(facts, start.streams)
    elif network.model == RELEASED_S_STGCN:
        chosen = {"layout": "upper10", "model": ModelSettings(name=RELEASED_S_STGCN)}
    elif network.model == RELEASED_ST_GCN:
        chosen = {
            "layout": "openpose18",
            "model": ModelSettings(name=RELEASED_ST_GCN),
            "stream": StreamSettings(channels="xyc"),
        }
    else:
        return config
    return _adopt(config, chosen)


def adopt_recorded(config: TrainConfig, run: RunDirectory) -> TrainConfig:
    """Return the settings of a training that is resumed with those that it adopted when it began.

    Raises:
        RunError: If the run has no settings, or they are damaged.
    """
    own = TrainConfig.from_dict(run.read_config().get("config"))
    recorded = {
        "layout": own.data.layout,
        "preparation": own.preparation,
        "stream": own.stream,
        "model": own.model,
    }
    return _adopt(config, recorded)


def _adopt(config: TrainConfig, chosen: Mapping[str, Any]) -> TrainConfig:
    is_free = {
        "layout": config.data.layout is None,
        "preparation": config.preparation == PreparationSettings(),
        "stream": config.stream == StreamSettings(),
        "model": config.model == ModelSettings(),
    }
    return config.change(**{key: value for key, value in chosen.items() if is_free[key]})


def _list_settings(facts: RunFacts, streams: tuple[str, ...]) -> dict[str, Any]:
    own = facts.config
    chosen: dict[str, Any] = {
        "preparation": own.preparation,
        "stream": own.stream.change(stream=streams),
    }
    if facts.is_mixed:
        chosen["layout"] = own.data.layout
    elif CATALOGUE.get(facts.layout.name) == facts.layout:
        chosen["layout"] = facts.layout.name
    if not own.model.info.is_own:
        chosen["model"] = own.model
    return chosen
