"""The lifting table: a lifter trained on five actors of mpi-ebed and tested on the sixth.

Usage::

    python benchmarks/lifting.py [--data ../shared/data] [--run runs/lifting]
    python benchmarks/lifting.py --table    print the committed results as tables

NoVo is held out, as in the other benchmarks; validation is by recordings of the five. The actor,
the seed and the rule that chooses the weights (the last) were fixed before; what was not stands
in ``benchmarks/README.md``. The run's directory is kept; one that is there is not trained again.
Then OpenPose's keypoints of a video (``poses/openpose-body25/one-person``) are filtered and lifted.
No data is committed.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from skelgraph.experiments.lifting import format_lifting, measure_video
from skelgraph.training import LiftConfig, RunDirectory, train_lifter

RESULTS = Path(__file__).parent / "results" / "lifting-mpi-ebed-NoVo.json"
VIDEO = Path("poses") / "openpose-body25" / "one-person"
VIDEO_FPS = 25.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Trains, tests and lifts, or prints what was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--run", type=Path, default=Path("runs/lifting"))
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="print the results that are there")
    options = parser.parse_args(arguments)
    if not options.table:
        torch.set_num_threads(1)
        config = LiftConfig(
            dataset="mpi-ebed",
            root=options.data / "mpi-ebed",
            test_subjects=("NoVo",),
            out=options.run,
        )
        result = measure(config, options.data / VIDEO)
        options.out.write_text(json.dumps(result, indent=2) + "\n")
    print(format_lifting(json.loads(options.out.read_text())))


def measure(config: LiftConfig, video: Path) -> dict[str, Any]:
    """What is kept of a run, which is made where there is none, and of a video."""
    run = RunDirectory(path=config.out or Path("runs/lifting"))
    if not run.metrics_file.exists():
        resume = run.checkpoint("last").is_file()
        train_lifter(config, resume=resume, show_progress=True, report=print)
    facts = run.read_config()
    places = ("data", "root", "out")
    return {
        "metrics": run.read_metrics(),
        "video": measure_video(run.path, video, fps=VIDEO_FPS),
        "settings": {key: value for key, value in facts["config"].items() if key not in places},
        "parameters": facts["parameters"],
        "versions": facts["versions"],
    }


if __name__ == "__main__":
    main()
