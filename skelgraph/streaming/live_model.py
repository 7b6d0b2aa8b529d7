"""A trained model that answers while frames arrive."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.config import PoolingKind
from skelgraph.layouts import JointLayout, resolve_layout
from skelgraph.poses import Unit, UpAxis
from skelgraph.serving import Predictor, load_run
from skelgraph.streaming.frame_check import check_frame
from skelgraph.streaming.live_answer import answer_person
from skelgraph.streaming.live_frame import LiveAnswer, LiveFrame, LivePose
from skelgraph.streaming.live_networks import (
    LiveNetwork,
    LiveSettings,
    describe_networks,
    make_live_networks,
)
from skelgraph.streaming.online_input import InputFrame, InputState, OnlineInput
from skelgraph.typing import FloatArray


@dataclass
class PersonState:
    """What a :class:`LiveModel` keeps of one person; it can be copied and pickled.

    Args:
        inputs: State of each way of cleaning.
        networks: State of each network.
        probabilities: Last probabilities (classes,) by each network; None before its first.
        seen_s: Time of the last frame in which the person was seen.
    """

    inputs: list[InputState]
    networks: list[Any]
    probabilities: list[FloatArray | None]
    seen_s: float


@dataclass(kw_only=True, eq=False)
class LiveModel:
    """Answer for each person of a scene, frame by frame; :meth:`load` makes it.

    Each frame goes through the run's cleaning as far as that can be had without the frames to come
    (:class:`OnlineCleaner`, :class:`OnlineNormalizer`, :class:`OnlineStream`), and through its
    networks step by step (:class:`StepNetwork`). A ridge on movement features, and networks that
    have no steps, are computed anew on the last seconds at every hop. Fusion, temperatures, mirror
    images and the threshold of ``"not sure"`` are those of the run. :meth:`describe` says how this
    differs from the training.

    Keypoints of an image are lifted before for a model that was trained in space
    (:class:`OnlineLifter`). A person who is not in a frame has no joints in it, and is forgotten
    after ``forget_s``. Whoever comes later under the same name is another person.

    Example:
        >>> model = LiveModel.load("emotion4", source_layout="mpi23", unit="cm")  # doctest: +SKIP
        >>> for frame in frames:  # doctest: +SKIP
        ...     for answer in model.push(frame):
        ...         print(answer.person, answer.time_s, answer.label)
    """

    predictor: Predictor
    settings: LiveSettings
    networks: tuple[LiveNetwork, ...]
    people: dict[str, PersonState] = field(default_factory=dict)
    time_s: float | None = None

    @classmethod
    def load(
        cls,
        reference: Predictor | Path | str,
        *,
        source_layout: JointLayout | str | None = None,
        unit: Unit = "unknown",
        up: UpAxis | None = None,
        source_fps: float | None = None,
        pooling: PoolingKind = "window",
        memory_s: float = 4.0,
        hop_s: float = 0.5,
        forget_s: float = 2.0,
        device: str = "auto",
    ) -> "LiveModel":
        """Load a trained model to answer while frames arrive.

        Args:
            reference: A run, a model folder, the name of a model that comes with skelgraph, or a
                predictor that was loaded with ``for_inference=False``.
            source_layout: Layout of the poses; by default the run's.
            unit: Unit of length of the poses.
            up: Axis of the poses that points upward; y by default, downward in an image.
            source_fps: Frames per second of the source; by default those of the run. Time stamps
                count; this tells the delay, whether fast movement has to be filtered before a lower
                rate, and that frames farther apart than one and a half (and the run's longest gap)
                are a pause, in which nobody is there.
            pooling: What an answer is about: the mean over everything so far, as in training, over
                the last ``memory_s`` seconds, or fading with that half-life.
            memory_s: Length of the window or half-life in seconds. Models without steps have a
                window of this length whatever the pooling.
            hop_s: Time from one answer to the next of models without steps, in seconds.
            forget_s: Time after which a person who is not seen is forgotten, in seconds.
            device: Where it computes, as in :func:`skelgraph.load_run`.

        Raises:
            SkelgraphError: If it cannot be loaded, takes audio, text or several persons together,
                or the layout cannot be converted to the run's.
        """
        predictor = (
            reference
            if isinstance(reference, Predictor)
            else load_run(reference, device=device, for_inference=False)
        )
        settings = LiveSettings(
            source_layout=resolve_layout(source_layout or predictor.layout),
            unit=unit,
            up=up or ("+y" if predictor.facts.num_dimensions == 3 else "-y"),
            source_fps=source_fps,
            pooling=pooling,
            memory_s=memory_s,
            hop_s=hop_s,
            forget_s=forget_s,
        )
        networks = make_live_networks(predictor, settings)
        return cls(predictor=predictor, settings=settings, networks=networks)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes in the order of the probabilities."""
        return self.predictor.classes

    @property
    def layout(self) -> JointLayout:
        """Layout of the poses that it takes."""
        return self.settings.source_layout

    @property
    def num_dimensions(self) -> int:
        """Coordinates of a joint of the poses that it takes."""
        return self.predictor.facts.num_dimensions

    @property
    def fps(self) -> float:
        """Frames per second to which poses are resampled."""
        return max(network.source.cleaner.fps for network in self.networks)

    @property
    def delay_s(self) -> float:
        """Time from the frame that an answer is about to the last frame, in seconds."""
        return max(network.delay_s for network in self.networks)

    @property
    def warmup_s(self) -> float:
        """Time from a person's first frame to the first answer, in seconds."""
        return max(network.warmup_s for network in self.networks)

    @property
    def interval_s(self) -> float:
        """Time from one answer for a person to the next, in seconds."""
        return min(network.interval_s for network in self.networks)

    def push(self, frame: LiveFrame) -> list[LiveAnswer]:
        """Return the new answers for the people in a frame; the model goes on by this frame.

        Raises:
            SkelgraphError: If the frame is not later than the one before, or a pose is malformed;
                the model is unchanged then, and takes the next frame.
        """
        self._check(frame)
        self.time_s = frame.time_s
        self._forget(frame.time_s)
        for person, pose in frame.persons.items():
            state = self.people.get(person)
            if state is None or self._begins_anew(state, pose):
                self.people[person] = self._start(frame.time_s)
            self.people[person].seen_s = frame.time_s
        names = list(self.people)
        frames = [
            self._clean(self.people[name], frame.time_s, frame.persons.get(name)) for name in names
        ]
        renewed = set[str]()
        for number, network in enumerate(self.networks):
            pairs = [
                (self.people[name].networks[number], own[self._find_input(network)])
                for name, own in zip(names, frames, strict=True)
            ]
            for name, row in zip(names, network.push(pairs), strict=True):
                if row is not None:
                    self.people[name].probabilities[number] = row
                    renewed.add(name)
        about_s = frame.time_s - self.delay_s
        answers = [
            answer_person(self.predictor, name, about_s, self.people[name].probabilities)
            for name in frame.persons
            if name in renewed
        ]
        return [answer for answer in answers if answer is not None]

    def reset(self) -> None:
        """Forget everybody: the next frame is the first."""
        self.people.clear()
        self.time_s = None

    def describe(self) -> list[str]:
        """Return lines for a user: delays, and what differs from the training."""
        times = (
            f"delay {self.delay_s:.2f} s, first answer after {self.warmup_s:.2f} s, then every "
            f"{self.interval_s:.2f} s"
        )
        return [times, *describe_networks(self.networks, self.settings)]

    def _check(self, frame: LiveFrame) -> None:
        """Check a frame before anything is changed by it."""
        check_frame(
            frame,
            self.networks[0].source.cleaner.reader,
            after_s=self.time_s,
            num_dimensions=self.num_dimensions,
            needs_confidence=self.predictor.facts.channels == "xyc",
        )

    def _forget(self, time_s: float) -> None:
        """Forget people who were not seen for long."""
        gone = [
            name
            for name, state in self.people.items()
            if time_s - state.seen_s > self.settings.forget_s
        ]
        for name in gone:
            del self.people[name]

    def _begins_anew(self, state: PersonState, pose: LivePose) -> bool:
        """Return whether the frames so far were a rest pose."""
        cleaner = self.networks[0].source.cleaner
        return cleaner.shows_jump(state.inputs[0].cleaner, pose.positions)

    def _start(self, time_s: float) -> PersonState:
        return PersonState(
            inputs=[InputState() for _ in self._inputs],
            networks=[network.start() for network in self.networks],
            probabilities=[None] * len(self.networks),
            seen_s=time_s,
        )

    @cached_property
    def _inputs(self) -> list[OnlineInput]:
        """The ways of cleaning, each once."""
        return list(dict.fromkeys(network.source for network in self.networks))

    def _find_input(self, network: LiveNetwork) -> int:
        return self._inputs.index(network.source)

    def _clean(
        self, state: PersonState, time_s: float, pose: LivePose | None
    ) -> list[list[InputFrame]]:
        """Return the frames of a person that can be had now, for each way of cleaning."""
        if pose is None:
            V, C = self.layout.num_joints, self.num_dimensions
            pose = LivePose(np.full((V, C), np.nan), np.zeros(V))
        return [
            source.push(own, time_s, pose)
            for source, own in zip(self._inputs, state.inputs, strict=True)
        ]
