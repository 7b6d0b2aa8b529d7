"""Figures and reports of run directories."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import torch
from click.testing import CliRunner
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text
from skelgraph_cli.command import skelgraph

from skelgraph import TrainConfig, train
from skelgraph.data import SkeletonDataset
from skelgraph.errors import RunError
from skelgraph.evaluation import compute_metrics, format_score, plot_confusions
from skelgraph.experiments import write_report
from skelgraph.experiments.figures import draw_figures, mean_attention
from skelgraph.experiments.figures.canvas import small_letters
from skelgraph.experiments.figures.run_figures import (
    choose_examples,
    plot_examples,
    plot_gates,
    plot_training_curves,
)
from skelgraph.experiments.figures.skeleton_figures import (
    edge_importances,
    plot_attention,
    plot_edge_importance,
)
from skelgraph.layouts import COCO133, MPI23, UPPER10, JointLayout, partition
from skelgraph.models import SSTGCN, STGCN
from skelgraph.poses import PoseSequence

OF_A_RUN = (
    "confusion.png",
    "reliability-{}.png",
    "training_curves.png",
    "gates.png",
    "example_clips-{}.png",
    "attention-{}.png",
    "edge_importance-{}.png",
)


@pytest.fixture(scope="session")
def plain_run(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run without gates and attention."""
    config = TrainConfig.of(
        data=arm_swings,
        model="st-gcn-small",
        test_subjects=("cid",),
        epochs=1,
        out=tmp_path_factory.mktemp("runs") / "plain",
    )
    return train(config).run.path


def make_clip(
    num_frames: int, label: str = "calm", layout: JointLayout = UPPER10, seed: int = 0
) -> PoseSequence:
    positions = np.random.default_rng(seed).normal(size=(num_frames, layout.num_joints, 3))
    name = f"{label}{num_frames}"
    return PoseSequence(positions=positions, layout=layout, fps=30.0, label=label, name=name)


def test_every_figure_of_a_run_is_a_column_wide(trained_run: Path, tmp_path: Path) -> None:
    drawn = draw_figures({"my run": trained_run}, tmp_path / "deep").drawn
    files = [figure.file for figure in drawn]
    assert files == [tmp_path / "deep" / name.format("my_run") for name in OF_A_RUN]
    for file in files:
        image = imread(file)
        assert image.shape[1] == 1050  # 3.5 inches at 300 dots an inch
        assert image[:, :, :3].min() < 0.5 < image.max()
    assert mpl.rcParams["font.size"] == mpl.rcParamsDefault["font.size"]


def test_what_a_network_lacks_is_left_out_and_named(
    trained_run: Path, plain_run: Path, tmp_path: Path
) -> None:
    figures = draw_figures({"gated": trained_run, "plain": plain_run}, tmp_path)
    names = {figure.file.name for figure in figures.drawn}
    assert {"gates.png", "attention-gated.png", "edge_importance-plain.png"} <= names
    assert not {"attention-plain.png", "example_clips-plain.png"} & names  # the data is shared
    assert figures.left_out == (
        "gates of plain: its network has none",
        "attention of plain: its network has none",
    )


def test_a_network_of_ones_own_is_drawn_if_it_is_named(
    arm_swings: Path, own_network: str, trained_run: Path, tmp_path: Path
) -> None:
    config = TrainConfig.of(
        data=arm_swings, model=own_network, test_subjects=("cid",), epochs=1, out=tmp_path / "own"
    )
    runs = {"gated": trained_run, "own": train(config).run.path}
    report = write_report(runs, tmp_path / "report", model=own_network)
    assert report.figures.left_out == tuple(
        f"{what} of own: its network has none" for what in ("gates", "attention", "edge importance")
    )
    assert "| own | joint |" in report.file.read_text()
    with pytest.raises(RunError, match=f"pass --model {own_network}"):
        write_report(runs, tmp_path / "unnamed")


