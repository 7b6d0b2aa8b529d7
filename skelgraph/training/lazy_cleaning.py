"""Cleaning of clips whenever they are used: of archives that are larger than memory."""

from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b

import numpy as np

from skelgraph.data import name_a_few
from skelgraph.errors import DatasetError
from skelgraph.poses import LazySequence, PoseSequence, Preprocessing, count_resampled

MIN_FRAMES = 8
"""Fewest frames of a clip: about the receptive field of one temporal convolution."""

MOST_KEPT_BYTES = 300_000_000
"""Size of clips up to which all of an archive are cleaned at once and kept."""

BONE_CLIPS = 1000
"""Training clips, at most, whose bone lengths are looked at."""

Clean = Callable[[PoseSequence, Preprocessing], PoseSequence]


class CleanedClips:
    """Clips that are cleaned when they are loaded.

    Args:
        sequences: The clips.
        preprocessing: What is done to each.
        clean: Does it.
    """

    def __init__(
        self, sequences: Sequence[PoseSequence], preprocessing: Preprocessing, clean: Clean
    ) -> None:
        self.sequences = sequences
        self.preprocessing = preprocessing
        self.clean = clean

    def load(self, number: int) -> PoseSequence:
        """Return a clip, cleaned."""
        return self.clean(self.sequences[number], self.preprocessing)

    def digest(self, number: int) -> bytes:
        """Return a digest of a clip before it is cleaned."""
        raw = self.sequences[number]
        if isinstance(raw, LazySequence):
            return raw.digest()
        return blake2b(raw.positions.tobytes()).digest()

    def describe(self, number: int) -> LazySequence:
        """Return a clip that is cleaned when it is used."""
        raw, done = self.sequences[number], self.preprocessing
        fps = raw.fps if done.fps is None else done.fps
        return LazySequence.of(
            self,
            number,
            num_frames=count_resampled(raw.num_frames, raw.fps, fps),
            num_dimensions=raw.num_dimensions,
            layout=raw.layout if done.layout is None else done.layout,
            fps=fps,
            unit=raw.unit,
            up=raw.up,
            name=raw.name,
            label=raw.label,
            subject=raw.subject,
            recording=raw.recording,
            has_confidence=raw.confidence is not None,
        )


def cleans_lazily(sequences: Sequence[PoseSequence]) -> bool:
    """Return whether clips are too large together to be kept in memory, and need not be."""
    if not any(isinstance(sequence, LazySequence) for sequence in sequences):
        return False
    size = sum(one.num_frames * one.layout.num_joints * one.num_dimensions for one in sequences)
    return 4 * size > MOST_KEPT_BYTES


def describe_cleaning(sequences: Sequence[PoseSequence]) -> str | None:
    """Return what a user should know of how clips are cleaned, if anything."""
    if not cleans_lazily(sequences):
        return None
    return (
        f"{len(sequences)} clips are read and cleaned when they are used; bone lengths are those "
        f"of at most {BONE_CLIPS} of them"
    )


def clean_lazily(
    sequences: Sequence[PoseSequence],
    preprocessing: Preprocessing,
    *,
    clean: Clean,
    fit_bones_to: Iterable[int] | None,
) -> tuple[tuple[PoseSequence, ...], Preprocessing]:
    """Return clips that are cleaned when they are used, and what is done to them.

    Bone lengths are those of at most :data:`BONE_CLIPS` of the training clips, evenly taken.

    Raises:
        DatasetError: If clips have too few frames.
        SkelgraphError: If one of those clips cannot be cleaned.
    """
    if fit_bones_to is not None:
        trained = np.array(sorted(fit_bones_to))
        count = min(BONE_CLIPS, len(trained))
        some = trained[np.linspace(0, len(trained) - 1, count).astype(np.int64)].tolist()
        preprocessing = preprocessing.fit_applied(
            clean(sequences[clip], preprocessing) for clip in some
        )
    source = CleanedClips(sequences, preprocessing, clean)
    cleaned = tuple(source.describe(clip) for clip in range(len(sequences)))
    short = [clip.name for clip in cleaned if clip.num_frames < MIN_FRAMES]
    if short:
        raise DatasetError(
            f"expected at least {MIN_FRAMES} frames of each clip, but {len(short)} of "
            f"{len(cleaned)} have fewer ({name_a_few(short)}); leave them out"
        )
    return cleaned, preprocessing
