"""The networks of a model as they take frames: what each needs, and what it differs in."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from skelgraph.config import PoolingKind
from skelgraph.errors import PoseError, RunError
from skelgraph.layouts import JointLayout
from skelgraph.models import SpatialTemporalNetwork, fold_for_inference
from skelgraph.nn import TemporalPooling
from skelgraph.poses import Preprocessing, Unit, UpAxis
from skelgraph.serving import Predictor, ServedNetwork, SkeletonNetwork
from skelgraph.streaming.online_input import InputFrame, OnlineInput
from skelgraph.streaming.stepped_network import SteppedNetwork
from skelgraph.streaming.windowed_network import WindowedNetwork
from skelgraph.typing import FloatArray


@dataclass(frozen=True, kw_only=True)
class LiveSettings:
    """Settings of a live model; :meth:`LiveModel.load` says what they are.

    Raises:
        PoseError: If a time is not above 0.
    """

    source_layout: JointLayout
    unit: Unit
    up: UpAxis
    source_fps: float | None
    pooling: PoolingKind
    memory_s: float
    hop_s: float
    forget_s: float

    @property
    def heading_s(self) -> float:
        """Memory of the heading in seconds: what an answer is about.

        An exponential memory of 0.6 windows follows the heading of a window best: at 4 s, by 0.8
        degrees on average in seated recordings (mpi-ebed) in a row, and by 9 among people who walk
        in circles (bandai-styles).
        """
        if self.pooling == "mean":
            return math.inf
        return 0.6 * self.memory_s if self.pooling == "window" else self.memory_s / math.log(2)

    def __post_init__(self) -> None:
        for name in ("source_fps", "memory_s", "hop_s", "forget_s"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise PoseError(f"expected {name} above 0, but got {value}")


class LiveNetwork(Protocol):
    """A network of a model as it takes frames."""

    @property
    def source(self) -> OnlineInput:
        """What cleans its frames."""
        ...

    @property
    def delay_s(self) -> float:
        """Time from the frame that a prediction is about to the last frame, in seconds."""
        ...

    @property
    def warmup_s(self) -> float:
        """Time from a person's first frame to the first prediction, in seconds."""
        ...

    @property
    def interval_s(self) -> float:
        """Time from one prediction to the next, in seconds."""
        ...

    def describe(self) -> str:
        """Return a line on how it computes."""
        ...

    def start(self) -> Any:
        """Return the state before a person's first frame."""
        ...

    def push(self, people: Sequence[tuple[Any, Sequence[InputFrame]]]) -> list[FloatArray | None]:
        """Return the new probabilities (classes,) of each person, None if there are none."""
        ...


def make_live_networks(predictor: Predictor, settings: LiveSettings) -> tuple[LiveNetwork, ...]:
    """Return the networks of a model as they take frames.

    Raises:
        SkelgraphError: If it takes audio, text or several persons together, or the layout cannot be
            converted to the run's.
    """
    where = predictor.run.path
    if predictor.modalities != ("skeleton",):
        raise RunError(
            f"{where}: a stream has skeletons alone, but this model takes "
            f"{', '.join(predictor.modalities)}; take one that was trained on skeletons"
        )
    if predictor.config.data.persons > 1:
        raise RunError(
            f"{where}: a stream takes each person by itself, but this model takes "
            f"{predictor.config.data.persons} together; take one that was trained with --persons 1"
        )
    sources = dict[Preprocessing, OnlineInput]()
    return tuple(_make_network(served, settings, sources) for served in predictor.networks)


def _make_network(
    served: ServedNetwork, settings: LiveSettings, sources: dict[Preprocessing, OnlineInput]
) -> LiveNetwork:
    """Return a network that steps if it can, and else one of windows."""
    facts = served.facts
    source = sources.get(facts.preprocessing)
    if source is None:
        source = sources[facts.preprocessing] = OnlineInput(
            facts.preprocessing,
            source_layout=settings.source_layout,
            num_dimensions=facts.num_dimensions,
            unit=settings.unit,
            up=settings.up,
            source_fps=settings.source_fps,
            memory_s=settings.heading_s,
        )
    if isinstance(served, SkeletonNetwork) and can_step(served):
        stepped = SteppedNetwork(served, source)
        if settings.pooling == "mean":
            return stepped
        frames = settings.memory_s / stepped.interval_s
        if settings.pooling == "window":
            frames = max(round(frames), 1)
        return SteppedNetwork(served, source, TemporalPooling(settings.pooling, frames))
    if isinstance(served, SkeletonNetwork):
        served = replace(served, model=fold_for_inference(served.model))
    return WindowedNetwork(
        served, source, up=settings.up, window_s=settings.memory_s, hop_s=settings.hop_s
    )


def can_step(served: SkeletonNetwork) -> bool:
    """Return whether a trained network can take frame after frame.

    It is an S-STGCN or ST-GCN of one skeleton whose clips had their own length and order of axes.
    """
    encoding = served.facts.config.stream
    return (
        isinstance(served.model, SpatialTemporalNetwork)
        and not served.facts.is_mixed
        and not encoding.has_one_length
        and served.transform is None
    )


def describe_networks(networks: Sequence[LiveNetwork], settings: LiveSettings) -> Iterator[str]:
    """Yield a line on each thing that is not as in training."""
    cleaner, normalizer = networks[0].source.cleaner, networks[0].source.normalizer
    yield f"frames are resampled to {cleaner.fps:g}/s by their time stamps"
    if settings.pooling == "mean":
        yield "an answer is about everything since a person came, as in training"
    elif settings.pooling == "window":
        yield f"an answer is about the last {settings.memory_s:g} s; in training, about a clip"
    else:
        yield f"what an answer is about fades with a half-life of {settings.memory_s:g} s"
    yield from (network.describe() for network in networks)
    if cleaner.lag_s:
        yield (
            f"the filter does not look ahead, and lags by {1000 * cleaner.lag_s:.0f} ms; that of "
            f"the training has no lag"
        )
    if longest_s := cleaner.preprocessing.max_gap_s:
        yield (
            f"a missing joint stays where it was for {longest_s:g} s; in training, such gaps are "
            f"interpolated"
        )
    if normalizer.aligns_heading:
        yield "the heading is that of the frames so far; in training, of the whole clip"
    if normalizer.scales:
        yield "the size is that of the frames so far; in training, of the whole clip"
