"""Embeddings of files: the vector that a network has of each clip before its classifier.

A table of them is a CSV file, or an npz file of plain arrays.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.config import FEATURES, PredictSettings
from skelgraph.data import LabeledFile, Progress, find_labels
from skelgraph.errors import RunError
from skelgraph.io import is_recording_folder, replace_whole
from skelgraph.prediction.path_reader import PathReader
from skelgraph.prediction.person_recording import PersonRecording
from skelgraph.prediction.recording_reader import RecordingReader
from skelgraph.runs import Prediction, write_text
from skelgraph.serving import (
    CLIPS_AT_ONCE,
    Predictor,
    describe_layouts,
    embed_prepared,
    find_embedding,
    name_embedding,
)
from skelgraph.typing import FloatArray

EMBEDDING_SUFFIXES = (".npz", ".csv")
"""Kinds of files that embeddings are written to."""

_UNLABELED = "unknown"
"""Label of a clip of an archive that has none."""

_Prepared = list[tuple[PersonRecording, Any]]


@dataclass(frozen=True, kw_only=True, eq=False)
class FileEmbeddings:
    """Embeddings of the clips of some files, and what was wrong with the others.

    Args:
        clips: Name, label, subject and prediction of each clip.
        vectors: Array (clips, D).
        columns: Name of each of the D numbers: the stream and a number, such as ``bone.0``.
        problems: One for each file or clip that could not be used.
        notes: What a user should know.
    """

    clips: tuple[Prediction, ...]
    vectors: FloatArray
    columns: tuple[str, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]


def embed_files(
    predictor: Predictor,
    paths: Iterable[Path],
    settings: PredictSettings | None = None,
    *,
    device: str = "auto",
    progress: Progress | None = None,
) -> FileEmbeddings:
    """Embed what recordings show; one that cannot be used does not stop the rest.

    Files are read as by :func:`skelgraph.prediction.predict_files`. Labels are those of archives
    and of ``labels.csv``, or the names of sub-folders; the network does not use them.

    Args:
        predictor: A trained run; :func:`skelgraph.serving.embed_prepared` tells its vectors.
        paths: Videos, files of any readable format, folders and archives.
        settings: Persons, estimator, lifter.
        device: Where a lifter computes.
        progress: Called with the numbers of frames estimated and of all frames of a video.

    Raises:
        RunError: If the run has no vectors to give.
    """
    columns = name_embedding(predictor)
    reader = RecordingReader(
        predictor, settings or PredictSettings(), device=device, progress=progress
    )
    path_reader = PathReader(reader)
    clips: list[Prediction] = []
    vectors: list[FloatArray] = [np.empty((0, len(columns)))]
    for path in paths:
        labels = None
        prepared: _Prepared = []
        for pair in path_reader.read(path):
            labels = _find_labels(path) if labels is None else labels
            prepared.append(pair)
            if len(prepared) == CLIPS_AT_ONCE:
                clips += _predict(predictor, prepared, labels)
                vectors.append(embed_prepared(predictor, [clip for _, clip in prepared]))
                prepared.clear()
        if prepared:
            clips += _predict(predictor, prepared, labels or {})
            vectors.append(embed_prepared(predictor, [clip for _, clip in prepared]))
    return FileEmbeddings(
        clips=tuple(clips),
        vectors=np.concatenate(vectors),
        columns=columns,
        problems=tuple(path_reader.problems),
        notes=(
            *_describe_vectors(predictor),
            *path_reader.notes,
            *reader.notes.describe(),
            *describe_layouts(path_reader.layouts, predictor.facts),
        ),
    )


def write_embeddings(file: Path, embeddings: FileEmbeddings) -> None:
    """Write embeddings as ``.npz`` or ``.csv``.

    The npz file has the arrays ``vectors`` (clips, D), ``names``, ``labels``, ``subjects`` and
    ``predictions`` (clips,), and ``columns`` (D,); what is unknown is empty. In the CSV file each
    clip is a row: ``name``, ``label``, ``subject``, ``prediction``, and the D numbers.

    Raises:
        RunError: If the suffix is another one.
    """
    check_embedding_file(file)
    rows = [
        (one.name, one.label or "", one.subject or "", one.prediction) for one in embeddings.clips
    ]
    if file.suffix.lower() == ".csv":
        text = StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(("name", "label", "subject", "prediction", *embeddings.columns))
        for row, vector in zip(rows, embeddings.vectors, strict=True):
            writer.writerow((*row, *(f"{value:.7g}" for value in vector)))
        write_text(file, text.getvalue())
        return
    facts = np.array(rows, dtype=np.str_).reshape(len(rows), 4)
    with replace_whole(file) as partial, partial.open("wb") as stream:
        np.savez(
            stream,
            vectors=embeddings.vectors.astype(np.float32),
            names=facts[:, 0],
            labels=facts[:, 1],
            subjects=facts[:, 2],
            predictions=facts[:, 3],
            columns=np.array(embeddings.columns),
        )


def check_embedding_file(file: Path) -> None:
    """Check that embeddings can be written to a file, by its suffix.

    Raises:
        RunError: If they cannot.
    """
    if file.suffix.lower() not in EMBEDDING_SUFFIXES:
        raise RunError(f"{file}: expected a name that ends in {' or '.join(EMBEDDING_SUFFIXES)}")


def _find_labels(path: Path) -> dict[Path, LabeledFile]:
    if not path.is_dir() or is_recording_folder(path):
        return {}
    return find_labels(path)


def _predict(
    predictor: Predictor, prepared: _Prepared, labels: Mapping[Path, LabeledFile]
) -> list[Prediction]:
    """Return predictions of clips, with the labels and subjects that their folder tells."""
    sequences = [recording.sequence for recording, _ in prepared]
    predictions = predictor.predict_prepared(sequences, [clip for _, clip in prepared])
    return [_tell_label(one, labels) for one in predictions]


def _tell_label(one: Prediction, labels: Mapping[Path, LabeledFile]) -> Prediction:
    listed = labels.get(Path(one.name)) or labels.get(Path(one.name.rpartition("#")[0]))
    if listed is not None:
        return replace(one, label=listed.label, subject=listed.subject or one.subject)
    return replace(one, label=None) if one.label == _UNLABELED else one


def _describe_vectors(predictor: Predictor) -> list[str]:
    """Return a line on movement features, which are no vector before a classifier."""
    chosen = find_embedding(predictor)
    ridges = [
        number
        for number, network in enumerate(predictor.networks)
        if network.facts.config.stream.names == (FEATURES,)
    ]
    if not ridges:
        return []
    if set(ridges) <= set(chosen):
        return ["movement features have no layer before a classifier: these are themselves"]
    return ["movement features are no part of the vectors, which are those of the networks"]
