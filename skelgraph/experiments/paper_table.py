"""The table of the paper benchmark, from the predictions of its rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skelgraph.experiments.paper_rows import LIFTED_ROWS, REFERENCE, PaperRow
from skelgraph.experiments.pooled_row import PooledRow, pool_runs
from skelgraph.experiments.row_results import RowResult
from skelgraph.runs import RunDirectory

FEW_GROUPS = 10
"""With fewer groups an interval is a rough one, and the table says so."""


@dataclass(frozen=True, kw_only=True)
class TableRow:
    """One line of the table; shares are from 0 to 1, the paper's numbers are percent of IEMOCAP.

    Clips count once for each seed, and predictions are pooled over them. The difference of UAR and
    its p-value are those to the reference row, which has none. A fusion has no parameters of its
    own, and ``wall_s``, over all trainings, is None if one was stopped in between.
    """

    row: str
    title: str
    seeds: tuple[int, ...]
    n: int
    uar: float
    uar_interval: tuple[float, float] | None
    war: float
    war_interval: tuple[float, float] | None
    difference: float | None
    p: float | None
    uar_by_subject: Mapping[str, float]
    uar_by_seed: Mapping[str, float]
    parameters: int | None
    wall_s: float | None
    paper: tuple[float, float] | None


@dataclass(frozen=True, kw_only=True)
class PaperTable:
    """The results of the rows that have any, a line for each row and seed that failed, and notes.

    The facts are the settings, data, recipe and protocol that all rows share.
    """

    rows: tuple[TableRow, ...]
    failures: tuple[str, ...]
    facts: Mapping[str, Any]
    notes: tuple[str, ...]


def make_table(
    folder: Path, rows: Sequence[PaperRow], results: Sequence[RowResult], facts: Mapping[str, Any]
) -> PaperTable:
    """Pool the results into a table."""
    good = {row.key: [r for r in results if r.row == row.key and not r.failed] for row in rows}
    pooled = {
        key: pool_runs({r.seed: RunDirectory(path=folder / r.run) for r in ones})
        for key, ones in good.items()
        if ones
    }
    reference = pooled.get(REFERENCE)
    return PaperTable(
        rows=tuple(
            _make_row(row, good[row.key], pooled[row.key], reference)
            for row in rows
            if row.key in pooled
        ),
        failures=tuple(
            f"{one.row}, seed {one.seed}: {one.error.strip().splitlines()[-1]}"
            for one in results
            if one.failed
        ),
        facts=facts,
        notes=(
            *(
                _make_notes(
                    next(iter(pooled.values())),
                    facts,
                    has_speech=any(row.modalities != ("skeleton",) for row in rows),
                )
                if pooled
                else ()
            ),
            *_describe_subsets(folder, rows, good),
            *_compare_filters(pooled, facts),
        ),
    )


def _describe_subsets(
    folder: Path, rows: Sequence[PaperRow], good: Mapping[str, Sequence[RowResult]]
) -> Iterator[str]:
    """Describe the results of multimodal networks with fewer modalities, with the first seed."""
    for row in rows:
        if len(row.modalities) < 2 or not good[row.key]:
            continue
        run = RunDirectory(path=folder / good[row.key][0].run)
        subsets = run.read_metrics().get("modalities", {})
        listed = ", ".join(f"{name} {scores['uar']:.1%}" for name, scores in subsets.items())
        yield f"UAR of {row.title} with less of audio, text and skeleton: {listed}"


def _make_row(
    row: PaperRow, results: Sequence[RowResult], pooled: PooledRow, reference: PooledRow | None
) -> TableRow:
    center = results[0].settings.get("model", {}).get("center")
    times = [one.wall_s for one in results if one.wall_s is not None]
    compared = None if reference is None or row.key == REFERENCE else pooled.compare(reference)
    return TableRow(
        row=row.key,
        title=row.title if center is None else f"{row.title} ({center})",
        seeds=tuple(one.seed for one in results),
        n=pooled.metrics.n,
        uar=pooled.metrics.uar,
        uar_interval=pooled.interval("uar"),
        war=pooled.metrics.war,
        war_interval=pooled.interval("war"),
        difference=None if compared is None else compared[0],
        p=None if compared is None else compared[1],
        uar_by_subject=pooled.uar_by_subject,
        uar_by_seed=pooled.uar_by_seed,
        parameters=results[0].parameters,
        wall_s=sum(times) if len(times) == len(results) else None,
        paper=row.paper,
    )


def _make_notes(pooled: PooledRow, facts: Mapping[str, Any], *, has_speech: bool) -> list[str]:
    metrics = pooled.metrics
    groups = f"{pooled.count_groups(pooled.unit)} {pooled.unit}s"
    notes = [facts["note"]] if facts.get("note") else []
    notes += facts.get("left_out", [])
    if has_speech:
        notes.append(
            "ARE, TRE, MDRE and SERN have recipes of their own (best validation loss; at most "
            "so many epochs as given, if any are): the one above is that of skeleton networks; "
            "time and weights: of SERN, time without and weights with its encoders, which are rows"
        )
    notes += [
        f"chance {metrics.chance:.1%}; always {metrics.majority_class!r}: UAR "
        f"{metrics.majority_uar:.1%}, WAR {metrics.majority_war:.1%}",
        f"intervals: 95 %, bootstrap of the {groups} of the test part, the networks as they are: "
        f"another seed of a training is not in them",
        f"p: two-sided, of the difference of UAR to {REFERENCE}, from exchanging the answers of "
        f"the two rows by {pooled.exchanged}; not corrected for the number of rows",
        "time: of one machine; that of a fusion is without its streams, which are rows too",
    ]
    if pooled.count_groups(pooled.unit) < FEW_GROUPS:
        notes.append(
            f"{groups} are few: an interval of them is a rough one, and tells little of others"
        )
    if pooled.exchanged != pooled.unit:
        notes.append(
            f"there are too few {pooled.unit}s to exchange; clips of one are alike, so that the "
            f"real p is larger"
        )
    notes.append(
        "paper: measured by its authors on IEMOCAP with another split and recipe; not comparable "
        "with the numbers beside it"
    )
    return notes


def _compare_filters(pooled: Mapping[str, PooledRow], facts: Mapping[str, Any]) -> list[str]:
    """Describe the recordings of the lifted rows, and the gain of the filter before the lifter."""
    if not pooled.keys() & set(LIFTED_ROWS):
        return []
    notes = [
        "lifted: filmed by a camera drawn for each clip, found with the noise and drop-outs of a "
        "simulated pose estimator, the same in both rows, and lifted; not filtered in space"
    ]
    if lifter := facts.get("lifter"):
        notes.append(lifter)
    if set(LIFTED_ROWS) <= pooled.keys():
        difference, p = pooled["filtered"].compare(pooled["unfiltered"])
        notes.append(
            f"filtered less unfiltered: UAR {100 * difference:+.1f}, p {p:.3f} by the same test"
        )
    return notes
