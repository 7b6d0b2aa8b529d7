"""The emotion while it is shown: networks that answer at once, and how much of a clip they need.

Usage::

    python benchmarks/live.py [--data ../shared/data] [--only NAME] [--runs runs/live]
    python benchmarks/live.py --table

A row is a cross-validation of small S-STGCN on ``posture-motion``, the network of ``emotion4``
without its ridge: each of the six actors of mpi-ebed left out in turn, ten joints. ``centered`` is
the paper's network with the default cleaning, which knows the whole clip. ``causal`` has neither:
its filter is 1 Euro, which uses no later frame. Both have three seeds; the other rows change one
thing, and have one seed. Differences are paired: the same clips, the same seeds. With every row
come the tables and the figure ``live.png``.

UAR by seconds seen: each held-out clip is cut after its first seconds, before it is cleaned, so
that nothing of what follows is known to filter, heading or network. A clip that is shorter is taken
whole. ``valid`` needs a whole second before it answers. The clips of ``causal`` are also pushed
frame by frame through :class:`skelgraph.streaming.LiveModel`, with the first seed: the stream's
derivative waits for 0.13 s there, and the heading is that of the frames so far.

The rule that chooses the model for streams was fixed before there was any row: of the rows that
answer without delay and whose cleaning uses no later frame (:data:`LIVE`), the one with the highest
UAR after two seconds, with the first seed, which all have. Its settings are those of
``emotion4-live`` (``benchmarks/models.py``). All actors took part in this choice of one of two;
nothing else was varied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from harness.beginnings import (
    SECONDS,
    SECONDS_HEAD,
    describe_seconds,
    measure_waiting,
    see_beginnings,
    spell_beginnings,
)
from harness.live_figure import draw_seconds
from harness.model_rows import describe, pool_run, spell
from harness.options import make_rows, parse_options, read_rows
from harness.stepped_clips import compare_stepped

from skelgraph import CrossvalConfig, crossval, load_run
from skelgraph.evaluation import difference_interval, permutation_test
from skelgraph.experiments import PooledFolds, without_places
from skelgraph.poses import PoseSequence
from skelgraph.runs import RunDirectory
from skelgraph.serving import read_run_data

RESULTS = Path(__file__).parent / "results" / "live.json"
CHOSEN_AFTER = "2"
"""Seconds after which the model for streams is chosen."""

SHORT_CROP = 60
"""Frames of the training clips of ``causal-short``: two seconds."""

LIVE = ("causal", "causal-short")
"""Rows of which the model for streams is chosen."""

STEPPED = ("causal",)
"""Rows whose clips also come frame by frame, with the first seed."""

TITLES = {
    "centered": "centered, Butterworth",
    "causal": "causal, 1 Euro",
    "causal-short": "causal, 1 Euro, trained on 2 s at a time",
    "causal-butterworth": "causal, Butterworth",
    "centered-1-euro": "centered, 1 Euro",
    "valid": "valid, 1 Euro",
    "ten-blocks-centered": "ten blocks, centered, Butterworth",
    "ten-blocks-causal": "ten blocks, causal, 1 Euro",
}
"""Rows in the order of the table."""

REFERENCES = {
    "causal": "centered",
    "causal-short": "causal",
    "causal-butterworth": "causal",
    "centered-1-euro": "centered",
    "valid": "causal",
    "ten-blocks-causal": "ten-blocks-centered",
}
"""Row that a row is compared with."""


def list_studies(data: Path) -> dict[str, CrossvalConfig]:
    """Return the cross-validation of each row."""
    usual = CrossvalConfig.of(
        dataset="mpi-ebed",
        root=data / "mpi-ebed",
        layout="upper10",
        model="s-stgcn-small",
        num_heads=2,
        stream="posture-motion",
    )
    online = usual.change(filter="one-euro")
    causal = online.change(temporal="causal")
    ten_blocks = usual.change(model="s-stgcn", num_heads=4)
    return {
        "centered": usual.change(seeds=(3,)),
        "causal": causal.change(seeds=(3,)),
        "causal-short": causal.change(crop_frames=SHORT_CROP),
        "causal-butterworth": usual.change(temporal="causal"),
        "centered-1-euro": online,
        "valid": online.change(temporal="valid"),
        "ten-blocks-centered": ten_blocks,
        "ten-blocks-causal": ten_blocks.change(filter="one-euro", temporal="causal"),
    }


def make_row(name: str, studies: Mapping[str, CrossvalConfig], runs: Path) -> dict[str, Any]:
    """Return a row; its cross-validation is run, or what is left of it."""
    for one in (REFERENCES.get(name, name), name):
        run_study(studies[one], runs / one)
    pooled, seen = see_run(runs / name)
    row = {
        **describe(pooled),
        **measure_waiting(pooled),
        "seconds": describe_seconds(seen),
        "settings": without_places(studies[name].train.to_dict()),
    }
    if name in REFERENCES:
        _, others = see_run(runs / REFERENCES[name])
        row["difference"] = {
            key: None if one is None or other is None else compare(one, other)
            for (key, one), other in zip(seen.items(), others.values(), strict=True)
        }
    if name in STEPPED:
        row["stepped"] = compare_stepped(keep_first_seed(pooled), read_clips(pooled))
    return row


@cache
def see_run(run: Path) -> tuple[PooledFolds, dict[str, PooledFolds | None]]:
    """Return the folds of a cross-validation, and those of the beginnings of its clips."""
    pooled = pool_run(RunDirectory(path=run))
    return pooled, see_beginnings(pooled, read_clips(pooled))


def read_clips(pooled: PooledFolds) -> Sequence[PoseSequence]:
    """Return the clips of a cross-validation, as their files hold them."""
    clips, _ = read_run_data(load_run(pooled.folds[0].run.path))
    return clips.sequences


def keep_first_seed(pooled: PooledFolds) -> PooledFolds:
    """Return the folds of the first seed."""
    first = pooled.folds[0].seed
    return replace(pooled, folds=tuple(one for one in pooled.folds if one.seed == first))


def run_study(config: CrossvalConfig, place: Path) -> None:
    """Run a cross-validation, or what is left of it."""
    run = RunDirectory(path=place)
    if not run.metrics_file.is_file():
        begun = run.config_file.is_file()
        crossval(config.change(out=place), resume=begun, show="progress", report=print)


def compare(first: PooledFolds, second: PooledFolds) -> dict[str, Any]:
    """Return the difference of two rows on the same clips and seeds, resampled over people."""
    seeds = sorted(first.by_seed.keys() & second.by_seed.keys())
    ours, theirs = ([one for s in seeds for one in row.by_seed[s]] for row in (first, second))
    number = {name: index for index, name in enumerate(first.classes)}
    truth = [number[one.label or ""] for one in ours]
    answers = [[number[one.prediction] for one in row] for row in (ours, theirs)]
    people = [one.subject for one in ours]
    low, high = difference_interval(truth, *answers, len(number), groups=people)
    return {
        "uar": first.score_once(ours).uar - second.score_once(theirs).uar,
        "uar_interval": [low, high],
        "p": permutation_test(truth, *answers, len(number), groups=people),
        "seeds": seeds,
    }


def choose_live(rows: Mapping[str, Any]) -> str:
    """Return the row whose settings the model for streams gets."""
    return max(LIVE, key=lambda name: rows[name]["seconds"][CHOSEN_AFTER]["uar_by_seed"]["0"])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the rows that are missing, or print those that are there."""
    options = parse_options(
        __doc__, arguments, out=RESULTS, runs=Path("runs/live"), names=tuple(TITLES)
    )
    if options.table:
        print(format_table(read_rows(options.out)))
        return
    studies = list_studies(options.data)
    make_rows(options, TITLES, lambda name: make_row(name, studies, options.runs))
    rows = read_rows(options.out)
    shown = {TITLES[one]: rows[one]["seconds"] for one in ("centered", "causal") if one in rows}
    if shown:
        draw_seconds(shown).savefig(options.out.with_suffix(".png"), dpi=150)


