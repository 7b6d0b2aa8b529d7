"""What comes of an extraction."""

from dataclasses import dataclass
from pathlib import Path

from skelgraph.poses import PoseSequence


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What one stage did.

    Args:
        name: Name of the stage.
        what: What came of it, in a sentence.
    """

    name: str
    what: str


@dataclass(frozen=True, kw_only=True, eq=False)
class ExtractedPerson:
    """A person at each step of the way.

    Args:
        estimated: As the estimator found it.
        smoothed: After cleaning and filter; in the image still.
        skeleton: The result.
    """

    estimated: PoseSequence
    smoothed: PoseSequence
    skeleton: PoseSequence


@dataclass(frozen=True, kw_only=True, eq=False)
class Extraction:
    """What was extracted from one recording.

    Args:
        source: The video or the file of keypoints.
        video: The video, where there is one.
        size_px: Width and height of its image, where they are known.
        persons: Each person who was wanted.
        stages: What each stage did.
    """

    source: Path
    video: Path | None
    size_px: tuple[float, float] | None
    persons: tuple[ExtractedPerson, ...]
    stages: tuple[Stage, ...]

    @property
    def skeletons(self) -> list[PoseSequence]:
        """The result for each person."""
        return [person.skeleton for person in self.persons]
