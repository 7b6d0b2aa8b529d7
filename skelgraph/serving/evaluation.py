"""A trained run on labeled clips: its own test part again, or another dataset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from skelgraph.config import ARCHIVE_SUFFIXES, EMOTIVE_MOTION, DataSettings
from skelgraph.data import (
    ClipSet,
    Progress,
    leave_out_clips,
    read_data,
    record_left_out,
    suggest_label,
)
from skelgraph.errors import DatasetError, RunError
from skelgraph.evaluation import ClassificationMetrics, Split, TestedOn, name_test_part
from skelgraph.runs import (
    SYNTHETIC_NOTE,
    Prediction,
    RunDirectory,
    score_predictions,
    write_results,
)
from skelgraph.serving.predictor import Predictor
from skelgraph.serving.served_networks import describe_layouts
from skelgraph.serving.trained_clips import find_trained_clips
from skelgraph.training import (
    find_unusable,
    read_clips,
    read_usable_clips,
    split_clips,
    take_listed_clips,
)


@dataclass(frozen=True, kw_only=True)
class EvaluationResult:
    """Metrics and predictions of a run on labeled clips.

    The protocol says which clips they are, ``tests`` what the result may be called. The leaks must
    be said before the numbers, the notes with them. ``left_out`` records the files and clips that
    cannot be used.
    """

    metrics: ClassificationMetrics
    predictions: tuple[Prediction, ...]
    protocol: str
    tests: TestedOn
    leaks: tuple[str, ...]
    notes: tuple[str, ...]
    left_out: Mapping[str, Any] = field(default_factory=dict)


def read_run_data(
    predictor: Predictor, *, moved_to: Path | None = None, progress: Progress | None = None
) -> tuple[ClipSet, Split]:
    """Return the dataset of a run and its parts, read again from where it was, or is now.

    Raises:
        DatasetError: If the data cannot be read, or has changed since the training.
    """
    config = predictor.config
    if config.data.is_generated and predictor.facts.data_name != EMOTIVE_MOTION:
        raise DatasetError(
            f"{predictor.run.path}: its clips were given in Python and cannot be read again; "
            f"`skelgraph evaluate` with --data tests on all clips of a folder"
        )
    source = config.data.folder or config.data.root
    if moved_to is not None and source is not None:
        config = config.change(**{"root" if config.data.folder is None else "data": moved_to})
    elif source is not None and not source.exists():
        is_file = config.data.folder is not None and source.suffix.lower() in ARCHIVE_SUFFIXES
        kind, place = ("place", "FILE") if is_file else ("folder", "DIR")
        raise DatasetError(
            f"{source}: the data of {predictor.run.path} are no longer there; if they were moved, "
            f"name their new {kind}: `skelgraph evaluate {predictor.run.path} --moved-to {place}`"
        )
    clips = read_usable_clips(
        config,
        layout=None if config.data.named_layout is None else predictor.layout,
        progress=progress,
    )
    if clips.fingerprint != predictor.data_fingerprint:
        if moved_to is not None and source is not None and moved_to.is_file():
            _check_same_name(moved_to, source)
        raise DatasetError(
            f"the data of {predictor.run.path} has changed since its training, so that its test "
            f"part is no longer known; `skelgraph evaluate` with --data tests on all clips of a "
            f"folder"
        )
    clips = take_listed_clips(clips, config.split)
    return clips, split_clips(clips, config.split, seed=config.seed)


def _check_same_name(moved_to: Path, source: Path) -> None:
    if moved_to.name != source.name:
        raise DatasetError(
            f"{moved_to}: expected the archive under its name, {source.name}, which tells that it "
            f"is the same; rename it, or pass --data to test on all of its clips"
        )


def evaluate(
    predictor: Predictor,
    data: DataSettings | None = None,
    *,
    moved_to: Path | None = None,
    progress: Progress | None = None,
) -> EvaluationResult:
    """Test a run on all clips of other data, or on its own test part.

    Args:
        predictor: A trained run.
        data: The other data.
        moved_to: The folder or archive where the run's own data are now, if they were moved.
        progress: Called with the numbers of files read and to read.

    Raises:
        DatasetError: If the data cannot be read or used.
    """
    if data is None:
        return evaluate_test_part(predictor, moved_to=moved_to, progress=progress)
    if data.folder is not None:
        clips = read_data(
            data.folder,
            layout=predictor.layout,
            fps=predictor.config.preparation.fps,
            person=predictor.config.data.person,
            persons=predictor.config.data.persons,
            min_files_per_label=1,
            skip_unreadable=data.skip_bad,
            progress=progress,
        )
    else:
        clips = read_clips(data, fps=predictor.config.preparation.fps, seed=0, progress=progress)
    if data.skip_bad and "skeleton" in predictor.modalities:
        unusable = find_unusable(clips.sequences, predictor.facts.preprocessing)
        clips = leave_out_clips(clips, unusable, min_clips_per_label=1)
    return evaluate_clips(predictor, clips)


def evaluate_test_part(
    predictor: Predictor, *, moved_to: Path | None = None, progress: Progress | None = None
) -> EvaluationResult:
    """Test a run on its own test part, read again from where it was, or is now.

    Raises:
        RunError: If the run has no test part.
        DatasetError: If the data cannot be read, or has changed since the training.
    """
    if predictor.config.split.kind == "none":
        raise RunError(
            f"{predictor.run.path}: everybody trained this network, so that there is no test part; "
            f"name other clips with --data"
        )
    if not predictor.names_clips:
        raise RunError(
            f"{predictor.run.path}: a model does not tell which clips did not train it, so that it "
            f"has no test part; name other clips with --data"
        )
    clips, split = read_run_data(predictor, moved_to=moved_to, progress=progress)
    people = list(zip(clips.subjects, clips.recordings, strict=True))
    learned = [people[clip] for clip in (*split.train, *split.val)]
    leaks = [str(leak) for leak in predictor.run.read_metrics().get("leaks", ())]
    notes = [f"data: {SYNTHETIC_NOTE}"] if predictor.config.data.is_generated else []
    chosen = [int(clip) for clip in split.test]
    return _evaluate(
        predictor,
        clips,
        chosen,
        protocol=f"the test part, {split.protocol}",
        learned=learned,
        leaks=leaks,
        notes=notes,
    )


def evaluate_clips(predictor: Predictor, clips: ClipSet) -> EvaluationResult:
    """Test a run on all clips of a dataset; they should be none that it was trained on.

    Raises:
        DatasetError: If a label is none of the classes, or a clip cannot be used.
    """
    unknown = sorted(set(clips.labels) - set(predictor.classes))
    if unknown:
        meant = {label: suggest_label(label, predictor.classes) for label in unknown}
        slips = [f"{name!r} for {label!r}" for label, name in meant.items() if name]
        hint = f"; did you mean {', '.join(slips)}?" if slips else ""
        raise DatasetError(
            f"dataset {clips.name!r}: expected the run's classes "
            f"{', '.join(predictor.classes)}, but got the labels {', '.join(unknown)}{hint}"
        )
    notes = [*clips.notes]
    if clips.name == EMOTIVE_MOTION:
        notes.append(f"data: {SYNTHETIC_NOTE}")
    layouts = [sequence.layout for sequence in clips.sequences if sequence.has_joints]
    notes += describe_layouts(layouts, predictor.facts)
    if not predictor.names_clips:
        notes.append("a model does not tell whom it was trained on: these may be the same people")
    protocol = f"all {len(clips)} clips of {clips.name}"
    learned = [
        (row.get("subject") or None, row.get("recording") or None) for row in predictor.learned_rows
    ]
    return _evaluate(
        predictor,
        clips,
        range(len(clips)),
        protocol=protocol,
        learned=learned if predictor.names_clips else [(None, None)],
        leaks=find_trained_clips(predictor, clips),
        notes=notes,
    )


def write_evaluation(result: EvaluationResult, folder: Path) -> None:
    """Write ``metrics.json``, ``predictions.csv`` and the figures.

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
        tests=result.tests,
        leaks=result.leaks,
        data_note="; ".join(result.notes) or None,
        left_out=result.left_out,
    )


def _evaluate(
    predictor: Predictor,
    clips: ClipSet,
    chosen: Sequence[int],
    *,
    protocol: str,
    learned: Sequence[tuple[str | None, str | None]],
    leaks: Sequence[str],
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
        metrics=score_predictions(
            predictions,
            predictor.classes,
            predictor.train_labels,
            recordings={clip.name: clip.recording for clip, _ in known},
            temperature=predictor.temperature,
        ),
        predictions=tuple(predictions),
        protocol=protocol,
        tests=name_test_part(
            learned, [(clips.subjects[clip], clips.recordings[clip]) for clip in chosen]
        ),
        leaks=tuple(leaks),
        notes=(*notes, *([f"{left} clips have none of the modalities: left out"] if left else [])),
        left_out=record_left_out(clips),
    )
