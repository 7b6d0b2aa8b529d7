"""UTKinect-Action3D (Xia, Chen and Aggarwal, CVPRW 2012): its long takes, cut into actions."""

import csv
import math
from pathlib import Path

import numpy as np

from skelgraph.io import write_npz
from skelgraph.layouts import KINECT20
from skelgraph.poses import PoseSequence

LABELS = "actionLabel.txt"
FPS = 30.0
"""Frames per second of the frame numbers, of which not every one was kept."""


def cut_takes(source: Path, target: Path) -> int:
    """Write each action of the takes as a clip, with a labels.csv; return how many there are.

    Frame numbers repeat and jump: of a number that repeats, the last row is taken, and numbers that
    are left out are interpolated. One action has no end (NaN) and is left out.

    Args:
        source: Folder of ``joints_sXX_eYY.txt`` and ``actionLabel.txt``.
        target: New folder.
    """
    target.mkdir(parents=True, exist_ok=True)
    rows = []
    for take, actions in read_actions(source / LABELS).items():
        numbers, positions = read_take(source / f"joints_{take}.txt")
        for action, (start, end) in actions.items():
            wanted = np.arange(start, end + 1)
            clip = np.stack(
                [np.interp(wanted, numbers, column) for column in positions.T], axis=1
            ).reshape(len(wanted), KINECT20.num_joints, 3)
            file = f"{take}_{action}.npz"
            sequence = PoseSequence(positions=clip, layout=KINECT20, fps=FPS, unit="m")
            write_npz(target / file, sequence)
            rows.append((file, action, take.partition("_")[0], take))
    with (target / "labels.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("file", "label", "subject", "recording"))
        writer.writerows(rows)
    return len(rows)


def read_actions(file: Path) -> dict[str, dict[str, tuple[int, int]]]:
    """Return the first and the last frame number of each action of each take."""
    takes: dict[str, dict[str, tuple[int, int]]] = {}
    take = ""
    for line in file.read_text(encoding="utf-8").splitlines():
        name, colon, numbers = line.strip().partition(":")
        if not colon:
            take = name or take
        elif not any(math.isnan(float(number)) for number in numbers.split()):
            start, end = (int(number) for number in numbers.split())
            takes.setdefault(take, {})[name] = (start, end)
    return takes


def read_take(file: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return frame numbers (T,), each once, and coordinates (T, 60) in meters."""
    table = np.loadtxt(file)
    last = np.append(np.diff(table[:, 0]) > 0, True)
    return table[last, 0], table[last, 1:]
