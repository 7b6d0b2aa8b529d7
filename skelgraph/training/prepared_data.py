"""Clips that are split, cleaned and ready to become batches."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from skelgraph.config import EMOTIVE_MOTION, MODALITIES, Channels, Modality
from skelgraph.data import (
    ClipSet,
    Transform,
    describe_left_out,
    name_transform,
    record_left_out,
)
from skelgraph.evaluation import Split, SplitInspection
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence, Preprocessing
from skelgraph.runs import SYNTHETIC_NOTE
from skelgraph.training.starting import StartingPoint


@dataclass(frozen=True, kw_only=True, eq=False)
class PreparedData:
    """Clips as a network takes them, but for the stream and augmentation.

    Args:
        clips: The dataset as it was read.
        sequences: Its clips after preprocessing, in the same order.
        classes: The classes in the order of the logits.
        split: The parts.
        preprocessing: What was done to each clip, fitted to the training part.
        channels: Channels of a joint.
        modalities: Modalities that the network takes.
        notes: What a user should know, such as joints made up.
        inspection: What the parts share, and what the result may be called.
        transform: A user's own, applied to each clip after the stream.
        start: What the networks start from, if not from random weights.
    """

    clips: ClipSet
    sequences: tuple[PoseSequence, ...]
    classes: tuple[str, ...]
    split: Split
    preprocessing: Preprocessing
    channels: Channels
    notes: tuple[str, ...]
    inspection: SplitInspection
    modalities: tuple[Modality, ...] = ("skeleton",)
    transform: Transform | None = None
    start: StartingPoint | None = None

    @cached_property
    def has_skeleton(self) -> tuple[bool, ...]:
        """Whether each clip has a skeleton."""
        return tuple(sequence.has_joints for sequence in self.sequences)

    def having(self, modality: Modality) -> "PreparedData":
        """Return the data whose parts have only the clips with a modality.

        Raises:
            SplitError: If no clip of a part has it.
        """
        there = np.array(find_modality(self.clips, modality))
        if there.all():
            return self
        split = self.split
        return replace(
            self,
            split=replace(
                split,
                train=split.train[there[split.train]],
                val=split.val[there[split.val]],
                test=split.test[there[split.test]],
                protocol=f"{split.protocol}; clips with {modality}",
            ),
        )

    @property
    def with_confidence(self) -> bool:
        """Whether a network takes the confidence of joints."""
        return self.channels == "xyc"

    @property
    def is_mixed(self) -> bool:
        """Whether each clip keeps its own skeleton."""
        return self.preprocessing.layout is None

    @cached_property
    def layouts(self) -> tuple[JointLayout, ...]:
        """The layouts of the clips that have a skeleton, the most frequent one first."""
        pairs = zip(self.sequences, self.has_skeleton, strict=True)
        counts = Counter(sequence.layout for sequence, there in pairs if there)
        return tuple(layout for layout, _ in counts.most_common()) or (self.sequences[0].layout,)

    @property
    def layout(self) -> JointLayout:
        """The layout of all clips; of mixed ones, the most frequent."""
        return self.layouts[0]

    @property
    def num_dimensions(self) -> int:
        """Coordinates of a joint."""
        return self.sequences[0].num_dimensions

    @property
    def longest(self) -> int:
        """Frames of the longest clip of all parts."""
        return max(
            sequence.num_frames
            for sequence, there in zip(self.sequences, self.has_skeleton, strict=True)
            if there or not any(self.has_skeleton)
        )

    @property
    def train_labels(self) -> list[str]:
        """Label of each clip of the training part."""
        return [clip.label or "" for clip in self.part("train")]

    @property
    def is_validated_on_known_people(self) -> bool:
        """Whether the validation part has the people of training, and the test part others."""
        train, val = ({clip.subject for clip in self.part(part)} for part in ("train", "val"))
        return self.inspection.tests == "unseen people" and bool(val) and val <= train

    @property
    def note(self) -> str | None:
        """What must be said with every number; None for recordings of people."""
        return SYNTHETIC_NOTE if self.clips.name == EMOTIVE_MOTION else None

    @property
    def left_out(self) -> dict[str, Any]:
        """The files and clips that cannot be used and were left out, for every result."""
        return record_left_out(self.clips)

    def part(self, name: str) -> tuple[PoseSequence, ...]:
        """Return the clips of ``"train"``, ``"val"`` or ``"test"``."""
        return tuple(self.sequences[clip] for clip in getattr(self.split, name))

    def describe(self) -> dict[str, Any]:
        """Return what ``config.json`` holds of the clips: classes, preprocessing, protocol."""
        return {
            "classes": list(self.classes),
            "channels": self.channels,
            "longest": self.longest,
            "preprocessing": self.preprocessing.to_dict(),
            "protocol": self.split.protocol,
            "transform": None if self.transform is None else name_transform(self.transform),
            "layouts": [layout.to_dict() for layout in self.layouts],
            "data": {"name": self.clips.name, "fingerprint": self.clips.fingerprint},
            "left_out": self.left_out,
            **({} if self.start is None else {"start": self.start.to_dict()}),
        }

    def list_split(self) -> list[tuple[str, ...]]:
        """Return the rows of ``split.csv``: name, part, label, subject, recording."""
        return [
            (clip.name, part, clip.label or "", clip.subject or "", clip.recording or "")
            for part in ("train", "val", "test")
            for clip in self.part(part)
        ]


def describe_data(data: PreparedData, *more: str) -> Iterator[str]:
    """Yield lines that tell what is trained and tested on."""
    split, clips = data.split, data.clips
    people = {subject for subject in clips.subjects if subject is not None}
    who = f", {len(people)} subjects" if people else ""
    confidence = " with confidence" if data.with_confidence else ""
    counted = [f"{layout.name}, {layout.num_joints} joints" for layout in data.layouts]
    kinds = f"layouts {' and '.join(counted)}" if data.is_mixed else f"layout {counted[0]}"
    skeleton = f"{kinds}, {data.num_dimensions}D"
    what = [*([skeleton + confidence] if "skeleton" in data.modalities else []), *more]
    yield f"{len(clips)} clips of {clips.name}: {', '.join(data.classes)}{who}; {'; '.join(what)}"
    yield (
        f"split {split.protocol}: {len(split.train)} clips train, {len(split.val)} validate, "
        f"{len(split.test)} test: {data.inspection.tests}"
    )
    if left_out := describe_left_out(data.left_out):
        yield f"note: {left_out}"
    for leak in data.inspection.leaks:
        yield f"leak: {leak}"
    for note in data.notes:
        yield f"note: {note}"


def find_modality(clips: ClipSet, modality: Modality) -> list[bool]:
    """Return whether each clip of a dataset has a modality."""
    if modality == "skeleton":
        return [sequence.has_joints for sequence in clips.sequences]
    if not clips.media:
        return [False] * len(clips)
    return [getattr(one, modality) is not None for one in clips.media]


def list_modalities(clips: ClipSet) -> tuple[Modality, ...]:
    """Return the modalities that some clip of a dataset has."""
    return tuple(one for one in MODALITIES if any(find_modality(clips, one)))


def take_skeletons(clips: ClipSet) -> list[PoseSequence]:
    """Return the clips of a dataset that have a skeleton."""
    return [sequence for sequence in clips.sequences if sequence.has_joints]
