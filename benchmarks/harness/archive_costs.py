"""What archives of many clips cost: time and memory of opening, inspecting and training on them.

Each job runs in a process of its own. Its memory is what it and its workers hold by themselves
(``Pss_Anon`` of Linux), at most: the pages of a mapped file are the system's, which takes them back
when it needs them.
"""

import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from harness.ntu_archive import write_ntu_archive

_INTERVAL_S = 0.1
_STEPS = 200
_MIB = 2**20


def measure_archives(
    counts: Sequence[int], rounds: int, report: Callable[[str], object] = print, **train: Any
) -> dict[str, Any]:
    """Measure archives of some numbers of clips.

    Args:
        counts: Numbers of clips.
        rounds: How often each opening is timed; the fastest of a job counts.
        report: Takes a line for each job that is done.
        train: Other settings of the training.
    """
    return {str(count): _measure_count(count, rounds, report, train) for count in counts}


def _measure_count(
    count: int, rounds: int, report: Callable[[str], object], train: Mapping[str, Any]
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, flat, cache = folder / "ntu.pkl", folder / "flat.npy", folder / "cache"
        _run("write", path, count)
        row: dict[str, Any] = {"clips": count, "bytes": path.stat().st_size}
        times: dict[str, list[dict[str, float]]] = {}
        for _ in range(rounds):
            for job in ("pickle.load", "first opening", "later opening", "np.load"):
                if job == "first opening" and cache.exists():
                    subprocess.run(["rm", "-r", str(cache)], check=True)
                times.setdefault(job, []).append(_run(job, path, flat, cache=cache))
        for job, results in times.items():
            row[job] = {key: min(one[key] for one in results) for key in results[0]}
            report(f"{count} clips, {job}: {row[job]}")
        for job in ("inspect", "train"):
            row[job] = _run(job, path, json.dumps(dict(train)), cache=cache)
            report(f"{count} clips, {job}: {row[job]}")
        return row


def _run(job: str, *words: object, cache: Path | None = None) -> dict[str, float]:
    """Return what a job measured of itself, and its memory."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    if cache is not None:
        environment["SKELGRAPH_CACHE"] = str(cache)
    call = f"from harness.archive_costs import main; main({[job, *map(str, words)]!r})"
    command, peak = [sys.executable, "-c", call], 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        while process.poll() is None:
            peak = max(peak, _count_memory(process.pid))
            time.sleep(_INTERVAL_S)
        assert process.stdout is not None
        lines = process.stdout.read().splitlines()
    if process.returncode:
        raise RuntimeError(f"{job} ended with {process.returncode}")
    return {**json.loads(lines[-1]), "peak_mib": round(peak / _MIB)}


def _count_memory(pid: int) -> int:
    """Return the bytes that a process and its children hold by themselves."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    own = sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:"))
    return own + sum(_count_memory(int(child)) for child in children)


def main(words: Sequence[str]) -> None:
    """Do one job and print what it measured, as JSON."""
    job, *arguments = words
    print(json.dumps(_JOBS[job](*arguments)))


def _write(path: str, count: str) -> dict[str, float]:
    write_ntu_archive(Path(path), int(count))
    return {}


def _load_pickle(path: str, flat: str) -> dict[str, float]:
    begin = time.perf_counter()
    with Path(path).open("rb") as file:
        value = pickle.load(file)
    seconds = time.perf_counter() - begin
    if not Path(flat).exists():
        np.save(flat, np.concatenate([one["keypoint"].ravel() for one in value["annotations"]]))
        np.save(f"{flat}.shapes.npy", [one["keypoint"].shape for one in value["annotations"]])
    return {"seconds": seconds}


def _open(path: str, flat: str) -> dict[str, float]:
    from skelgraph.data import open_archive_file, read_archive

    begin = time.perf_counter()
    clips = read_archive(path, fps=30.0)
    opened = time.perf_counter()
    archive, _ = open_archive_file(Path(path))
    begin_views = time.perf_counter()
    total = sum(float(archive.view_clip(number).sum()) for number in range(len(clips)))
    assert np.isfinite(total)
    return {"seconds": opened - begin, "all_numbers_s": time.perf_counter() - begin_views}


def _load_numpy(path: str, flat: str) -> dict[str, float]:
    """Map the same numbers, make a view of each clip, and sum them all."""
    shapes = np.load(f"{flat}.shapes.npy")
    ends = np.cumsum(shapes.prod(axis=1)).tolist()
    begin = time.perf_counter()
    numbers = np.load(flat, mmap_mode="r")
    loaded = time.perf_counter()
    starts = [0, *ends[:-1]]
    rows = zip(starts, ends, map(tuple, shapes.tolist()), strict=True)
    views = [numbers[start:end].reshape(shape) for start, end, shape in rows]
    viewed = time.perf_counter()
    total = sum(float(view.sum()) for view in views)
    assert np.isfinite(total)
    return {
        "header_s": loaded - begin,
        "seconds": viewed - begin,
        "all_numbers_s": time.perf_counter() - viewed,
    }


