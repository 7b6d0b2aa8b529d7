"""All figures of some runs, with captions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from skelgraph.data import Progress
from skelgraph.errors import RunError
from skelgraph.evaluation import plot_confusions, plot_reliability
from skelgraph.experiments.figures.canvas import small_letters
from skelgraph.experiments.figures.drawable_runs import DrawableRun, read_runs
from skelgraph.experiments.figures.run_figures import (
    choose_examples,
    plot_examples,
    plot_gates,
    plot_training_curves,
)
from skelgraph.experiments.figures.skeleton_figures import (
    edge_importances,
    mean_attention,
    plot_attention,
    plot_edge_importance,
)
from skelgraph.nn import GatedSpatialConv, JointSelfAttention
from skelgraph.runs import RunDirectory, read_predictions, read_results, stack_scores
from skelgraph.serving import Predictor
from skelgraph.training import encode_for_scoring


@dataclass(frozen=True, kw_only=True)
class DrawnFigure:
    """A figure that was written, with a caption that tells how to read it."""

    file: Path
    caption: str


@dataclass(frozen=True, kw_only=True)
class FigureSet:
    """The figures of some runs, and a line with the reason for each that could not be drawn."""

    drawn: tuple[DrawnFigure, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Folder:
    """Where figures are written to, in each of some kinds."""

    path: Path
    kinds: Sequence[str]

    def write(self, name: str, plot: Callable[[Path], None]) -> Path:
        """Plot a figure in all kinds, and return the file of the last one."""
        files = [self.path / f"{name}{kind}" for kind in self.kinds]
        for file in files:
            plot(file)
        return files[-1]


Outcome = DrawnFigure | str
"""A figure, or the reason why there is none."""


def draw_figures(
    runs: Mapping[str, Path],
    out: Path,
    *,
    layers: Sequence[int] | None = None,
    model: str | None = None,
    progress: Progress | None = None,
    kinds: Sequence[str] = (".png",),
) -> FigureSet:
    """Draw all figures that the runs have; see :func:`skelgraph.experiments.write_report`.

    These are confusion matrices side by side, the reliability of the scores, training curves, the
    gate of each layer, an example clip per class, and for each run the attention of the heads and
    the edge importance, on the skeleton. A run that is no network of skeletons alone, such as a
    fusion, a ridge or an evaluation, has the first two, and the third if it has epochs. Clips are
    read again; if they are gone, the rest is drawn. Each figure is written in all kinds, such as
    ``(".pdf", ".png")``; the last one is named in the result.

    Raises:
        RunError: If there is no run, one is not finished or damaged, has no such layer, or has a
            network of your own that is not given.
    """
    if not runs:
        raise RunError("expected at least one run to draw, but got none")
    results = {name: read_results(RunDirectory(path=path)) for name, path in runs.items()}
    read = read_runs(runs, model=model, progress=progress)
    folder = _Folder(path=out, kinds=kinds)
    with small_letters():
        confusion = DrawnFigure(
            file=folder.write("confusion", partial(plot_confusions, results)),
            caption="Confusion matrices: percent of the clips of each true class (row) by the "
            "class that was predicted (column).",
        )
        outcomes: list[Outcome] = [
            confusion,
            *_draw_reliability(read, folder),
            *_draw_curves(read, folder),
            *_draw_gates(read, folder),
            *_draw_examples(read, folder),
        ]
        for run in read:
            if run.predictor is None:
                outcomes.append(
                    f"figures of the network of {run.name}: it is no network of skeletons"
                )
                continue
            outcomes += _draw_attention(run, run.predictor, folder, layers)
            outcomes += _draw_importance(run, run.predictor, folder, layers)
    return FigureSet(
        drawn=tuple(one for one in outcomes if isinstance(one, DrawnFigure)),
        left_out=tuple(one for one in outcomes if isinstance(one, str)),
    )


def _draw_reliability(runs: Sequence[DrawableRun], out: _Folder) -> Iterator[Outcome]:
    for run in runs:
        if not run.place.predictions_file.is_file():
            yield f"reliability of {run.name}: there is no {run.place.predictions_file.name}"
            continue
        classes = read_results(run.place).classes
        predictions = read_predictions(run.place.predictions_file)
        truth = [classes.index(one.label or "") for one in predictions]
        plot = partial(plot_reliability, stack_scores(predictions, classes), truth)
        yield DrawnFigure(
            file=out.write(f"reliability-{run.file_name}", plot),
            caption=f"{run.name}: accuracy of the test clips over their confidence, in bins of "
            f"equally many clips, with 95 % intervals. On the dashed line the scores are "
            f"probabilities.{_describe_scores(run)}",
        )


def _describe_scores(run: DrawableRun) -> str:
    """Return a sentence if predictions are not those that the metrics are of."""
    seeds = run.place.read_metrics().get("seeds", {}).get("uar", {})
    if len(seeds) < 2:
        return ""
    return f" The scores are the means of {len(seeds)} seeds."


def _draw_curves(runs: Sequence[DrawableRun], out: _Folder) -> Iterator[Outcome]:
    logs = {run.name: run.place.read_log() for run in runs if run.place.log_file.is_file()}
    if not logs:
        return
    yield DrawnFigure(
        file=out.write("training_curves", partial(plot_training_curves, logs)),
        caption="Loss on the training and the validation part, and unweighted average recall on "
        "the validation part, after each epoch.",
    )


def _draw_gates(runs: Sequence[DrawableRun], out: _Folder) -> Iterator[Outcome]:
    gates = {
        run.name: [
            float(layer.gate.detach())
            for layer in run.predictor.model.modules()
            if isinstance(layer, GatedSpatialConv) and layer.gate is not None
        ]
        for run in runs
        if run.predictor is not None
    }
    for name, values in gates.items():
        if not values:
            yield f"gates of {name}: its network has none"
    gates = {name: values for name, values in gates.items() if values}
    if gates:
        yield DrawnFigure(
            file=out.write("gates", partial(plot_gates, gates)),
            caption="The gate coefficient r of each layer (equation 9 and figure 8 of Shi et al. "
            "2021). It starts at 1; the higher, the more the self-attention part weighs beside the "
            "graph convolution.",
        )


def _draw_examples(runs: Sequence[DrawableRun], out: _Folder) -> Iterator[Outcome]:
    shown: set[int] = set()
    for run in runs:
        if run.predictor is None or id(run.clips) in shown:
            continue
        if run.clips is None:
            yield f"example clips of {run.name}: {run.why_no_clips}"
            continue
        shown.add(id(run.clips))
        clips = choose_examples(run.test_clips, run.predictor.classes)
        prepared = {name: run.predictor.prepare(clip)[0] for name, clip in clips.items()}
        listing = ", ".join(
            f"{name}: {clip.name} ({clip.duration_s:.1f} s)" for name, clip in prepared.items()
        )
        yield DrawnFigure(
            file=out.write(f"example_clips-{run.file_name}", partial(plot_examples, prepared)),
            caption=f"A clip of each class of {run.clips.name} as the network gets it, seen from "
            f"the front; left is vermilion, right blue. Each is the one of median length in the "
            f"test part. {listing}.",
        )


def _draw_attention(
    run: DrawableRun, predictor: Predictor, out: _Folder, layers: Sequence[int] | None
) -> Iterator[Outcome]:
    if not any(isinstance(layer, JointSelfAttention) for layer in predictor.model.modules()):
        yield f"attention of {run.name}: its network has none"
        return
    if run.clips is None:
        yield f"attention of {run.name}: {run.why_no_clips}"
        return
    facts = predictor.facts
    if facts.is_mixed:
        yield f"attention of {run.name}: its clips have several skeletons"
        return
    (stream,) = facts.config.stream.names
    clips = [predictor.prepare(clip)[0] for clip in run.test_clips]
    dataset = encode_for_scoring(facts, clips, stream, facts.config.stream)
    attention = dict(enumerate(mean_attention(predictor.model, dataset), start=1))
    chosen = _choose_layers(run.name, attention, layers)
    plot = partial(plot_attention, {layer: attention[layer] for layer in chosen}, predictor.layout)
    yield DrawnFigure(
        file=out.write(f"attention-{run.file_name}", plot),
        caption=f"{run.name}: attention of each head (equation 4), mean over the frames of "
        f"{len(clips)} test clips. Arrows lead from a joint to the one that attends to it; discs "
        f"are what a joint takes of itself. Of what is above even attention to all joints, "
        f"the strongest {predictor.layout.num_joints} arrows of each head are drawn.",
    )


def _draw_importance(
    run: DrawableRun, predictor: Predictor, out: _Folder, layers: Sequence[int] | None
) -> Iterator[Outcome]:
    importances = dict(enumerate(edge_importances(predictor.model), start=1))
    if not importances:
        yield f"edge importance of {run.name}: its network has none"
        return
    chosen = _choose_layers(run.name, importances, layers)
    plot = partial(
        plot_edge_importance, {layer: importances[layer] for layer in chosen}, predictor.layout
    )
    yield DrawnFigure(
        file=out.write(f"edge_importance-{run.file_name}", plot),
        caption=f"{run.name}: edge importance of each subset (equation 1). The width of an arrow, "
        f"and the area of the disc of a joint's edge to itself, is A times M; the color is M, gray "
        f"where training has left it at 1.",
    )


def _choose_layers(
    name: str, there: Mapping[int, object], layers: Sequence[int] | None
) -> list[int]:
    last = len(there)
    if layers is None:
        return sorted({1, (1 + last) // 2, last})
    unknown = sorted(set(layers) - set(there))
    if unknown:
        raise RunError(f"{name}: expected layers from 1 to {last}, but got {unknown[0]}")
    return sorted(set(layers))
