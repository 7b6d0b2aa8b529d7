"""Exported steps: their probabilities are PyTorch's, in a process without PyTorch."""

import json
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from skelgraph_cli.command import skelgraph
from torch import Tensor, nn

from skelgraph import TrainConfig, train
from skelgraph.errors import RunError
from skelgraph.io import write_npz
from skelgraph.layouts import UPPER10, rest_pose
from skelgraph.models import SSTGCN, SpatialTemporalNetwork
from skelgraph.nn import TemporalPooling
from skelgraph.poses import PoseSequence
from skelgraph.streaming import (
    ExportedStep,
    LiveFrame,
    LiveModel,
    LivePose,
    StepGraph,
    StepNetwork,
    export_step,
    write_step_graph,
)
from skelgraph.streaming.exported_step import STEP_FILE
from skelgraph.streaming.step_export import compare_steps

pytest.importorskip("onnxruntime")

BLOCK_TORCH = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "torch_geometric", "onnx", "onnxscript", "sklearn"):
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Blocker())
"""

NETWORKS = {
    "causal": lambda: SSTGCN(
        3, 3, channels=(4, 8, 8), downsampling_blocks=(1, 2), temporal="causal"
    ),
    "valid": lambda: SSTGCN(
        3, 3, channels=(4, 8), kernel_size=3, downsampling_blocks=(0,), temporal="valid"
    ),
}


def make_network(name: str) -> SpatialTemporalNetwork:
    torch.manual_seed(0)
    network = NETWORKS[name]()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
        for _ in range(3):
            network.train()(torch.randn(8, 3, 40, 10))
    return network.eval()


def write(graph: StepGraph, folder: Path) -> ExportedStep:
    """A folder of one graph, without a run."""
    facts = {
        "classes": ["a", "b", "c"],
        "people": graph.shape[0],
        "stride": graph.step.stride,
        "first_frames": graph.first_frames,
        "delay_frames": graph.step.delay_frames,
        "warmup_frames": graph.step.warmup_frames,
        "fps": 30.0,
        "temperature": 1.0,
        "fusion": None,
        "parts": [{"stream": "joint", **write_step_graph(graph, folder, "")}],
    }
    (folder / STEP_FILE).write_text(json.dumps(facts))
    return ExportedStep.load(folder)


@pytest.mark.parametrize(
    ("name", "pooling", "views"),
    [
        ("causal", TemporalPooling(), 2),
        ("valid", TemporalPooling("exponential", 2.5), 1),
    ],
)
def test_600_frames_give_the_probabilities_of_the_network(
    name: str, pooling: TemporalPooling, views: int, tmp_path: Path
) -> None:
    network = make_network(name)
    graph = StepGraph(StepNetwork(network, pooling), 2, views, 1.5).eval()
    model = write(graph, tmp_path)
    assert compare_steps([graph], model).largest_difference < 1e-5
    x = torch.randn(2, views, 3, 600, 10)
    present = torch.rand(2, views, 600, 10) > 0.1
    state, answers = model.init_state(), []
    bounds = [0, *range(model.first_frames, 601, model.stride)]
    for chunk in (slice(*pair) for pair in pairwise(bounds)):
        frames = (x * present.unsqueeze(2))[..., chunk, :].numpy()
        state, probabilities, valid = model.step(state, [frames], [present[..., chunk, :].numpy()])
        assert valid.all() == valid.any() == (chunk.stop >= model.warmup_frames)
        answers.append(probabilities)
    outputs = (bounds[-1] - model.warmup_frames) // model.stride + 1
    expected = compute_clip(network, pooling, x.flatten(0, 1), present.flatten(0, 1), outputs)
    mean = expected.softmax(dim=1).view(2, views, 3).mean(dim=1)
    tempered = (mean.log() / 1.5).softmax(dim=1).numpy()
    if views == 1:
        tempered = (expected / 1.5).softmax(dim=1).numpy()
    np.testing.assert_allclose(answers[-1], tempered, atol=1e-4)


def compute_clip(
    network: SpatialTemporalNetwork,
    pooling: TemporalPooling,
    x: Tensor,
    mask: Tensor,
    outputs: int,
) -> Tensor:
    """Logits of the network itself, of the first outputs alone."""

    class Pool(nn.Module):
        def forward(self, x: Tensor, mask: Tensor) -> Tensor:
            return pooling(x[:, :, :outputs], mask[:, :outputs])

    network.pooling = Pool()  # type: ignore[assignment]
    with torch.no_grad():
        return network(x, mask)


def test_people_come_and_go(tmp_path: Path) -> None:
    graph = StepGraph(StepNetwork(make_network("causal")), 2, 1, 1.0).eval()
    model = write(graph, tmp_path)
    chunks = np.random.default_rng(0).normal(size=(9, 2, 1, 3, 4, 10)).astype(np.float32)
    present = np.ones((9, 2, 1, 4, 10), dtype=bool)
    present[5, 1, :, :-1] = False  # the newcomer's first frame completes an output
    chunks[5, 1, :, :, :-1] = 0
    state = model.init_state()
    for chunk in chunks[:5]:
        state, *_ = model.step(state, [chunk])
    kept = {name: array.copy() for name, array in state[0].items()}
    state = model.reset(state, 1)
    alone = model.init_state()
    assert model.first_frames == 1
    for chunk, mask in zip(chunks[5:], present[5:], strict=True):
        state, probabilities, valid = model.step(state, [chunk], [mask])
        alone, expected, _ = model.step(alone, [chunk], [mask])
        assert valid.all()
    np.testing.assert_allclose(probabilities[1], expected[1], atol=1e-6)
    assert abs(probabilities[0] - expected[0]).max() > 1e-5
    assert any(not np.array_equal(state[0][name], array) for name, array in kept.items())
    with pytest.raises(ValueError, match=r"of \(2, 1, 3, 4, 10\) for the stream joint, but got"):
        model.step(state, [chunks[0][:1]])


@pytest.fixture(scope="module")
def step_folder(trained_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("steps") / "bone"
    words = ["export", str(trained_run), "--step", "--pooling", "window", "--out", str(folder)]
    done = CliRunner().invoke(skelgraph, words)
    assert done.exit_code == 0, done.output
    assert f"written: {folder}; a step takes 4 frames, its answer comes 2.53 s late" in done.stdout
    assert "over 600 frames, whole and with missing joints" in done.stdout
    return folder


def test_the_example_gives_the_answers_of_the_run_without_torch(
    step_folder: Path, trained_run: Path, tmp_path: Path
) -> None:
    generator = np.random.default_rng(0)
    time = np.arange(600)[:, None, None] / 30
    swing = 0.1 * np.sin(generator.uniform(1, 6, (10, 3)) * time)
    pose = np.append(rest_pose(UPPER10), np.zeros((10, 1)), axis=1)
    clip = PoseSequence(positions=pose + swing, layout=UPPER10, fps=30.0, unit="m")
    write_npz(tmp_path / "walk.npz", clip)
    page = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    (example,) = (part for part in page.split("```py\n") if "ExportedStep.load" in part)
    program = BLOCK_TORCH + example.partition("```")[0]
    for name, path in {"my_run-step": step_folder, "walk.npz": tmp_path / "walk.npz"}.items():
        program = program.replace(name, str(path))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == (600 - 77) // 4 + 1
    model = LiveModel.load(trained_run, unit="m", pooling="window", memory_s=4.0)
    answers = [
        answer
        for number, positions in enumerate(clip.positions)
        for answer in model.push(LiveFrame(number / 30, {"one": LivePose(positions)}))
    ]
    for line, answer in zip(lines, answers, strict=True):
        assert line.startswith(f"{answer.time_s + model.delay_s:.2f} s: ")
        assert abs(float(line.rpartition(" ")[2]) - max(answer.probabilities)) < 2e-3


def test_a_stream_that_looks_ahead_is_late_too(arm_swings: Path, tmp_path: Path) -> None:
    config = TrainConfig.of(
        data=arm_swings,
        out=tmp_path / "run",
        stream="joint-motion",
        model="st-gcn-small",
        temporal="causal",
        test_subjects=("cid",),
        epochs=1,
    )
    exported = export_step(train(config).run.path, tmp_path / "step")
    assert exported.delay_s == pytest.approx(1 / 30)


def test_streams_are_fused(arm_swings: Path, tmp_path: Path) -> None:
    config = TrainConfig.of(
        data=arm_swings,
        out=tmp_path / "run",
        stream=("joint", "bone"),
        model="s-stgcn-small",
        temporal="causal",
        epochs=1,
        test_subjects=("cid",),
    )
    run = train(config).run.path
    export = export_step(run, tmp_path / "steps", people=2)
    model = ExportedStep.load(export.folder)
    assert [part.stream for part in model.parts] == ["joint", "bone"]
    assert (model.people, model.stride, model.delay_frames) == (2, 2, 0)
    frames = [np.zeros(part.shape, dtype=np.float32) for part in model.parts]
    state, fused, valid = model.step(model.init_state(), frames)
    present = np.ones((2, 2, 2, 10), dtype=bool)[:, : model.parts[0].shape[1]]
    scores = [
        part.session.run(None, {"channels": x, "present": present, **own})
        for part, x, own in zip(model.parts, frames, model.init_state(), strict=True)
    ]
    weights = np.asarray(model.fusion.weights) / sum(model.fusion.weights)
    expected = sum(w * score[0] for w, score in zip(weights, scores, strict=True))
    np.testing.assert_allclose(fused, expected, atol=1e-6)
    assert valid.all()
    assert len(state) == 2


def test_what_cannot_step_is_one_line(step_folder: Path, trained_run: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="expected an S-STGCN or ST-GCN, which can step"):
        export_step("emotion4", tmp_path / "out")
    with pytest.raises(RunError, match="expected a new or empty folder"):
        export_step(trained_run, step_folder)
    with pytest.raises(RunError, match=r"has no step\.json; `skelgraph export RUN --step"):
        ExportedStep.load(tmp_path)
    damaged = tmp_path / "damaged"
    shutil.copytree(step_folder, damaged)
    (damaged / "step.onnx").write_bytes(b"no graph")
    with pytest.raises(RunError, match=r"step\.onnx: expected a graph of onnxruntime, but got"):
        ExportedStep.load(damaged)
    shutil.copy(step_folder / "step.onnx", damaged)
    whole = (step_folder / "initial.npz").read_bytes()
    for part in (b"", whole[:9], whole[: len(whole) // 2]):
        (damaged / "initial.npz").write_bytes(part)
        with pytest.raises(RunError, match=r"step\.json: expected exported steps, but a file is"):
            ExportedStep.load(damaged)
    (damaged / "step.json").write_text("{}")
    with pytest.raises(RunError, match=r"step\.json: expected exported steps, but a file is"):
        ExportedStep.load(damaged)
    for words, line in {
        ("--step", "--format", "torch"): "steps are written for onnx alone, not for torch",
        ("--people", "3"): "belong to steps; pass --step, too",
    }.items():
        done = CliRunner().invoke(
            skelgraph, ["export", str(trained_run), *words, "--out", str(tmp_path / "no")]
        )
        assert done.exit_code == 1
        assert line in done.stderr
