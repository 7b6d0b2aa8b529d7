"""The parts of a split, what a split needs to know of each clip, and the choice of whole groups."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from skelgraph.config import SplitKind
from skelgraph.errors import SplitError
from skelgraph.typing import BoolArray, IntArray

SINGLE_CLIP_KINDS: tuple[SplitKind, ...] = ("random", "mdre")
"""Those that divide single clips, so that one person may be on both sides."""

_DRAWS = 200


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """Three parts of a dataset that share no clip.

    Args:
        train: Numbers of the clips to train on. All three arrays are kept sorted and read-only.
        val: Numbers of the clips that choose the checkpoint.
        test: Numbers of the clips that are met once, at the end; none if the kind is ``"none"``.
        kind: How the test part was chosen.
        val_kind: How the validation part was chosen: ``"random"`` means single clips.
        protocol: The same in words, for every result that is reported.
        tests_views: Whether the test part has other views of the takes that train, as its protocol
            wants it: such takes are told of, but they are no mistake.

    Raises:
        SplitError: If a part is empty or a clip is in two parts.
    """

    train: IntArray
    val: IntArray
    test: IntArray
    kind: SplitKind
    val_kind: SplitKind
    protocol: str
    tests_views: bool = False

    def __post_init__(self) -> None:
        for name, part in (("train", "training"), ("val", "validation"), ("test", "test")):
            clips = np.sort(np.asarray(getattr(self, name), dtype=np.int64))
            if clips.size == 0 and (name, self.kind) != ("test", "none"):
                raise SplitError(
                    f"expected clips in every part, but no {part} clip is left ({self.protocol}); "
                    "add recordings or divide them in another way"
                )
            clips.flags.writeable = False
            object.__setattr__(self, name, clips)
        clips, times = np.unique(
            np.concatenate([self.train, self.val, self.test]), return_counts=True
        )
        if (times > 1).any():
            raise SplitError(
                f"expected each clip in one part, but clip {clips[times > 1][0]} is in the parts "
                f"{times.max()} times ({self.protocol})"
            )

    def number_parts(self, num_clips: int) -> IntArray:
        """Return the part of each clip, (clips,): 0 train, 1 validate, 2 test, -1 none."""
        parts = np.full(num_clips, -1, dtype=np.int64)
        parts[self.train], parts[self.val], parts[self.test] = 0, 1, 2
        return parts


def number_recordings(subjects: Sequence[str | None], recordings: Sequence[str | None]) -> IntArray:
    """Number of each clip's recording, counted in the order in which the recordings appear.

    A recording's name is unique only together with its subject. A clip whose recording is not known
    counts as a recording of its own.

    Args:
        subjects: Subject of each clip, None where it is not known.
        recordings: Recording of each clip, None where it is not known.

    Returns:
        Array (clips,).

    Example:
        >>> number_recordings(["Ann", "Ann", "Bob", "Bob"], ["1", "1", "1", None]).tolist()
        [0, 0, 1, 2]
    """
    numbers: dict[tuple[str | None, str | None, int], int] = {}
    keys = [
        (subject, recording, -1 if recording is not None else clip)
        for clip, (subject, recording) in enumerate(zip(subjects, recordings, strict=True))
    ]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def list_some(names: Iterable[str], at_most: int = 5) -> str:
    """Return the names in order, and how many more there are.

    Example:
        >>> list_some({"d", "a", "c", "b"}, at_most=2)
        'a, b and 2 more'
    """
    ordered = sorted(names)
    more = f" and {len(ordered) - at_most} more" if len(ordered) > at_most else ""
    return ", ".join(ordered[:at_most]) + more


@dataclass(frozen=True, kw_only=True)
class Clips:
    """The facts of all clips of a dataset, in its order.

    Args:
        labels: Label of each clip.
        subjects: Subject of each clip, None where it is not known.
        recordings: Recording of each clip, None where it is not known.

    Raises:
        SplitError: If there is no clip, or the facts are not as many as the clips.
    """

    labels: tuple[str, ...]
    subjects: tuple[str | None, ...]
    recordings: tuple[str | None, ...]

    def __post_init__(self) -> None:
        if not self.labels:
            raise SplitError("expected clips to split, but got none")
        for name, facts in (("subject", self.subjects), ("recording", self.recordings)):
            if len(facts) != len(self.labels):
                raise SplitError(
                    f"expected one {name} for each of {len(self.labels)} clips (None where it is "
                    f"not known), but got {len(facts)}"
                )

    @classmethod
    def of(
        cls,
        labels: Sequence[str],
        subjects: Sequence[str | None] | None,
        recordings: Sequence[str | None] | None,
    ) -> "Clips":
        """Return clips with these facts; None stands for subjects or recordings not known."""
        unknown = (None,) * len(labels)
        return cls(
            labels=tuple(labels),
            subjects=unknown if subjects is None else tuple(subjects),
            recordings=unknown if recordings is None else tuple(recordings),
        )

    @cached_property
    def recording_numbers(self) -> IntArray:
        """Array (clips,): number of each clip's recording; see :func:`number_recordings`."""
        return number_recordings(self.subjects, self.recordings)

    def labels_of(self, clips: IntArray) -> list[str]:
        """Return the labels of the clips with these numbers."""
        return [self.labels[clip] for clip in clips]

    def with_subject(self, subjects: Sequence[str]) -> IntArray:
        """Return the numbers of the clips of these subjects."""
        return np.flatnonzero([subject in subjects for subject in self.subjects])

    def subjects_of(self, clips: IntArray) -> set[str]:
        """Return the known subjects of these clips."""
        return {subject for clip in clips if (subject := self.subjects[clip]) is not None}

    @cached_property
    def recording_names(self) -> tuple[str | None, ...]:
        """Recording of each clip, with its subject before it where known."""
        pairs = zip(self.subjects, self.recordings, strict=True)
        return tuple(
            recording if None in (subject, recording) else f"{subject}/{recording}"
            for subject, recording in pairs
        )

    def recordings_of(self, clips: IntArray) -> set[str]:
        """Return the known recordings of these clips, after their subject if it is known."""
        return {name for clip in clips if (name := self.recording_names[clip]) is not None}


