"""Attributions of one network for a clip, each with the check of whether it is true."""

from collections.abc import Sequence

import numpy as np

from skelgraph.errors import RunError
from skelgraph.explanation.attributions import average_attention, integrate_gradients, occlude
from skelgraph.explanation.clip_explanation import Attribution, BlockAttention, Method
from skelgraph.explanation.clip_input import ClipInput, encode_clip, spread_sums
from skelgraph.explanation.faithfulness import measure_faithfulness
from skelgraph.explanation.network_insight import watch_attention
from skelgraph.poses import PoseSequence
from skelgraph.serving import SkeletonNetwork
from skelgraph.typing import FloatArray

METHODS: tuple[Method, ...] = ("integrated gradients", "occlusion", "attention")
"""All methods."""


def attribute_clip(
    network: SkeletonNetwork,
    clip: PoseSequence,
    target: str | None = None,
    *,
    methods: Sequence[Method] = METHODS,
) -> tuple[Attribution, ...]:
    """Return how much each joint and moment of a clip speaks for a class, by each method.

    Args:
        network: A trained network of skeletons, loaded with ``for_inference=False``.
        clip: The clip as ``network.prepare`` returns it.
        target: The class; by default the most probable one.
        methods: Methods; attention is left out if the network has none.

    Raises:
        RunError: If captum is needed and not installed, there is no such class, or the network's
            input is not one of joints and frames.
    """
    encoded = encode_clip(network, clip)
    classes = network.facts.classes
    number = find_class(network, target, encoded)
    blocks = watch_attention(encoded) if "attention" in methods else ()
    found = []
    for method in methods:
        values = _compute(method, encoded, blocks, number)
        if values is None:
            continue
        found.append(
            Attribution(
                method=method,
                network=network.facts.config.stream.text,
                target=classes[number],
                values=spread_sums(values, clip.num_frames) * clip.present,
                faithfulness=measure_faithfulness(encoded, values, number),
            )
        )
    return tuple(found)


def find_class(network: SkeletonNetwork, target: str | None, encoded: ClipInput) -> int:
    """Return the number of a class; of None, that of the most probable one.

    Raises:
        RunError: If there is no such class.
    """
    classes = network.facts.classes
    if target is None:
        return int(encoded.predict()[0].argmax())
    if target not in classes:
        raise RunError(
            f"{network.run.path}: expected one of its classes, {', '.join(classes)}, but got "
            f"{target!r}"
        )
    return classes.index(target)


def _compute(
    method: Method, encoded: ClipInput, blocks: tuple[BlockAttention, ...], number: int
) -> FloatArray | None:
    """Return values (T, V) of the network's input; None if the network does not allow it."""
    if method == "integrated gradients":
        return integrate_gradients(encoded, number)
    if method == "occlusion":
        return occlude(encoded, number)
    return np.where(encoded.there, average_attention(blocks), 0.0) if blocks else None
