"""Cleaning of clips whenever they are used: of archives that are larger than memory."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from skelgraph.data import name_a_few
from skelgraph.errors import DatasetError
from skelgraph.poses import LazySequence, PoseSequence, Preprocessing, count_resampled

MIN_FRAMES = 8
"""Fewest frames of a clip: about the receptive field of one temporal convolution."""

MOST_KEPT_BYTES = 400_000_000
"""Cleaned clips are kept up to this size; the others are cleaned anew in each epoch."""

BONE_CLIPS = 1000
"""Training clips, at most, whose bone lengths are looked at."""

Clean = Callable[[PoseSequence, Preprocessing], PoseSequence]


class CleanedClips:
    """Clips that are cleaned when they are loaded; as many are kept as there is room for.

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
        self.room = MOST_KEPT_BYTES
        self.kept: dict[int, PoseSequence] = {}

    def load(self, number: int) -> PoseSequence:
        """Return a clip, cleaned."""
        kept = self.kept.get(number)
        if kept is not None:
            return kept
        cleaned = self.clean(self.sequences[number], self.preprocessing)
        size = cleaned.positions.nbytes
        if size <= self.room:
            self.room -= size
            self.kept[number] = cleaned
        return cleaned

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