def default_split_kind(
    subjects: Sequence[str | None] | None, recordings: Sequence[str | None] | None
) -> SplitKind:
    """Return the most honest kind of split that the known facts allow.

    By subject where every clip's is known and there are two or more; else by recording where every
    clip's is known and there are three or more; else random, of which a caller should warn.

    Example:
        >>> default_split_kind(["Ann", "Bob"], None)
        'subject'
    """
    if subjects and None not in subjects and len(set(subjects)) >= 2:
        return "subject"
    if recordings and None not in recordings:
        numbers = number_recordings(subjects or [None] * len(recordings), recordings)
        if numbers.max() >= 2:
            return "group"
    return "random"


def draw_groups(
    labels: Sequence[str], groups: IntArray, *, share: float, rng: np.random.Generator, part: str
) -> BoolArray:
    """Choose whole groups that hold about a share of the clips, with the labels mixed as in all.

    Of 200 random choices of about the wanted size, that one is taken that lacks the fewest labels
    and, among those, differs least from the wanted number of clips of each label. No choice takes
    all clips of a label. ``StratifiedGroupKFold`` of scikit-learn does the same without chance: it
    deals out the most uneven groups first, and its seed only decides between equally uneven ones,
    so that a large recording of the MPI data is in the first fold whatever the seed.

    Returns:
        Array (clips,), True where a clip is chosen.

    Raises:
        SplitError: If every choice of whole groups leaves nothing, or some label without a clip.
    """
    names, label_numbers = np.unique(np.asarray(labels), return_inverse=True)
    _, group_numbers = np.unique(groups, return_inverse=True)
    counts = np.zeros((group_numbers.max() + 1, len(names)), dtype=np.int64)
    np.add.at(counts, (group_numbers, label_numbers), 1)
    total = counts.sum(axis=0)
    movable = np.flatnonzero((counts < total).all(axis=1))
    chosen: IntArray | None = None
    least = (np.inf, np.inf)
    for _ in range(_DRAWS if len(movable) else 0):
        order = rng.permutation(movable)
        sizes = counts[order].sum(axis=1).cumsum()
        miss = np.abs(sizes - share * total.sum())
        drawn = order[: np.flatnonzero(miss == miss.min())[-1] + 1]
        taken = counts[drawn].sum(axis=0)
        cost = (float((taken == 0).sum()), float(np.abs(taken - share * total).sum()))
        if (taken < total).all() and cost < least:
            chosen, least = drawn, cost
    if chosen is None:
        single = [str(name) for name in names[(counts == total).any(axis=0)]]
        raise SplitError(_explain(part, single, len(counts)))
    return np.isin(group_numbers, chosen)


def _explain(part: str, single: Sequence[str], num_groups: int) -> str:
    if num_groups < 2:
        reason = f"expected 2 or more to choose from, but got {num_groups}"
    else:
        held = f" (each in one recording only: {', '.join(single)})" if single else ""
        reason = (
            f"every choice among the {num_groups} recordings leaves a label without a training "
            f"clip{held}"
        )
    return (
        f"cannot take whole recordings for {part}: {reason}; add recordings, name subjects for "
        "validation and test, or choose the split 'random'"
    )


def draw_folds(
    labels: Sequence[str], groups: Sequence[int] | IntArray, num_folds: int, *, seed: int = 0
) -> list[IntArray]:
    """Divide clips into folds of whole groups, with the labels mixed as in all.

    Args:
        labels: Label of each clip.
        groups: Group of each clip: its subject or its recording.
        num_folds: How many folds.
        seed: Seed of the draw.

    Returns:
        The clips of each fold; each clip is in one.

    Raises:
        SplitError: If there are fewer groups than folds, or fewer than two folds.

    Example:
        >>> [fold.tolist() for fold in draw_folds(["a", "a", "b", "b"], [0, 1, 0, 1], 2)]
        [[1, 3], [0, 2]]
    """
    num_groups = len(set(np.asarray(groups).tolist()))
    if not 2 <= num_folds <= num_groups:
        raise SplitError(
            f"expected from 2 folds to as many as there are groups of clips that belong together "
            f"({num_groups}), but got {num_folds}"
        )
    from sklearn.model_selection import StratifiedGroupKFold  # takes a second to import

    division = StratifiedGroupKFold(n_splits=num_folds, shuffle=True, random_state=seed)
    empty = np.zeros(len(labels))
    return [fold for _, fold in division.split(empty, np.asarray(labels), np.asarray(groups))]