def test_without_the_data_the_rest_is_drawn(
    trained_run: Path, arm_swings: Path, tmp_path: Path
) -> None:
    run, data = tmp_path / "run", tmp_path / "data"
    shutil.copytree(trained_run, run)
    facts = json.loads((run / "config.json").read_text())
    facts["config"]["data"]["folder"] = str(data)
    (run / "config.json").write_text(json.dumps(facts))
    gone = draw_figures({"a": run}, tmp_path / "gone")
    assert {figure.file.name for figure in gone.drawn} == {
        *("confusion.png", "reliability-a.png", "training_curves.png", "gates.png"),
        "edge_importance-a.png",
    }
    assert [line.partition(": ")[0] for line in gone.left_out] == [
        "example clips of a",
        "attention of a",
    ]
    assert all(str(data) in line for line in gone.left_out)
    shutil.copytree(arm_swings, data)
    (data / "labels.csv").write_text((data / "labels.csv").read_text().replace("take0", "take9"))
    changed = draw_figures({"a": run}, tmp_path / "changed")
    assert all("has changed since its training" in line for line in changed.left_out)


def test_an_evaluation_has_what_its_predictions_show(trained_run: Path, tmp_path: Path) -> None:
    (tmp_path / "evaluation").mkdir()
    shutil.copy(trained_run / "metrics.json", tmp_path / "evaluation")
    alone = "figures of the network of again: it is no network of skeletons"
    figures = draw_figures({"again": tmp_path / "evaluation"}, tmp_path)
    assert [figure.file.name for figure in figures.drawn] == ["confusion.png"]
    assert figures.left_out == ("reliability of again: there is no predictions.csv", alone)
    shutil.copy(trained_run / "predictions.csv", tmp_path / "evaluation")
    figures = draw_figures({"again": tmp_path / "evaluation"}, tmp_path)
    names = [figure.file.name for figure in figures.drawn]
    assert names == ["confusion.png", "reliability-again.png"]
    assert figures.left_out == (alone,)


def test_what_cannot_be_drawn_is_an_error(trained_run: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="at least one run to draw"):
        draw_figures({}, tmp_path)
    with pytest.raises(RunError, match="there is no such folder"):
        draw_figures({"a": tmp_path / "none"}, tmp_path)
    with pytest.raises(RunError, match="a: expected layers from 1 to 10, but got 11"):
        draw_figures({"a": trained_run}, tmp_path, layers=(1, 11))
    shutil.copytree(trained_run, tmp_path / "run")
    (tmp_path / "run" / "log.csv").write_text("epoch,train_loss,val_loss,val_uar\n0,low,1,1\n")
    with pytest.raises(RunError, match=r"log\.csv: expected numbers"):
        draw_figures({"a": tmp_path / "run"}, tmp_path)
    (tmp_path / "run" / "metrics.json").write_text('{"classes": []}')
    with pytest.raises(RunError, match=r"metrics\.json: expected metrics, but one is missing"):
        draw_figures({"a": tmp_path / "run"}, tmp_path)


def test_mean_attention_is_the_mean_over_frames_and_clips() -> None:
    torch.manual_seed(0)
    network = SSTGCN(channels=(8,) * 10)
    holey = make_clip(7, seed=1)
    positions = holey.positions.copy()
    positions[:3, 4] = np.nan
    positions[:, 9] = np.nan
    clips = [make_clip(12), replace(holey, positions=positions)]
    attention = mean_attention(network, SkeletonDataset(clips))
    assert len(attention) == 10
    assert network.training
    assert not any(module._forward_pre_hooks for module in network.modules())
    first = network.blocks[0].spatial.attention
    rows: dict[int, list[Any]] = {}
    for clip in clips:  # the first layer sees the positions themselves
        x = torch.from_numpy(np.nan_to_num(clip.positions)).permute(2, 0, 1).unsqueeze(0)
        coefficients = first.coefficients(x, torch.from_numpy(clip.present).unsqueeze(0))
        for frame, joint in np.argwhere(clip.present):
            rows.setdefault(joint, []).append(coefficients[0, :, frame, joint])
    for joint in range(9):
        expected = torch.stack(rows[joint]).mean(dim=0).numpy()
        np.testing.assert_allclose(attention[0][:, joint], expected, rtol=1e-5, atol=1e-7)
    for layer in attention:
        assert layer.shape == (4, 10, 10)
        np.testing.assert_allclose(layer.sum(axis=2), 1.0, rtol=1e-5)
    positions[:, 9] = np.nan
    never = mean_attention(network, SkeletonDataset([clips[1]]))
    assert not never[0][:, 9].any()
    assert not never[0][:, :, 9].any()


