"""A fused run, ready to say what recordings show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from skelgraph.config import TrainConfig
from skelgraph.data import ClipMedia
from skelgraph.errors import RunError
from skelgraph.evaluation import Fusion
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.runs import Prediction, RunDirectory
from skelgraph.serving.predictor import Predictor


@dataclass(frozen=True, kw_only=True, eq=False)
class FusedPredictor:
    """Several trained networks whose scores are fused; :func:`load_run` makes it.

    Args:
        run: Where it was loaded from.
        streams: The networks, each with its stream.
        fusion: How their scores become one.

    Raises:
        RunError: If the networks have not the same classes.
    """

    run: RunDirectory
    streams: tuple[Predictor, ...]
    fusion: Fusion

    def __post_init__(self) -> None:
        for stream in self.streams[1:]:
            if stream.classes != self.classes:
                raise RunError(
                    f"{stream.run.path}: expected the classes {', '.join(self.classes)} of "
                    f"{self.streams[0].run.path}, but got {', '.join(stream.classes)}"
                )

    @property
    def config(self) -> TrainConfig:
        """The settings of the first network, which name the data of all."""
        return self.streams[0].config

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes in the order of the scores."""
        return self.streams[0].classes

    @property
    def layout(self) -> JointLayout:
        """Layout of files that do not name their joints."""
        return self.streams[0].layout

    @property
    def train_labels(self) -> list[str]:
        """Label of each clip that the networks were trained on."""
        return self.streams[0].train_labels

    @property
    def data_fingerprint(self) -> str:
        """Digest of the data, or of each network's where they differ."""
        return "+".join(dict.fromkeys(stream.data_fingerprint for stream in self.streams))

    def predict(self, sequence: PoseSequence) -> Prediction:
        """The class of one recording, with the score of each class.

        Raises:
            SkelgraphError: If a network cannot use it.
        """
        return self.predict_all([sequence])[0]

    def predict_all(self, sequences: Iterable[PoseSequence]) -> list[Prediction]:
        """The classes of several recordings, batched; see :meth:`predict`."""
        return self.predict_prepared([self.prepare(sequence) for sequence in sequences])

    def predict_prepared(self, clips: Sequence[tuple[PoseSequence, ...]]) -> list[Prediction]:
        """The classes of recordings that :meth:`prepare` has been through."""
        if not clips:
            return []
        answers = [
            stream.predict_prepared([clip[number] for clip in clips])
            for number, stream in enumerate(self.streams)
        ]
        scores = np.array(
            [[[one.probabilities[name] for name in self.classes] for one in row] for row in answers]
        )
        return [
            one.with_scores(self.classes, row)
            for one, row in zip(answers[0], self.fusion.combine(scores), strict=True)
        ]

    def perceives(self, sequence: PoseSequence, media: ClipMedia) -> bool:
        """Always: a recording without a skeleton is an error, which :meth:`prepare` raises."""
        return True

    def prepare(
        self, sequence: PoseSequence, media: ClipMedia | None = None
    ) -> tuple[PoseSequence, ...]:
        """A recording as each network gets it, but for the stream; none hears or reads.

        Raises:
            SkelgraphError: As :meth:`predict`.
        """
        done: dict[str, PoseSequence] = {}
        keys = [repr(stream.preprocessing.to_dict()) for stream in self.streams]
        for key, stream in zip(keys, self.streams, strict=True):
            if key not in done:
                done[key] = stream.prepare(sequence)
        return tuple(done[key] for key in keys)
