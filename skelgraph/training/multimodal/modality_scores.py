"""What a network of several modalities says of clips, with each subset of what they have."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import torch

from skelgraph.config import MODALITIES, Modality
from skelgraph.models import FusionNetwork
from skelgraph.poses import PoseSequence
from skelgraph.runs import Prediction
from skelgraph.training import ClipDataset, batch_by_length, name_scores, soften
from skelgraph.training.multimodal.multimodal_dataset import MultimodalBatch
from skelgraph.typing import FloatArray, IntArray


def encode_vectors(
    network: FusionNetwork, dataset: ClipDataset, *, batch_size: int = 16
) -> MultimodalBatch:
    """Return all clips of a dataset in one batch, with the vectors of the encoders."""
    order: list[IntArray] = []
    batches: list[MultimodalBatch] = []
    device = next(network.parameters()).device
    with torch.inference_mode():
        for clips, batch in batch_by_length(dataset, batch_size):
            order.append(clips)
            moved = batch.to(device)
            vectors = network.encode(moved.inputs, moved.presence)
            kept = replace(moved, inputs={}, vectors=dict(vectors))
            batches.append(kept.to("cpu"))
    back = torch.from_numpy(np.argsort(np.concatenate(order), kind="stable"))
    return MultimodalBatch(
        inputs={},
        presence=torch.cat([one.presence for one in batches])[back],
        y=torch.cat([one.y for one in batches])[back],
        vectors={
            name: torch.cat([(one.vectors or {})[name] for one in batches])[back].clone()
            for name in network.modalities
        },
    )


def score_vectors(
    network: FusionNetwork, batch: MultimodalBatch, modalities: Sequence[str]
) -> FloatArray:
    """Return softmax probabilities (clips, classes) from the vectors of some modalities.

    Raises:
        RunError: If the network gives numbers that are not finite.
    """
    device = next(network.parameters()).device
    batch = batch.to(device)
    kept = torch.tensor([name in modalities for name in network.modalities], device=device)
    assert batch.vectors is not None
    with torch.inference_mode():
        return soften(network.fuse(batch.vectors, batch.presence & kept))


def predict_subsets(
    network: FusionNetwork,
    batch: MultimodalBatch,
    clips: Sequence[PoseSequence],
    classes: Sequence[str],
) -> dict[str, list[Prediction]]:
    """Return predictions with each subset of the modalities, by its name; all of them last.

    A clip that has none of a subset is not there.
    """
    own: tuple[Modality, ...] = tuple(one for one in MODALITIES if one in network.modalities)
    found = {}
    for subset in list_subsets(own):
        places = [network.modalities.index(one) for one in subset]
        there = batch.presence[:, places].any(dim=1).numpy()
        if there.any():
            scores = score_vectors(network, batch, subset)[there]
            known = [clip for clip, has in zip(clips, there, strict=True) if has]
            found[spell_modalities(subset)] = name_scores(known, classes, scores)
    return found


def spell_modalities(modalities: Iterable[str]) -> str:
    """Return the modalities as the paper's Table 1 has them.

    Example:
        >>> spell_modalities(("audio", "skeleton"))
        'A+S'
    """
    return "+".join(modality[0].upper() for modality in modalities)


def list_subsets(modalities: Sequence[Modality]) -> list[tuple[Modality, ...]]:
    """Return all that may be left of some modalities: single ones first, all of them last.

    Example:
        >>> [spell_modalities(one) for one in list_subsets(MODALITIES)]
        ['A', 'T', 'S', 'A+T', 'A+S', 'T+S', 'A+T+S']
    """
    sizes = range(1, len(modalities) + 1)
    return [subset for size in sizes for subset in combinations(modalities, size)]
