"""What changes if frames are cleaned as they come and not as recordings, and how answers follow.

Usage::

    python benchmarks/online.py [--data ../shared/data]   measure, write results/online.json
    python benchmarks/online.py --table                   print the committed results as tables

Channels: the RMS difference of what the network takes, over the RMS of the channels about their
means. *Filter* aligns no headings, *heading* has no filter, *both* is what a live model does; the
filter lags, and so is compared with a recording of one frame more at its begin. A wrist is hidden
for 0.1 to 0.5 s. Answers: those at the end of a clip by a live model that pools all frames, beside
those for the file. At that moment the live model knows nothing of its delay, which *cut* leaves out
of the file. *Uneven* leaves out one frame in ten, at random, and lets time stamps jitter by 5 ms.
The models were trained on these recordings, so that no number here is about unseen people.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from harness.online_clips import clean_online, encode_offline, encode_online

from skelgraph import load_run
from skelgraph.config import Stream
from skelgraph.io import read_bvh
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence, Preprocessing, drop_rest_pose
from skelgraph.streaming import LiveAnswer, LiveFrame, LiveModel, LivePose
from skelgraph.typing import FloatArray

RESULTS = Path(__file__).parent / "results" / "online.json"
STREAMS: tuple[Stream, ...] = ("joint", "bone", "joint-motion", "speed", "posture-motion")
RECORDINGS = {"mpi-ebed": ("emotion4", 60), "bandai-styles": ("style7", 40)}
"""The model that answers for each data set, and how many of its recordings are taken."""

KINDS = {
    "filter": {"align_heading": False},
    "heading": {"filter": "none"},
    "both": {},
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, or print what was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--recordings", type=int, help="of each data set, to see that all runs")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="print the results that are there")
    options = parser.parse_args(arguments)
    if not options.table:
        result = {
            name: measure(options.data / name, model, options.recordings or number)
            for name, (model, number) in RECORDINGS.items()
        }
        options.out.write_text(json.dumps(result, indent=2) + "\n")
    print(format_online(json.loads(options.out.read_text("utf-8"))))


def measure(folder: Path, model: str, number: int) -> dict[str, Any]:
    """Return all differences of some recordings of a data set."""
    files = sorted(folder.rglob("*.bvh"))
    files = files[:: max(len(files) // number, 1)][:number]
    clips = [drop_rest_pose(read_bvh(file)) for file in files]
    return {
        "model": model,
        "clips": len(clips),
        "channels": {
            kind: {stream: compare_channels(clips, stream, settings) for stream in STREAMS}
            for kind, settings in KINDS.items()
        },
        "gaps_mm": measure_gaps(clips),
        "answers": compare_answers(clips, model),
    }


def compare_channels(
    clips: Sequence[PoseSequence], stream: Stream, settings: Mapping[str, Any]
) -> float:
    """Return the RMS difference of a stream's channels, over their RMS about the mean."""
    preprocessing = Preprocessing(layout=UPPER10, fps=30.0, **settings)
    differences, sizes = [], []
    for clip in clips:
        cleaner, _ = clean_online(clip[:1], preprocessing)
        online = encode_online(clip, preprocessing, stream)
        lag = round(cleaner.lag_s * cleaner.fps)
        positions = np.concatenate([clip.positions[:1]] * lag + [clip.positions])
        delayed = replace(clip, positions=positions)
        x = encode_offline(delayed, preprocessing, stream).x[: len(online.x)]
        known = slice(4, None)  # a filter that begins at rest, and frames before a difference
        scale = x.std(axis=0).mean(axis=1)[:, None] + 1e-9  # (C, 1)
        differences.append(np.square((online.x - x)[known] / scale).mean())
        sizes.append(np.square((x - x.mean(axis=0)) / scale).mean())
    return float(np.sqrt(np.mean(differences) / np.mean(sizes)))


