"""Predictions of a model for clips, for training, evaluation and serving alike."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from skelgraph.errors import RunError
from skelgraph.poses import PoseSequence
from skelgraph.runs import Prediction
from skelgraph.training.clip_dataset import ClipDataset
from skelgraph.typing import FloatArray, IntArray


def predict_probabilities(
    model: nn.Module, dataset: ClipDataset, *, batch_size: int = 16
) -> FloatArray:
    """Return softmax probabilities of each clip of a dataset, (clips, classes), in its order.

    The model is called in evaluation mode on the device it is on, and put back in its mode. Clips
    of like length are batched, since a batch is padded to its longest.

    Raises:
        RunError: If the network gives numbers that are not finite.
    """
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    numbers, scores = [], []
    with torch.inference_mode():
        for clips, batch in batch_by_length(dataset, batch_size):
            numbers.append(clips)
            scores.append(soften(model(*dataset.to_inputs(batch.to(device)))))
    model.train(was_training)
    return np.concatenate(scores)[np.argsort(np.concatenate(numbers), kind="stable")]


def batch_by_length(dataset: ClipDataset, batch_size: int) -> Iterator[tuple[IntArray, Any]]:
    """Yield the numbers and the batch of clips of like length, the shortest first."""
    order = np.argsort(dataset.lengths, kind="stable")
    for start in range(0, len(order), batch_size):
        clips = order[start : start + batch_size]
        yield clips, dataset.collate([dataset[int(clip)] for clip in clips])


def soften(logits: Tensor) -> FloatArray:
    """Return softmax probabilities (clips, classes) of logits.

    Raises:
        RunError: If these are not finite.
    """
    if not bool(torch.isfinite(logits).all()):
        raise RunError(
            "the network gives no finite numbers: its training diverged, or a clip holds absurdly "
            "large numbers"
        )
    return np.asarray(torch.softmax(logits.double(), dim=1).cpu().numpy())


def predict_views(model: nn.Module, views: Sequence[ClipDataset]) -> FloatArray:
    """Return the mean probabilities (clips, classes) over several views of the same clips.

    Raises:
        RunError: If the network gives numbers that are not finite.
    """
    scores = [predict_probabilities(model, view) for view in views]
    return np.asarray(np.mean(scores, axis=0))


def predict_clips(
    model: nn.Module,
    views: Sequence[ClipDataset],
    clips: Sequence[PoseSequence],
    classes: Sequence[str],
) -> list[Prediction]:
    """Predict each clip, the mean over its views."""
    return name_scores(clips, classes, predict_views(model, views))


def name_scores(
    clips: Sequence[PoseSequence], classes: Sequence[str], probabilities: FloatArray
) -> list[Prediction]:
    """Return predictions of clips from an array of probabilities, (clips, classes)."""
    return [
        Prediction(
            name=clip.name,
            label=clip.label,
            prediction=classes[int(row.argmax())],
            probabilities={name: float(p) for name, p in zip(classes, row, strict=True)},
            subject=clip.subject,
        )
        for clip, row in zip(clips, probabilities, strict=True)
    ]
