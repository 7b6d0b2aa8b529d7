"""The embedding of a clip by a trained run: the vectors of its networks, joined."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from skelgraph.errors import RunError
from skelgraph.models import ClipNetwork
from skelgraph.movement import measure_motion
from skelgraph.serving.clip_embeddings import embed_clips
from skelgraph.serving.feature_network import FeatureNetwork
from skelgraph.serving.predictor import Predictor
from skelgraph.serving.served_networks import ServedNetwork, SkeletonNetwork
from skelgraph.typing import FloatArray


def embed_prepared(predictor: Predictor, clips: Sequence[tuple[Any, ...]]) -> FloatArray:
    """Return the embedding (clips, D) of clips that ``Predictor.prepare`` has been through.

    It is the vector before the classifier; of several streams, their networks' vectors are joined.
    A ridge on movement features has no such vector and is left out beside networks; alone, it gives
    its features as it weighs them, standardized. Clips are taken as they are, not mirrored.

    Raises:
        RunError: If the networks take audio or text, or one has no vector to give.
    """
    parts = [
        _embed(predictor.networks[number], [clip[number] for clip in clips])
        for number in find_embedding(predictor)
    ]
    return np.hstack(parts)


def name_embedding(predictor: Predictor) -> tuple[str, ...]:
    """Return the name of each number of an embedding: its stream and a number, ``bone.0``.

    Raises:
        RunError: As :func:`embed_prepared`.
    """
    names: list[str] = []
    for number in find_embedding(predictor):
        network = predictor.networks[number]
        stream = network.facts.config.stream.text
        if any(name.startswith(f"{stream}.") for name in names):  # of two runs that are fused
            stream = f"{stream}-{number}"
        names += [f"{stream}.{index}" for index in range(_count(network))]
    return tuple(names)


def find_embedding(predictor: Predictor) -> tuple[int, ...]:
    """Return the numbers of the networks whose vectors are joined.

    Raises:
        RunError: As :func:`embed_prepared`.
    """
    networks = predictor.networks
    predictor.run.check_has_weights()
    if predictor.modalities != ("skeleton",):
        raise RunError(
            f"{predictor.run.path}: embeddings are of networks of skeletons, but this one takes "
            f"{', '.join(predictor.modalities)}"
        )
    deep = [n for n, network in enumerate(networks) if isinstance(network, SkeletonNetwork)]
    return tuple(deep or range(len(networks)))


def _embed(network: ServedNetwork, clips: Sequence[Any]) -> FloatArray:
    if isinstance(network, SkeletonNetwork):
        return embed_clips(network, clips)
    assert isinstance(network, FeatureNetwork)
    return network.features.standardize([measure_motion(clip) for clip in clips])


def _count(network: ServedNetwork) -> int:
    if isinstance(network, FeatureNetwork):
        return len(network.features.means)
    if isinstance(network.model, ClipNetwork):
        return network.model.embedding_channels
    raise RunError(f"{network.run.path}: the network has no embed(x, mask)")
