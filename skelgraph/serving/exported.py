"""Exported models at work, without PyTorch: numpy, scipy, and the runtime of the graphs.

Recordings are cleaned and fused probabilities are computed here, networks by a runtime, and a ridge
on movement features by :mod:`skelgraph.movement`.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from skelgraph.config import Modality, Runtime
from skelgraph.data import ClipMedia
from skelgraph.errors import RunError, SkelgraphError
from skelgraph.evaluation import temper
from skelgraph.movement import FeatureModel
from skelgraph.poses import PoseSequence
from skelgraph.runs import (
    Prediction,
    RunDirectory,
    RunFacts,
    parse_facts,
    read_json_file,
    read_temperature,
)
from skelgraph.serving.export_file import ExportedPart, GraphInputs, read_export_file
from skelgraph.serving.feature_network import FeatureNetwork
from skelgraph.serving.graph_inputs import stack_clips
from skelgraph.serving.graph_sessions import Session, defer_session
from skelgraph.serving.recording_cleaning import clean_recording
from skelgraph.typing import FloatArray

if TYPE_CHECKING:
    from skelgraph.evaluation import Fusion

_CLIPS_IN_A_BATCH = 16


@dataclass(frozen=True, kw_only=True, eq=False)
class ExportedNetwork:
    """A network whose graph another runtime computes.

    ``whole``, if there is one, computes the clips in which nothing is missing.
    """

    run: RunDirectory
    facts: RunFacts
    temperature: float
    stream: str
    inputs: GraphInputs
    session: Session
    whole: Session | None = None

    @property
    def model(self) -> Any:
        """There is no module of PyTorch.

        Raises:
            RunError: Always.
        """
        raise RunError(f"{self.run.path}: an exported model has no network of PyTorch")

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """Modalities that it uses."""
        return ("skeleton",)

    def prepare(self, sequence: PoseSequence, media: ClipMedia) -> PoseSequence:
        """Clean a recording as in the training; its audio and text are not used.

        Raises:
            SkelgraphError: If it cannot be converted to the run's layout, is too short, or has
                other channels.
        """
        return clean_recording(sequence, self.facts)

    def check_clip(self, clip: PoseSequence) -> None:
        """Do nothing: every cleaned recording can be scored."""

    def score(self, clips: Sequence[PoseSequence]) -> FloatArray:
        """Return probabilities (clips, classes) of cleaned recordings, like lengths together.

        Raises:
            RunError: If the graph gives numbers that are not finite.
        """
        scores = np.empty((len(clips), len(self.facts.classes)))
        order = np.argsort([clip.num_frames for clip in clips], kind="stable")
        for start in range(0, len(order), _CLIPS_IN_A_BATCH):
            numbers = order[start : start + _CLIPS_IN_A_BATCH]
            scores[numbers] = self._score_batch([clips[number] for number in numbers])
        return scores

    def _score_batch(self, clips: Sequence[PoseSequence]) -> FloatArray:
        with_confidence = self.facts.channels == "xyc"
        x, present = stack_clips(clips, self.stream, self.inputs, with_confidence=with_confidence)
        if self.whole is not None and present.all():
            probabilities = self.whole(x)
        else:
            probabilities = self.session(x, present)
        if not np.isfinite(probabilities).all():
            raise RunError(
                "the network gives no finite numbers: its training diverged, or a clip holds "
                "absurdly large numbers"
            )
        return np.asarray(probabilities / probabilities.sum(axis=1, keepdims=True))


@dataclass(frozen=True, kw_only=True, eq=False)
class ExportedModel:
    """An exported model, ready to predict what recordings show; :meth:`load` makes it.

    Example:
        >>> model = ExportedModel.load("exported/emotion4")  # doctest: +SKIP
        >>> model.predict(read_recording("walk.bvh")[0]).prediction  # doctest: +SKIP
        'joy'
    """

    run: RunDirectory
    networks: tuple[ExportedNetwork | FeatureNetwork, ...]
    fusion: "Fusion | None" = None
    temperature: float = 1.0

    @classmethod
    def load(cls, folder: Path | str, *, threads: int | None = None) -> "ExportedModel":
        """Return the model of a folder that ``skelgraph export`` wrote.

        Args:
            folder: The folder.
            threads: Threads that share each operation; as many as there are cores if not given.

        Raises:
            RunError: If the folder holds no exported model, files are missing, or its runtime is
                not installed; a damaged graph is found when it is first used.
        """
        run = RunDirectory(path=Path(folder))
        networks, fusion = load_parts(run, threads=threads)
        return cls(
            run=run, networks=networks, fusion=fusion, temperature=_read_decided_temperature(run)
        )

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes in the order of the scores."""
        return self.networks[0].facts.classes

    def predict(self, sequence: PoseSequence) -> Prediction:
        """Predict the class of one clip, with the probability of each class.

        Raises:
            SkelgraphError: If it cannot be converted to the model's layout, is too short, or has
                another number of dimensions.
        """
        return self.predict_all([sequence])[0]

    def predict_all(self, sequences: Iterable[PoseSequence]) -> list[Prediction]:
        """Predict several clips, batched; see :meth:`predict`."""
        sequences = list(sequences)
        if not sequences:
            return []
        prepared = self._prepare_all(sequences)
        scores = np.stack(
            [network.score(clips) for network, clips in zip(self.networks, prepared, strict=True)]
        )
        fused = scores[0] if self.fusion is None else self.fusion.combine(scores)
        fused = temper(fused, self.temperature)
        return [
            Prediction(
                name=sequence.name,
                label=sequence.label,
                prediction="",
                probabilities={},
                subject=sequence.subject,
            ).with_scores(self.classes, row)
            for sequence, row in zip(sequences, fused, strict=True)
        ]

    def _prepare_all(self, sequences: Sequence[PoseSequence]) -> list[list[PoseSequence]]:
        """Return the clips as each network takes them; equal preprocessing is done once."""
        done: dict[Any, list[PoseSequence]] = {}
        keys = [(network.facts.preprocessing, network.facts.channels) for network in self.networks]
        for key, network in zip(keys, self.networks, strict=True):
            if key not in done:
                done[key] = [network.prepare(one, ClipMedia()) for one in sequences]
        return [done[key] for key in keys]


