"""What a model's answer for one clip rests on: plain numbers, for terminals, pages and files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

Method = Literal["integrated gradients", "occlusion", "attention"]


@dataclass(frozen=True, kw_only=True)
class Faithfulness:
    """Whether the joints and moments that an attribution names matter more than random ones.

    A share of the entries (frame, joint) of the network's input is deleted: marked as missing, as
    if it had not been detected. A change is the probability of the class before less after.
    Random entries are scattered, and the network bridges them more easily than a whole joint or
    moment; so the attribution has to beat its own pattern at other joints and times, too.

    Args:
        probability: Probability that the network gives the class before anything is deleted.
        deleted_share: Share of the entries that is deleted, such as 0.1.
        top_change: Change if the entries of the largest attributions are deleted.
        random_mean: Mean change over the draws of as many random entries.
        random_low: Quantile of 2.5 % of these changes.
        random_high: Quantile of 97.5 %.
        moved_mean: Mean change over draws of the attribution's own pattern, moved to other joints
            and times.
        moved_high: Quantile of 97.5 % of these changes.
        num_draws: Number of draws of each kind.
    """

    probability: float
    deleted_share: float
    top_change: float
    random_mean: float
    random_low: float
    random_high: float
    moved_mean: float
    moved_high: float
    num_draws: int

    @property
    def chance_high(self) -> float:
        """The change that 97.5 % of the draws of either kind stay below."""
        return max(self.random_high, self.moved_high)

    @property
    def holds(self) -> bool:
        """Whether the probability falls more than in 97.5 % of the draws of either kind."""
        return self.top_change > self.chance_high

    def describe(self) -> str:
        """Return a clause with the probabilities before and after; they may rise, too."""
        return (
            f"without the {self.deleted_share:.0%} that it names, the probability goes from "
            f"{self.probability:.3f} to {self.probability - self.top_change:.3f}; without as many "
            f"by chance, it stays above {self.probability - self.chance_high:.3f} in 97.5 % of "
            f"{2 * self.num_draws} draws"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Attribution:
    """How much each joint in each frame speaks for a class.

    Args:
        method: How it was computed.
        network: Stream of the network that it is of, such as ``"posture-motion"``.
        target: The class.
        values: Array (T, V) over the frames and joints of the cleaned sequence, 0 where a joint is
            missing. Positive values speak for the class and negative ones against it; attention
            has no sign. A network that keeps every second frame gives each half of its value.
        faithfulness: Whether deleting its largest entries changes the network's probability.
    """

    method: Method
    network: str
    target: str
    values: FloatArray
    faithfulness: Faithfulness

    @property
    def is_signed(self) -> bool:
        """Whether negative values speak against the class."""
        return self.method != "attention"

    @property
    def of_joints(self) -> FloatArray:
        """Sum (V,) over the frames."""
        return np.asarray(self.values.sum(axis=0))

    @property
    def of_frames(self) -> FloatArray:
        """Sum (T,) over the joints."""
        return np.asarray(self.values.sum(axis=1))


@dataclass(frozen=True, kw_only=True, eq=False)
class BlockAttention:
    """Attention of a block of the network in this clip.

    Args:
        block: Its number, from 1.
        coefficients: Array (H, V, V) of each head, the mean over the frames: the joint of a row
            attends to those of the columns. Rows add to 1, or to 0 for a joint that is missing.
        received: Array (H, T, V) over the frames of the cleaned sequence: mean attention that a
            joint receives from the joints that are there.
    """

    block: int
    coefficients: FloatArray
    received: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class EdgeImportance:
    """What a block learned of the edges of the skeleton, the same for all clips.

    Args:
        block: Its number, from 1.
        adjacency: Normalized adjacency A (K, V, V) of each subset, from source to target.
        importance: Learned factors M (K, V, V).
    """

    block: int
    adjacency: FloatArray
    importance: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class NetworkInsight:
    """What the layers of one network show.

    Args:
        network: Its stream, such as ``"posture-motion"``.
        probabilities: What this network alone says, (K,) in the order of the classes.
        attention: Of each block that has attention.
        edge_importance: Of each block that learned one.
        gates: Share of the attention in each block that has a gate, by its number from 1.
    """

    network: str
    probabilities: FloatArray
    attention: tuple[BlockAttention, ...] = ()
    edge_importance: tuple[EdgeImportance, ...] = ()
    gates: Mapping[int, float]


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A time of the clip that counted.

    Args:
        start_s: Its first instant by the clock of the sequence (``PoseSequence.start_s``).
        end_s: The instant at which it ends.
        share: Its share of all that speaks for the class, 0 to 1.
        why: A clause for the reader, such as ``"left wrist and head"``.
        joints: Names of the joints that counted most in it.
    """

    start_s: float
    end_s: float
    share: float
    why: str
    joints: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Remark:
    """A sentence about the movement of the clip, with its numbers.

    Args:
        sentence: The sentence.
        feature: Column of :func:`skelgraph.movement.list_descriptors`.
        value: Value of the clip.
        unit: Unit of value and typical values, such as ``"cm/s"``; empty if it is a number.
        typical: Typical value of each class of the training; empty if it is not known.
        spoke_for: How much the feature raised the score of the class in a ridge on movement
            features; None if no such model is part of the answer.
    """

    sentence: str
    feature: str
    value: float
    unit: str
    typical: Mapping[str, float]
    spoke_for: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class ClipExplanation:
    """What a model's answer for one clip rests on; :func:`explain_clip` makes it.

    Args:
        sequence: The clip as the model took it: cleaned, in the model's layout.
        model: Path or name of the model.
        classes: Names of the classes.
        probabilities: Their probabilities (K,).
        label: The most probable class.
        answer: The same, or ``"not sure"`` if the model's decision withholds it.
        target: The class that is explained.
        attributions: By network and method; those that are worth showing come first.
        insights: What the layers of each network show.
        times_s: Instants (n,) by the clock of the sequence, the middles of windows.
        timeline: Probabilities (n, K) of the classes at these instants; n is 0 if the clip is too
            short for windows.
        moments: Times that counted, the most important first.
        words: In what the clip differs from what is typical of each class.
        notes: What a reader should know, such as an attribution that is not faithful.
    """

    sequence: PoseSequence
    model: str
    classes: tuple[str, ...]
    probabilities: FloatArray
    label: str
    answer: str
    target: str
    attributions: tuple[Attribution, ...]
    insights: tuple[NetworkInsight, ...]
    times_s: FloatArray
    timeline: FloatArray
    moments: tuple[Moment, ...]
    words: tuple[Remark, ...]
    notes: tuple[str, ...] = ()
