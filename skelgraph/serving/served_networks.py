"""Trained networks at work: from recordings to a score of each class."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from torch import nn

from skelgraph.config import Modality, TrainConfig, find_model
from skelgraph.data import ClipMedia, Transform, name_transform
from skelgraph.errors import DatasetError, RunError
from skelgraph.evaluation import temper
from skelgraph.layouts import JointLayout
from skelgraph.models import (
    fold_for_inference,
    make_network,
    resolve_device,
)
from skelgraph.poses import PoseSequence
from skelgraph.runs import RunDirectory, RunFacts, blame_config, load_weights, read_temperature
from skelgraph.serving.clip_threads import ClipThreads
from skelgraph.serving.recording_cleaning import clean_recording, name_clip
from skelgraph.training import (
    count_channels,
    describe_conversions,
    encode_for_scoring,
    list_views,
    predict_views,
)
from skelgraph.typing import FloatArray


class ServedNetwork(Protocol):
    """A trained network with all that was done to its training clips."""

    @property
    def run(self) -> RunDirectory:
        """Where it was loaded from."""
        ...

    @property
    def facts(self) -> RunFacts:
        """What its run says of it."""
        ...

    @property
    def model(self) -> nn.Module:
        """The network."""
        ...

    @property
    def temperature(self) -> float:
        """Temperature of its softmax."""
        ...

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """Modalities that it uses."""
        ...

    def prepare(self, sequence: PoseSequence, media: ClipMedia) -> Any:
        """Return a clip as :meth:`score` takes it."""
        ...

    def check_clip(self, clip: PoseSequence) -> None:
        """Check that a cleaned recording can be scored."""
        ...

    def score(self, clips: Sequence[Any]) -> FloatArray:
        """Return softmax probabilities (clips, classes)."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class SkeletonNetwork:
    """A trained network of one stream."""

    run: RunDirectory
    facts: RunFacts
    model: nn.Module
    temperature: float = 1.0
    threads: int | None = None
    transform: Transform | None = None

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """Modalities that it uses."""
        return ("skeleton",)

    def prepare(self, sequence: PoseSequence, media: ClipMedia) -> PoseSequence:
        """Clean a recording as in the training; its audio and text are not used.

        Raises:
            SkelgraphError: If it cannot be converted to the run's layout, is too short or too long,
                or has other channels.
        """
        done = clean_recording(sequence, self.facts)
        self.check_clip(done)
        return done

    def check_clip(self, clip: PoseSequence) -> None:
        """Check that a cleaned recording can be scored.

        Raises:
            SkelgraphError: If it is too long, or its skeleton lacks a part.
        """
        facts, encoding = self.facts, self.facts.config.stream
        pads = encoding.axes == "scrambled" and encoding.frames is None
        if pads and clip.num_frames > facts.longest:
            raise DatasetError(
                f"{clip.name or 'the sequence'}: expected at most {facts.longest} frames, to which "
                f"this run with scrambled axes pads every clip, but got {clip.num_frames}; cut the "
                f"recording"
            )
        if facts.is_mixed:
            (stream,) = encoding.names
            with name_clip(clip):  # a skeleton that training never saw may lack a part
                encode_for_scoring(facts, [clip], stream, encoding)[0]

    def score(self, clips: Sequence[PoseSequence]) -> FloatArray:
        """Return softmax probabilities (clips, classes) of cleaned recordings."""
        facts = self.facts
        (stream,) = facts.config.stream.names
        recipe = facts.config.resolve_recipe()
        views = [
            encode_for_scoring(
                facts,
                clips,
                stream,
                facts.config.stream,
                mirrored=mirrored,
                own=self.transform,
            )
            for mirrored in list_views(recipe, {clip.layout for clip in clips})
        ]
        model = self.model if facts.is_mixed else ClipThreads(self.model, self.threads)
        scores = predict_views(model, views)
        return temper(scores, self.temperature)


def describe_layouts(layouts: Sequence[JointLayout], facts: RunFacts) -> list[str]:
    """Return a line for each layout that is converted or that a mixed training never saw.

    Raises:
        LayoutError: If one cannot be converted.
    """
    if not facts.is_mixed:
        return describe_conversions(layouts, facts.layout)
    counts = Counter(layout for layout in layouts if layout not in facts.layouts)
    return [
        f"{count} {'clip' if count == 1 else 'clips'} of {layout.name} with {layout.num_joints} "
        f"joints, a skeleton that the training never saw"
        for layout, count in counts.items()
    ]


def find_present(
    sequence: PoseSequence, media: ClipMedia, modalities: Sequence[Modality]
) -> set[Modality]:
    """Return those of some modalities that a clip has."""
    there: dict[Modality, bool] = {
        "audio": media.audio is not None,
        "text": media.text is not None,
        "skeleton": sequence.has_joints,
    }
    return {modality for modality in modalities if there[modality]}


def load_skeleton_network(
    run: RunDirectory,
    facts: RunFacts,
    *,
    own_model: str | None = None,
    device: str = "auto",
    threads: int | None = None,
    for_inference: bool = True,
    transform: Transform | None = None,
) -> SkeletonNetwork:
    """Load the finished run of one network of skeletons.

    Raises:
        RunError: If its training did not end, its files are damaged, or its own network is not
            allowed.
    """
    settings = facts.config.model
    if settings.info.is_own:
        settings = settings.change(model=allow_own_model(run, settings.name, own_model))
    streams = facts.config.stream.names
    if len(streams) > 1:
        raise RunError(
            f"{run.path}: the run is incomplete, its streams are not fused yet; go on with: "
            f"skelgraph train --resume {run.path}"
        )
    given = None if transform is None else name_transform(transform)
    if facts.transform != given:
        raise RunError(
            f"{run.path}: its clips went through no transform of your own"
            if facts.transform is None
            else f"{run.path}: its clips went through a transform of your own, {facts.transform}: "
            f"load it in Python with load_run(..., transform=...)"
            + (f", not with {given}" if given else "")
        )
    (stream,) = streams
    with blame_config(run):
        joint_identity = facts.config.stream.joint_identity
        usual = count_channels(stream, facts.channels, joint_identity=joint_identity)
        model = make_network(
            settings,
            facts.layout,
            in_channels=usual if transform is None else facts.in_channels or usual,
            num_classes=len(facts.classes),
            any_skeleton=facts.is_mixed,
        )
    model = load_model(model, run, facts.config, device=device, for_inference=for_inference)
    return SkeletonNetwork(
        run=run,
        facts=facts,
        model=model,
        temperature=read_temperature(run),
        threads=threads,
        transform=transform,
    )


def load_model(
    model: nn.Module, run: RunDirectory, config: TrainConfig, *, device: str, for_inference: bool
) -> nn.Module:
    """Return a run's network with its weights, on a device, in evaluation mode."""
    load_weights(model, run, config.resolve_recipe().checkpoint)
    model = model.to(resolve_device(device))
    return fold_for_inference(model) if for_inference else model


def allow_own_model(run: RunDirectory, trained: str, given: str | None) -> str:
    """Return the reference to a user's own network, which no run loads by itself.

    Raises:
        RunError: If it is not given again, or is another one.
    """
    if given is None:
        raise RunError(
            f"{run.path}: its network is code of your own, which a run does not load by itself; "
            f"pass --model {trained}"
        )
    info = find_model(given)
    if not info.is_own or info.name.rpartition(":")[2] != trained.rpartition(":")[2]:
        raise RunError(f"{run.path}: expected the network that was trained, {trained}, not {given}")
    return given
