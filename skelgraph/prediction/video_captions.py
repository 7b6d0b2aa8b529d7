"""Who is drawn on a video, and what is written beside whom at what time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from skelgraph.errors import ExtractionError
from skelgraph.layouts import BLUE, GREEN, ORANGE, PALE, VERMILION, YELLOW
from skelgraph.poses import PoseSequence
from skelgraph.prediction.file_predictions import FilePredictions
from skelgraph.prediction.file_timelines import FileTimelines
from skelgraph.prediction.person_recording import PersonRecording
from skelgraph.prediction.skeleton_overlay import Label
from skelgraph.prediction.timeline import NOBODY, Timeline
from skelgraph.typing import FloatArray

if TYPE_CHECKING:
    from skelgraph.extraction import Video

_COLORS = (BLUE, VERMILION, GREEN, ORANGE, YELLOW, "#56B4E9", "#CC79A7")


@dataclass(frozen=True, kw_only=True)
class Caption:
    """A label and when it is shown, in seconds by the recording's clock."""

    start_s: float
    end_s: float
    label: Label


@dataclass(frozen=True, kw_only=True)
class AnnotatedPerson:
    """A person of a video.

    Args:
        keypoints: Places of the joints in pixels of the upright image, y down, from the video's
            first frame on.
        captions: What is written beside the person, in the order of the times.
    """

    keypoints: PoseSequence
    captions: Sequence[Caption] = ()

    def pose(self, number: int, video: "Video") -> FloatArray:
        """Return the places (V, 2) of the joints in a frame of the video; NaN where none is."""
        frame = self._find_frame(number, video)
        if frame >= self.keypoints.num_frames:
            return np.full((self.keypoints.layout.num_joints, 2), np.nan)
        return np.asarray(self.keypoints.positions[frame], dtype=np.float64)

    def label(self, number: int, video: "Video") -> Label | None:
        """Return the label at a frame of the video."""
        instant = self.keypoints.start_s + self._find_frame(number, video) / self.keypoints.fps
        for caption in self.captions:
            if caption.start_s - 1e-6 <= instant < caption.end_s - 1e-6:
                return caption.label
        return None

    def _find_frame(self, number: int, video: "Video") -> int:
        return round(number * self.keypoints.fps / video.fps)


def list_captions(timeline: Timeline) -> tuple[Caption, ...]:
    """Return what is written beside a person: the answer of each segment, and its probability."""
    return tuple(
        Caption(
            start_s=segment.start_s,
            end_s=segment.end_s,
            label=make_label(
                segment.answer, segment.probability, timeline.classes, timeline.person
            ),
        )
        for segment in timeline.segments
        if segment.answer != NOBODY
    )


def make_label(
    answer: str, probability: float | None, classes: Sequence[str], person: str | None = None
) -> Label:
    """Return the label of an answer: each class has its color, and no answer is pale.

    Example:
        >>> make_label("joy", 0.78, ("anger", "joy")).text
        'joy 78%'
    """
    text = answer if probability is None else f"{answer} {probability:.0%}"
    color = _COLORS[classes.index(answer) % len(_COLORS)] if answer in classes else PALE
    return Label(text=text if person is None else f"{person}: {text}", color=color)


def list_persons(outcome: FilePredictions | FileTimelines) -> list[AnnotatedPerson]:
    """Return who is drawn on a video, and what was predicted of whom.

    Args:
        outcome: Predictions or timelines of one video, or of keypoints whose video was named.

    Raises:
        ExtractionError: If a person has no keypoints in an image.
    """
    if isinstance(outcome, FileTimelines):
        pairs = zip(outcome.recordings, outcome.timelines, strict=True)
        return [
            AnnotatedPerson(keypoints=_find_keypoints(recording), captions=list_captions(timeline))
            for recording, timeline in pairs
        ]
    answers = outcome.answers or tuple(one.prediction for one in outcome.predictions)
    persons = []
    for one, answer in zip(outcome.predictions, answers, strict=True):
        recording = outcome.recordings[one.name]
        label = make_label(
            answer,
            one.probabilities.get(answer),
            tuple(one.probabilities),
            name_person(recording, len(outcome.predictions)),
        )
        caption = Caption(start_s=-math.inf, end_s=math.inf, label=label)
        persons.append(AnnotatedPerson(keypoints=_find_keypoints(recording), captions=(caption,)))
    return persons


def name_person(recording: PersonRecording, num_persons: int) -> str | None:
    """Return what a person is called if there are several."""
    return f"person {recording.origin.person}" if num_persons > 1 else None


def _find_keypoints(recording: PersonRecording) -> PoseSequence:
    if recording.keypoints is None:
        raise ExtractionError(
            f"{recording.sequence.name}: expected keypoints of an image to draw on a video, but "
            f"the recording is in space"
        )
    return recording.keypoints
