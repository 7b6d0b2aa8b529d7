"""Trainings of skelgraph as an estimator of scikit-learn."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skelgraph.config import TrainConfig
from skelgraph.data import ClipSet
from skelgraph.movement import SequenceClassifier, check_groups, check_sequences, number_labels
from skelgraph.poses import PoseSequence
from skelgraph.serving.predictor import Predictor
from skelgraph.serving.run_loader import load_run
from skelgraph.training import train
from skelgraph.typing import FloatArray, IntArray

_MODEL, _HEADS, _STREAM = "s-stgcn-small", 2, "posture-motion,features"
"""What did best on people never seen; see the README."""


class SkeletonClassifier(SequenceClassifier):
    """A network, or several that are fused, trained on recordings as they come from their files.

    ``fit`` is ``skelgraph train --split none`` on recordings in memory: it converts them to one
    layout, cleans, trains, and keeps a tenth of the groups aside to calibrate the probabilities.
    The default is a small S-STGCN fused with a ridge on movement features. All fits of one seed are
    equal on one machine.

    What is None is taken from ``config`` or, of model and stream, from ``init_from``.

    Args:
        model: Name of the model; without ``config`` and ``init_from``, ``s-stgcn-small``.
        stream: Its streams, as in ``--stream``; ``posture-motion,features`` of the default model,
            and ``joint`` of another network.
        epochs: Most epochs; the recipe's if none are given.
        learning_rate: Highest learning rate; the recipe's if none is given.
        layout: Layout to which recordings are converted; their own if none is given.
        init_from: Run, model or file whose weights the network starts from.
        freeze: Number of its first blocks that stay as they are.
        layer_decay: Learning rate of a block as a share of that of the next one.
        config: All other settings, as :class:`skelgraph.TrainConfig`; the arguments above go first.
        seed: Seed of weights, order, augmentation and dropout.
        device: Where to compute.
        out: Run directory to leave; None leaves none.

    Attributes:
        classes_: The labels, sorted; columns of :meth:`predict_proba`.
        predictor_: The trained model, a :class:`skelgraph.Predictor`.

    Example:
        >>> from skelgraph import SkeletonClassifier
        >>> from sklearn.model_selection import LeaveOneGroupOut, cross_val_score
        >>> cross_val_score(
        ...     SkeletonClassifier(), sequences, labels, groups=subjects, cv=LeaveOneGroupOut(),
        ...     scoring="balanced_accuracy",
        ... )  # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        model: str | None = None,
        stream: str | None = None,
        epochs: int | None = None,
        learning_rate: float | None = None,
        layout: str | None = None,
        init_from: str | Path | None = None,
        freeze: int | None = None,
        layer_decay: float | None = None,
        config: TrainConfig | None = None,
        seed: int | None = None,
        device: str | None = None,
        out: str | Path | None = None,
    ) -> None:
        self.model = model
        self.stream = stream
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.layout = layout
        self.init_from = init_from
        self.freeze = freeze
        self.layer_decay = layer_decay
        self.config = config
        self.seed = seed
        self.device = device
        self.out = out

    def fit(
        self, X: Sequence[PoseSequence], y: ArrayLike, groups: Sequence[Any] | None = None
    ) -> Self:
        """Train on recordings.

        Args:
            X: Recordings as they were read; they are cleaned here.
            y: Label of each.
            groups: Person of each; by default the ``subject`` of the recordings, if all have one.

        Raises:
            ValueError: If there are fewer than two recordings or classes, or not one label for
                each; also all that :func:`skelgraph.train` raises for recordings and settings.
        """
        sequences = check_sequences(X)
        self.classes_, numbers = number_labels(sequences, y)
        self.predictor_: Predictor
        clips = _make_clips(sequences, self.classes_, numbers, check_groups(sequences, groups))
        with TemporaryDirectory() as folder:
            place = Path(folder) / "run" if self.out is None else Path(self.out)
            config = self._configure(place)
            train(config, clips=clips)
            self.predictor_ = load_run(place, device=config.device)
        return self

    def predict_proba(self, X: Sequence[PoseSequence]) -> FloatArray:
        """Return the probability (recordings, classes) of each class.

        Raises:
            NotFittedError: If :meth:`fit` was not called.
            ValueError: If a recording cannot be converted or cleaned as those of the training.
        """
        self._check_fitted()
        names = _name_classes(self.classes_)
        predictions = self.predictor_.predict_all(check_sequences(X))
        rows = [[one.probabilities[name] for name in names] for one in predictions]
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(names))

    def _configure(self, place: Path) -> TrainConfig:
        """Return the settings of the training."""
        given: dict[str, Any] = {
            "model": self.model,
            "stream": self.stream,
            "epochs": self.epochs,
            "learning_rate": self.learning_rate,
            "layout": self.layout,
            "init_from": None if self.init_from is None else str(self.init_from),
            "freeze": self.freeze,
            "layer_decay": self.layer_decay,
            "seed": self.seed,
            "device": self.device,
        }
        chosen = {name: value for name, value in given.items() if value is not None}
        if self.config is None and self.init_from is None and self.model is None:
            chosen = {"model": _MODEL, "num_heads": _HEADS, "stream": _STREAM} | chosen
        config = TrainConfig() if self.config is None else self.config
        return config.change(**chosen, split="none", out=place)


def _make_clips(
    sequences: Sequence[PoseSequence],
    classes: NDArray[Any],
    numbers: IntArray,
    groups: Sequence[str] | None,
) -> ClipSet:
    """Return recordings as a dataset, each with a name of its own."""
    names = _name_classes(classes)
    digest = hashlib.blake2b(digest_size=16)
    clips = []
    for index, (sequence, number) in enumerate(zip(sequences, numbers, strict=True)):
        loaded = sequence.load()
        digest.update(loaded.positions.tobytes())
        digest.update(names[number].encode())
        person = loaded.subject if groups is None else groups[index]
        name = f"{index} {loaded.name or ''}".strip()
        clips.append(replace(loaded, name=name, label=names[number], subject=person))
    return ClipSet(name="recordings", sequences=clips, fingerprint=digest.hexdigest())


def _name_classes(classes: NDArray[Any]) -> list[str]:
    """Return the name of each class, by which a run knows it.

    Raises:
        ValueError: If two have one name.
    """
    names = [str(one) for one in classes.tolist()]
    if len(set(names)) < len(names) or "" in names:
        raise ValueError(f"expected labels whose texts differ and are not empty, but got {names}")
    return names