def _inspect(path: str, _: str) -> dict[str, float]:
    begin = time.perf_counter()
    shown = subprocess.run(
        [sys.executable, "-m", "skelgraph_cli", "inspect", path], check=True, capture_output=True
    )
    return {"seconds": time.perf_counter() - begin, "lines": len(shown.stdout.splitlines())}


def _train(path: str, settings: str) -> dict[str, float]:
    """Train for some steps, and measure how long each step waited for its batch."""
    from lightning.pytorch import Callback, Trainer

    from skelgraph import TrainConfig, train

    moments: list[tuple[float, float]] = []
    ended = [0.0]

    class Clock(Callback):
        def on_train_batch_start(self, *_: Any) -> None:
            moments.append((ended[0], time.perf_counter()))

        def on_train_batch_end(self, *_: Any) -> None:
            ended[0] = time.perf_counter()

    make = Trainer.__init__

    def make_timed(trainer: Trainer, *, callbacks: list[Callback], **options: Any) -> None:
        make(trainer, callbacks=[*callbacks, Clock()], **options)

    Trainer.__init__ = make_timed  # type: ignore[method-assign]
    usual: dict[str, Any] = {
        "split": "file",
        "split_name": "xsub",
        "model": "st-gcn-small",
        "frames": 32,
        "epochs": 1,
        "epoch_steps": _STEPS,
        "allow_leaks": True,
    }
    with tempfile.TemporaryDirectory() as out:
        begin = time.perf_counter()
        train(TrainConfig.of(data=path, out=Path(out) / "run", **usual | json.loads(settings)))
        seconds = time.perf_counter() - begin
    waits = [start - end for end, start in moments[1:]]
    fitted = moments[-1][1] - moments[0][1]
    return {
        "seconds": seconds,
        "steps": len(moments),
        "step_ms": 1000 * fitted / max(1, len(waits)),
        "median_wait_ms": 1000 * median(waits),
        "waiting_share": sum(waits) / fitted,
    }


_JOBS: dict[str, Callable[..., dict[str, float]]] = {
    "write": _write,
    "pickle.load": _load_pickle,
    "first opening": _open,
    "later opening": _open,
    "np.load": _load_numpy,
    "inspect": _inspect,
    "train": _train,
}


def format_archives(results: Mapping[str, Any]) -> str:
    """Return the results as a table of Markdown."""
    rows = list(results["archives"].values())
    lines = [
        "| | " + " | ".join(f"{row['clips']:,} clips" for row in rows) + " |",
        "|---" * (len(rows) + 1) + "|",
    ]
    lines += [
        f"| {what} | " + " | ".join(spell(row) for row in rows) + " |" for what, spell in _ROWS
    ]
    return "\n".join(lines)


def _spell_seconds(row: Mapping[str, Any], job: str, than: str | None = None) -> str:
    seconds = row[job]["seconds"]
    text = f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"
    return text if than is None else f"{text}, {seconds / row[than]['seconds']:.2f}x"


def _spell_all(row: Mapping[str, Any], job: str) -> float:
    return float(row[job]["seconds"] + row[job]["all_numbers_s"])


_ROWS: tuple[tuple[str, Callable[[Mapping[str, Any]], str]], ...] = (
    ("size", lambda row: f"{row['bytes'] / 1e6:,.0f} MB"),
    (
        "`pickle.load`",
        lambda row: f"{_spell_seconds(row, 'pickle.load')}, {row['pickle.load']['peak_mib']} MiB",
    ),
    (
        "first opening, in times of `pickle.load`",
        lambda row: (
            f"{_spell_seconds(row, 'first opening', 'pickle.load')}, "
            f"{row['first opening']['peak_mib']} MiB"
        ),
    ),
    (
        "`np.load`, mapped, and a view of each clip",
        lambda row: _spell_seconds(row, "np.load"),
    ),
    (
        "later opening, in times of it",
        lambda row: (
            f"{_spell_seconds(row, 'later opening', 'np.load')}, "
            f"{row['later opening']['peak_mib']} MiB"
        ),
    ),
    (
        "the same and all numbers summed, in times of it",
        lambda row: f"{_spell_all(row, 'later opening') / _spell_all(row, 'np.load'):.2f}x",
    ),
    (
        "`skelgraph inspect`",
        lambda row: f"{_spell_seconds(row, 'inspect')}, {row['inspect']['peak_mib']} MiB",
    ),
    (
        "`skelgraph train`, at most 200 steps, validation and test",
        lambda row: f"{_spell_seconds(row, 'train')}, {row['train']['peak_mib']} MiB",
    ),
    (
        "a step, and how long it waits for its batch",
        lambda row: (
            f"{row['train']['step_ms']:.0f} ms, {row['train']['median_wait_ms']:.1f} ms in the "
            f"median, {row['train']['waiting_share']:.0%} of the time"
        ),
    ),
)
