"""The paper's comparisons on any dataset: each row is trained once, kept, and never run again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from skelgraph.errors import RunError
from skelgraph.evaluation import plot_confusions
from skelgraph.experiments.choose_rows import leave_out
from skelgraph.experiments.figures import draw_figures
from skelgraph.experiments.paper_benchmark import PaperBenchmark
from skelgraph.experiments.paper_data import look_at_data
from skelgraph.experiments.paper_format import format_duration, write_table
from skelgraph.experiments.paper_lifting import BenchmarkLifter, keep_lifter
from skelgraph.experiments.paper_rows import MODALITY_ROWS, PaperRow
from skelgraph.experiments.paper_table import PaperTable, make_table
from skelgraph.experiments.row_results import (
    RowResult,
    keep_result,
    list_changes,
    read_json,
    read_result,
)
from skelgraph.experiments.run_row import run_row
from skelgraph.runs import RunDirectory, read_results, write_json
from skelgraph.training import Shown

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
