"""The speed of reading: frames per second of each format, and BVH against a plain parser."""

import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from harness.plain_bvh import read_bvh_plainly
from harness.sample_files import SAMPLES, Sample
from skelgraph.errors import RunError
from skelgraph.experiments import ratio, time_together
from skelgraph.io import read_bvh, read_sequences

_BVH = "bvh, 23 joints"
_SHORT = 100


def measure_reading(
    num_frames: int, budget_s: float, report: Callable[[str], object] = print
) -> dict[str, Any]:
    """Read a file of each sample of :data:`harness.sample_files.SAMPLES`.

    Args:
        num_frames: Frames of each file.
        budget_s: Seconds for each format.
        report: Takes a line for each format that is done.

    Raises:
        RunError: If the plain parser of BVH gives other positions than ours.
    """
    rows = {}
    for name, sample in SAMPLES.items():
        rows[name] = _measure_sample(sample, num_frames, budget_s)
        report(f"{name}: {rows[name]['frames_per_s']:.0f} frames/s")
    lengths = sorted({min(num_frames, _SHORT), num_frames})
    bvh = [compare_bvh(length, budget_s) for length in lengths]
    return {"frames": num_frames, "formats": rows, "bvh": bvh}


def _measure_sample(sample: Sample, num_frames: int, budget_s: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sample{sample.suffix}"
        sample.write(path, num_frames)
        files = [path] if path.is_file() else list(path.iterdir())

        def read() -> object:
            return read_sequences(path, layout=sample.layout, fps=sample.fps)

        persons = len(read_sequences(path, layout=sample.layout, fps=sample.fps))
        seconds = _time(read, budget_s)
        size = sum(file.stat().st_size for file in files)
    return {
        "persons": persons,
        "bytes": size,
        "frames_per_s": num_frames * persons / seconds,
        "mib_per_s": size / seconds / 2**20,
    }


def _time(call: Callable[[], object], budget_s: float) -> float:
    seconds = time_together({"read": call}, device=torch.device("cpu"), budget_s=budget_s)
    return median(seconds["read"])


def compare_bvh(num_frames: int, budget_s: float) -> dict[str, Any]:
    """Compare our reading of BVH, with forward kinematics, with :func:`read_bvh_plainly`.

    Raises:
        RunError: If the positions differ.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.bvh"
        SAMPLES[_BVH].write(path, num_frames)
        ours = read_bvh(path)
        names, frames = read_bvh_plainly(path)
        plain = np.array(frames, dtype=np.float32)
        same = tuple(names) == ours.layout.joints and plain.shape == ours.positions.shape
        # Relative to the size of the body, some 100 cm.
        if not same or not np.abs(ours.positions - plain).max() < 1e-4 * np.abs(plain).max():
            raise RunError("the plain parser of BVH gives other positions: nothing was timed")
        seconds = time_together(
            {"ours": partial(read_bvh, path), "plain": partial(read_bvh_plainly, path)},
            device=torch.device("cpu"),
            budget_s=budget_s,
        )
    return {
        "frames": num_frames,
        "frames_per_s": num_frames / median(seconds["ours"]),
        "plain_frames_per_s": num_frames / median(seconds["plain"]),
        "times_faster_than_plain": ratio(seconds, "ours", against="plain"),
    }


def format_reading(result: Mapping[str, Any]) -> str:
    """Return the results as Markdown."""
    lines = [
        f"{result['machine']['processor']}, one thread; files of {result['frames']} frames.",
        "",
        "| format, form | persons | file, KiB | frames of a person/s | MiB/s |",
        "|---|---|---|---|---|",
    ]
    for name, row in result["formats"].items():
        lines.append(
            f"| {name} | {row['persons']} | {row['bytes'] / 1024:.0f} | "
            f"{_round(row['frames_per_s'])} | {row['mib_per_s']:.1f} |"
        )
    lines += [
        "",
        "| BVH with forward kinematics | frames/s | plain parser, line by line | times faster |",
        "|---|---|---|---|",
    ]
    for row in result["bvh"]:
        lines.append(
            f"| {row['frames']} frames | {_round(row['frames_per_s'])} | "
            f"{_round(row['plain_frames_per_s'])} | {row['times_faster_than_plain']:.1f}x |"
        )
    return "\n".join(lines)


def _round(rate: float) -> str:
    """Round a rate to three digits."""
    return f"{float(f'{rate:.3g}'):,.0f}"