def format_table(rows: Mapping[str, Any]) -> str:
    """Return the rows that are there as Markdown tables."""
    there = {name: rows[name] for name in TITLES if name in rows}
    lines = [
        "| network and filter | delay | UAR (95 % over people) | each seed | difference | to |",
        "|---|---|---|---|---|---|",
    ]
    for name, row in there.items():
        seeds = ", ".join(f"{one:.1%}" for one in row["uar_by_seed"].values())
        lines.append(
            f"| {TITLES[name]} | {row['delay_s']:.2f} s | {spell(row)} | {seeds} | "
            f"{_spell_difference(row, 'all')} | {TITLES.get(REFERENCES.get(name, ''), '-')} |"
        )
    lines += ["", *SECONDS_HEAD]
    for name, row in there.items():
        lines.append(f"| {TITLES[name]} | {spell_beginnings(row['seconds'])} |")
        if name == "causal":
            shown = [_spell_difference(row, key) for key in SECONDS]
            lines.append(f"| its difference to centered | {' | '.join(shown)} |")
            lines.append(f"| it, frame by frame, seed 0 | {spell_beginnings(row['stepped'])} |")
            shown = [f"{row['stepped'][key]['same_answers']:.1%}" for key in SECONDS]
            lines.append(f"| the answer is that for the cut clip | {' | '.join(shown)} |")
    return "\n".join(lines)


def _spell_difference(row: Mapping[str, Any], key: str) -> str:
    one = row.get("difference", {}).get(key)
    if one is None:
        return "-"
    low, high = one["uar_interval"]
    return f"{100 * one['uar']:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


if __name__ == "__main__":
    main()