def measure_gaps(clips: Sequence[PoseSequence]) -> dict[str, float]:
    """Return the RMS error in mm of a hidden wrist: interpolated, and held where it was."""
    rng = np.random.default_rng(0)
    preprocessing = Preprocessing(layout=UPPER10, fps=30.0, filter="none")
    wrist = UPPER10.index("right_wrist")
    errors: dict[str, list[float]] = {"interpolated": [], "held": []}
    for clip in clips:
        whole = preprocessing.clean(clip)
        start = int(rng.integers(5, whole.num_frames - 25))
        hidden = slice(start, start + int(rng.integers(3, 16)))
        positions = whole.positions.copy()
        positions[hidden, wrist] = np.nan
        gap = replace(whole, positions=positions)
        _, frames = clean_online(gap, preprocessing)
        filled = {
            "interpolated": preprocessing.clean(gap).positions,
            "held": np.stack([frame.positions for frame in frames]),
        }
        for name, done in filled.items():
            error = done[hidden, wrist] - whole.positions[hidden, wrist]
            errors[name].append(float(np.square(1000 * error).sum(axis=1).mean()))
    return {name: float(np.sqrt(np.mean(squares))) for name, squares in errors.items()}


def compare_answers(clips: Sequence[PoseSequence], reference: str) -> dict[str, dict[str, float]]:
    """Return how often answers are those for the file, and how far probabilities differ."""
    predictor, rng = load_run(reference), np.random.default_rng(0)
    first = clips[0]
    model = LiveModel.load(
        reference,
        source_layout=first.layout,
        unit=first.unit,
        up=first.up,
        pooling="mean",
        memory_s=10.0,
    )
    cut = [clip[: -round(model.delay_s * clip.fps)] for clip in clips]
    whole, shorter = (
        np.array([list(one.probabilities.values()) for one in predictor.predict_all(part)])
        for part in (clips, cut)
    )
    rows = {
        "live": np.array([answer_last(model, clip) for clip in clips]),
        "uneven": np.array([answer_last(model, clip, rng) for clip in clips]),
        "cut": shorter,
    }
    return {
        name: {
            "same": float(np.mean(own.argmax(axis=1) == whole.argmax(axis=1))),
            "difference": float(np.abs(own - whole).max(axis=1).mean()),
        }
        for name, own in rows.items()
    }


def answer_last(
    model: LiveModel, clip: PoseSequence, rng: np.random.Generator | None = None
) -> FloatArray:
    """Return the last probabilities for a clip; with a generator, frames come unevenly."""
    model.reset()
    answers: list[LiveAnswer] = []
    for number, positions in enumerate(clip.positions):
        time_s = number / clip.fps
        if rng is not None:
            if number and rng.random() < 0.1:
                continue
            time_s += rng.uniform(-0.005, 0.005)
        answers = model.push(LiveFrame(time_s, {"one": LivePose(positions)})) or answers
    if not answers:
        raise RuntimeError(f"{clip.name}: {clip.num_frames} frames gave no answer")
    return answers[-1].probabilities


def format_online(result: Mapping[str, Any]) -> str:
    """Return the results as tables of the page."""
    names = {"filter": "filter", "heading": "heading so far", "both": "both"}
    lines = [f"| channels | {' | '.join(STREAMS)} |", "|---" * (len(STREAMS) + 1) + "|"]
    for data, row in result.items():
        for kind, name in names.items():
            cells = [f"{100 * row['channels'][kind][stream]:.1f} %" for stream in STREAMS]
            lines.append(f"| {data}, {name} | {' | '.join(cells)} |")
    lines += [
        "",
        "| | clips | hidden wrist, interpolated | held | model | same answer as for the file, and "
        "how far probabilities differ | uneven | file, cut |",
        "|---" * 8 + "|",
    ]
    for data, row in result.items():
        gaps, answers = row["gaps_mm"], row["answers"]
        cells = [data, str(row["clips"])]
        cells += [f"{gaps[name]:.0f} mm" for name in ("interpolated", "held")]
        cells.append(row["model"])
        for one in (answers[name] for name in ("live", "uneven", "cut")):
            cells.append(f"{100 * one['same']:.0f} %, {one['difference']:.3f}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
