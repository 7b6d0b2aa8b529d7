"""Finished runs with their networks and clips, for figures."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from skelgraph.data import ClipSet, Progress
from skelgraph.errors import SkelgraphError
from skelgraph.poses import PoseSequence
from skelgraph.runs import RunDirectory
from skelgraph.serving import Predictor, load_run, read_run_data
from skelgraph.training import split_clips


@dataclass(frozen=True, kw_only=True, eq=False)
class DrawableRun:
    """A run to be drawn, with the clips of its test part before preprocessing.

    It has no predictor if it is no network of skeletons alone, such as a fusion or a ridge. Its
    layers are those that were trained. Runs of the same data share ``clips``, None if they cannot
    be read.
    """

    name: str
    file_name: str
    place: RunDirectory
    predictor: Predictor | None = None
    clips: ClipSet | None = None
    test_clips: tuple[PoseSequence, ...] = ()
    why_no_clips: str = ""


def read_runs(
    runs: Mapping[str, Path], *, model: str | None = None, progress: Progress | None = None
) -> list[DrawableRun]:
    """Load the networks of runs and read their data, shared data once.

    Raises:
        RunError: If a run with a network is damaged, or its network is one of your own and not
            given.
    """
    known: dict[tuple[object, ...], ClipSet | str] = {}
    read = []
    for (name, path), file_name in zip(runs.items(), name_files(runs), strict=True):
        place = RunDirectory(path=path)
        if not place.checkpoints.is_dir() or place.speech_file.is_file():
            read.append(DrawableRun(name=name, file_name=file_name, place=place))
            continue
        if place.read_recognizer_config().get("transform"):
            read.append(DrawableRun(name=name, file_name=file_name, place=place))
            continue
        predictor = load_run(path, model=model, for_inference=False)
        if predictor.config.model.info.is_ridge:
            read.append(DrawableRun(name=name, file_name=file_name, place=place))
            continue
        key = _what_is_read(predictor)
        if key not in known:
            try:
                known[key] = read_run_data(predictor, progress=progress)[0]
            except SkelgraphError as error:
                known[key] = str(error)
        outcome = known[key]
        clips, why = (None, outcome) if isinstance(outcome, str) else (outcome, "")
        read.append(
            DrawableRun(
                name=name,
                file_name=file_name,
                place=place,
                predictor=predictor,
                clips=clips,
                test_clips=() if clips is None else _test_part(clips, predictor),
                why_no_clips=why,
            )
        )
    return read


def name_files(names: Iterable[str]) -> list[str]:
    """Return a file name for each name, different from the others.

    Example:
        >>> name_files(["2s (sum)", "2s [sum]", "joint"])
        ['2s_sum', '2s_sum_', 'joint']
    """
    files: list[str] = []
    for name in names:
        file = re.sub(r"[^\w.-]+", "_", name).strip("_.") or "run"
        while file in files:
            file += "_"
        files.append(file)
    return files


def _test_part(clips: ClipSet, predictor: Predictor) -> tuple[PoseSequence, ...]:
    config = predictor.config
    split = split_clips(clips, config.split, seed=config.seed)
    return tuple(clips.sequences[clip] for clip in split.test)


def _what_is_read(predictor: Predictor) -> tuple[object, ...]:
    """Return what two runs share if their clips are the same."""
    config = predictor.config
    return (predictor.data_fingerprint, config.data, config.preparation.fps)
