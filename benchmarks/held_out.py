"""Held-out results of the default recipe: train, test once, keep the metrics as small JSON.

Usage::

    python benchmarks/held_out.py [--data ../shared/data] [--only NAME] [--out benchmarks/results]
    python benchmarks/held_out.py --table

One row for the generated motion, one for a held-out actor of mpi-ebed, one for held-out actions of
the walking styles of Bandai Namco Research. A row whose data is absent is left out, and
reported. A row that is there already is not run again. ``--table`` prints the rows that are there
as the README's table.
"""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.options import parse_options

from skelgraph import TrainConfig, TrainResult, train
from skelgraph.experiments import without_places

RESULTS = Path(__file__).parent / "results"


def list_runs(data: Path) -> dict[str, TrainConfig]:
    """Return the configuration of each row."""
    return {
        "generated": TrainConfig.of(stream="bone"),
        "mpi-ebed-NoVo": TrainConfig.of(
            dataset="mpi-ebed", root=data / "mpi-ebed", stream="bone", test_subjects=("NoVo",)
        ),
        "bandai-styles": TrainConfig.of(data=data / "bandai-styles", stream="bone", split="group"),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the rows that are missing, or print those that are there."""
    options = parse_options(__doc__, arguments, out=RESULTS)
    if options.table:
        print(format_table(options.out))
        return
    options.out.mkdir(parents=True, exist_ok=True)
    for name, config in list_runs(options.data).items():
        file = find_result(options.out, name)
        source = config.data.folder or config.data.root
        if options.only not in (None, name):
            continue
        if file.exists():
            print(f"{name}: there already, {file}")
        elif source is not None and not source.is_dir():
            print(f"{name}: left out, there is no {source}")
        else:
            file.write_text(json.dumps(run(config), indent=2) + "\n")
            print(f"{name}: written, {file}")


def find_result(folder: Path, name: str) -> Path:
    """Return the file of a row."""
    return folder / f"held_out-{name}.json"


def run(config: TrainConfig) -> dict[str, Any]:
    """Train and test one row in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        config = config.change(out=Path(folder) / "run")
        return summarize(train(config, show="progress", report=print))


def summarize(result: TrainResult) -> dict[str, Any]:
    """Return the facts about a run that are kept."""
    facts = result.run.read_config()
    return {
        "metrics": result.run.read_metrics(),
        "checkpoint": result.checkpoint,
        "settings": without_places(facts["config"]),
        "recipe": facts["recipe"],
        "versions": facts["versions"],
    }


def format_table(folder: Path) -> str:
    """Return the rows that are there as a Markdown table."""
    lines = [
        "| data | tested on | clips tested | UAR | WAR | chance | majority class: UAR, WAR |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in list_runs(Path()):
        file = find_result(folder, name)
        if file.exists():
            metrics = json.loads(file.read_text())["metrics"]
            tested_on = metrics["protocol"].partition(";")[0]
            lines.append(
                f"| {name} | {tested_on} | {metrics['n']} | {metrics['uar']:.1%} | "
                f"{metrics['war']:.1%} | {metrics['chance']:.1%} | "
                f"{metrics['majority_uar']:.1%}, {metrics['majority_war']:.1%} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