@pytest.mark.parametrize("network", [SSTGCN(), STGCN(strategy="distance")], ids=["s", "st"])
def test_edge_importances_are_those_of_each_layer(network: SSTGCN | STGCN) -> None:
    conv = network.blocks[2].spatial
    conv = getattr(conv, "conv", conv)
    conv.edge_importance.data[1, 4, 5] = 2.0
    importances = edge_importances(network)
    assert len(importances) == 10
    A, M = importances[2]
    assert A.shape == M.shape == conv.adjacency.shape
    assert M[1, 4, 5] == 2.0
    assert M.sum() == M.size + 1
    if len(A) == 3:
        np.testing.assert_allclose(A, partition(UPPER10), rtol=1e-6)


def test_examples_are_of_median_length() -> None:
    clips = [make_clip(T, label) for label, T in (("b", 9), ("a", 8), ("a", 30), ("a", 12))]
    examples = choose_examples(clips, ("a", "b", "c"))
    assert {name: clip.num_frames for name, clip in examples.items()} == {"a": 12, "b": 9}


@pytest.fixture
def saved_figures(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Figure]]:
    """The figures that a test draws; in none a text overlaps another or leaves the figure."""
    figures: list[Figure] = []
    drawn: list[Text] = []
    draw = Text.draw
    monkeypatch.setattr(Figure, "savefig", lambda figure, file: figures.append(figure))
    monkeypatch.setattr(
        Text, "draw", lambda text, renderer: (drawn.append(text), draw(text, renderer))
    )
    yield figures
    assert figures
    for figure in figures:
        drawn.clear()
        figure.draw_without_rendering()
        check_texts([text for text in drawn if text.get_text().strip()], figure)


def check_texts(texts: list[Text], figure: Figure) -> None:
    assert texts
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts]
    for text, box in boxes:
        assert min(box.x0, box.y0) >= -1, text
        assert box.x1 <= figure.bbox.x1 + 1, text
        assert box.y1 <= figure.bbox.y1 + 1, text
    # The box of a slanted text is no sign that it touches its neighbor.
    upright = [one for one, text in zip(boxes, texts, strict=True) if text.get_rotation() % 90 == 0]
    for number, (text, box) in enumerate(upright):
        for other, there in upright[:number]:
            across = min(box.x1, there.x1) - max(box.x0, there.x0)
            up = min(box.y1, there.y1) - max(box.y0, there.y0)
            assert min(across, up) <= 1, f"{text!r} overlaps {other!r}"


LONG = "2s-S-STGCN-c without gate, partition uniform, center thorax"
STYLES = ("active", "elderly", "exhausted", "feminine", "masculine", "normal", "youthful")


@pytest.mark.parametrize(
    ("layout", "num_heads"), [(UPPER10, 4), (MPI23, 6), (COCO133, 1)], ids=["4", "6", "1"]
)
def test_attention_can_be_read(
    layout: JointLayout, num_heads: int, saved_figures: list[Figure], tmp_path: Path
) -> None:
    V = layout.num_joints
    weights = np.random.default_rng(0).dirichlet(np.ones(V), size=(num_heads, V))
    with small_letters():
        plot_attention({1: weights, 10: weights}, layout, tmp_path / "a.png")


@pytest.mark.parametrize(
    ("layout", "strategy"),
    [(UPPER10, "spatial"), (MPI23, "spatial"), (UPPER10, "distance"), (UPPER10, "uniform")],
)
def test_edge_importance_can_be_read(
    layout: JointLayout, strategy: Any, saved_figures: list[Figure], tmp_path: Path
) -> None:
    A = partition(layout, strategy).astype(np.float64)
    M = 1 + np.random.default_rng(0).normal(size=A.shape) / 10
    with small_letters():
        plot_edge_importance({1: (A, M), 5: (A, M), 10: (A, np.ones_like(M))}, layout, tmp_path)


@pytest.mark.parametrize("layout", [UPPER10, MPI23], ids=lambda layout: layout.name)
def test_example_clips_can_be_read(
    layout: JointLayout, saved_figures: list[Figure], tmp_path: Path
) -> None:
    clips = [make_clip(40 + 300 * number, name, layout) for number, name in enumerate(STYLES)]
    with small_letters():
        plot_examples({clip.label or "": clip for clip in clips}, tmp_path / "a.png")


