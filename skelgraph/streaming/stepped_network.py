"""A trained network of one stream at work on people, frame by frame."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, cast

import numpy as np
import torch

from skelgraph.evaluation import temper
from skelgraph.models import SpatialTemporalNetwork
from skelgraph.nn import TemporalPooling
from skelgraph.serving import SkeletonNetwork
from skelgraph.streaming.online_input import InputFrame, OnlineInput
from skelgraph.streaming.online_stream import OnlineStream, StreamFrame, StreamState
from skelgraph.streaming.step_network import StepNetwork
from skelgraph.streaming.step_state import StepState, join_states
from skelgraph.training import list_views, soften
from skelgraph.typing import FloatArray


class PersonRows(NamedTuple):
    """Where the network's state of a person is: rows of the state of all who step together.

    Args:
        state: The state of all of them.
        first: The person's first row; there is one for each view.
    """

    state: StepState
    first: int


@dataclass
class SteppedState:
    """What a :class:`SteppedNetwork` keeps of one person.

    Args:
        stream: The stream's part.
        waiting: Frames of the stream that the network has not taken yet, fewer than its stride.
        num_frames: Number of frames that it has taken.
        rows: The network's part; None before it has taken any.
    """

    stream: StreamState = field(default_factory=StreamState)
    waiting: list[StreamFrame] = field(default_factory=list)
    num_frames: int = 0
    rows: PersonRows | None = None


class SteppedNetwork:
    """Predict people from their frames as they come, with a step network and an online stream.

    Frames wait until they complete an output frame of the network, since nothing new can be said
    before. People whose networks wait for the same number of frames step together.

    Args:
        served: A trained network of one stream.
        source: What cleans its frames.
        pooling: Which output frames its predictions are made of.

    Raises:
        ValueError: If the network has no steps.
    """

    def __init__(
        self, served: SkeletonNetwork, source: OnlineInput, pooling: TemporalPooling | None = None
    ) -> None:
        facts = served.facts
        (stream,) = facts.config.stream.names
        self.source = source
        self.temperature = served.temperature
        self.stream = OnlineStream(
            stream,
            facts.layout,
            num_dimensions=facts.num_dimensions,
            fps=source.cleaner.fps,
            with_confidence=facts.channels == "xyc",
            joint_identity=facts.config.stream.joint_identity,
            mirrored=list_views(facts.config.resolve_recipe(), [facts.layout]),
        )
        self.step = StepNetwork(cast(SpatialTemporalNetwork, served.model), pooling)
        self.step.to(next(served.model.parameters()).device)

    @property
    def delay_s(self) -> float:
        """Time from the frame that a prediction is about to the last frame, in seconds."""
        delay = self.step.delay_frames / self.stream.fps
        return self.source.cleaner.lag_s + self.stream.delay_frames / self.stream.input_fps + delay

    @property
    def warmup_s(self) -> float:
        """Time from a person's first frame to the first prediction, in seconds."""
        frames = (self.step.warmup_frames - 1) * self.stream.step + self.stream.delay_frames
        return max(frames, self.stream.warmup_frames - 1) / self.stream.input_fps

    @property
    def interval_s(self) -> float:
        """Time from one prediction to the next, in seconds."""
        return self.step.stride / self.stream.fps

    def describe(self) -> str:
        """Return a line on how it computes."""
        return (
            f"{self.stream.stream}: steps of {1000 / self.stream.fps:.0f} ms, an output every "
            f"{self.step.stride} of them"
        )

    def start(self) -> SteppedState:
        """Return the state before a person's first frame."""
        return SteppedState()

    def push(
        self, people: Sequence[tuple[SteppedState, Sequence[InputFrame]]]
    ) -> list[FloatArray | None]:
        """Return the probabilities (classes,) of each person, None if there are no new ones.

        Args:
            people: State and new frames of each person; the states are changed.

        Raises:
            RunError: If the network gives numbers that are not finite.
        """
        for turn in range(max((len(frames) for _, frames in people), default=0)):
            self._encode([(state, frames[turn]) for state, frames in people if len(frames) > turn])
        groups = dict[tuple[int, int], list[int]]()
        for number, (state, _) in enumerate(people):
            if length := self._count_due(state):
                groups.setdefault((state.num_frames % self.step.stride, length), []).append(number)
        answers: list[FloatArray | None] = [None] * len(people)
        for (_, length), numbers in groups.items():
            probabilities = self._advance([people[number][0] for number in numbers], length)
            for number, row in zip(numbers, probabilities, strict=True):
                if people[number][0].num_frames >= self.step.warmup_frames:
                    answers[number] = row
        return answers

    def _encode(self, people: Sequence[tuple[SteppedState, InputFrame]]) -> None:
        """Encode one frame of each person; what comes out waits for the network."""
        encoded = self.stream.push_all(
            [
                (state.stream, frame.positions, frame.clean.confidence, frame.view)
                for state, frame in people
            ]
        )
        for (state, _), frames in zip(people, encoded, strict=True):
            state.waiting += frames

    def _count_due(self, state: SteppedState) -> int:
        """Return how many of the waiting frames there are up to the last that completes an output.

        Outputs are completed by the last frame of the warm-up and every stride from there; before,
        frames are taken at the same distances.
        """
        last = state.num_frames + len(state.waiting) - 1
        after = (last - (self.step.warmup_frames - 1)) % self.step.stride
        return max(len(state.waiting) - after, 0)

    def _advance(self, states: Sequence[SteppedState], length: int) -> FloatArray:
        """Return probabilities (people, classes) after some frames of people at the same place.

        They mean nothing before a person's first output.
        """
        taken = [state.waiting[:length] for state in states]
        x = np.stack([frame.x for frames in taken for frame in frames])
        mask = np.stack([frame.mask for frames in taken for frame in frames])
        joined, presence = (self._arrange(part, length) for part in (x, mask))
        whole = None if bool(mask.all()) else presence
        state, logits = self.step.advance(self._join(states), joined, whole)
        views = len(self.stream.mirrored)
        for number, one in enumerate(states):
            one.waiting = one.waiting[length:]
            one.num_frames += length
            one.rows = PersonRows(state, number * views)
        if logits.size(1) == 0:
            return np.full((len(states), self.step.num_classes), np.nan)
        early = [one.num_frames < self.step.warmup_frames for one in states for _ in range(views)]
        last = logits[:, -1].masked_fill(torch.tensor(early, device=logits.device)[:, None], 0.0)
        softmax = soften(last)
        return temper(softmax.reshape(len(states), views, -1).mean(axis=1), self.temperature)

    def _arrange(self, frames: np.ndarray, length: int) -> torch.Tensor:
        """Return frames (people * L, views, ..., V) as (people * views, ..., L, V)."""
        device = self.step.classifier.weight.device
        tensor = torch.from_numpy(frames).to(device)
        tensor = tensor.reshape(-1, length, *frames.shape[1:]).movedim(1, -2)
        return torch.flatten(tensor, 0, 1)

    def _join(self, states: Sequence[SteppedState]) -> StepState:
        """Return one state of the rows of some people."""
        views = len(self.stream.mirrored)
        rows = [state.rows for state in states]
        first = rows[0]
        if first is not None and first.state.num_people == views * len(rows):
            expected = [PersonRows(first.state, views * number) for number in range(len(rows))]
            if all(
                row is not None and row.state is first.state and row.first == one.first
                for row, one in zip(rows, expected, strict=True)
            ):
                return first.state  # the same people as the last time
        return join_states(
            [
                self.step.init_state(views)
                if row is None
                else row.state.select(range(row.first, row.first + views))
                for row in rows
            ]
        )
