"""One row of the paper's comparisons with one seed: trained, or fused from others."""

import shutil
import time
import traceback
from pathlib import Path
from typing import Any

from skelgraph.config import TrainConfig
from skelgraph.errors import RunError, SkelgraphError
from skelgraph.experiments.paper_benchmark import PaperBenchmark
from skelgraph.experiments.paper_lifting import BenchmarkLifter, prepare_lifted
from skelgraph.experiments.paper_rows import PaperRow
from skelgraph.experiments.row_results import (
    RowResult,
    collect_result,
    lifted_path,
    read_result,
    run_path,
    without_places,
)
from skelgraph.layouts import JointLayout
from skelgraph.runs import RunDirectory
from skelgraph.training import Shown, train
from skelgraph.training.fusion import fuse_runs


def run_row(
    benchmark: PaperBenchmark,
    row: PaperRow,
    seed: int,
    *,
    layout: JointLayout,
    lifter: BenchmarkLifter | None = None,
    show: Shown = "nothing",
) -> RowResult:
    """Train or fuse a row; whatever stops it is part of its result.

    Args:
        benchmark: Settings of the benchmark.
        row: The row.
        seed: Seed of the row.
        layout: Skeleton of the clips.
        lifter: Lifter of a row of lifted recordings.
        show: What a training shows on stderr.
    """
    out = run_path(benchmark.out, row.key, seed)
    settings: dict[str, Any] = {"fusion": row.fusion, "fuses": list(row.fuses)}
    try:
        _check_needed(benchmark.out, row, seed)
        if row.fusion is not None:
            wall_s: float | None = _fuse(benchmark.out, row, seed)
        else:
            config = _configure(benchmark, row, seed, layout, lifter)
            settings = without_places(config.to_dict())
            wall_s = _train(config, out, show)
        return collect_result(benchmark.out, row.key, seed, settings=settings, wall_s=wall_s)
    except Exception as error:  # whatever stops one row must not stop the others
        known = isinstance(error, SkelgraphError)
        return RowResult(
            row=row.key,
            seed=seed,
            settings=settings,
            run=out.relative_to(benchmark.out).as_posix(),
            error=str(error) if known else "".join(traceback.format_exception(error)),
        )


def _check_needed(folder: Path, row: PaperRow, seed: int) -> None:
    for key in row.needs:
        result = read_result(folder, key, seed)
        if result is None or result.failed:
            raise RunError(f"row {key} with seed {seed} failed, so that there is nothing to fuse")


def _configure(
    benchmark: PaperBenchmark,
    row: PaperRow,
    seed: int,
    layout: JointLayout,
    lifter: BenchmarkLifter | None,
) -> TrainConfig:
    folder = benchmark.out
    config = row.configure(
        benchmark.base,
        layout,
        multimodal=benchmark.multimodal,
        encoders=[run_path(folder, key, seed) for key in row.encoders],
    ).change(seed=seed, out=run_path(folder, row.key, seed))
    if lifter is None or row.lifted_after is None:
        return config
    lifted = lifted_path(folder, row.key, seed)
    return prepare_lifted(row, config, benchmark.base, lifter, lifted)


def _train(config: TrainConfig, out: Path, show: Shown) -> float | None:
    """Train or resume, and return the seconds; None if the training was stopped in between."""
    run = RunDirectory(path=out)
    if run.metrics_file.is_file():  # stopped between the end of the training and its result
        kept = without_places(run.read_config()["config"])
        if kept != without_places(config.to_dict()):
            raise RunError(
                f"{out}: the run there has other settings; delete it, or use another --out"
            )
        return None
    begun = run.checkpoint("last").is_file()
    start = time.perf_counter()
    train(config, resume=begun, show=show)
    return None if begun else time.perf_counter() - start


def _fuse(folder: Path, row: PaperRow, seed: int) -> float:
    assert row.fusion is not None
    out = run_path(folder, row.key, seed)
    if out.exists():  # fusing takes a moment: start again rather than resume
        shutil.rmtree(out)
    start = time.perf_counter()
    fuse_runs([run_path(folder, key, seed) for key in row.fuses], out, strategy=row.fusion)
    return time.perf_counter() - start
