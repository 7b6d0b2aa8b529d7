"""What a user should know of the recordings that were read for a prediction."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from skelgraph.config import Person
from skelgraph.poses import describe_choice


class ReadingNotes:
    """Collect what became of recordings, and tell it in few lines.

    Args:
        person: The persons that are taken.
        most: Most persons of a recording that are taken together.
        fps: Frame rate of files that do not tell theirs.
    """

    def __init__(self, *, person: Person, most: int, fps: float) -> None:
        self._choice = describe_choice(person, most)
        self._fps = fps
        self._videos: list[str] = []
        self._lifted: Counter[tuple[str, str, str]] = Counter()
        self._unseen: Counter[str] = Counter()
        self._without_rate = self._crowded = 0

    def add_video(self, video: Path, estimator: str, notes: Sequence[str]) -> None:
        """Note who found the keypoints of a video."""
        self._videos.append("; ".join((f"{video}: keypoints by {estimator}", *notes)))

    def add_without_rate(self) -> None:
        """Note that a file does not tell its frame rate."""
        self._without_rate += 1

    def add_crowd(self) -> None:
        """Note that several persons are in a recording."""
        self._crowded += 1

    def add_lifted(self, layout: str, lifter: str, to: str, unseen: Sequence[str]) -> None:
        """Note that a recording was lifted from one layout to another, with joints never seen."""
        self._lifted[layout, lifter, to] += 1
        if unseen:
            self._unseen[", ".join(unseen)] += 1

    def describe(self) -> list[str]:
        """Return a sentence for each thing that happened."""
        notes = list(self._videos)
        if self._without_rate:
            does = "does" if self._without_rate == 1 else "do"
            notes.append(
                f"{spell_count(self._without_rate, 'file')} {does} not tell the frame rate: read "
                f"at {self._fps:g} frames/s, as in the run's training (--fps)"
            )
        if self._crowded:
            holds = (
                "1 recording holds" if self._crowded == 1 else f"{self._crowded} recordings hold"
            )
            notes.append(f"{holds} several persons: {self._choice} (--person)")
        for (layout, lifter, to), count in self._lifted.items():
            notes.append(
                f"{spell_count(count, 'recording')} of {layout} keypoints lifted to space by "
                f"{lifter} ({to})"
            )
        for joints, count in self._unseen.items():
            notes.append(
                f"never seen in {spell_count(count, 'recording')}, and missing in space: {joints}"
            )
        return notes


def spell_count(number: int, noun: str) -> str:
    """Return a number with its noun.

    Example:
        >>> spell_count(1, "file"), spell_count(3, "file")
        ('1 file', '3 files')
    """
    return f"{number} {noun}{'s' * (number > 1)}"
