"""The source of a training's first weights: a finished run, a model, or a file of weights."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from skelgraph.config import ModelSettings
from skelgraph.errors import FormatError, RunError
from skelgraph.layouts import OPENPOSE18
from skelgraph.models import read_state_dict, rename_s_stgcn, rename_st_gcn
from skelgraph.runs import RunDirectory, RunFacts, find_run, parse_facts, read_weights
from skelgraph.training.starting.known_people import TrainedOn, list_trained_on

RELEASED_S_STGCN = "s-stgcn-released"
RELEASED_ST_GCN = "st-gcn-released"


@dataclass(frozen=True, kw_only=True, eq=False)
class SourceNetwork:
    """The weights of one network, with what is known of it.

    Args:
        where: Its run directory or file, for messages.
        weights: Its state dict.
        contents: The ``config.json`` of its run; None for a file of weights.
        model: Name of its model; None if the file does not tell.
    """

    where: str
    weights: Mapping[str, Tensor]
    contents: Mapping[str, Any] | None = None
    model: str | None = None

    @property
    def facts(self) -> RunFacts | None:
        """What its run says of it; None for a file of weights."""
        if self.contents is None:
            return None
        return parse_facts(RunDirectory(path=Path(self.where)), self.contents)

    @property
    def settings(self) -> ModelSettings | None:
        """Settings of its model, if they are known."""
        if (facts := self.facts) is not None:
            return facts.config.model
        return None if self.model is None else ModelSettings(name=self.model)

    @property
    def digest(self) -> str:
        """Hexadecimal digest of its weights."""
        digest = hashlib.blake2b(digest_size=16)
        for name, tensor in sorted(self.weights.items()):
            digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
            digest.update(tensor.contiguous().flatten().view(torch.uint8).numpy().tobytes())
        return digest.hexdigest()


@dataclass(frozen=True, kw_only=True, eq=False)
class StartingPoint:
    """What the networks of a training start from; :func:`read_source` reads it.

    Args:
        source: As the user named it.
        networks: The network of each stream; a file of weights, which tells none, has one of
            stream ``""``, for any. Empty in a resumed training whose networks have all begun.
        digests: Digest of each network's weights.
        streams: All streams of the source; movement features have no weights.
        trained_on: The people that trained it.
        leaks: A sentence for each way in which it knows who is tested.
    """

    source: str
    networks: Mapping[str, SourceNetwork]
    digests: Mapping[str, str]
    streams: tuple[str, ...] = ()
    trained_on: tuple[TrainedOn, ...] = ()
    leaks: tuple[str, ...] = ()

    def find(self, stream: str) -> SourceNetwork:
        """Return the network from which that of a stream starts.

        Raises:
            RunError: If the source has none.
        """
        if not self.networks:
            raise RunError(
                f"the weights of {self.source}, from which this run started, are gone from it; "
                f"begin it anew"
            )
        if (network := self.networks.get(stream) or self.networks.get("")) is None:
            raise RunError(
                f"{self.source}: expected a network of the stream {stream!r} to start from, but "
                f"it has {', '.join(self.networks)}; pass --stream {','.join(self.streams)}"
            )
        return network

    def to_dict(self) -> dict[str, Any]:
        """Return what ``config.json`` holds of it."""
        return {
            "source": self.source,
            "digests": dict(self.digests),
            "streams": list(self.streams),
            "trained_on": [one.to_dict() for one in self.trained_on],
            "leaks": list(self.leaks),
        }


def read_source(reference: str) -> StartingPoint:
    """Read the weights from which a training starts.

    Args:
        reference: A finished run or model, also one of several streams; or a file: the released
            weights of S-STGCN or ST-GCN, or a state dict of one's own.

    Raises:
        RunError: If it has no network of skeletons, or its training did not end.
        FormatError: If it is a file that holds anything but weights.
    """
    if Path(reference).is_file():
        network = _read_file(Path(reference))
        return StartingPoint(source=reference, networks={"": network}, digests={"": network.digest})
    run = find_run(reference).find_model()
    run.check_has_weights()
    contents = run.read_recognizer_config()
    run.check_has_ended()
    places = [run]
    if "fusion" in contents:
        try:
            places = [RunDirectory(path=run.path / one["run"]) for one in contents["streams"]]
        except (KeyError, TypeError) as error:
            raise RunError(f"{run.config_file}: its streams are damaged ({error})") from error
    networks: dict[str, SourceNetwork] = {}
    streams: list[str] = []
    trained_on: list[TrainedOn] = []
    for place in places:
        own = place.read_recognizer_config()
        facts = parse_facts(place, own)
        (stream, *more) = facts.config.stream.names
        if more or facts.config.model.info.is_multimodal:
            raise RunError(
                f"{place.path}: expected a network of skeletons, but it is of "
                f"{', '.join((more and facts.config.stream.names) or facts.config.modalities)}"
            )
        streams.append(stream)
        people = place if place.split_file.is_file() else run
        trained_on += list_trained_on(people, facts, own)
        if facts.config.model.info.is_ridge:
            continue
        if stream in networks:
            raise RunError(
                f"{reference}: it has several networks of the stream {stream}; name one of its runs"
            )
        rule = facts.config.resolve_recipe().checkpoint
        networks[stream] = SourceNetwork(
            where=str(place.path),
            weights=read_weights(place, rule),
            contents=own,
            model=facts.config.model.name,
        )
    if not networks:
        raise RunError(
            f"{reference}: expected a network to start from, but movement features are solved in "
            f"one step and have no weights"
        )
    return StartingPoint(
        source=reference,
        networks=networks,
        digests={stream: one.digest for stream, one in networks.items()},
        streams=tuple(streams),
        trained_on=tuple(dict.fromkeys(trained_on)),
    )


def _read_file(file: Path) -> SourceNetwork:
    """Return the weights of a file, by our names."""
    if file.name in ("best.ckpt", "last.ckpt"):
        raise FormatError(f"{file}: expected weights alone; name the run, {file.parents[1]}")
    state, model = read_state_dict(file), None
    if any(".ssgc." in name for name in state):
        state, model = rename_s_stgcn(state, file), RELEASED_S_STGCN
    elif any(name.startswith("st_gcn_networks.") for name in state):
        state, model = rename_st_gcn(state, file, OPENPOSE18), RELEASED_ST_GCN
    return SourceNetwork(where=str(file), weights=state, model=model)
