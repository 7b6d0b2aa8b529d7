"""Held-out results of the default recipe: train, test once, keep the metrics as small JSON.

Usage::

    python benchmarks/held_out.py [--data ../shared/data] [--only NAME] [--out benchmarks/results]

One row for the generated motion, one for a held-out actor of mpi-ebed, one for held-out actions of
the walking styles of Bandai Namco Research. A row whose data is absent is left out, and said so. A
row that is there already is not run again.
"""

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path

from skelgraph import TrainConfig, TrainResult, train


def list_runs(data: Path) -> dict[str, TrainConfig]:
    """The configuration of each row."""
    return {
        "generated": TrainConfig(stream="bone"),
        "mpi-ebed-NoVo": TrainConfig(
            dataset="mpi-ebed", root=data / "mpi-ebed", stream="bone", test_subjects=("NoVo",)
        ),
        "bandai-styles": TrainConfig(data=data / "bandai-styles", stream="bone", split="group"),
    }


def summarize(result: TrainResult) -> dict[str, object]:
    """What is kept of a run."""
    facts = result.run.read_config()
    settings = {
        key: value for key, value in facts["config"].items() if key not in ("data", "root", "out")
    }
    return {
        "metrics": result.run.read_metrics(),
        "checkpoint": result.checkpoint,
        "settings": settings,
        "recipe": facts["recipe"],
        "versions": facts["versions"],
    }


def main() -> None:
    """Runs the rows that are missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", help="the name of one row")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, config in list_runs(arguments.data).items():
        file = arguments.out / f"held_out-{name}.json"
        source = config.data or config.root
        if arguments.only not in (None, name):
            continue
        if file.exists():
            print(f"{name}: there already, {file}")
        elif source is not None and not source.is_dir():
            print(f"{name}: left out, there is no {source}")
        else:
            file.write_text(json.dumps(run(config), indent=2) + "\n")
            print(f"{name}: written, {file}")


def run(config: TrainConfig) -> dict[str, object]:
    """Trains and tests one row in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        config = replace(config, out=Path(folder) / "run")
        return summarize(train(config, show_progress=True, report=print))


if __name__ == "__main__":
    main()
