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

from skelgraph.config import FilterName
from skelgraph.data import write_folder
from skelgraph.errors import RunError, SkelgraphError
from skelgraph.experiments.row_results import read_json
from skelgraph.layouts import UPPER10
from skelgraph.lifting import (
    add_detector_noise,
    draw_camera,
    find_middle,
    knows_nose,
    place_keypoints,
    prepare_body,
    project_sequence,
)
from skelgraph.poses import PoseSequence, convert_layout, drop_doubtful, fill_gaps, smooth
from skelgraph.runs import write_json

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

    Args:
        sequence: The recording, of three dimensions and in a unit of length.
        seed: Seed of the draws, 0 or more.

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

    Args:
        folder: Folder of the dataset and of the facts about it, written whole or not at all.
        sequences: The recordings.
        parts: Part of each: ``"train"``, ``"val"`` or ``"test"``.
        lifter: The lifter.
        cleaning: Cleaning of the keypoints.
        seed: Seed of cameras and noise.
        origin: Facts that identify the recordings and the lifter, as plain JSON types.

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
