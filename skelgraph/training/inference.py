"""What a model says of clips: the one way in which training, evaluation and prediction ask it."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch_geometric.data import Batch

from skelgraph.data import SkeletonDataset, Transform, to_dense
from skelgraph.errors import RunError
from skelgraph.poses import PoseSequence
from skelgraph.training.run_directory import Prediction
from skelgraph.typing import FloatArray


def predict_probabilities(
    model: nn.Module, dataset: SkeletonDataset, *, batch_size: int = 16
) -> FloatArray:
    """Softmax probabilities of each clip of a dataset, (clips, classes), in its order.

    The model is called in evaluation mode on the device it is on, and put back in its mode. Clips
    of like length are batched, since a batch is padded to its longest.

    Raises:
        RunError: If the network gives numbers that are not finite.
    """
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    order = np.argsort(dataset.lengths, kind="stable")
    probabilities: FloatArray | None = None
    with torch.inference_mode():
        for start in range(0, len(order), batch_size):
            clips = order[start : start + batch_size]
            x, mask = to_dense(Batch.from_data_list([dataset[int(clip)] for clip in clips]))
            logits = model(x.to(device), mask.to(device))
            if not bool(torch.isfinite(logits).all()):
                raise RunError(
                    "the network gives no finite numbers: its training diverged, or a clip holds "
                    "absurdly large positions"
                )
            if probabilities is None:
                probabilities = np.empty((len(order), logits.size(1)))
            probabilities[clips] = torch.softmax(logits.double(), dim=1).cpu().numpy()
    model.train(was_training)
    assert probabilities is not None  # a dataset has a clip
    return probabilities


def predict_sequences(
    model: nn.Module,
    sequences: Sequence[PoseSequence],
    classes: Sequence[str],
    stream: Transform,
    *,
    with_confidence: bool = False,
) -> list[Prediction]:
    """What a model says of each preprocessed clip.

    Args:
        model: Called on ``(x, mask)``; returns logits.
        sequences: The clips after preprocessing.
        classes: Names of the classes in the order of the logits.
        stream: From joint positions to what the model sees.
        with_confidence: Whether that is made of the confidence too.
    """
    dataset = SkeletonDataset(sequences, transform=stream, with_confidence=with_confidence)
    probabilities = predict_probabilities(model, dataset)
    return [
        Prediction(
            name=sequence.name,
            label=sequence.label,
            prediction=classes[int(row.argmax())],
            probabilities={name: float(p) for name, p in zip(classes, row, strict=True)},
            subject=sequence.subject,
        )
        for sequence, row in zip(sequences, probabilities, strict=True)
    ]
