"""The parts of a split that a labels file names."""

from collections.abc import Sequence

from skelgraph.errors import SplitError

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
