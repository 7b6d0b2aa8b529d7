"""Exported models: their probabilities are PyTorch's, in a process without PyTorch."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from skelgraph import TrainConfig, load_run, train
from skelgraph.config import Channels, Stream
from skelgraph.data import ClipMedia
from skelgraph.errors import DatasetError, RunError
from skelgraph.hub import HubReference
from skelgraph.io import read_sequence
from skelgraph.models import SSTGCN, STGCN, ResNet18, SmallSSTGCN
from skelgraph.poses import PoseSequence
from skelgraph.prediction import embed_files
from skelgraph.runs import RunDirectory, prepare_upload, write_model_folder
from skelgraph.serving import ExportedModel, SkeletonNetwork, export_model
from skelgraph.serving.export_check import LENGTHS, compare_networks, draw_recordings
from skelgraph.serving.exported import ExportedNetwork
from skelgraph.serving.graph_export import make_graph, plan_inputs, write_graph
from skelgraph.serving.graph_inputs import FEWEST_FRAMES, stack_clips
from skelgraph.serving.graph_sessions import Session, import_runtime, open_session
from skelgraph.serving.stream_graph import WHOLE_STREAMS
from skelgraph.training import count_channels

WITHOUT_TORCH = """
import json
import sys

BLOCKED = {"torch", "torch_geometric", "lightning", "torchmetrics", "sklearn", "onnx", "matplotlib"}

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Blocker())
try:
    import torch
except ImportError:
    pass
else:
    sys.exit("torch was imported")

from skelgraph.io import read_sequence
from skelgraph.serving import ExportedModel

