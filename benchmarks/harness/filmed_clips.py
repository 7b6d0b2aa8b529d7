"""Recordings in space as a user's video would give them: filmed, estimated with errors, lifted."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from skelgraph.data import derive_seed
from skelgraph.extraction import ExtractConfig
from skelgraph.io import write_sequence
from skelgraph.layouts import UPPER10
from skelgraph.lifting import (
    KeypointLifter,
    add_detector_noise,
    draw_camera,
    find_middle,
    knows_nose,
    place_keypoints,
    prepare_body,
    project_sequence,
)
from skelgraph.poses import (
    PoseSequence,
    convert_layout,
    drop_doubtful,
    fill_gaps,
    low_pass,
    resample,
    to_meters,
)

FPS = 30.0
CAPTURED = "captured"
"""Folder of the clips that were not filmed."""
_FILMED = 7
"""Tells these cameras from those that a lifter is trained and tested with."""


def film(clip: PoseSequence, generator: np.random.Generator) -> PoseSequence:
    """Return the keypoints that an estimator would find where a random camera films a clip.

    The camera stands anywhere in front of or beside the person; a joint's keypoint is not where the
    joint is, and jitters, drifts and is lost now and then
    (:class:`skelgraph.lifting.DetectorNoise`).
    """
    body = resample(prepare_body(clip), FPS)
    keypoints = place_keypoints(body, generator, has_nose=knows_nose(clip.layout))
    camera = draw_camera(generator, find_middle(keypoints))
    return add_detector_noise(project_sequence(keypoints, camera), generator)


def lift_filmed(
    clips: Sequence[PoseSequence], lifter: KeypointLifter, *, camera: int, seed: int = 0
) -> list[PoseSequence]:
    """Film clips, and lift what was filmed as ``skelgraph extract`` does by default.

    Args:
        clips: Recordings in space.
        lifter: A lifter that was trained without these people.
        camera: Number of the camera; each clip has another one of that number.
        seed: Seed of cameras and errors.
    """
    usual = ExtractConfig()
    assert usual.min_confidence is not None
    assert usual.max_gap_s is not None
    lifted = []
    for number, clip in enumerate(clips):
        image = film(clip, np.random.default_rng(derive_seed(seed, _FILMED, camera, number)))
        sure = drop_doubtful(image, min_confidence=usual.min_confidence)
        steady = low_pass(fill_gaps(sure, max_gap_s=usual.max_gap_s), cutoff_hz=usual.cutoff_hz)
        lifted.append(lifter.lift(steady, size_px=None, space="world"))
    return lifted


def write_filmed(
    clips: Sequence[PoseSequence],
    lifters: Mapping[str, KeypointLifter],
    folder: Path,
    *,
    cameras: int,
) -> None:
    """Write a folder dataset of clips as they were captured, and as several cameras see them.

    A clip that was filmed has the recording of the one that was captured, so that no split parts
    them.

    Args:
        clips: Recordings in space, of known people.
        lifters: For each person, a lifter that was trained without this person.
        folder: Where to write; ``labels.csv`` is written last.
        cameras: Number of cameras.
    """
    rows: list[tuple[str, ...]] = []
    for subject, lifter in lifters.items():
        own = [clip for clip in clips if clip.subject == subject]
        captured = [convert_layout(to_meters(clip), UPPER10) for clip in own]
        views = {CAPTURED: captured} | {
            f"camera{camera}": lift_filmed(own, lifter, camera=camera) for camera in range(cameras)
        }
        for view, seen in views.items():
            (folder / view).mkdir(parents=True, exist_ok=True)
            for clip, one in zip(own, seen, strict=True):
                file = f"{clip.name.replace('/', '-')}.npz"
                write_sequence(folder / view / file, replace(one, name=clip.name))
                rows.append((view, file, str(clip.label), subject, str(clip.recording)))
    write_labels(folder / CAPTURED, [row[1:] for row in rows if row[0] == CAPTURED])
    write_labels(folder, [(f"{view}/{file}", *facts) for view, file, *facts in rows])


def write_labels(folder: Path, rows: Sequence[tuple[str, ...]]) -> None:
    """Write the ``labels.csv`` of a folder: file, label, subject and recording of each clip."""
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("file", "label", "subject", "recording"))
        writer.writerows(sorted(rows))


def is_filmed(name: str) -> bool:
    """Return whether a clip of :func:`write_filmed` was filmed, by its name."""
    return name.startswith("camera")
