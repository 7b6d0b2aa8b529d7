"""The recordings behind the predictions of runs, and the map of their embeddings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from skelgraph.config import MapSettings
from skelgraph.data import Progress
from skelgraph.errors import RunError, SkelgraphError
from skelgraph.poses import PoseSequence
from skelgraph.prediction import project
from skelgraph.runs import RunDirectory
from skelgraph.serving import Predictor, embed_prepared, load_run, read_run_data
from skelgraph.typing import FloatArray

MOST_MAPPED = 1000
"""Most clips of a map: of more, embedding them takes minutes."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RunClips:
    """Recordings that runs were tested on, and what could not be shown.

    Args:
        sequences: The recordings by their names.
        texts: What is said in them, where there is a transcript.
        maps: For each run that has embeddings, the names of its clips and their places (clips, 2).
        missing: The reason for each run whose clips or embeddings cannot be shown.
    """

    sequences: Mapping[str, PoseSequence] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    maps: Mapping[str, tuple[list[str], FloatArray]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


def read_run_clips(
    runs: Mapping[str, Path],
    names: Mapping[str, list[str]],
    *,
    model: str | None = None,
    progress: Progress | None = None,
) -> RunClips:
    """Read the clips of runs again, from where they were at the training.

    Args:
        runs: Run directories by their names.
        names: Names of the clips that each was tested on.
        model: The network of those runs whose network is one of your own.
        progress: Called with the numbers of files read and to read.
    """
    sequences: dict[str, PoseSequence] = {}
    texts: dict[str, str] = {}
    maps: dict[str, tuple[list[str], FloatArray]] = {}
    missing: list[str] = []
    for name, path in runs.items():
        place = RunDirectory(path=path)
        try:
            predictor = _load(place, model)
            _read_clips(predictor, set(names[name]), sequences, texts, progress)
        except SkelgraphError as error:
            missing.append(f"The clips of {name} cannot be shown: {error}")
            continue
        try:
            maps[name] = _map_clips(place, predictor, names[name], sequences)
        except SkelgraphError as error:
            missing.append(f"There is no map of embeddings of {name}: {error}")
    return RunClips(sequences=sequences, texts=texts, maps=maps, missing=tuple(missing))


def _load(place: RunDirectory, model: str | None) -> Predictor:
    """Return a predictor that knows the data of a run; of a cross-validation, a fold's."""
    if not place.config_file.is_file():
        raise RunError("it is an evaluation, which does not tell where its data are")
    if not place.is_crossval:
        return load_run(place.path, model=model)
    folds = sorted((place.path / "folds").glob("*/config.json"))
    if not folds:
        raise RunError(f"{place.path}: there are no folds left")
    return load_run(folds[0].parent, model=model)


def _read_clips(
    predictor: Predictor,
    wanted: set[str],
    sequences: dict[str, PoseSequence],
    texts: dict[str, str],
    progress: Progress | None,
) -> None:
    if wanted <= sequences.keys():
        return
    clips, _ = read_run_data(predictor, progress=progress)
    for number, name in enumerate(clips.names):
        if name in wanted:
            sequences[name] = clips.sequences[number]
            if (text := clips.media_of_each[number].text) is not None:
                texts[name] = text


def _map_clips(
    place: RunDirectory,
    predictor: Predictor,
    names: list[str],
    sequences: Mapping[str, PoseSequence],
) -> tuple[list[str], FloatArray]:
    """Return names and places of the clips of a run on the map of its embeddings."""
    if place.is_crossval:
        raise RunError("each fold of a cross-validation has a network of its own")
    if len(names) > MOST_MAPPED:
        raise RunError(f"expected at most {MOST_MAPPED} clips for one, but there are {len(names)}")
    there = [name for name in names if name in sequences]
    vectors = embed_prepared(predictor, [predictor.prepare(sequences[name]) for name in there])
    return there, project(vectors, MapSettings())
