"""A trained run, ready to say what recordings show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from skelgraph.config import Channels, TrainConfig
from skelgraph.data import ClipMedia, SkeletonDataset, Transform
from skelgraph.errors import DatasetError, RunError
from skelgraph.layouts import JointLayout
from skelgraph.lifting import read_recognizer_config
from skelgraph.models import ClipNetwork
from skelgraph.poses import PoseSequence, Preprocessing
from skelgraph.runs import Prediction, RunDirectory, load_weights
from skelgraph.serving.run_facts import blame_config, parse_facts
from skelgraph.training import make_model, make_stream, predict_clips, preprocess


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictor:
    """A trained network with all that was done to its training clips; :func:`load_run` makes it.

    Args:
        run: Where it was loaded from.
        config: The settings that it was trained with.
        classes: Names of the classes in the order of the logits.
        preprocessing: What is done to a recording first.
        model: The network, in its form for inference unless it was loaded as it was trained.
        channels: What it sees of a joint.
        data_fingerprint: Digest of the data that it was trained and tested on.
        longest: Frames of the longest clip of that data, where that is known.
    """

    run: RunDirectory
    config: TrainConfig
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    model: ClipNetwork
    channels: Channels
    data_fingerprint: str
    longest: int | None = None
    stream: Transform = field(init=False)

    def __post_init__(self) -> None:
        stream = make_stream(self.config, self.layout, self.channels, longest=self.longest)
        object.__setattr__(self, "stream", stream)

    @property
    def layout(self) -> JointLayout:
        """Layout to which recordings are converted."""
        if self.preprocessing.layout is None:
            raise RunError(f"{self.run.config_file}: expected a layout in the preprocessing")
        return self.preprocessing.layout

    @property
    def num_dimensions(self) -> int:
        """Coordinates of a joint of the recordings that it takes."""
        return 3 if self.channels == "xyz" else 2

    @property
    def train_labels(self) -> list[str]:
        """Label of each clip that it was trained on; the most frequent one is a baseline."""
        return [row["label"] for row in self.run.read_split() if row["part"] == "train"]

    def predict(self, sequence: PoseSequence) -> Prediction:
        """The class of one recording, with the probability of each class.

        Raises:
            SkelgraphError: If it cannot be converted to the run's layout, is too short, or has
                another number of dimensions.
        """
        return self.predict_all([sequence])[0]

    def predict_all(self, sequences: Iterable[PoseSequence]) -> list[Prediction]:
        """The classes of several recordings, batched; see :meth:`predict`."""
        return self.predict_prepared([self.prepare(sequence) for sequence in sequences])

    def predict_prepared(self, sequences: Sequence[PoseSequence]) -> list[Prediction]:
        """The classes of recordings that :meth:`prepare` has been through."""
        if not sequences:
            return []
        dataset = SkeletonDataset(
            sequences, transform=self.stream, with_confidence=self.channels == "xyc"
        )
        return predict_clips(self.model, dataset, sequences, self.classes)

    def perceives(self, sequence: PoseSequence, media: ClipMedia) -> bool:
        """Always: a recording without a skeleton is an error, which :meth:`prepare` raises."""
        return True

    def prepare(self, sequence: PoseSequence, media: ClipMedia | None = None) -> PoseSequence:
        """A recording as the network gets it, but for the stream; it does not hear or read.

        Raises:
            SkelgraphError: As :meth:`predict`.
        """
        where = sequence.name or "the sequence"
        if sequence.num_dimensions != self.num_dimensions:
            raise DatasetError(
                f"{where}: expected positions in {self.num_dimensions}D as in the run's training, "
                f"but got {sequence.num_dimensions}D"
            )
        if self.channels == "xyc" and sequence.confidence is None:
            raise DatasetError(
                f"{where}: expected the confidence of each joint as in the run's training, but the "
                f"recording has none"
            )
        done = preprocess(sequence, self.preprocessing)
        pads = self.config.axes == "scrambled" and self.config.frames is None
        if pads and self.longest is not None and done.num_frames > self.longest:
            raise DatasetError(
                f"{where}: expected at most {self.longest} frames, to "
                f"which this run with scrambled axes pads every clip, but got {done.num_frames}; "
                f"cut the recording"
            )
        return done


def load_network(path: Path | str, *, for_inference: bool = True) -> Predictor:
    """Loads the finished run of one network; :func:`load_run` takes fused ones as well.

    Args:
        path: The run directory.
        for_inference: Whether the network gets its faster form; otherwise it has the layers that
            were trained, to be looked into.

    Raises:
        RunError: If it is none, its training did not end, or its files are damaged.
    """
    run = RunDirectory(path=Path(path))
    contents = read_recognizer_config(run)
    with blame_config(run):
        facts = parse_facts(contents)
        config, layout = facts.config, facts.preprocessing.layout
        if config.is_multimodal:
            raise RunError(f"{config.model} is no network of skeletons alone; load_run takes it")
        assert layout is not None
        model = make_model(config, layout, facts.channels, num_classes=len(facts.classes))
    load_weights(model, run.checkpoint(config.resolve_recipe().checkpoint))
    network = model.optimize_for_inference() if for_inference else model
    return Predictor(run=run, model=network, **facts._asdict())
