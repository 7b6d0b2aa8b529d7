"""The lifting table: a lifter trained on five actors of mpi-ebed and tested on the sixth.

Usage::

    python benchmarks/lifting.py [--data ../shared/data] [--run runs/lifting] [--subject NoVo]
    python benchmarks/lifting.py --choose   try settings on the five actors, each left out in turn
    python benchmarks/lifting.py --table    print the committed results as tables

NoVo is held out, as in the other benchmarks; validation is by recordings of the five. The actor,
the seed and the rule that chooses the weights (the last) were fixed before; what was not is listed
in ``benchmarks/README.md``. The run directory is kept, and a finished run is not trained again.
Then OpenPose's keypoints of a video (``poses/openpose-body25/one-person``) are filtered and lifted.
``--choose`` never uses NoVo, and continues if it was stopped. No data is committed.
"""

import argparse
import json
import multiprocessing
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import torch
from harness.lifting import (
    format_held_out,
    format_lifting,
    format_settings,
    measure_video,
    validate_settings,
)

from skelgraph.config import LiftConfig
from skelgraph.lifting import train_lifter
from skelgraph.runs import RunDirectory

RESULTS = Path(__file__).parent / "results" / "lifting-mpi-ebed-NoVo.json"
CHOICE = RESULTS.with_name("lifting-settings-mpi-ebed.json")
HELD_OUT = ("NoVo", "AnBh")
"""Subjects with committed results: NoVo, as in the other benchmarks, and the most frequent one."""
SUBJECTS = ("AnBh", "DiMi", "LeSt", "MaMa", "SiGl")
OTHERS = {"exchange": 0.8, "arms_deg": 10.0}
SETTINGS: dict[str, dict[str, float]] = {
    "own arms": {"exchange": 0.0, "arms_deg": 15.0, "lean_deg": 10.0, "norm_momentum": 0.1},
    "arms of others": {**OTHERS, "lean_deg": 10.0, "norm_momentum": 0.1},
    "arms of others, more lean": {**OTHERS, "lean_deg": 16.0, "norm_momentum": 0.1},
    "the same, steadier batch norms": {**OTHERS, "lean_deg": 16.0, "norm_momentum": 0.01},
}
"""Settings that are compared; the last ones are the defaults of `LiftConfig`."""
CHOICE_EPOCHS = 30
VIDEO = Path("poses") / "openpose-body25" / "one-person"
VIDEO_FPS = 25.0
_PLACES = ("data", "root", "skeletons", "panes", "out", "device")


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, test and lift, or print the committed results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--run", type=Path, default=Path("runs/lifting"))
    parser.add_argument("--subject", default=HELD_OUT[0], help="who is held out")
    parser.add_argument("--out", type=Path, help="default: in benchmarks/results")
    parser.add_argument("--choose", action="store_true", help="try settings on the five actors")
    parser.add_argument("--choice", type=Path, default=CHOICE, help="what --choose writes")
    parser.add_argument("--workers", type=int, default=2, help="trainings at a time of --choose")
    parser.add_argument("--table", action="store_true", help="print the results that are there")
    options = parser.parse_args(arguments)
    config = LiftConfig.of(
        dataset="mpi-ebed",
        root=options.data / "mpi-ebed",
        test_subjects=(options.subject,),
        out=options.run,
    )
    out = options.out or results_file(options.subject)
    if options.choose:
        short = config.change(test_subjects=HELD_OUT[:1], epochs=CHOICE_EPOCHS)
        choose(short, SETTINGS, SUBJECTS, file=options.choice, workers=options.workers)
    elif not options.table:
        torch.set_num_threads(1)
        result = measure(config, options.data / VIDEO)
        out.write_text(json.dumps(result, indent=2) + "\n")
    if options.choose or options.table:
        print(format_settings(json.loads(options.choice.read_text())["mpjpe_mm"], SUBJECTS))
    if options.table:
        print(format_held_out(read_results()))
    if not options.choose:
        print(format_lifting(json.loads(out.read_text())))


def results_file(subject: str) -> Path:
    """Return the file of the committed result of the lifter that a subject is held out from."""
    return RESULTS.with_name(f"lifting-mpi-ebed-{subject}.json")


def read_results() -> dict[str, dict[str, Any]]:
    """Return the committed results by held-out subject."""
    return {subject: json.loads(results_file(subject).read_text()) for subject in HELD_OUT}


def measure(config: LiftConfig, video: Path) -> dict[str, Any]:
    """Return the results of a run, which is trained if there is none, and of a video."""
    run = RunDirectory(path=config.out or Path("runs/lifting"))
    if not run.metrics_file.exists():
        resume = run.checkpoint("last").is_file()
        train_lifter(config, resume=resume, show="progress", report=print)
    facts = run.read_config()
    settings = LiftConfig.from_dict(facts["config"]).flatten()
    return {
        "metrics": run.read_metrics(),
        "video": measure_video(run.path, video, fps=VIDEO_FPS),
        "settings": {key: value for key, value in settings.items() if key not in _PLACES},
        "parameters": facts["parameters"],
        "versions": facts["versions"],
    }


def choose(
    config: LiftConfig,
    settings: Mapping[str, Mapping[str, float]],
    subjects: Sequence[str],
    *,
    file: Path,
    workers: int,
) -> None:
    """Train with each of the settings without each subject, and write the errors on it."""
    errors: dict[str, dict[str, float]] = {name: {} for name in settings}
    if file.exists():
        errors |= json.loads(file.read_text())["mpjpe_mm"]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, torch.set_num_threads, (1,)) as pool:
        tries = {
            pool.submit(validate_settings, config.change(**changes, val_subjects=(subject,))): (
                name,
                subject,
            )
            for subject in subjects
            for name, changes in settings.items()
            if subject not in errors[name]
        }
        for done in as_completed(tries):
            name, subject = tries[done]
            errors[name][subject] = done.result()
            facts = {
                "epochs": config.recipe.epochs,
                "cameras": config.filming.cameras,
                "settings": settings,
            }
            file.write_text(json.dumps({**facts, "mpjpe_mm": errors}, indent=2) + "\n")
            print(f"{name}, {subject}: {errors[name][subject]:.1f} mm", flush=True)


if __name__ == "__main__":
    main()
