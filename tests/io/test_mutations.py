"""Damaged files give a sequence or the package's own error, never another."""

import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from skelgraph.errors import SkelgraphError
from skelgraph.io import read_sequences, write_csv, write_npz
from skelgraph.layouts import COCO17, UPPER10
from skelgraph.poses import PoseSequence

BVH = (
    "HIERARCHY\nROOT Ref {\nOFFSET 0 0 0\nCHANNELS 6 Xposition Yposition Zposition Zrotation "
    "Xrotation Yrotation\nJOINT Hips\n{ OFFSET 0 90 0 CHANNELS 3 Zrotation Xrotation Yrotation\n"
    "JOINT LeftLeg { OFFSET 9 0 0\nCHANNELS 1 Zrotation\nEnd Site { OFFSET 0 1e1 0 } }\n"
    "JOINT RightLeg { OFFSET -9 0 0\n} } }\nMOTION\nFrames: 3\nFrame Time: 0.033333\n"
    + "1.5 -2 3 0 90 1e2 7 8 9 10\n"
    * 3
).encode()
NUM_BYTES = 200
NUM_VALUES = 150
BYTES = b'0123456789.-+eE#,;\t\n "{}[]:_xyz\0\xff\xe9naif'


def make_sequence() -> PoseSequence:
    rng = np.random.default_rng(0)
    return PoseSequence(
        positions=rng.normal(size=(4, 10, 3)), layout=UPPER10, fps=30, confidence=np.ones((4, 10)),
        label="joy",
    )  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """A small recording of a format: one entry of the table below.

    ``write`` is called with the path of the recording and with the writers of keypoint files;
    ``damaged`` is the file to damage where the recording is a folder.
    """

    recording: str
    write: Callable[[Path, Any], object]
    damaged: str = ""


def write_persons(name: str) -> Callable[[Path, Any], object]:
    """Writes two persons of few joints who come and go, in a format of keypoints."""

    def write(path: Path, writers: Any) -> None:
        rng = np.random.default_rng(1)
        persons = []
        for x in (100, 900):
            positions = rng.normal(size=(5, 17, 2)) * 9 + x
            positions[x // 400, 3:] = np.nan
            persons.append(PoseSequence(positions=positions, layout=COCO17, fps=30))
        getattr(writers, f"write_{name}")(path, persons)

    return write


SAMPLES = {
    "bvh": Sample("clip.bvh", lambda path, _: path.write_bytes(BVH)),
    "csv": Sample("clip.csv", lambda path, _: write_csv(path, make_sequence())),
    "npz": Sample("clip.npz", lambda path, _: write_npz(path, make_sequence())),
    "alphapose": Sample("clip.json", write_persons("alphapose")),
    "coco": Sample("clip.json", write_persons("coco")),
    "kinetics": Sample("clip.json", write_persons("kinetics")),
    "mmpose": Sample("clip.json", write_persons("mmpose")),
    "openpose": Sample("clip", write_persons("openpose"), "clip_000000000002_keypoints.json"),
}
"""What is damaged in many ways; a further format is one entry."""


def make_sample(tmp_path: Path, sample: Sample, writers: ModuleType) -> tuple[Path, Path]:
    """The recording, and the file of it to be damaged."""
    recording = tmp_path / sample.recording
    sample.write(recording, writers)
    return recording, recording / sample.damaged if sample.damaged else recording


def mutate(content: bytes, rng: np.random.Generator) -> bytes:
    """Changes, removes, doubles or inserts a few bytes or stretches."""
    damaged = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        start = int(rng.integers(0, len(damaged) + 1))
        stop = start + int(rng.choice([1, 1, 4, 40, len(damaged)]))
        choice = rng.integers(0, 4)
        if choice == 0:
            damaged[start : start + 1] = bytes([int(rng.choice(list(BYTES)))])
        elif choice == 1:
            del damaged[start:stop]
        elif choice == 2:
            damaged[start:start] = damaged[start:stop]
        else:
            damaged[start:start] = bytes(rng.choice(list(BYTES), size=3).tolist())
    return bytes(damaged)


def check_refusal(error: SkelgraphError, path: Path) -> bool:
    assert path.name in str(error)
    return False


def read_or_refuse(path: Path) -> bool:
    try:
        sequences = read_sequences(path, fps=30)
    except SkelgraphError as error:
        return check_refusal(error, path)
    assert all(isinstance(sequence, PoseSequence) for sequence in sequences)
    return True


@pytest.mark.parametrize("name", SAMPLES)
def test_damaged_bytes(tmp_path: Path, keypoint_files: ModuleType, name: str) -> None:
    recording, file = make_sample(tmp_path, SAMPLES[name], keypoint_files)
    content = file.read_bytes()
    assert read_or_refuse(recording)
    rng = np.random.default_rng(3)
    for _ in range(NUM_BYTES):
        file.write_bytes(mutate(content, rng))
        read_or_refuse(recording)


def list_places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a JSON value with each of its keys or numbers."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from list_places(value[key])


@pytest.mark.parametrize("name", [name for name in SAMPLES if name not in ("bvh", "csv", "npz")])
def test_other_values_in_sound_json(tmp_path: Path, keypoint_files: ModuleType, name: str) -> None:
    """Something else at any level, or nothing: as often near the root as far from it."""
    recording, file = make_sample(tmp_path, SAMPLES[name], keypoint_files)
    content = file.read_text()
    rng = np.random.default_rng(5)
    others = [None, True, -1, 3.5, 1e308, 10**30, "x", "7", [], {}, [[]], [7], {"a": []}]
    for _ in range(NUM_VALUES):
        value = json.loads(content)
        places = list(list_places(value))
        for _ in range(rng.integers(1, 4)):
            holder, key = places[int(len(places) ** rng.random()) - 1]
            if isinstance(holder, dict) and rng.random() < 0.2:
                holder.pop(key, None)
            elif isinstance(holder, dict) or key < len(holder):
                holder[key] = others[rng.integers(len(others))]
        file.write_text(json.dumps(value))
        read_or_refuse(recording)


def test_damaged_arrays_in_a_sound_archive(tmp_path: Path) -> None:
    path = tmp_path / "clip.npz"
    write_npz(path, make_sequence())
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    rng = np.random.default_rng(4)
    refused = 0
    for _ in range(300):
        damaged = str(rng.choice(list(members)))
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, mutate(content, rng) if name == damaged else content)
        refused += not read_or_refuse(path)
    assert refused > 0
