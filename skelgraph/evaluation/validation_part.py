"""The validation part of a split that does not name it: whole recordings of what is not tested."""

import numpy as np

from skelgraph.config import SplitKind
from skelgraph.errors import SplitError
from skelgraph.evaluation.split import Clips, Split, draw_groups
from skelgraph.typing import IntArray

RECORDING_VAL_SHARE = 0.1


def validate_by_recording(
    clips: Clips,
    test: IntArray,
    kind: SplitKind,
    protocol: str,
    rng: np.random.Generator,
    seed: int,
) -> Split:
    """Return a split with the given test part, and a tenth of the other clips to validate.

    Raises:
        SplitError: If no clip is left, or every choice leaves a label without one.
    """
    rest = list_others(clips, test)
    if len(rest) == 0:
        raise SplitError(f"no clip is left to train on ({protocol}); hold out fewer")
    chosen = draw_groups(
        clips.labels_of(rest),
        clips.recording_numbers[rest],
        share=RECORDING_VAL_SHARE,
        rng=rng,
        part="validation",
    )
    unknown = all(recording is None for recording in clips.recordings)
    unit = "clip (recordings are not known)" if unknown else "recording"
    return Split(
        train=rest[~chosen],
        val=rest[chosen],
        test=test,
        kind=kind,
        val_kind="random" if unknown else "group",
        protocol=(
            f"{protocol}; validation by {unit}, about {100 * RECORDING_VAL_SHARE:.0f} % of the "
            f"others, seed {seed}"
        ),
    )


def list_others(clips: Clips, *taken: IntArray) -> IntArray:
    """Return the numbers of the clips that are not taken."""
    return np.setdiff1d(np.arange(len(clips.labels)), np.concatenate(taken))
