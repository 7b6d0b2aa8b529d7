"""Fine-tuning on a few clips of a person who was never seen, against training from scratch.

Usage::

    python benchmarks/fine_tuning.py [--data ../shared/data] [--runs FOLDER] [--only NAME]
    python benchmarks/fine_tuning.py --table

The sources are the folds of a cross-validation in ``--runs``, each trained without its actor; it is
made there if it is missing. Of each actor with enough clips, whole recordings are drawn to train on
and the others are tested, so that no recording is on both sides. Of the recordings to train on, 5,
10 or 20 clips of each class are taken (all of them where there are fewer), the few among the many.

How to fine-tune and how long to train from scratch was chosen on AnBh, DiMi and LeSt alone, with
draws of their own (the rows ``choice``), before any row of the table was made. A row that is there
already is not made again.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from harness.options import make_rows, parse_options, read_rows

from skelgraph import CrossvalConfig, TrainConfig, crossval, load_run, train
from skelgraph.data import ClipSet, Part, load_dataset
from skelgraph.evaluation import Interval, compute_metrics
from skelgraph.movement import MovementClassifier
from skelgraph.poses import PoseSequence
from skelgraph.runs import Prediction, RunDirectory, stack_scores
from skelgraph.training import preprocess

RESULTS = Path(__file__).parent / "results" / "fine_tuning.json"
STREAM = "posture-motion"
ACTORS = ("AnBh", "DiMi", "LeSt", "NoVo")
"""MaMa and SiGl are left out: each class cannot be on both sides in recordings of its own."""
CHOSEN_ON = ("AnBh", "DiMi", "LeSt")
SEEDS = (0, 1, 2)
CHOICE_SEEDS = (100,)
SIZES = (5, 10, 20)
FEWEST = (5, 3)
"""Fewest clips of a class to draw from, and to test."""
CHOICE_SIZE = 10

TUNED: dict[str, dict[str, Any]] = {
    "all weights, 20 epochs": {"epochs": 20},
    "all weights, a quarter of the rate, 20 epochs": {"epochs": 20, "learning_rate": 5e-4},
    "layer-wise rate 0.3, 20 epochs": {"epochs": 20, "layer_decay": 0.3},
    "head alone, 20 epochs": {"epochs": 20, "freeze": 1},
    "all weights, 40 epochs": {"epochs": 40},
}
"""Ways to fine-tune among which one is chosen."""
FRESH: dict[str, dict[str, Any]] = {
    "from scratch, 20 epochs": {"epochs": 20},
    "from scratch, 40 epochs": {"epochs": 40},
}
"""Trainings from scratch among which one is chosen."""
CHOSEN_TUNED, CHOSEN_FRESH = "all weights, 40 epochs", "from scratch, 40 epochs"

METHODS = {
    "source": "source, unchanged",
    "prior": "source, scores divided by their means over the clips",
    "tuned": "fine-tuned",
    "scratch": "from scratch",
    "ridge": "ridge on movement features, from scratch",
}
PARTS = ("quick", "tuned", "scratch")
"""Rows of an actor, a size and a draw: what trains no network, and each training."""


def configure_sources(data: Path, out: Path) -> CrossvalConfig:
    """Return the cross-validation whose folds are the sources."""
    return CrossvalConfig.of(
        model="s-stgcn-small",
        num_heads=2,
        stream=STREAM,
        dataset="mpi-ebed",
        root=data / "mpi-ebed",
        seeds=(len(SEEDS),),
        out=out,
    )


def find_source(runs: Path, actor: str, seed: int) -> Path:
    """Return the run that was trained without an actor, its stream if it has several."""
    fold = runs / "folds" / f"{actor}-seed{seed}"
    stream = RunDirectory(path=fold).stream(STREAM).path
    return stream if stream.is_dir() else fold


def divide(clips: Sequence[PoseSequence], seed: int) -> tuple[list[int], list[int]]:
    """Return the numbers of the clips to draw from and of those to test, by whole recordings.

    Args:
        clips: Clips of one person.
        seed: Seed of the draw.

    Raises:
        ValueError: If each class cannot be on both sides.
    """
    rng = np.random.default_rng(seed)
    recordings = sorted({clip.recording or "" for clip in clips})
    labels = sorted({clip.label or "" for clip in clips})
    for _ in range(10_000):
        drawn = {name for name in recordings if rng.random() < 0.6}
        sides = tuple(
            [n for n, clip in enumerate(clips) if (clip.recording in drawn) is is_drawn]
            for is_drawn in (True, False)
        )
        counts = [
            min(sum(clips[n].label == label for n in side) for label in labels) for side in sides
        ]
        if counts[0] >= FEWEST[0] and counts[1] >= FEWEST[1]:
            return sides
    raise ValueError("expected recordings that can be divided with each class on both sides")


def draw(clips: Sequence[PoseSequence], pool: Sequence[int], size: int, seed: int) -> list[int]:
    """Return the numbers of up to ``size`` clips of each class; the few are among the many."""
    order = np.random.default_rng(seed).permutation(np.asarray(pool)).tolist()
    taken: dict[str, list[int]] = defaultdict(list)
    for number in order:
        taken[clips[number].label or ""].append(number)
    return sorted(number for ones in taken.values() for number in ones[:size])


class Study:
    """The clips of all actors, and the rows that are made of them."""

    def __init__(self, data: Path, runs: Path) -> None:
        self.runs = runs
        self.clips = load_dataset("mpi-ebed", root=data / "mpi-ebed")

    def take(self, actor: str, size: int, seed: int) -> tuple[ClipSet, list[PoseSequence]]:
        """Return clips of one actor to train on and to test, and the clips that train.

        The validation part, of which nothing is chosen, is a short clip a class of other people.
        """
        own = [clip for clip in self.clips.sequences if clip.subject == actor]
        pool, tested = divide(own, seed)
        trained = [own[number] for number in draw(own, pool, size, seed)]
        others: dict[str, PoseSequence] = {}
        for clip in sorted(self.clips.sequences, key=lambda one: one.num_frames):
            if clip.subject != actor:
                others.setdefault(clip.label or "", clip)
        parts: dict[Part, list[PoseSequence]] = {
            "train": trained,
            "val": list(others.values()),
            "test": [own[number] for number in tested],
        }
        chosen = replace(
            self.clips,
            name=f"{actor}, {size} clips a class",
            sequences=tuple(clip for ones in parts.values() for clip in ones),
            parts=tuple(part for part, ones in parts.items() for _ in ones),
            fingerprint=f"{self.clips.fingerprint}-{actor}-{size}-{seed}",
            spans=(),
            media=(),
            splits={},
            notes=(),
        )
        return chosen, trained

    def fit(self, clips: ClipSet, seed: int, settings: Mapping[str, Any]) -> float:
        """Return the UAR of the small S-STGCN, trained with some settings."""
        config = TrainConfig.of(
            model="s-stgcn-small", num_heads=2, stream=STREAM, split="file", layout="upper10"
        ).change(seed=seed, device="cpu", **settings)
        with TemporaryDirectory() as folder:
            return train(config.change(out=Path(folder) / "run"), clips=clips).metrics.uar

    def choose(self, name: str) -> dict[str, Any]:
        """Return the UAR of each candidate for one actor and draw."""
        _, actor, seed = name.split("-")
        clips, _ = self.take(actor, CHOICE_SIZE, int(seed))
        source = {"init_from": str(find_source(self.runs, actor, 0))}
        candidates = {
            **{label: {**own, **source} for label, own in TUNED.items()},
            **FRESH,
        }
        return {label: self.fit(clips, int(seed), own) for label, own in candidates.items()}

    def compare(self, name: str) -> dict[str, Any]:
        """Return the UAR of a method, or of the quick ones, for one actor, size and draw."""
        actor, size, draw, method = name.split("-")
        seed = int(draw)
        clips, trained = self.take(actor, int(size), seed)
        place = find_source(self.runs, actor, seed)
        if method == "tuned":
            return {"tuned": self.fit(clips, seed, TUNED[CHOSEN_TUNED] | {"init_from": str(place)})}
        if method == "scratch":
            return {"scratch": self.fit(clips, seed, FRESH[CHOSEN_FRESH])}
        parts = zip(clips.sequences, clips.parts or (), strict=True)
        tested = [clip for clip, part in parts if part == "test"]
        return {
            "trained": len(trained),
            "tested": len(tested),
            **use_source(place, trained, tested),
            "ridge": fit_ridge(place, trained, tested, seed),
        }


def use_source(
    place: Path, trained: Sequence[PoseSequence], tested: Sequence[PoseSequence]
) -> dict[str, float]:
    """Return the UAR of the source as it is, and with even scores over the clips that train."""
    predictor = load_run(place, device="cpu")
    known, strange = (predictor.predict_all(ones) for ones in (trained, tested))
    labels = [clip.label or "" for clip in tested]
    return {
        "source": score(labels, [one.prediction for one in strange]),
        "prior": score(labels, even_out(known, strange, predictor.classes)),
    }


def fit_ridge(
    place: Path, trained: Sequence[PoseSequence], tested: Sequence[PoseSequence], seed: int
) -> float:
    """Return the UAR of a ridge on movement features, on clips that are cleaned as the source's."""
    preprocessing = load_run(place, device="cpu").facts.preprocessing
    known, strange = (
        [preprocess(one, preprocessing) for one in ones] for ones in (trained, tested)
    )
    ridge = MovementClassifier(seed=seed).fit(
        known,
        [clip.label or "" for clip in trained],
        groups=[clip.recording or "" for clip in trained],
    )
    return score([clip.label or "" for clip in tested], ridge.predict(strange).tolist())