model = ExportedModel.load(sys.argv[1], threads=1)
prediction = model.predict(read_sequence(sys.argv[2]))
packages = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
print(json.dumps({"answer": dict(prediction.probabilities), "packages": sorted(packages)}))
"""

FEW = {"channels": (8, 16), "downsampling_blocks": (1,)}
CASES: dict[str, tuple[Stream, Channels, bool, Callable[[int], nn.Module]]] = {
    "joint": ("joint", "xyz", False, lambda C: SSTGCN(C, 2, **FEW)),
    "bone with confidence": ("bone", "xyc", True, lambda C: STGCN(C, 2, channels=(8,))),
    "joint motion": ("joint-motion", "xyz", True, lambda C: SSTGCN(C, 2, **FEW, input_norm=True)),
    "bone motion": ("bone-motion", "xy", False, lambda C: ResNet18(C, 2, channels=(8, 8, 8, 8))),
    "speed": ("speed", "xyc", False, lambda C: SSTGCN(C, 2, channels=(8, 8), attention=False)),
    "posture": ("posture", "xyc", True, lambda C: STGCN(C, 2, channels=(8,))),
    "minimal filtering": (
        *("joint", "xyz", False),
        lambda C: SSTGCN(C, 2, channels=(64, 64), downsampling_blocks=(1,)),
    ),
    "posture motion": (
        *("posture-motion", "xyz", True),
        lambda C: SmallSSTGCN(C, 2, channels=8, members=2),
    ),
}


@pytest.fixture(params=CASES)
def network(request: pytest.FixtureRequest, trained_run: Path) -> SkeletonNetwork:
    """A network that has lived, of a stream, with a temperature."""
    stream, channels, mirrored, make = CASES[request.param]
    torch.manual_seed(0)
    C = count_channels(stream, channels)
    model = make(C)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    for _ in range(3):
        model(torch.randn(8, C, 32, 10))
    facts = load_run(trained_run).facts
    config = facts.config.change(stream=(stream,), average_mirrored=mirrored)
    return SkeletonNetwork(
        run=load_run(trained_run).run,
        facts=replace(facts, config=config, channels=channels),
        model=model.eval(),
        temperature=1.7,
    )


def serve(network: SkeletonNetwork, session: Session) -> ExportedNetwork:
    return ExportedNetwork(
        run=network.run,
        facts=network.facts,
        temperature=network.temperature,
        stream=network.facts.config.stream.names[0],
        inputs=plan_inputs(network),
        session=session,
    )


def test_a_graph_gives_the_probabilities_of_any_number_of_frames_with_any_gaps(
    network: SkeletonNetwork,
) -> None:
    graph = make_graph(network, plan_inputs(network))

    def call(*inputs: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return graph(*(torch.from_numpy(array) for array in inputs)).double().numpy()

    exported = serve(network, call)
    if network.facts.config.stream.names[0] in WHOLE_STREAMS:
        exported = replace(exported, whole=call)
    else:
        with pytest.raises(ValueError, match="needs to know what is there"):
            call(np.ones((2, 16, 10, 3), dtype=np.float32))
    agreement = compare_networks([network], [exported])
    assert agreement.frames == LENGTHS
    assert LENGTHS[0] == 16
    assert LENGTHS[-1] == 600
    assert agreement.largest_difference <= 1e-5
    clips = draw_recordings(network.facts, seed=1)
    assert any(np.isnan(clip.positions).any() for clip in clips)
    prepared = [exported.prepare(clip, None) for clip in clips[:4]]
    alone = [exported.score([clip])[0] for clip in prepared]
    np.testing.assert_allclose(exported.score(prepared), alone, atol=1e-5)
    other = replace(exported, session=lambda x, present: exported.session(-x, present))
    with pytest.raises(RunError, match=r"differ from PyTorch's by .* nothing was written"):
        compare_networks([network], [other])


@pytest.mark.parametrize(
    "network",
    ["joint", "bone with confidence", "bone motion", "minimal filtering"],
    indirect=True,
)
def test_a_written_graph_gives_them_too(network: SkeletonNetwork, tmp_path: Path) -> None:
    inputs = plan_inputs(network)
    file = tmp_path / "model.onnx"
    write_graph(make_graph(network, inputs), file, "onnx", inputs)
    exported = serve(network, open_session(file, "onnx", threads=1))
    assert compare_networks([network], [exported]).largest_difference <= 1e-5
    if network.facts.config.stream.names[0] in WHOLE_STREAMS:
        whole = tmp_path / "whole.onnx"
        write_graph(make_graph(network, inputs), whole, "onnx", inputs, is_whole=True)
        exported = replace(exported, whole=open_session(whole, "onnx", threads=1))
        assert compare_networks([network], [exported]).largest_difference <= 1e-5


@pytest.fixture(scope="module")
def exported(fused_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_model(fused_run, tmp_path_factory.mktemp("exported") / "sum").folder


def test_clips_shorter_than_a_graph_takes_are_padded(
    fused_run: Path, arm_swings: Path, tmp_path: Path
) -> None:
    model = ExportedModel.load(
        export_model(fused_run, tmp_path / "exported", runtime="torch").folder, threads=1
    )
    clip = read_sequence(arm_swings / "cid_fast_0.npz")
    short = replace(clip, positions=clip.positions[:9], confidence=None)
    network = model.networks[0]
    assert isinstance(network, ExportedNetwork)
    cleaned = network.prepare(short, ClipMedia())
    x, present = stack_clips([cleaned], "posture-motion", network.inputs, with_confidence=False)
    assert x.shape[3] == present.shape[2] == FEWEST_FRAMES
    assert not present[:, :, 5:].any()  # every second of 9 frames
    expected = load_run(fused_run).predict(short).probabilities
    assert model.predict(short).probabilities == pytest.approx(dict(expected), abs=1e-5)


def test_a_process_without_torch_answers(fused_run: Path, exported: Path, arm_swings: Path) -> None:
    clip = arm_swings / "cid_fast_0.npz"
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, str(exported), str(clip)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    output = json.loads(done.stdout)
    expected = load_run(fused_run).predict(read_sequence(clip)).probabilities
    assert output["answer"] == pytest.approx(dict(expected), abs=1e-4)
    assert {"numpy", "scipy", "onnxruntime", "skelgraph"} <= set(output["packages"])
    assert not {"torch", "torch_geometric", "sklearn", "networkx"} & set(output["packages"])


def test_a_folder_is_loaded_as_runs_are(fused_run: Path, exported: Path, arm_swings: Path) -> None:
    clips = [read_sequence(file) for file in sorted(arm_swings.glob("cid_*.npz"))]
    model, run = ExportedModel.load(exported), load_run(fused_run)
    assert model.classes == run.classes
    for own, predictor, expected in zip(
        model.predict_all(clips),
        load_run(exported).predict_all(clips),
        run.predict_all(clips),
        strict=True,
    ):
        assert own.prediction == predictor.prediction == expected.prediction
        assert own.probabilities == pytest.approx(dict(expected.probabilities), abs=1e-5)
        assert own.probabilities == pytest.approx(dict(predictor.probabilities), abs=1e-9)
        assert (own.name, own.label) == (expected.name, expected.label)
    assert model.predict_all([]) == []


def test_fused_scores_have_the_temperature_of_a_decision(
    exported: Path, arm_swings: Path, tmp_path: Path
) -> None:
    clip = read_sequence(arm_swings / "cid_fast_0.npz")
    before = ExportedModel.load(exported).predict(clip).probabilities
    decided = shutil.copytree(exported, tmp_path / "decided")
    (decided / "decision.json").write_text(json.dumps({"temperature": 2.0}))
    after = ExportedModel.load(decided).predict(clip).probabilities
    ratio = np.sqrt(before["fast"] / before["slow"])
    assert after["fast"] / after["slow"] == pytest.approx(ratio)
    (decided / "decision.json").write_text("{}")
    with pytest.raises(RunError, match=r"decision\.json: expected a part of an exported model"):
        ExportedModel.load(decided)


def test_clips_in_which_nothing_is_missing_take_a_graph_without_a_mask(
    exported: Path, arm_swings: Path
) -> None:
    (network, _) = ExportedModel.load(exported).networks
    assert isinstance(network, ExportedNetwork)
    assert network.whole is not None
    used = []

    def watch(*inputs: np.ndarray) -> np.ndarray:
        used.append(len(inputs))
        return (network.whole if len(inputs) == 1 else network.session)(*inputs)

    watched = replace(network, session=watch, whole=watch)
    masked = replace(network, whole=None)
    clip = read_sequence(arm_swings / "cid_fast_0.npz")
    whole, gappy = (network.prepare(one, None) for one in (clip, hide_joint(clip)))
    short = whole[: whole.num_frames - 10]
    for clips in ([whole], [whole, whole], [whole, short], [gappy]):
        np.testing.assert_allclose(watched.score(clips), masked.score(clips), atol=1e-5)
    assert used == [1, 1, 2, 2]


def hide_joint(clip: PoseSequence) -> PoseSequence:
    positions = clip.positions.copy()
    positions[:, -1] = np.nan
    return replace(clip, positions=positions)


def test_its_file_describes_what_is_done_before_the_graph(exported: Path) -> None:
    contents = json.loads((exported / "exported.json").read_text())
    network, ridge = contents["parts"]
    assert contents["runtime"] == "onnx"
    assert contents["classes"] == ["fast", "slow"]
    assert network["inputs"]["kind"] == "channels"
    assert network["inputs"]["views"] == [False, True]
    assert len(network["inputs"]["joints"]) == 10
    assert network["preprocessing"]["fps"] == 30
    assert ridge["inputs"] is None
    assert (network["whole"], ridge["whole"]) == ("model-whole.onnx", None)
    assert contents["agreement"]["largest_difference"] <= 1e-4
    assert (exported / network["run"] / network["file"]).is_file()
    assert (exported / ridge["run"] / ridge["file"]).is_file()
    assert not list(exported.rglob("*.ckpt"))
    assert not list(exported.rglob("split.csv"))


def test_what_needs_weights_refuses_an_exported_model(exported: Path, tmp_path: Path) -> None:
    run, name = RunDirectory(path=exported), HubReference(repository="ann/swings")
    config = TrainConfig.of(init_from=str(exported), out=tmp_path / "run")
    for attempt in (
        lambda: export_model(exported, tmp_path / "again"),
        lambda: write_model_folder(run, tmp_path / "model"),
        lambda: prepare_upload(run, tmp_path / "upload", name),
        lambda: embed_files(load_run(exported), []),
        lambda: train(config),
    ):
        with pytest.raises(RunError, match=r"is an exported model, which has graphs in place of"):
            attempt()
    assert not list(tmp_path.iterdir())


def test_a_clip_that_does_not_fit_is_named(exported: Path) -> None:
    model = ExportedModel.load(exported)
    flat = PoseSequence(
        positions=np.ones((20, 10, 2)), layout="upper10", fps=30.0, unit="px", name="flat.npz"
    )
    with pytest.raises(DatasetError, match=r"flat\.npz: expected positions in 3D"):
        model.predict(flat)
    with pytest.raises(RunError, match="no network of PyTorch"):
        _ = model.networks[0].model


def test_damaged_folders_are_named(
    exported: Path, trained_run: Path, arm_swings: Path, tmp_path: Path
) -> None:
    with pytest.raises(RunError, match=r"has no exported\.json; `skelgraph export"):
        ExportedModel.load(trained_run)
    folder = shutil.copytree(exported, tmp_path / "damaged")
    graph = next(folder.rglob("model.onnx"))
    whole = graph.with_name("model-whole.onnx")
    whole.write_bytes(b"no graph")
    model = ExportedModel.load(folder)
    with pytest.raises(RunError, match=r"model-whole\.onnx: expected a graph of onnx"):
        model.predict(read_sequence(arm_swings / "cid_fast_0.npz"))
    for file in (graph, whole):
        contents = file.read_bytes()
        file.unlink()
        with pytest.raises(RunError, match=rf"{file.name}: expected the graph"):
            ExportedModel.load(folder)
        file.write_bytes(contents)
    ridge = next(folder.rglob("features.safetensors"))
    ridge.write_bytes(b"no ridge")
    with pytest.raises(RunError, match=r"features\.safetensors: expected a part"):
        ExportedModel.load(folder)
    ridge.unlink()
    with pytest.raises(RunError, match=r"features\.safetensors: expected the ridge"):
        ExportedModel.load(folder)
    (folder / "exported.json").write_text('{"runtime": "other"}')
    with pytest.raises(RunError, match=r"exported\.json: expected an exported model"):
        ExportedModel.load(folder)


def test_a_missing_runtime_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(RunError, match=r"onnxruntime, .* pip install 'skelgraph\[export\]'"):
        import_runtime("onnx")


def test_an_export_that_fails_leaves_nothing(
    trained_run: Path, sern_run: Path, tmp_path: Path
) -> None:
    with pytest.raises(RunError, match="audio or text cannot be exported"):
        export_model(sern_run, tmp_path / "sern")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(RunError, match="expected a new or empty folder"):
        export_model(trained_run, tmp_path / "full")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["full"]
