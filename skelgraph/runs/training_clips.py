"""How many clips trained a model, which its folder tells in place of their names."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from skelgraph.errors import RunError
from skelgraph.runs.run_directory import RunDirectory


class TrainingClips(msgspec.Struct, frozen=True, kw_only=True):
    """How many clips trained a model.

    Args:
        clips: Training clips of each label.
        people: Number of people in them; None if they are not known.
    """

    clips: Mapping[str, Annotated[int, Meta(ge=0, le=10**6)]]
    people: int | None = None

    def describe(self) -> str:
        """Return the numbers in a few words."""
        total = sum(self.clips.values())
        of_each = [f"{count} {label}" for label, count in self.clips.items() if label]
        people = "" if self.people is None else f" of {self.people} people"
        return f"{total} clips{people}" + (f": {', '.join(of_each)}" if of_each else "")


def read_training(run: RunDirectory) -> TrainingClips:
    """Return what a model folder tells of the clips that trained it.

    Raises:
        RunError: If it tells nothing, or is damaged.
    """
    try:
        training = msgspec.convert(run.read_config().get("training"), TrainingClips)
    except msgspec.ValidationError as error:
        raise RunError(
            f"{run.config_file}: expected the numbers of clips that trained the model ({error})"
        ) from error
    if not sum(training.clips.values()):
        raise RunError(f"{run.config_file}: expected clips that trained the model, but got none")
    return training


def count_clips(run: RunDirectory) -> TrainingClips:
    """Return how many clips trained a run."""
    rows = [row for row in run.read_split() if row["part"] == "train"]
    people = {row.get("subject") or None for row in rows}
    return TrainingClips(
        clips=dict(sorted(Counter(row["label"] for row in rows).items())),
        people=None if None in people else len(people),
    )
