"""A trained run, ready to predict what recordings show."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import nn

from skelgraph.config import Modality, TrainConfig
from skelgraph.data import ClipMedia
from skelgraph.errors import RunError
from skelgraph.evaluation import temper
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.runs import Prediction, RunDirectory, RunFacts, read_training
from skelgraph.serving.decision import Decision
from skelgraph.serving.recording_cleaning import clean_uncut
from skelgraph.serving.served_networks import ServedNetwork, find_present
from skelgraph.training import name_scores

if TYPE_CHECKING:  # scipy's optimizer, which one network does without
    from skelgraph.evaluation import Fusion

CLIPS_AT_ONCE = 2000
"""Clips that are cleaned before they are predicted together."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictor:
    """Trained networks with all that was done to their training clips; :func:`load_run` makes it.

    A decision tempers the probabilities, and tells when the model answers
    (:meth:`skelgraph.serving.Decision.answer`).

    Raises:
        RunError: If the networks do not have the same classes.
    """

    run: RunDirectory
    networks: tuple[ServedNetwork, ...]
    fusion: "Fusion | None" = None
    decision: Decision | None = None

    def __post_init__(self) -> None:
        if self.decision is not None and self.decision.rule.classes != self.classes:
            raise RunError(
                f"{self.run.path}: expected a decision.json for the classes "
                f"{', '.join(self.classes)}, but got {', '.join(self.decision.rule.classes)}"
            )
        for network in self.networks[1:]:
            if network.facts.classes != self.classes:
                raise RunError(
                    f"{network.run.path}: expected the classes {', '.join(self.classes)} of "
                    f"{self.networks[0].run.path}, but got {', '.join(network.facts.classes)}"
                )

    @property
    def facts(self) -> RunFacts:
        """What the run of the first network says of it; it names the data of all."""
        return self.networks[0].facts

    @property
    def config(self) -> TrainConfig:
        """Settings of the first network, which name the data of all."""
        return self.facts.config

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes in the order of the scores."""
        return self.facts.classes

    @property
    def layout(self) -> JointLayout:
        """Layout to which recordings are converted; of a mixed training, its most frequent."""
        return self.facts.layout

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """Modalities that are used."""
        return self.networks[0].modalities

    @property
    def model(self) -> nn.Module:
        """The network of a run that has one."""
        (network,) = self.networks
        return network.model

    @property
    def temperature(self) -> float:
        """Temperature of the scores; of a fusion, whose networks have their own, what is added."""
        own = self.networks[0].temperature if self.fusion is None else 1.0
        return own if self.decision is None else own * self.decision.rule.temperature

    @property
    def train_labels(self) -> list[str]:
        """Label of each clip that it was trained on; the most frequent one is a baseline."""
        run = self.networks[0].run
        if self.names_clips:
            return [row["label"] for row in run.read_split() if row["part"] == "train"]
        counts = read_training(run).clips
        return [label for label in self.classes for _ in range(counts.get(label, 0))]

    @property
    def learned_rows(self) -> list[dict[str, str]]:
        """Rows of ``split.csv`` of the clips that trained it or chose its weights.

        A model folder names none.
        """
        run = self.networks[0].run
        rows = run.read_split() if self.names_clips else []
        return [row for row in rows if row["part"] != "test"]

    @property
    def names_clips(self) -> bool:
        """Whether it is known which clips trained it: of a run, not of a model folder."""
        return self.networks[0].run.split_file.is_file()

    @property
    def data_fingerprint(self) -> str:
        """Digest of the data, or of each network's if they differ."""
        return "+".join(dict.fromkeys(one.facts.data_fingerprint for one in self.networks))

    def predict(
        self,
        sequence: PoseSequence | None = None,
        *,
        audio: Path | str | None = None,
        text: str | None = None,
    ) -> Prediction:
        """Predict the class of one clip, with the probability of each class.

        Args:
            sequence: Its skeleton.
            audio: A sound file of this clip alone, for a network that takes audio.
            text: Its transcript, for a network that takes text.

        Raises:
            SkelgraphError: If it has nothing that the network takes, or cannot be converted to the
                run's layout, is too short, or has another number of dimensions.
        """
        media = ClipMedia(audio=None if audio is None else Path(audio), text=text)
        body = self.without_skeleton(media) if sequence is None else sequence
        return self.predict_all([body], [media])[0]

    def predict_all(
        self, sequences: Iterable[PoseSequence], media: Sequence[ClipMedia] | None = None
    ) -> list[Prediction]:
        """Predict several clips, batched; see :meth:`predict`."""
        sequences = list(sequences)
        media = [ClipMedia()] * len(sequences) if media is None else media
        pairs = list(zip(sequences, media, strict=True))
        predictions: list[Prediction] = []
        for start in range(0, len(pairs), CLIPS_AT_ONCE):
            part = pairs[start : start + CLIPS_AT_ONCE]
            clips = [self.prepare(*pair) for pair in part]
            predictions += self.predict_prepared([clip for clip, _ in part], clips)
        return predictions

    def can_predict(self, sequence: PoseSequence, media: ClipMedia) -> bool:
        """Return whether a clip has any of the modalities that are used.

        One without a skeleton is an error for networks of skeletons, which :meth:`prepare` raises.
        """
        if self.modalities == ("skeleton",):
            return True
        return bool(find_present(sequence, media, self.modalities))

    def prepare(self, sequence: PoseSequence, media: ClipMedia | None = None) -> tuple[Any, ...]:
        """Return a clip as each network takes it; equal preprocessing is done once.

        Raises:
            SkelgraphError: As :meth:`predict`.
        """
        media = media or ClipMedia()
        return self._do_once(lambda _, network: network.prepare(sequence, media))

    def clean(self, sequence: PoseSequence) -> tuple[PoseSequence, ...]:
        """Return a long recording from which windows are cut, cleaned for each network.

        Each window goes through :meth:`normalize`.

        Raises:
            SkelgraphError: As :meth:`predict`, but for the length; or the network takes audio or
                text.
        """
        if self.modalities != ("skeleton",):
            raise RunError(
                f"{self.run.path}: windows are cut from skeletons, but this network takes audio or "
                f"text; cut the recording into clips, each with its sound and words"
            )
        return self._do_once(lambda _, network: clean_uncut(sequence, network.facts))

    def normalize(self, windows: Sequence[PoseSequence]) -> tuple[Any, ...]:
        """Return a window of a recording that :meth:`clean` cleaned as each network takes it.

        Raises:
            SkelgraphError: If it has no heading or no center, or is too long.
        """

        def normalize_window(number: int, network: ServedNetwork) -> PoseSequence:
            done = network.facts.preprocessing.normalize(windows[number])
            network.check_clip(done)
            return done

        return self._do_once(normalize_window)

    def _do_once(self, do: Callable[[int, ServedNetwork], Any]) -> tuple[Any, ...]:
        """Return what is done for each network, once for those of equal preprocessing."""
        done = dict[Any, Any]()
        keys = [(network.facts.preprocessing, network.facts.channels) for network in self.networks]
        for number, (key, network) in enumerate(zip(keys, self.networks, strict=True)):
            if key not in done:
                done[key] = do(number, network)
        return tuple(done[key] for key in keys)

    def predict_prepared(
        self, sequences: Sequence[PoseSequence], clips: Sequence[tuple[Any, ...]]
    ) -> list[Prediction]:
        """Predict clips that :meth:`prepare` has been through.

        The sequences give names, labels and subjects; the clips are what :meth:`prepare`
        returned.
        """
        if not clips:
            return []
        scores = np.stack(
            [
                network.score([clip[number] for clip in clips])
                for number, network in enumerate(self.networks)
            ]
        )
        fused = scores[0] if self.fusion is None else self.fusion.combine(scores)
        if self.decision is not None:
            fused = temper(fused, self.decision.rule.temperature)
        return name_scores(sequences, self.classes, fused)

    def answer(self, prediction: Prediction) -> str:
        """Return the predicted class, or ``"not sure"`` if the run's decision withholds it."""
        return prediction.prediction if self.decision is None else self.decision.answer(prediction)

    def without_skeleton(self, media: ClipMedia) -> PoseSequence:
        """Return what stands for the skeleton of a clip that has none."""
        return PoseSequence(
            positions=np.full((1, self.layout.num_joints, self.facts.num_dimensions), np.nan),
            layout=self.layout,
            fps=self.config.preparation.fps,
            name="the text" if media.audio is None else str(media.audio),
        )


def choose_modalities(predictor: Predictor, modalities: Sequence[Modality]) -> Predictor:
    """Return the same network, using some of its modalities alone.

    Raises:
        RunError: If the network does not take one of them.
    """
    network, own = predictor.networks[0], predictor.config.modalities
    if own == ("skeleton",):
        raise RunError(
            f"{predictor.run.path}: modalities are chosen of a network of several, but it takes "
            f"skeletons alone"
        )
    unknown = [one for one in modalities if one not in own]
    if unknown or not modalities:
        raise RunError(
            f"{predictor.run.path}: expected modalities of {', '.join(own)}, which the network "
            f"takes, but got {', '.join(unknown) or 'none'}"
        )
    chosen = tuple(one for one in own if one in modalities)
    return replace(predictor, networks=(replace(network, modalities=chosen),))  # type: ignore[type-var]
