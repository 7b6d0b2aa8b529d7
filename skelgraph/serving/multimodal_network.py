"""A trained network of audio, text and skeletons at work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from skelgraph.config import Modality, NetworkPlan, TrainConfig, plan_encoders, plan_network
from skelgraph.data import ClipMedia
from skelgraph.errors import DatasetError, RunError
from skelgraph.evaluation import temper
from skelgraph.features import AcousticFeatures, extract_all
from skelgraph.poses import PoseSequence
from skelgraph.runs import RunDirectory, RunFacts, blame_config, read_temperature
from skelgraph.serving.recording_cleaning import check_channels
from skelgraph.serving.served_networks import find_present, load_model
from skelgraph.training import encode_for_scoring, predict_probabilities, preprocess
from skelgraph.training.multimodal import (
    MultimodalDataset,
    SpeechData,
    SpeechEncoding,
    list_encoder_models,
    make_multimodal,
    read_encoding,
)
from skelgraph.typing import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class PreparedClip:
    """A clip as :meth:`MultimodalNetwork.score` takes it.

    A sequence without any joint present stands for no skeleton.
    """

    sequence: PoseSequence
    acoustic: AcousticFeatures | None = None
    text: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class MultimodalNetwork:
    """A trained network of audio, text and skeletons, or some of these.

    What a clip lacks is masked.
    """

    run: RunDirectory
    facts: RunFacts
    model: nn.Module
    plan: NetworkPlan
    encoding: SpeechEncoding
    modalities: tuple[Modality, ...]
    temperature: float = 1.0

    def prepare(self, sequence: PoseSequence, media: ClipMedia) -> PreparedClip:
        """Return a clip as the network takes it, but for the streams.

        Raises:
            SkelgraphError: If it has none of the modalities that are used, or one cannot be used.
        """
        there = find_present(sequence, media, self.modalities)
        if not there:
            raise DatasetError(
                f"{sequence.name or 'the clip'}: expected {' or '.join(self.modalities)}, but it "
                f"has none of these"
            )
        acoustic = None
        if "audio" in there and media.audio is not None:
            (acoustic,) = extract_all([media.audio], self.plan.multimodal.acoustic)
        if "skeleton" in there:
            check_channels(sequence, self.facts)
            sequence = preprocess(sequence, self.facts.preprocessing)
        return PreparedClip(
            sequence=sequence, acoustic=acoustic, text=media.text if "text" in there else None
        )

    def check_clip(self, clip: PoseSequence) -> None:
        """Refuse a skeleton alone: a clip is one with its sound and words.

        Raises:
            RunError: Always.
        """
        raise RunError(f"{self.run.path}: expected a clip with its media, but got a skeleton")

    def score(self, clips: Sequence[PreparedClip]) -> FloatArray:
        """Return softmax probabilities (clips, classes) of prepared clips."""
        facts, plan = self.facts, self.plan
        uses_skeletons = "skeleton" in self.modalities
        has_skeleton = [uses_skeletons and one.sequence.has_joints for one in clips]
        bodies = [one.sequence for one, has in zip(clips, has_skeleton, strict=True) if has]
        streams = {
            str(stream): encode_for_scoring(facts, bodies, stream, plan.encoding)
            for stream in (plan.streams if bodies else ())
        }
        dataset = MultimodalDataset(
            plan.modalities,
            [-1] * len(clips),
            speech=SpeechData(
                encoding=self.encoding,
                acoustic=tuple(one.acoustic for one in clips),
                texts=tuple(one.text for one in clips),
            ),
            streams=streams,
            has_skeleton=has_skeleton,
            encoder=None if plan.info.has_encoders else plan.modalities[0],
        )
        return temper(predict_probabilities(self.model, dataset), self.temperature)


def load_multimodal_network(
    run: RunDirectory,
    contents: Mapping[str, Any],
    facts: RunFacts,
    *,
    device: str = "auto",
    for_inference: bool = True,
) -> MultimodalNetwork:
    """Load the finished run of a network that takes audio or text.

    Raises:
        RunError: If its training did not end, or its files are damaged.
    """
    encoding = read_encoding(run)
    plan = plan_network(facts.config)
    with blame_config(run):
        configs = {
            str(name): TrainConfig.from_dict(one["config"])
            for name, one in contents["encoders"].items()
        }
        model = make_multimodal(
            plan,
            list_encoder_models(plan_encoders(facts.config), configs),
            encoding,
            facts.layout,
            facts.channels,
            num_classes=len(facts.classes),
        )
    return MultimodalNetwork(
        run=run,
        facts=facts,
        model=load_model(model, run, facts.config, device=device, for_inference=for_inference),
        plan=plan,
        encoding=encoding,
        modalities=plan.modalities,
        temperature=read_temperature(run),
    )
