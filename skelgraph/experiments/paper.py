"""The paper's comparisons on any dataset: each row is trained once, kept, and never run again."""

import shutil
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from skelgraph.config import TrainConfig
from skelgraph.errors import RunError, SkelgraphError
from skelgraph.evaluation import plot_confusions
from skelgraph.experiments.figures import draw_figures
from skelgraph.experiments.paper_benchmark import PaperBenchmark, leave_out, look_at_data
from skelgraph.experiments.paper_format import format_duration, write_table
from skelgraph.experiments.paper_lifting import BenchmarkLifter, keep_lifter, prepare_lifted
from skelgraph.experiments.paper_rows import MODALITY_ROWS, PaperRow
from skelgraph.experiments.paper_table import PaperTable, make_table
from skelgraph.experiments.row_results import (
    RowResult,
    collect_result,
    keep_result,
    lifted_path,
    list_changes,
    read_json,
    read_result,
    run_path,
    without_places,
)
from skelgraph.layouts import JointLayout
from skelgraph.runs import RunDirectory, fill_in, read_results, write_json
from skelgraph.training import Shown, train
from skelgraph.training.fusion import fuse_runs

Report = Callable[[str], None]


def run_paper(
    benchmark: PaperBenchmark, *, report: Report = lambda line: None, show: Shown = "nothing"
) -> PaperTable:
    """Run the rows that are missing in the folder, write the tables after each, and draw figures.

    A finished row is never run again, and a training that was stopped is resumed. A row that fails
    is reported, and the others go on; the next call tries it once more.

    Args:
        benchmark: Settings of the benchmark.
        report: Called with lines of progress.
        show: What each training shows on stderr: ``"nothing"``, ``"progress"``, or ``"details"``.

    Raises:
        RunError: If the folder holds a benchmark with other settings or data.
        KeyboardInterrupt: If it is stopped; called again, it goes on.
    """
    look = look_at_data(
        benchmark.base,
        benchmark.multimodal,
        benchmark.out,
        seed=benchmark.seeds[0],
        note=benchmark.note,
    )
    for line in look.lines:
        report(line)
    benchmark = replace(benchmark, base=look.base)
    rows, left_out = leave_out(benchmark.choose_rows(), look.modalities)
    for line in left_out:
        report(line)
    facts = {**look.facts, "left_out": left_out}
    _check_folder(benchmark.out, facts)
    lifter = None
    if benchmark.lifter is not None and any(row.lifted_after is not None for row in rows):
        lifter = BenchmarkLifter.load(benchmark.lifter)
        facts["lifter"] = lifter.check_unseen(look.data)  # before anything is trained
        report(f"note: {facts['lifter']}")
        keep_lifter(lifter, benchmark.out)
    work = [(row, seed) for seed in benchmark.seeds for row in rows]
    results: list[RowResult] = []
    clock = _Clock(sum(row.trains for row, _ in work))
    for number, (row, seed) in enumerate(work, start=1):
        title = f"[{number}/{len(work)}] {row.title}, seed {seed}"
        result = read_result(benchmark.out, row.key, seed)
        if result is not None and not result.failed:
            report(f"{title}: there already")
            clock.skip(row)
        else:
            report(f"{title} ...")
            result = run_row(
                benchmark, row, seed, layout=look.data.layout, lifter=lifter, show=show
            )
            keep_result(benchmark.out, result)
            clock.count(row, result)
            report(f"{title}: {_describe(result)}{clock.describe()}")
        results.append(result)
        write_table(make_table(benchmark.out, rows, results, facts), benchmark.out)
    _draw(benchmark, rows, results, report)
    return make_table(benchmark.out, rows, results, facts)


def _draw(
    benchmark: PaperBenchmark,
    rows: Sequence[PaperRow],
    results: Sequence[RowResult],
    report: Report,
) -> None:
    """Draw figures of the rows that the paper has, with the first seed."""
    good = {one.row: one for one in results if one.seed == benchmark.seeds[0] and not one.failed}
    runs = {
        row.title: benchmark.out / good[row.key].run
        for row in rows
        if row.paper is not None and row.key in good
    }
    if runs:
        report("drawing figures ...")
        draw_figures(runs, benchmark.out / "figures")
        modalities = {
            name: read_results(RunDirectory(path=benchmark.out / good[key].run))
            for name, key in MODALITY_ROWS.items()
            if key in good
        }
        if modalities.keys() == MODALITY_ROWS.keys():
            plot_confusions(modalities, benchmark.out / "figures" / "modalities.png")


def _check_folder(out: Path, facts: Mapping[str, Any]) -> None:
    file = out / "benchmark.json"
    if not file.is_file():
        if any((out / name).exists() for name in ("rows", "runs", "config.json")):
            raise RunError(
                f"{out}: expected a new folder or that of a benchmark, but there is something "
                f"else; pass another --out"
            )
        write_json(file, facts)
        return
    kept = read_json(file)
    try:
        changed = [
            change
            for part in ("settings", "data")
            for change in list_changes(kept.get(part, {}), facts[part])
        ]
    except RunError as error:
        raise RunError(f"{file}: {error}; pass another --out") from error
    if changed:
        raise RunError(
            f"{out}: the benchmark there was begun with another {', '.join(changed)}; rows with "
            f"unlike settings cannot be compared: pass another --out"
        )


def _describe(result: RowResult) -> str:
    if result.uar is None or result.war is None:
        return f"FAILED: {result.error.strip().splitlines()[-1]}"
    taken = "" if result.wall_s is None else f", {format_duration(result.wall_s)}"
    return f"UAR {result.uar:.1%}, WAR {result.war:.1%}{taken}"


class _Clock:
    """Estimate of the time that the remaining trainings take, from those that were done."""

    def __init__(self, trainings: int) -> None:
        self.remaining = trainings
        self.seconds: list[float] = []

    def skip(self, row: PaperRow) -> None:
        self.remaining -= row.trains

    def count(self, row: PaperRow, result: RowResult) -> None:
        self.skip(row)
        if row.trains and result.wall_s is not None:
            self.seconds.append(result.wall_s)

    def describe(self) -> str:
        if not self.seconds or not self.remaining:
            return ""
        mean: float = sum(self.seconds) / len(self.seconds)
        return f"; about {format_duration(mean * self.remaining)} left"


def run_row(
    benchmark: PaperBenchmark,
    row: PaperRow,
    seed: int,
    *,
    layout: JointLayout,
    lifter: BenchmarkLifter | None = None,
    show: Shown = "nothing",
) -> RowResult:
    """Train or fuse a row; whatever stops it is part of its result."""
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
        kept = without_places(fill_in(run.read_config()["config"]))
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
