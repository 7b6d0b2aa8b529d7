"""The table of the paper benchmark as Markdown, CSV and JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from skelgraph.experiments.paper_table import PaperTable, TableRow
from skelgraph.runs import write_json, write_rows

_MOST_SUBJECTS = 12  # more do not fit beside each other

_COLUMNS = (
    "row",
    "clips",
    "UAR",
    "95 %",
    "WAR",
    "95 %",
    "UAR to S-STGCN",
    "p",
    "weights",
    "time",
    "paper, IEMOCAP: UAR, WAR",
)


def write_table(table: PaperTable, folder: Path) -> None:
    """Write ``table.csv``, ``table.md`` and ``table.json``."""
    write_json(folder / "table.json", asdict(table))
    (folder / "table.md").write_text(format_paper(table) + "\n", encoding="utf-8")
    lines = [_flatten(row) for row in table.rows]
    columns = list(dict.fromkeys(name for line in lines for name in line))
    rows = ([line.get(name, "") for name in columns] for line in lines)
    write_rows(folder / "table.csv", columns, rows)


def format_paper(table: PaperTable) -> str:
    """Return the table with its notes as Markdown."""
    facts = table.facts
    recipe, settings = facts["recipe"], facts["settings"]
    frames = settings["stream"]["frames"]
    length = "all frames" if frames is None else f"clips of {frames} frames"
    lines = [
        f"{facts['data']['name']}, {facts['protocol']}; recipe {settings['recipe']['name']}, "
        f"{recipe['epochs']} epochs, batches of {recipe['batch_size']}, {length}; "
        f"{_name_seeds(table)}.",
        "",
        *_format_rows(_COLUMNS, [_format_row(row) for row in table.rows]),
    ]
    subjects = sorted({name for row in table.rows for name in row.uar_by_subject})
    if 1 < len(subjects) <= _MOST_SUBJECTS:
        by_subject = [
            [row.title, *(_percent(row.uar_by_subject.get(name)) for name in subjects)]
            for row in table.rows
        ]
        lines += ["", *_format_rows(("UAR of", *subjects), by_subject)]
    lines += ["", *(f"- {note}" for note in table.notes)]
    lines += [f"- failed: {failure}" for failure in table.failures]
    return "\n".join(lines)


def format_duration(seconds: float) -> str:
    """Format seconds as seconds, minutes or hours.

    Example:
        >>> format_duration(12.3), format_duration(150), format_duration(9000)
        ('12 s', '2.5 min', '2.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _name_seeds(table: PaperTable) -> str:
    seeds = sorted({seed for row in table.rows for seed in row.seeds})
    return f"seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}"


def _format_rows(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(header)} |",
        "|" + "---|" * len(header),
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def _format_row(row: TableRow) -> list[str]:
    return [
        row.title,
        str(row.n),
        _percent(row.uar),
        _interval(row.uar_interval),
        _percent(row.war),
        _interval(row.war_interval),
        "-" if row.difference is None else f"{100 * row.difference:+.1f}",
        "-" if row.p is None else f"{row.p:.3f}",
        "-" if row.parameters is None else f"{row.parameters / 1e6:.2f} M",
        "-" if row.wall_s is None else format_duration(row.wall_s),
        "-" if row.paper is None else f"{row.paper[0]}, {row.paper[1]}",
    ]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _interval(ends: tuple[float, float] | None) -> str:
    return "-" if ends is None else f"{100 * ends[0]:.1f} to {100 * ends[1]:.1f}"


def _flatten(row: TableRow) -> dict[str, Any]:
    """Return one line of the CSV; unknown values are empty."""
    low_high = {
        f"{metric}_{end}": None if ends is None else ends[place]
        for metric, ends in (("uar", row.uar_interval), ("war", row.war_interval))
        for place, end in enumerate(("low", "high"))
    }
    values = {
        "row": row.row,
        "title": row.title,
        "seeds": " ".join(map(str, row.seeds)),
        "n": row.n,
        "uar": row.uar,
        "war": row.war,
        **low_high,
        "uar_difference": row.difference,
        "p": row.p,
        "parameters": row.parameters,
        "wall_s": row.wall_s,
        **{f"uar_{name}": uar for name, uar in row.uar_by_subject.items()},
        "paper_iemocap_uar_percent": None if row.paper is None else row.paper[0],
        "paper_iemocap_war_percent": None if row.paper is None else row.paper[1],
    }
    return {name: "" if value is None else value for name, value in values.items()}