def load_parts(
    run: RunDirectory, *, threads: int | None = None
) -> tuple[tuple[ExportedNetwork | FeatureNetwork, ...], "Fusion | None"]:
    """Return the networks of an exported model, and their fusion if there are several.

    Raises:
        RunError: As :meth:`ExportedModel.load`.
    """
    contents = read_export_file(run)
    networks = tuple(
        _load_part(run, part, contents.runtime, threads=threads) for part in contents.parts
    )
    config = run.read_config()
    if "fusion" not in config:
        return networks, None
    from skelgraph.evaluation import fusion_from_dict

    with _blame(run.config_file):
        return networks, fusion_from_dict(config["fusion"])


def _load_part(
    model: RunDirectory, part: ExportedPart, runtime: Runtime, *, threads: int | None
) -> ExportedNetwork | FeatureNetwork:
    run = RunDirectory(path=model.path / part.run)
    facts = parse_facts(run, run.read_config())
    file, temperature = run.path / part.file, read_temperature(run)
    if part.inputs is None:
        ridge = _load_features(file)
        return FeatureNetwork(run=run, facts=facts, temperature=temperature, features=ridge)
    whole = None
    if part.whole is not None:
        whole = defer_session(run.path / part.whole, runtime, threads=threads)
    return ExportedNetwork(
        run=run,
        facts=facts,
        temperature=temperature,
        stream=part.stream,
        inputs=part.inputs,
        session=defer_session(file, runtime, threads=threads),
        whole=whole,
    )


def _load_features(file: Path) -> FeatureModel:
    if not file.is_file():
        raise RunError(f"{file}: expected the ridge of an exported model, but there is none")
    with _blame(file):
        return FeatureModel.from_arrays(load_file(file))


@contextmanager
def _blame(file: Path) -> Iterator[None]:
    """Report whatever goes wrong inside as damage of a file."""
    try:
        yield
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, SkelgraphError):
            raise
        raise RunError(f"{file}: expected a part of an exported model ({error})") from error


def _read_decided_temperature(run: RunDirectory) -> float:
    """Return what the fused scores of a model folder are tempered with; 1 if it decides nothing."""
    file = run.path / "decision.json"
    if not file.is_file():
        return 1.0
    with _blame(file):
        return float(read_json_file(run.path, file)["temperature"])
