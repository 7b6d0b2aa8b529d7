"""A trained run on labeled clips: its own test part again, or another dataset."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from skelgraph.config import EMOTIVE_MOTION, DataSettings
from skelgraph.data import ClipSet, Progress, read_folder
from skelgraph.errors import DatasetError
from skelgraph.evaluation import ClassificationMetrics, Split
from skelgraph.runs import (
    SYNTHETIC_NOTE,
    Prediction,
    RunDirectory,
    score_predictions,
    write_results,
)
from skelgraph.serving.predictor import Predictor
from skelgraph.training import describe_conversions, read_clips, split_clips


@dataclass(frozen=True, kw_only=True)
class EvaluationResult:
    """Metrics and predictions of a run on labeled clips.

    The protocol says which clips they are; the notes must be said with the numbers.
    """

    metrics: ClassificationMetrics
    predictions: tuple[Prediction, ...]
    protocol: str
    notes: tuple[str, ...]


def read_run_data(
    predictor: Predictor, *, progress: Progress | None = None
) -> tuple[ClipSet, Split]:
    """Return the dataset of a run and its parts, read again from where it was.

    Raises:
        DatasetError: If the data cannot be read, or has changed since the training.
    """
    config = predictor.config
    clips = read_clips(
        config.data,
        fps=config.preparation.fps,
        seed=config.seed,
        layout=None if config.data.layout is None else predictor.layout,
        progress=progress,
    )
    if clips.fingerprint != predictor.data_fingerprint:
        raise DatasetError(
            f"the data of {predictor.run.path} has changed since its training, so that its test "
            f"part is no longer known; `skelgraph evaluate` with --data tests on all clips of a "
            f"folder"
        )
    return clips, split_clips(clips, config.split, seed=config.seed)


def evaluate(
    predictor: Predictor, data: DataSettings | None = None, *, progress: Progress | None = None
) -> EvaluationResult:
    """Test a run on all clips of other data, or on its own test part.

    Raises:
        DatasetError: If the data cannot be read or used.
    """
    if data is None:
        return evaluate_test_part(predictor, progress=progress)
    if data.folder is not None:
        clips = read_folder(
            data.folder,
            layout=predictor.layout,
            fps=predictor.config.preparation.fps,
            person=predictor.config.data.person,
            min_files_per_label=1,
            progress=progress,
        )
    else:
        clips = read_clips(data, fps=predictor.config.preparation.fps, seed=0, progress=progress)
    return evaluate_clips(predictor, clips)


def evaluate_test_part(
    predictor: Predictor, *, progress: Progress | None = None
) -> EvaluationResult:
    """Test a run on its own test part, read again from where it was.

    Raises:
        DatasetError: If the data cannot be read, or has changed since the training.
    """
    clips, split = read_run_data(predictor, progress=progress)
    notes = [f"data: {SYNTHETIC_NOTE}"] if predictor.config.data.is_generated else []
    chosen = [int(clip) for clip in split.test]
    return _evaluate(predictor, clips, chosen, f"the test part, {split.protocol}", notes)


def evaluate_clips(predictor: Predictor, clips: ClipSet) -> EvaluationResult:
    """Test a run on all clips of a dataset; they should be none that it was trained on.

    Raises:
        DatasetError: If a label is none of the classes, or a clip cannot be used.
    """
    unknown = sorted(set(clips.labels) - set(predictor.classes))
    if unknown:
        raise DatasetError(
            f"dataset {clips.name!r}: expected the run's classes "
            f"{', '.join(predictor.classes)}, but got the labels {', '.join(unknown)}"
        )
    notes = [*clips.notes]
    if clips.name == EMOTIVE_MOTION:
        notes.append(f"data: {SYNTHETIC_NOTE}")
    if clips.fingerprint == predictor.data_fingerprint:
        notes.append(
            f"{predictor.num_trained_clips} of these clips trained the model: this is no test"
        )
    layouts = [sequence.layout for sequence in clips.sequences if sequence.present.any()]
    notes += describe_conversions(layouts, predictor.layout)
    protocol = f"all {len(clips)} clips of {clips.name}"
    return _evaluate(predictor, clips, range(len(clips)), protocol, notes)


def write_evaluation(result: EvaluationResult, folder: Path) -> None:
    """Write ``metrics.json``, ``predictions.csv`` and the confusion matrix's figure.

    Raises:
        RunError: If the folder holds the results of a run or of another evaluation.
    """
    place = RunDirectory(path=folder)
    place.check_is_free()
    write_results(
        place,
        result.predictions,
        result.metrics,
        protocol=result.protocol,
        data_note="; ".join(result.notes) or None,
    )


def _evaluate(
    predictor: Predictor,
    clips: ClipSet,
    chosen: Sequence[int],
    protocol: str,
    notes: Sequence[str],
) -> EvaluationResult:
    media = clips.media_of_each
    both = [(clips.sequences[clip], media[clip]) for clip in chosen]
    known = [pair for pair in both if predictor.can_predict(*pair)]
    if not known:
        raise DatasetError(f"{clips.name}: no clip has what {predictor.run.path} takes")
    left = len(both) - len(known)
    predictions = predictor.predict_all([clip for clip, _ in known], [own for _, own in known])
    return EvaluationResult(
        metrics=score_predictions(predictions, predictor.classes, predictor.train_labels),
        predictions=tuple(predictions),
        protocol=protocol,
        notes=(*notes, *([f"{left} clips have none of the modalities: left out"] if left else [])),
    )
