"""Clips that are split, cleaned and ready to become batches."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from skelgraph.config import Channels, Modality
from skelgraph.data import ClipSet
from skelgraph.evaluation import Split
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence, Preprocessing
from skelgraph.training.multimodal import SpeechData, find_modality


@dataclass(frozen=True, kw_only=True, eq=False)
class PreparedData:
    """Clips as a model gets them, but for the stream and augmentation.

    Args:
        clips: The dataset as it was read.
        sequences: Its clips after preprocessing, in the same order.
        classes: The classes in the order of the logits.
        split: The parts.
        preprocessing: What was done to each clip, fitted to the training part.
        channels: What a network sees of a joint.
        modalities: What the network perceives.
        speech: Audio and text of the clips; None where the network takes neither.
        notes: What a user should know: joints made up, the split's kind, leaks of a random split.
    """

    clips: ClipSet
    sequences: tuple[PoseSequence, ...]
    classes: tuple[str, ...]
    split: Split
    preprocessing: Preprocessing
    channels: Channels
    notes: tuple[str, ...]
    modalities: tuple[Modality, ...] = ("skeleton",)
    speech: SpeechData | None = None

    @cached_property
    def has_skeleton(self) -> tuple[bool, ...]:
        """Whether each clip has a skeleton."""
        return tuple(bool(sequence.present.any()) for sequence in self.sequences)

    def having(self, modality: Modality) -> "PreparedData":
        """The data whose parts have only the clips with a modality.

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
        """Whether a network sees the confidence of joints."""
        return self.channels == "xyc"

    @property
    def layout(self) -> JointLayout:
        """The layout of all clips."""
        return self.sequences[0].layout

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

    def part(self, name: str) -> tuple[PoseSequence, ...]:
        """The clips of ``"train"``, ``"val"`` or ``"test"``."""
        return tuple(self.sequences[clip] for clip in getattr(self.split, name))
