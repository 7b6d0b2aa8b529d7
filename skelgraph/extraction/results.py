"""The result of an extraction, and of each of its stages."""

from dataclasses import dataclass
from pathlib import Path

from skelgraph.poses import PoseSequence


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The result of one stage.

    Args:
        name: Name of the stage.
        what: Its result in a sentence.
    """

    name: str
    what: str


@dataclass(frozen=True, kw_only=True, eq=False)
class ExtractedPerson:
    """A person after each step.

    Args:
        estimated: The keypoints of the estimator.
        smoothed: The keypoints after cleaning and filter.
        skeleton: The result.
        unseen: Names of the keypoints that were never seen, which the lifter guessed.
    """

    estimated: PoseSequence
    smoothed: PoseSequence
    skeleton: PoseSequence
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Extraction:
    """The skeletons of one recording.

    Args:
        source: The video or the file of keypoints.
        video: The video; None if there is none.
        size_px: Width and height of its image; None if they are unknown.
        persons: The selected persons.
        stages: The result of each stage.
    """

    source: Path
    video: Path | None
    size_px: tuple[float, float] | None
    persons: tuple[ExtractedPerson, ...]
    stages: tuple[Stage, ...]

    @property
    def skeletons(self) -> list[PoseSequence]:
        """The skeleton of each person."""
        return [person.skeleton for person in self.persons]
