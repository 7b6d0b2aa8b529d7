"""A trained network that hears or reads, ready to say what clips show."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.config import Channels, Modality, TrainConfig
from skelgraph.data import ClipMedia, SkeletonDataset
from skelgraph.errors import DatasetError, RunError
from skelgraph.features import AcousticFeatures, extract_all
from skelgraph.layouts import JointLayout
from skelgraph.models import FusionNetwork, RecurrentEncoder
from skelgraph.poses import PoseSequence, Preprocessing
from skelgraph.runs import Prediction, RunDirectory, load_weights
from skelgraph.serving.run_facts import blame_config, parse_facts
from skelgraph.serving.run_predictor import RunPredictor
from skelgraph.training import make_stream, predict_clips, preprocess, skeleton_config
from skelgraph.training.multimodal import (
    MultimodalDataset,
    SpeechData,
    SpeechEncoding,
    make_multimodal,
    read_encoding,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class PreparedClip:
    """A clip as :meth:`MultimodalPredictor.predict_prepared` takes it.

    Args:
        sequence: Its skeleton after preprocessing; without a joint where there is none.
        acoustic: Its acoustic features, where it has audio.
        text: Its transcript, where it has one.
    """

    sequence: PoseSequence
    acoustic: AcousticFeatures | None = None
    text: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class MultimodalPredictor:
    """A trained network of audio, text and skeletons, or some of these; :func:`load_run` makes it.

    What a clip lacks is masked. :func:`choose_modalities` gives one that looks at less.

    Args:
        run: Where it was loaded from.
        config: The settings that it was trained with.
        classes: Names of the classes in the order of the logits.
        preprocessing: What is done to a skeleton first.
        model: The network.
        channels: What it sees of a joint.
        data_fingerprint: Digest of the data that it was trained and tested on.
        encoding: How audio and text become what it takes.
        modalities: What is looked at.
        longest: Frames of the longest clip of its data.
    """

    run: RunDirectory
    config: TrainConfig
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    model: FusionNetwork | RecurrentEncoder
    channels: Channels
    data_fingerprint: str
    encoding: SpeechEncoding
    modalities: tuple[Modality, ...]
    longest: int | None = None

    @property
    def layout(self) -> JointLayout:
        """Layout to which recordings are converted."""
        if self.preprocessing.layout is None:
            raise RunError(f"{self.run.config_file}: expected a layout in the preprocessing")
        return self.preprocessing.layout

    @property
    def train_labels(self) -> list[str]:
        """Label of each clip that it was trained on; the most frequent one is a baseline."""
        return [row["label"] for row in self.run.read_split() if row["part"] == "train"]

    def predict(
        self,
        sequence: PoseSequence | None = None,
        *,
        audio: Path | str | None = None,
        text: str | None = None,
    ) -> Prediction:
        """The class of one clip, with the probability of each class.

        Args:
            sequence: Its skeleton.
            audio: A sound file of this clip alone.
            text: Its transcript.

        Raises:
            SkelgraphError: If all of these are missing, or one cannot be used.
        """
        media = ClipMedia(audio=None if audio is None else Path(audio), text=text)
        body = self.without_skeleton(media) if sequence is None else sequence
        return self.predict_prepared([self.prepare(body, media)])[0]

    def predict_all(
        self, sequences: Iterable[PoseSequence], media: Sequence[ClipMedia]
    ) -> list[Prediction]:
        """The classes of several clips, batched; see :meth:`predict`."""
        pairs = zip(sequences, media, strict=True)
        return self.predict_prepared([self.prepare(*pair) for pair in pairs])

    def without_skeleton(self, media: ClipMedia) -> PoseSequence:
        """What stands for the skeleton of a clip that has none."""
        dimensions = 3 if self.channels == "xyz" else 2
        return PoseSequence(
            positions=np.full((1, self.layout.num_joints, dimensions), np.nan),
            layout=self.layout,
            fps=self.config.fps,
            name="the text" if media.audio is None else str(media.audio),
        )

    def perceives(self, sequence: PoseSequence, media: ClipMedia) -> bool:
        """Whether a clip has any of the modalities that are looked at."""
        return any(self._find(sequence, media).values())

    def prepare(self, sequence: PoseSequence, media: ClipMedia | None = None) -> PreparedClip:
        """A clip as the network gets it, but for the streams.

        Raises:
            SkelgraphError: If it has nothing of what the network looks at, or that cannot be used.
        """
        media = media or ClipMedia()
        there = self._find(sequence, media)
        if not any(there.values()):
            raise DatasetError(
                f"{sequence.name or 'the clip'}: expected {' or '.join(self.modalities)}, but it "
                f"has none of these"
            )
        acoustic = None
        if there.get("audio") and media.audio is not None:
            (acoustic,) = extract_all([media.audio], self.config.multimodal.acoustic)
        return PreparedClip(
            sequence=self._prepare_skeleton(sequence) if there.get("skeleton") else sequence,
            acoustic=acoustic,
            text=media.text if there.get("text") else None,
        )

    def predict_prepared(self, clips: Sequence[PreparedClip]) -> list[Prediction]:
        """The classes of clips that :meth:`prepare` has been through."""
        if not clips:
            return []
        sequences = [clip.sequence for clip in clips]
        dataset = self._make_dataset(clips)
        return predict_clips(self.model, dataset, sequences, self.classes)

    def _find(self, sequence: PoseSequence, media: ClipMedia) -> dict[Modality, bool]:
        there: dict[Modality, bool] = {
            "audio": media.audio is not None,
            "text": media.text is not None,
            "skeleton": bool(sequence.present.any()),
        }
        return {modality: there[modality] for modality in self.modalities}

    def _prepare_skeleton(self, sequence: PoseSequence) -> PoseSequence:
        wanted = 3 if self.channels == "xyz" else 2
        if sequence.num_dimensions != wanted:
            raise DatasetError(
                f"{sequence.name or 'the sequence'}: expected positions in {wanted}D as in the "
                f"run's training, but got {sequence.num_dimensions}D"
            )
        return preprocess(sequence, self.preprocessing)

    def _make_dataset(self, clips: Sequence[PreparedClip]) -> MultimodalDataset:
        sees = "skeleton" in self.modalities
        has_skeleton = [sees and bool(clip.sequence.present.any()) for clip in clips]
        bodies = [clip.sequence for clip, has in zip(clips, has_skeleton, strict=True) if has]
        streams = {
            str(name): SkeletonDataset(
                bodies,
                transform=make_stream(
                    skeleton_config(self.config, name),
                    self.layout,
                    self.channels,
                    longest=self.longest,
                ),
                with_confidence=self.channels == "xyc",
            )
            for name in (self.config.skeleton_streams if bodies else ())
        }
        return MultimodalDataset(
            self.config.modalities,
            [-1] * len(clips),
            speech=SpeechData(
                encoding=self.encoding,
                acoustic=tuple(clip.acoustic for clip in clips),
                texts=tuple(clip.text for clip in clips),
            ),
            streams=streams,
            has_skeleton=has_skeleton,
            encoder=None if self.config.fuses_modalities else self.config.modalities[0],
        )


def choose_modalities(
    predictor: RunPredictor, modalities: Sequence[Modality]
) -> MultimodalPredictor:
    """The same network, looking at some of its modalities alone.

    Args:
        predictor: What :func:`load_run` gave.
        modalities: Those that are looked at.

    Raises:
        RunError: If the network does not perceive one of them.
    """
    if not isinstance(predictor, MultimodalPredictor):
        raise RunError(
            f"{predictor.run.path}: modalities are chosen of a network of several, but it sees "
            f"skeletons alone"
        )
    unknown = [one for one in modalities if one not in predictor.config.modalities]
    if unknown or not modalities:
        raise RunError(
            f"{predictor.run.path}: expected modalities of {', '.join(predictor.config.modalities)}"
            f", which the network perceives, but got {', '.join(unknown) or 'none'}"
        )
    chosen = tuple(one for one in predictor.config.modalities if one in modalities)
    return replace(predictor, modalities=chosen)


def load_multimodal(
    run: RunDirectory, facts: Mapping[str, Any], *, for_inference: bool = True
) -> MultimodalPredictor:
    """Loads the finished run of a network that hears or reads; :func:`load_run` takes all runs.

    Args:
        run: The run directory.
        facts: The contents of its ``config.json``.
        for_inference: Whether the network gets its faster form.

    Raises:
        RunError: If its training did not end, or its files are damaged.
    """
    encoding = read_encoding(run)
    with blame_config(run):
        known = parse_facts(facts)
        config, layout = known.config, known.preprocessing.layout
        assert layout is not None
        encoders = {
            str(name): TrainConfig.from_dict(one["config"])
            for name, one in facts["encoders"].items()
        }
        model = make_multimodal(
            config, encoders, encoding, layout, known.channels, num_classes=len(known.classes)
        )
    load_weights(model, run.checkpoint(config.resolve_recipe().checkpoint))
    network = model.optimize_for_inference() if for_inference else model
    return MultimodalPredictor(
        run=run,
        model=network,
        encoding=encoding,
        modalities=config.modalities,
        **known._asdict(),
    )
