"""Recordings of motion capture as a camera, a pose estimator and a lifter would deliver them.

Table 2 of Shi et al., Sensors 2021, 21, 205, compares such recordings with and without a low-pass
filter over the keypoints in the image (section 6.1).
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol
from zlib import crc32

import numpy as np

from skelgraph.config import DEFAULT_CUTOFF_HZ, DataSettings, FilterName, SplitSettings, TrainConfig
from skelgraph.data import fingerprint_files, name_a_few, write_folder
from skelgraph.errors import RunError, SkelgraphError
from skelgraph.experiments.paper_rows import PaperRow
from skelgraph.experiments.row_results import read_json
from skelgraph.layouts import UPPER10
from skelgraph.lifting import (
    KeypointLifter,
    add_detector_noise,
    draw_camera,
    find_middle,
    knows_nose,
    load_lifter_run,
    place_keypoints,
    prepare_body,
    project_sequence,
)
from skelgraph.poses import PoseSequence, convert_layout, drop_doubtful, fill_gaps, smooth
from skelgraph.runs import RunDirectory, write_json
from skelgraph.training import PreparedData, prepare_clips

_FACTS = "lifted.json"
_CLIPS = "clips"


class Lifter(Protocol):
    """Lifter of keypoints from the image to space."""

    def lift_sequence(self, sequence: PoseSequence) -> PoseSequence:
        """Return the recording in space; the gaps that are left are bridged."""
        ...


@dataclass(frozen=True, kw_only=True)
class KeypointCleaning:
    """Cleaning of keypoints before they are lifted.

    Args:
        filter: The filter over time.
        cutoff_hz: Cutoff of the Butterworth filter.
        min_confidence: Joints of less confidence are missing; None takes all.
        max_gap_s: Longest gap of a joint that is filled before the filter, in seconds. The filter
            does not cross longer gaps, which the lifter bridges.
    """

    filter: FilterName
    cutoff_hz: float = 6.0
    min_confidence: float | None = 0.1
    max_gap_s: float | None = 0.5

    def apply(self, keypoints: PoseSequence) -> PoseSequence:
        """Return the keypoints without doubtful joints and short gaps, and filtered.

        Raises:
            PoseError: If no joint has enough confidence, or the filter cannot be applied.
        """
        if self.min_confidence is not None:
            keypoints = drop_doubtful(keypoints, min_confidence=self.min_confidence)
        if self.max_gap_s is not None:
            keypoints = fill_gaps(keypoints, max_gap_s=self.max_gap_s)
        return smooth(keypoints, self.filter, cutoff_hz=self.cutoff_hz)


def film(sequence: PoseSequence, *, seed: int) -> PoseSequence:
    """Return a recording in space as a pose estimator would find it through a random camera.

    Camera, noise and drop-outs depend on the seed and the recording's name alone, so that
    treatments of the same keypoints can be compared.

    Returns:
        Keypoints in pixels, :data:`skelgraph.lifting.LIFTER_KEYPOINTS`, with confidence.

    Raises:
        LayoutError: If the recording has too few joints.
        PoseError: If it is not in space and in a unit of length, or the person has no heading or
            size.
    """
    generator = np.random.default_rng([seed, crc32(sequence.name.encode())])
    seen = place_keypoints(prepare_body(sequence), has_nose=knows_nose(sequence.layout))
    camera = draw_camera(generator, find_middle(seen))
    return add_detector_noise(project_sequence(seen, camera), generator)


def film_and_lift(
    sequence: PoseSequence, lifter: Lifter, cleaning: KeypointCleaning, *, seed: int
) -> PoseSequence:
    """Film, clean and lift a recording, and return it in the layout ``upper10``.

    It has no confidence, since a joint that was not seen is lifted too.

    Raises:
        SkelgraphError: If a step fails; the error names the recording.
    """
    try:
        keypoints = cleaning.apply(film(sequence, seed=seed))
        lifted = lifter.lift_sequence(keypoints)
        return replace(convert_layout(lifted, UPPER10), confidence=None)
    except SkelgraphError as error:
        text = str(error)
        raise type(error)(text if sequence.name in text else f"{sequence.name}: {text}") from error


def write_lifted_data(
    folder: Path,
    sequences: Sequence[PoseSequence],
    parts: Sequence[str],
    lifter: Lifter,
    cleaning: KeypointCleaning,
    *,
    seed: int,
    origin: Mapping[str, Any],
) -> Path:
    """Write recordings after :func:`film_and_lift` as a folder dataset, if it is not there.

    The folder is written whole or not at all. ``origin`` identifies the recordings and the lifter.

    Returns:
        The folder dataset.

    Raises:
        RunError: If the folder holds recordings of another origin or with other settings.
        SkelgraphError: If a recording cannot be lifted.
    """
    facts = {"origin": dict(origin), "cleaning": asdict(cleaning), "seed": seed}
    if folder.exists():
        kept = read_json(folder / _FACTS)
        if kept != facts:
            changed = ", ".join(name for name in facts if kept.get(name) != facts[name])
            raise RunError(
                f"{folder}: the recordings there were lifted with another {changed}; delete the "
                f"folder and the rows made of it, or pass another --out"
            )
        return folder / _CLIPS
    lifted = [film_and_lift(one, lifter, cleaning, seed=seed) for one in sequences]
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    write_folder(unfinished / _CLIPS, lifted, parts)
    write_json(unfinished / _FACTS, facts)
    unfinished.rename(folder)
    return folder / _CLIPS


@dataclass(frozen=True, kw_only=True, eq=False)
class BenchmarkLifter:
    """A lifter and a digest of its files; the subjects that it has seen must not be tested with it.

    ``seen`` is None if they are unknown.
    """

    path: Path
    lifter: KeypointLifter
    seen: frozenset[str] | None
    fingerprint: str

    @classmethod
    def load(cls, path: Path) -> "BenchmarkLifter":
        """Load the lifter of a run of ``skelgraph lift train``.

        Raises:
            RunError: If it is no such run, or its training did not end.
        """
        lifter = load_lifter_run(path)
        run = RunDirectory(path=path)
        rows = [row for row in run.read_split() if row["part"] != "test"]
        subjects = {row["subject"] for row in rows}
        weights = [run.checkpoint(rule) for rule in ("best", "last")]
        files = [run.config_file, *(file for file in weights if file.is_file())]
        return cls(
            path=path,
            lifter=lifter,
            seen=None if "" in subjects else frozenset(subjects),
            fingerprint=fingerprint_files(path, files),
        )

    def check_unseen(self, data: PreparedData) -> str:
        """Return a note on the subjects of the test part, which the lifter must not have met.

        Raises:
            RunError: If it was trained or validated on one of them.
        """
        tested = {data.clips.subjects[clip] for clip in data.split.test} - {None}
        if self.seen is None or not tested:
            return (
                f"the lifter {self.path.name} does not tell on whom it was trained; if on those "
                f"who are tested here, the numbers of lifted recordings are too good"
            )
        met = sorted(str(one) for one in tested & self.seen)
        if met:
            raise RunError(
                f"{self.path}: the lifter was trained on {name_a_few(met)}, to be tested here; "
                f"pass --test-subjects that it held out, or train another with "
                f"`skelgraph lift train --test-subjects {','.join(met)}`"
            )
        others = name_a_few(sorted(self.seen))
        return f"the lifter {self.path.name} was trained on {others}, of whom none is tested here"


def keep_lifter(lifter: BenchmarkLifter, out: Path) -> None:
    """Write down in a benchmark's folder which lifter its rows have, so that all have the same.

    Raises:
        RunError: If rows there have another lifter.
    """
    file = out / "lifter.json"
    if not file.is_file():
        write_json(file, {"lifter": lifter.path.name, "fingerprint": lifter.fingerprint})
        return
    kept = read_json(file)
    if kept.get("fingerprint") != lifter.fingerprint:
        raise RunError(
            f"{out}: rows there have another lifter, {kept.get('lifter')}; rows of unlike lifters "
            f"cannot be compared: pass another --out"
        )


def prepare_lifted(
    row: PaperRow, config: TrainConfig, base: TrainConfig, lifter: BenchmarkLifter, folder: Path
) -> TrainConfig:
    """Lift the recordings of a row, and return its configuration with their folder.

    The parts are those of the rows of the recordings themselves with the same seed.

    Raises:
        SkelgraphError: If the lifter was trained on a tested subject, or a recording cannot be
            lifted.
    """
    data = prepare_clips(base.change(seed=config.seed, out=None))
    lifter.check_unseen(data)
    parts = [""] * len(data.clips)
    for part in ("train", "val", "test"):
        for clip in getattr(data.split, part):
            parts[clip] = part
    clips = write_lifted_data(
        folder,
        data.clips.sequences,
        parts,
        lifter.lifter,
        _plan_cleaning(row.lifted_after or "none", base),
        seed=config.seed,
        origin={"data": data.clips.fingerprint, "lifter": lifter.fingerprint},
    )
    return config.change(
        data=DataSettings(folder=clips, layout=UPPER10.name),
        split=SplitSettings(kind="file", allow_leaks=True),
    )


def _plan_cleaning(name: FilterName, base: TrainConfig) -> KeypointCleaning:
    settings = base.preparation
    return KeypointCleaning(
        filter=name,
        cutoff_hz=settings.cutoff_hz or DEFAULT_CUTOFF_HZ,
        min_confidence=settings.min_confidence,
        max_gap_s=settings.max_gap_s,
    )
