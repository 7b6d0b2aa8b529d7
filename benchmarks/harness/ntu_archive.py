"""Archives in the shape of NTU RGB+D 60, as PYSKL keeps them, of invented motion."""

import itertools
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.layouts import NTU25
from skelgraph.typing import Float32Array

NUM_CLIPS = 56880
"""Clips of NTU RGB+D 60."""
FIRST_CLASS_OF_TWO = 49
"""The last 11 of 60 classes show two persons."""
_TRAINING_SUBJECTS = {1, 2, 4, 5, 8, 9, 13, 14, 15, 16, 17, 18, 19, 25, 27, 28, 31, 34, 35, 38}
_SUBJECTS = (3, *(subject for subject in range(1, 41) if subject != 3))
"""One who tests comes first, so that few clips have both parts."""
_FRAMES = (40, 175)
_FPS = 30.0
_WAVES = 3


def write_ntu_archive(path: Path, num_clips: int, *, seed: int = 0) -> None:
    """Write a pickle of clips with names, classes, persons and splits as those of the data set.

    Every clip is another movement: each joint swings by waves of random speed, those of a class
    about alike. 56,880 clips have 2.0 GB.
    """
    rng = np.random.default_rng(seed)
    waves = rng.uniform(0.2, 2.5, size=(60, _WAVES, NTU25.num_joints, 3))
    body = _stand()
    annotations = []
    for name, action in itertools.islice(_name_clips(), num_clips):
        T = int(rng.integers(*_FRAMES))
        M = 2 if action >= FIRST_CLASS_OF_TWO else 1
        people = [_move(body, waves[action], T, rng) + np.float32(m) for m in range(M)]
        annotations.append(
            {
                "frame_dir": name,
                "label": action,
                "total_frames": T,
                "keypoint": np.stack(people).astype(np.float32),
            }
        )
    with path.open("wb") as file:
        pickle.dump({"split": _split(annotations), "annotations": annotations}, file, protocol=4)


def _name_clips() -> Iterator[tuple[str, int]]:
    """Yield name and class of each clip, every class once for each view of each subject."""
    for repetition in itertools.count(1):
        for subject, camera in itertools.product(_SUBJECTS, range(1, 4)):
            for action in range(60):
                setup = (subject + repetition) % 17 + 1
                name = f"S{setup:03}C{camera:03}P{subject:03}R{repetition:03}A{action + 1:03}"
                yield name, action


def _split(annotations: list[dict[str, Any]]) -> dict[str, list[str]]:
    parts: dict[str, list[str]] = {
        name: [] for name in ("xsub_train", "xsub_val", "xview_train", "xview_val")
    }
    for annotation in annotations:
        name = str(annotation["frame_dir"])
        trains = int(name[9:12]) in _TRAINING_SUBJECTS, name[5:8] != "001"
        parts["xsub_train" if trains[0] else "xsub_val"].append(name)
        parts["xview_train" if trains[1] else "xview_val"].append(name)
    return parts


def _stand() -> Float32Array:
    """Return joints (V, 3) of a body in meters, each below or beside its parent."""
    rng = np.random.default_rng(1)
    body = np.zeros((NTU25.num_joints, 3))
    for joint in NTU25.depth_first[1:]:
        away = rng.normal(size=3)
        body[joint] = body[NTU25.parents[joint]] + 0.22 * away / np.linalg.norm(away)
    body[NTU25.index("head")] = body[NTU25.center] + (0, 0.7, 0)
    return body.astype(np.float32)


def _move(
    body: Float32Array, waves: Float32Array, num_frames: int, rng: np.random.Generator
) -> Float32Array:
    """Return positions (T, V, 3) of a body that swings."""
    seconds = np.arange(num_frames, dtype=np.float32)[:, None, None, None] / np.float32(_FPS)
    speeds = (waves * rng.uniform(0.7, 1.4, size=waves.shape)).astype(np.float32)
    phases = rng.uniform(0, 2 * np.pi, size=waves.shape).astype(np.float32)
    swings = np.sin(2 * np.float32(np.pi) * speeds * seconds + phases).sum(axis=1)
    return np.asarray(body * np.float32(rng.normal(1, 0.05)) + np.float32(0.05) * swings)