@pytest.mark.parametrize(("num_runs", "num_epochs"), [(1, 1), (2, 2), (8, 50)])
def test_curves_and_gates_can_be_read(
    num_runs: int, num_epochs: int, saved_figures: list[Figure], tmp_path: Path
) -> None:
    columns = ("train_loss", "val_loss", "val_uar")
    log = [
        {"epoch": float(epoch)} | dict.fromkeys(columns, 1 / (1 + epoch))
        for epoch in range(num_epochs)
    ]
    names = [f"{LONG} {number}" for number in range(num_runs)]
    with small_letters():
        plot_training_curves(dict.fromkeys(names, log), tmp_path / "curves.png")
        plot_gates({name: [0.9, 1.0, 1.1] for name in names}, tmp_path / "gates.png")


@pytest.mark.parametrize("num_runs", [1, 3])
@pytest.mark.parametrize("num_classes", [2, 4, 7])
def test_confusion_matrices_can_be_read(
    num_runs: int, num_classes: int, saved_figures: list[Figure], tmp_path: Path
) -> None:
    numbers = range(num_classes)
    metrics = compute_metrics(numbers, numbers, STYLES[:num_classes], train_labels=[0])
    plot_confusions({f"{LONG} {run}": metrics for run in range(num_runs)}, tmp_path / "a.png")


def report(*words: object) -> Any:
    return CliRunner().invoke(skelgraph, ["report", *map(str, words)], catch_exceptions=False)


def test_the_report_names_metrics_protocol_settings_and_figures(
    trained_run: Path, plain_run: Path, tmp_path: Path
) -> None:
    out = tmp_path / "report"
    done = report(trained_run, plain_run, "--out", out, "--layer", 3)
    assert done.exit_code == 0, done.stderr
    assert f"written: {out / 'report.md'}" in done.stdout
    assert "left out: gates of plain: its network has none" in done.stdout
    page = (out / "report.md").read_text()
    metrics = json.loads((trained_run / "metrics.json").read_text())
    scores = [format_score(metrics[one], metrics[f"{one}_interval"]) for one in ("uar", "war")]
    assert f"| short | 8 | {' | '.join(scores)} | 50.0% |" in page
    assert "In brackets: 95 % interval, resampled over 4 recordings (short, plain)." in page
    assert "short: labels permuted within the subject reach" in page
    assert f"Protocol: {metrics['protocol']}." in page
    assert "All runs: data arm_swings" in page.replace("0", "")
    assert "| run | stream | model | epochs | parameters |" in page
    assert "| short | bone | s-stgcn | 2 |" in page
    assert "- attention of plain: its network has none" in page
    linked = [line for line in page.splitlines() if line.startswith("![")]
    for line in linked:
        assert (out / line.partition("](")[2].rstrip(")")).is_file()
    assert len(linked) == len(list((out / "figures").iterdir())) == 9
    assert page.count("\nFigure ") == 9


def test_generated_motion_is_named_in_the_report(trained_run: Path, tmp_path: Path) -> None:
    metrics = json.loads((trained_run / "metrics.json").read_text())
    for name, note in (("a", {}), ("b", {"data_note": "not recordings of people"})):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metrics.json").write_text(json.dumps({**metrics, **note}))
    done = report(tmp_path / "a", tmp_path / "b", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    page = (tmp_path / "out" / "report.md").read_text()
    assert "**Data of b: not recordings of people.**" in page


def test_runs_of_one_name_are_told_apart(trained_run: Path, tmp_path: Path) -> None:
    places = []
    for folder in ("a", "b"):
        places.append(tmp_path / folder / "run")
        places[-1].mkdir(parents=True)
        shutil.copy(trained_run / "metrics.json", places[-1])
    done = report(*places, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    page = (tmp_path / "out" / "report.md").read_text()
    assert all(f"| {place.as_posix()} | 8 |" in page for place in places)
    twice = report(places[0], places[0], "--out", tmp_path / "out")
    assert twice.exit_code == 2
    assert "one is named twice" in twice.stderr


def test_a_folder_that_is_no_run_is_one_line(tmp_path: Path) -> None:
    done = CliRunner().invoke(skelgraph, ["report", str(tmp_path), "--out", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert "expected a run directory with metrics.json" in done.stderr
