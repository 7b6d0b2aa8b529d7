"""Embeddings of clips: the vector that a trained network has before its classifier."""

from collections.abc import Sequence

import numpy as np
import torch

from skelgraph.errors import RunError
from skelgraph.models import ClipNetwork
from skelgraph.poses import PoseSequence
from skelgraph.serving.served_networks import SkeletonNetwork
from skelgraph.training import batch_by_length, encode_for_scoring
from skelgraph.typing import FloatArray

_CLIPS_IN_A_BATCH = 16


def embed_clips(network: SkeletonNetwork, clips: Sequence[PoseSequence]) -> FloatArray:
    """Return the vector before the classifier of each cleaned recording, (clips, D).

    Raises:
        RunError: If the network has none to give, as one of your own may.
    """
    if not isinstance(network.model, ClipNetwork):
        raise RunError(f"{network.run.path}: the network has no embed(x, mask)")
    facts, settings = network.facts, network.facts.config.stream
    (stream,) = settings.names
    dataset = encode_for_scoring(facts, clips, stream, settings, own=network.transform)
    device = next(network.model.parameters()).device
    numbers, vectors = [], []
    for chosen, batch in batch_by_length(dataset, _CLIPS_IN_A_BATCH):
        inputs = dataset.to_inputs(batch.to(device))
        with torch.inference_mode():
            vectors.append(network.model.embed(*inputs).double().cpu().numpy())
        numbers.append(chosen)
    order = np.argsort(np.concatenate(numbers), kind="stable")
    return np.asarray(np.concatenate(vectors)[order])