def even_out(
    known: Sequence[Prediction], strange: Sequence[Prediction], classes: Sequence[str]
) -> list[str]:
    """Return the predictions of scores that are divided by their means over known clips.

    Each class of the known clips counts alike.
    """
    scores = stack_scores(known, classes)
    labels = np.array([one.label for one in known])
    means = np.mean([scores[labels == name].mean(axis=0) for name in classes], axis=0)
    best = (stack_scores(strange, classes) / means).argmax(axis=1)
    return [classes[number] for number in best]


def score(labels: Sequence[str], predicted: Sequence[str]) -> float:
    """Return the UAR."""
    classes = sorted(set(labels) | set(predicted))
    number = {name: index for index, name in enumerate(classes)}
    truth, said = ([number[one] for one in ones] for ones in (labels, predicted))
    return compute_metrics(truth, said, classes, train_labels=truth).uar


def resample(values: Mapping[str, Sequence[float]], *, draws: int = 10_000) -> Interval:
    """Return the 95 % interval of a mean over actors and draws, both resampled.

    Args:
        values: Numbers of each actor, one a draw.
        draws: Number of resamples.
    """
    rng = np.random.default_rng(0)
    table = np.array(list(values.values()))  # (actors, draws)
    actors = rng.integers(len(table), size=(draws, len(table), 1))
    columns = rng.integers(table.shape[1], size=(draws, len(table), table.shape[1]))
    low, high = np.quantile(table[actors, columns].mean(axis=(1, 2)), (0.025, 0.975))
    return float(low), float(high)


