"""Damaged files give a sequence or the package's own error, never another."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import SkelgraphError
from skelgraph.io import read_sequences, write_csv, write_npz
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence

BVH = (
    "HIERARCHY\nROOT Ref {\nOFFSET 0 0 0\nCHANNELS 6 Xposition Yposition Zposition Zrotation "
    "Xrotation Yrotation\nJOINT Hips\n{ OFFSET 0 90 0 CHANNELS 3 Zrotation Xrotation Yrotation\n"
    "JOINT LeftLeg { OFFSET 9 0 0\nCHANNELS 1 Zrotation\nEnd Site { OFFSET 0 1e1 0 } }\n"
    "JOINT RightLeg { OFFSET -9 0 0\n} } }\nMOTION\nFrames: 3\nFrame Time: 0.033333\n"
    + "1.5 -2 3 0 90 1e2 7 8 9 10\n"
    * 3
).encode()
BYTES = b'0123456789.-+eE#,;\t\n "{}:_xyz\0\xff\xe9naif'


def make_sequence() -> PoseSequence:
    rng = np.random.default_rng(0)
    return PoseSequence(
        positions=rng.normal(size=(4, 10, 3)), layout=UPPER10, fps=30, confidence=np.ones((4, 10)),
        label="joy",
    )  # fmt: skip


def make_file(tmp_path: Path, name: str) -> bytes:
    path = tmp_path / name
    if name == "clip.bvh":
        path.write_bytes(BVH)
    elif name == "clip.csv":
        write_csv(path, make_sequence())
    else:
        write_npz(path, make_sequence())
    return path.read_bytes()


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
        sequences = read_sequences(path)
    except SkelgraphError as error:
        return check_refusal(error, path)
    assert all(isinstance(sequence, PoseSequence) for sequence in sequences)
    return True


@pytest.mark.parametrize("name", ["clip.bvh", "clip.csv", "clip.npz"])
def test_damaged_bytes(tmp_path: Path, name: str) -> None:
    content = make_file(tmp_path, name)
    path = tmp_path / name
    assert read_or_refuse(path)
    rng = np.random.default_rng(3)
    for _ in range(300):
        path.write_bytes(mutate(content, rng))
        read_or_refuse(path)


def test_damaged_arrays_in_a_sound_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(make_file(tmp_path, "clip.npz"))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    path = tmp_path / "clip.npz"
    rng = np.random.default_rng(4)
    refused = 0
    for _ in range(300):
        damaged = str(rng.choice(list(members)))
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, mutate(content, rng) if name == damaged else content)
        refused += not read_or_refuse(path)
    assert refused > 0
