"""Clips to be tested that a run was trained on."""

from collections.abc import Sequence

from skelgraph.config import TrainConfig
from skelgraph.data import ClipSet, name_a_few
from skelgraph.errors import SkelgraphError
from skelgraph.evaluation import SharedContent, find_shared_content, finds_copies_alone
from skelgraph.poses import PoseSequence
from skelgraph.serving.predictor import Predictor
from skelgraph.training import preprocess, read_clips, share_layout


def find_trained_clips(predictor: Predictor, clips: ClipSet) -> list[str]:
    """Return a sentence if clips trained a network or chose its weights; else nothing.

    They are found by the data's fingerprint, by their names, and, if the data of the run are still
    where they were, by content.
    """
    if not predictor.names_clips:
        if clips.fingerprint != predictor.data_fingerprint:
            return []
        return [
            "these are the data that the model was made of; which clips did not train it, a "
            "model folder does not tell: this is no test"
        ]
    learned = {row["name"]: row["part"] for row in predictor.learned_rows}
    names = [sequence.name for sequence in clips.sequences]
    if clips.fingerprint == predictor.data_fingerprint:
        return _describe([name for name in names if name in learned], "trained or validated")
    by_content = _find_by_content(predictor, clips, learned)
    if by_content is not None:
        return _describe(by_content, "are, by content, clips that trained")
    same = [name for name in names if name in learned]
    return _describe(same, "have the names of clips that trained")


def _describe(names: Sequence[str], what: str) -> list[str]:
    if not names:
        return []
    return [f"{len(names)} of these clips {what} the model: this is no test ({name_a_few(names)})"]


def _find_by_content(
    predictor: Predictor, clips: ClipSet, learned: dict[str, str]
) -> list[str] | None:
    """Return the names of the clips that are one recording with a learned one.

    None if the data of the run cannot be read any more, or have changed, or if there are too many
    clips to compare.
    """
    before = _read_again(predictor)
    if before is None:
        return None
    known = [sequence for sequence in before.sequences if sequence.name in learned]
    if finds_copies_alone(known) or finds_copies_alone(clips.sequences):
        return None
    sequences = [*_clean(predictor, known), *_clean(predictor, clips.sequences)]
    parts = [0] * (len(sequences) - len(clips)) + [1] * len(clips)
    shared = find_shared_content(share_layout(sequences), parts=parts)
    return [clips.sequences[clip].name for clip in _list_second(shared, len(known))]


def _list_second(shared: Sequence[SharedContent], begin: int) -> list[int]:
    return sorted({one.second - begin for one in shared})


def _read_again(predictor: Predictor) -> ClipSet | None:
    config: TrainConfig = predictor.config
    layout = None if config.data.named_layout is None else predictor.layout
    try:
        clips = read_clips(config.data, fps=config.preparation.fps, seed=config.seed, layout=layout)
    except (SkelgraphError, OSError):
        return None
    return clips if clips.fingerprint == predictor.data_fingerprint else None


def _clean(predictor: Predictor, sequences: Sequence[PoseSequence]) -> list[PoseSequence]:
    """Return the clips in the layout of the run; those that cannot be converted as they are."""
    cleaned = []
    for sequence in sequences:
        try:
            has_body = sequence.has_joints
            done = preprocess(sequence, predictor.facts.preprocessing) if has_body else sequence
        except SkelgraphError:
            done = sequence
        cleaned.append(done)
    return cleaned
