"""What prediction and evaluation need of a trained run, be it one network or several."""

from collections.abc import Sequence
from typing import Any, Protocol

from skelgraph.config import TrainConfig
from skelgraph.data import ClipMedia
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.runs import Prediction, RunDirectory


class RunPredictor(Protocol):
    """A :class:`Predictor`, a :class:`FusedPredictor` or a :class:`MultimodalPredictor`, which tell
    what each of these is.
    """

    @property
    def run(self) -> RunDirectory:
        """Where it was loaded from."""
        ...

    @property
    def config(self) -> TrainConfig:
        """Settings that name its data."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        ...

    @property
    def layout(self) -> JointLayout:
        """Layout of files that do not name their joints."""
        ...

    @property
    def train_labels(self) -> list[str]:
        """Label of each clip that it was trained on."""
        ...

    @property
    def data_fingerprint(self) -> str:
        """Digest of the data that it was trained and tested on."""
        ...

    def perceives(self, sequence: PoseSequence, media: ClipMedia) -> bool:
        """Whether a clip has anything that the networks look at."""
        ...

    def prepare(self, sequence: PoseSequence, media: ClipMedia | None = None) -> Any:
        """A recording, and its audio and text, as :meth:`predict_prepared` wants it."""
        ...

    def predict_prepared(self, sequences: Sequence[Any], /) -> list[Prediction]:
        """The classes of prepared recordings."""
        ...
