"""The parts of a split that a labels file names."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from skelgraph.config import SplitKind
from skelgraph.errors import SplitError
from skelgraph.evaluation.split import Clips, Split
from skelgraph.evaluation.validation_part import validate_by_recording

_PARTS = {
    "train": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
}


def read_parts(parts: Sequence[str | None] | None, num_clips: int) -> list[str]:
    """Return the part of each clip as ``"train"``, ``"val"`` or ``"test"``.

    Raises:
        SplitError: If a clip has none, or its word is not known.
    """
    if parts is None or len(parts) != num_clips:
        got = "none" if parts is None else len(parts)
        raise SplitError(
            f"the split 'file' needs the part of each of {num_clips} clips, but got {got}; add a "
            "column 'split' to the labels file"
        )
    words = []
    for clip, part in enumerate(parts):
        word = (part or "").strip().lower()
        if word not in _PARTS:
            raise SplitError(
                f"clip {clip} (counted from 0): expected its part to be one of "
                f"{', '.join(_PARTS)}, but got {part!r}"
            )
        words.append(_PARTS[word])
    return words


def split_as_listed(
    clips: Clips,
    parts: Sequence[str | None] | None,
    *,
    kind: SplitKind = "file",
    words: str = "file: test as listed",
    rng: np.random.Generator,
    seed: int,
) -> Split:
    """Return the parts that are named for each clip; the words say how they came about."""
    listed = read_parts(parts, len(clips.labels))
    test, val, train = (
        np.flatnonzero([word == part for word in listed]) for part in ("test", "val", "train")
    )
    if len(val) == 0:
        split = validate_by_recording(clips, test, kind, words, rng, seed)
        return replace(split, tests_views=kind == "xview")
    return Split(
        train=train,
        val=val,
        test=test,
        kind="file",
        val_kind="file",
        protocol="file: test and validation as listed",
    )
