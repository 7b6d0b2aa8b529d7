"""What every kind of trained network reads of its run's ``config.json``."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from skelgraph.config import Channels, TrainConfig
from skelgraph.errors import RunError, SkelgraphError
from skelgraph.poses import Preprocessing
from skelgraph.runs import RunDirectory


class RunFacts(NamedTuple):
    """What a run says of itself.

    Args:
        config: The settings that it was trained with.
        preprocessing: What is done to a recording first; it has a layout.
        classes: Names of the classes in the order of the logits.
        channels: What the network sees of a joint.
        data_fingerprint: Digest of the data that it was trained and tested on.
        longest: Frames of the longest clip of that data, where that is known.
    """

    config: TrainConfig
    preprocessing: Preprocessing
    classes: tuple[str, ...]
    channels: Channels
    data_fingerprint: str
    longest: int | None


def parse_facts(facts: Mapping[str, Any]) -> RunFacts:
    """Reads the contents of a run's ``config.json``; errors are for :func:`blame_config`."""
    # A run of before there was a least confidence took all joints.
    preprocessing = Preprocessing.from_dict({"min_confidence": None, **facts["preprocessing"]})
    classes = tuple(str(name) for name in facts["classes"])
    if len(classes) < 2 or preprocessing.layout is None:
        raise RunError("there are no classes, or there is no layout")
    return RunFacts(
        config=TrainConfig.from_dict(facts["config"]),
        preprocessing=preprocessing,
        classes=classes,
        channels=_read_channels(facts),
        data_fingerprint=str(facts["data"]["fingerprint"]),
        longest=int(facts["longest"]) if "longest" in facts else None,
    )


@contextmanager
def blame_config(run: RunDirectory) -> Iterator[None]:
    """Says of whatever goes wrong inside that the run's ``config.json`` is damaged."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, SkelgraphError) as error:
        raise RunError(
            f"{run.config_file}: expected the settings of a run, but they are incomplete or "
            f"damaged ({error})"
        ) from error


def _read_channels(facts: Mapping[str, Any]) -> Channels:
    """What a run's network sees of a joint; runs of before there was a choice tell how many."""
    known: dict[str, Channels] = {"xy": "xy", "xyc": "xyc", "xyz": "xyz"}
    return known[facts.get("channels") or {2: "xy", 3: "xyz"}[facts["in_channels"]]]
