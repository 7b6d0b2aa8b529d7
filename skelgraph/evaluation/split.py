"""The three parts of a dataset, with the words that say how they were chosen."""

from dataclasses import dataclass

import numpy as np

from skelgraph.config import SplitKind
from skelgraph.errors import SplitError
from skelgraph.typing import IntArray

SINGLE_CLIP_KINDS: tuple[SplitKind, ...] = ("random", "mdre")
"""Those that divide single clips, so that one person may be on both sides."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """Three parts of a dataset that share no clip.

    Args:
        train: Numbers of the clips to train on. All three arrays are kept sorted and read-only.
        val: Numbers of the clips that choose the checkpoint.
        test: Numbers of the clips that are met once, at the end.
        kind: How the test part was chosen.
        val_kind: How the validation part was chosen: ``"random"`` means single clips.
        protocol: The same in words, for every result that is reported.

    Raises:
        SplitError: If a part is empty or a clip is in two parts.
    """

    train: IntArray
    val: IntArray
    test: IntArray
    kind: SplitKind
    val_kind: SplitKind
    protocol: str

    def __post_init__(self) -> None:
        for name, part in (("train", "training"), ("val", "validation"), ("test", "test")):
            clips = np.sort(np.asarray(getattr(self, name), dtype=np.int64))
            if clips.size == 0:
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
