"""The check that nobody, and no recording, is on two sides of a split."""

from collections.abc import Sequence

import numpy as np

from skelgraph.evaluation.split import Clips, Split, list_some


def find_leaks(
    split: Split, *, subjects: Sequence[str | None] | None, recordings: Sequence[str | None] | None
) -> list[str]:
    """One sentence for each way in which a split lets a model meet what it is tested on.

    Recordings are looked for on both sides of each boundary. Subjects are looked for between the
    test part and the others, except in a split by recording, which promises nothing of them; and
    between validation and training only where validation is by subject. A random split or a user's
    own may leak and should be reported with these sentences; the other two never do.

    Args:
        split: The split.
        subjects: Subject of each clip, where known.
        recordings: Recording of each clip, where known; a name is unique only with its subject.

    Raises:
        SplitError: If there are not as many subjects as recordings.

    Example:
        >>> import numpy as np
        >>> split = Split(
        ...     train=np.array([0]), val=np.array([1]), test=np.array([2]),
        ...     kind="file", val_kind="file", protocol="file: as listed",
        ... )
        >>> find_leaks(split, subjects=["Ann", "Bob", "Ann"], recordings=None)
        ['1 subject is in the test part and also in training or validation: Ann']
    """
    facts = subjects if subjects is not None else recordings
    if facts is None:
        return []
    clips = Clips.of([""] * len(facts), subjects, recordings)
    learned = np.concatenate([split.train, split.val])
    in_test, in_val = (
        "test part and also in training or validation",
        "validation part and also in training",
    )
    leaks = []
    if split.kind != "group":
        shared = clips.subjects_of(split.test) & clips.subjects_of(learned)
        leaks.append(_leak("subject", shared, in_test))
    shared = clips.recordings_of(split.test) & clips.recordings_of(learned)
    leaks.append(_leak("recording", shared, in_test))
    if split.val_kind == "subject":
        shared = clips.subjects_of(split.val) & clips.subjects_of(split.train)
        leaks.append(_leak("subject", shared, in_val))
    shared = clips.recordings_of(split.val) & clips.recordings_of(split.train)
    leaks.append(_leak("recording", shared, in_val))
    return [leak for leak in leaks if leak]


def _leak(thing: str, shared: set[str], where: str) -> str:
    if not shared:
        return ""
    things = f"1 {thing} is" if len(shared) == 1 else f"{len(shared)} {thing}s are"
    return f"{things} in the {where}: {list_some(shared)}"