def list_rows(sizes: Sequence[int] = (), seeds: Sequence[int] = ()) -> list[str]:
    """Return the names of all rows, or of those of some sizes and draws."""
    return [
        f"{actor}-{size}-{seed}-{part}"
        for seed in seeds or SEEDS
        for size in sizes or SIZES
        for actor in ACTORS
        for part in PARTS
    ]


def find_draws(rows: Mapping[str, Any], size: int) -> list[int]:
    """Return the draws of which all rows of a size are there."""
    return [seed for seed in SEEDS if all(name in rows for name in list_rows((size,), (seed,)))]


def collect(rows: Mapping[str, Any], size: int, method: str) -> dict[str, list[float]]:
    """Return the UAR of a method for each actor, one a draw."""
    part, draws = method if method in PARTS else PARTS[0], find_draws(rows, size)
    return {
        actor: [rows[f"{actor}-{size}-{seed}-{part}"][method] for seed in draws] for actor in ACTORS
    }


def format_table(file: Path) -> str:
    """Return the rows as Markdown tables: each method, and what is gained against others."""
    rows = read_rows(file)
    sizes = [size for size in SIZES if find_draws(rows, size)]
    heads = [_describe_size(rows, size) for size in sizes]
    lines = [f"| UAR (95 %) | {' | '.join(heads)} |", f"|---|{'---|' * len(heads)}"]
    for method, words in METHODS.items():
        cells = [_spell(collect(rows, size, method)) for size in sizes]
        lines.append(f"| {words} | {' | '.join(cells)} |")
    gains = [
        f"| fine-tuned, more than | {' | '.join(heads)} |",
        f"|---|{'---|' * len(heads)}",
    ]
    for method in METHODS:
        if method != "tuned":
            cells = [_spell_gain(rows, size, method) for size in sizes]
            gains.append(f"| {METHODS[method]} | {' | '.join(cells)} |")
    actors = ["| actor | " + " | ".join(METHODS.values()) + " |", "|---|" + "---|" * len(METHODS)]
    for actor in ACTORS:
        cells = [f"{fmean(collect(rows, sizes[-1], m)[actor]):.1%}" for m in METHODS]
        actors.append(f"| {actor} | {' | '.join(cells)} |")
    return "\n\n".join("\n".join(part) for part in (lines, gains, actors))


def format_choice(file: Path) -> str:
    """Return the candidates and their mean UAR as a Markdown table."""
    rows = [one for name, one in read_rows(file).items() if name.startswith("choice-")]
    lines = ["| candidate | UAR |", "|---|---|"]
    for name in (*TUNED, *FRESH):
        chosen = " (chosen)" if name in (CHOSEN_TUNED, CHOSEN_FRESH) else ""
        lines.append(f"| {name}{chosen} | {fmean(row[name] for row in rows):.1%} |")
    return "\n".join(lines)


def _describe_size(rows: Mapping[str, Any], size: int) -> str:
    """Return the clips a class, how many that is in all, and the draws if some are missing."""
    draws = find_draws(rows, size)
    names = [f"{actor}-{size}-{seed}-quick" for actor in ACTORS for seed in draws]
    trained = fmean(float(rows[name]["trained"]) for name in names)
    left = "" if len(draws) == len(SEEDS) else f"; {len(draws)} of {len(SEEDS)} draws"
    return f"{size} a class ({trained:.0f} clips{left})"


def _spell(values: Mapping[str, Sequence[float]]) -> str:
    low, high = resample(values)
    mean = fmean(fmean(ones) for ones in values.values())
    return f"{mean:.1%} ({100 * low:.1f} to {100 * high:.1f})"


def _spell_gain(rows: Mapping[str, Any], size: int, other: str) -> str:
    ours, theirs = (collect(rows, size, method) for method in ("tuned", other))
    gains = {
        actor: [100 * (a - b) for a, b in zip(ours[actor], theirs[actor], strict=True)]
        for actor in ACTORS
    }
    low, high = resample(gains)
    every = [gain for ones in gains.values() for gain in ones]
    better = sum(gain > 0 for gain in every)
    return f"{fmean(every):+.1f} ({low:+.1f} to {high:+.1f}), {better} of {len(every)}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the rows that are missing, or print those that are there."""
    options = parse_options(__doc__, arguments, out=RESULTS, runs=Path("runs/fine_tuning"))
    if options.table:
        print(f"{format_table(options.out)}\n\n{format_choice(options.out)}")
        return
    if not (options.data / "mpi-ebed").is_dir():
        print(f"left out, mpi-ebed is not in {options.data}")
        return
    last = find_source(options.runs, ACTORS[-1], SEEDS[-1])
    if not (last / "metrics.json").is_file():
        config = configure_sources(options.data, options.runs)
        begun = (options.runs / "config.json").is_file()
        crossval(config, resume=begun, show="progress", report=print)
    study = Study(options.data, options.runs)
    choices = [f"choice-{actor}-{seed}" for seed in CHOICE_SEEDS for actor in CHOSEN_ON]
    make_rows(options, choices, study.choose)
    make_rows(options, list_rows(), study.compare)


if __name__ == "__main__":
    main()
