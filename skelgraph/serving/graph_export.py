"""Export of trained models to other runtimes."""

import logging
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import torch
from torch import Tensor, nn
from torch.export import Dim

from skelgraph._version import __version__
from skelgraph.config import Runtime
from skelgraph.errors import RunError
from skelgraph.nn import filter_frames
from skelgraph.runs import RunDirectory, find_run
from skelgraph.serving.export_check import compare_networks
from skelgraph.serving.export_file import (
    GRAPH_FILES,
    WHOLE_FILES,
    Agreement,
    ExportedPart,
    ExportFile,
    GraphInputs,
)
from skelgraph.serving.exported import ExportedModel
from skelgraph.serving.graph_inputs import FEWEST_FRAMES, POSTURE_STREAMS
from skelgraph.serving.graph_sessions import import_runtime
from skelgraph.serving.predictor import Predictor
from skelgraph.serving.run_loader import load_run
from skelgraph.serving.served_networks import ServedNetwork, SkeletonNetwork
from skelgraph.serving.stream_graph import WHOLE_STREAMS, ClipGraph, StreamGraph
from skelgraph.training import list_views

_KEPT_FILES = (
    "config.json",
    "metrics.json",
    "calibration.json",
    "decision.json",
    "decision.safetensors",
    "card.json",
    "README.md",
)
"""Files of a run or model folder that go along with its graphs."""

_FEATURES_FILE = "features.safetensors"
_ATTENTION_OPSET = 23  # the first with attention as one operator
_EXAMPLE = (3, 64)  # clips and frames


@dataclass(frozen=True, kw_only=True)
class ExportedFolder:
    """A written export: its folder, its files, and how far its probabilities are from PyTorch's."""

    folder: Path
    files: tuple[Path, ...]
    agreement: Agreement


def export_model(
    reference: Path | str, folder: Path, *, runtime: Runtime = "onnx"
) -> ExportedFolder:
    """Write a trained run or model as graphs of another runtime, and compare both.

    A graph takes any number of clips and frames, and which joints are there; beside it, in onnx and
    openvino, is a faster one for clips in which nothing is missing. It contains what is
    done to cleaned positions (the root's place, mirrored views, streams but those of posture) and
    to logits (softmax, mean of the views, temperature). ``exported.json`` describes the rest, which
    :class:`skelgraph.serving.ExportedModel` does without PyTorch.

    Args:
        reference: A run directory or model folder, or the name of a model.
        folder: Folder to write; it must be new or empty.
        runtime: What is to compute the graphs.

    Raises:
        RunError: If the folder is not empty, the model cannot be exported, packages are missing, or
            the probabilities differ by more than 1e-4; nothing is written then.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(f"{folder}: expected a new or empty folder to export to")
    run = find_run(reference)
    run.check_has_weights()
    check_packages(runtime)
    predictor = load_run(run.path, device="cpu", for_inference=False)
    for network in predictor.networks:
        check_can_be_exported(network)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".export-") as partial:
        place = Path(partial) / "model"
        contents = _write_parts(predictor, place, runtime)
        contents.write(place)
        agreement = compare_networks(predictor.networks, ExportedModel.load(place).networks)
        msgspec.structs.replace(contents, agreement=agreement).write(place)
        if folder.is_dir():
            folder.rmdir()
        place.rename(folder)
    files = tuple(sorted(file for file in folder.rglob("*") if file.is_file()))
    return ExportedFolder(folder=folder, files=files, agreement=agreement)


def check_packages(runtime: Runtime) -> None:
    """Check that what writes and computes the graphs of a runtime is installed.

    Raises:
        RunError: If a package is missing.
    """
    if runtime == "torch":
        return
    import_runtime(runtime)
    try:
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise RunError(
            "graphs are written with onnxscript, which is not installed; "
            f"pip install 'skelgraph[{'openvino' if runtime == 'openvino' else 'export'}]'"
        ) from error


def check_can_be_exported(network: ServedNetwork) -> None:
    """Check that a graph can contain all that is done to the clips of a network.

    Raises:
        RunError: If it cannot.
    """
    facts, where = network.facts, network.run.path
    encoding = facts.config.stream
    problems = {
        "a network of audio or text": network.modalities != ("skeleton",),
        "a network of unlike skeletons (--layout mixed)": facts.is_mixed,
        "scrambled axes": encoding.axes == "scrambled",
        "a fixed number of frames (--frames)": encoding.frames is not None,
        "several persons of a clip (--persons)": facts.config.data.persons > 1,
        "a transform of your own": facts.transform is not None,
        "the clips' own frame rates": facts.preprocessing.fps is None,
    }
    for problem, is_there in problems.items():
        if is_there:
            raise RunError(f"{where}: a run with {problem} cannot be exported")


def _write_parts(predictor: Predictor, folder: Path, runtime: Runtime) -> ExportFile:
    root = predictor.run.path
    _copy_facts(predictor.run, folder)
    parts = []
    for network in predictor.networks:
        is_root = network.run.path == root
        name = "." if is_root else f"streams/{network.run.path.name}"
        if not is_root:
            _copy_facts(network.run, folder / name)
        parts.append(_write_part(network, folder, name, runtime))
    return ExportFile(
        skelgraph=__version__, runtime=runtime, classes=predictor.classes, parts=tuple(parts)
    )


def _copy_facts(run: RunDirectory, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in _KEPT_FILES:
        if (run.path / name).is_file():
            shutil.copyfile(run.path / name, folder / name)


def _write_part(network: ServedNetwork, folder: Path, name: str, runtime: Runtime) -> ExportedPart:
    facts = network.facts
    (stream,) = facts.config.stream.names
    file, inputs, whole = _FEATURES_FILE, None, None
    if isinstance(network, SkeletonNetwork):
        file, inputs = GRAPH_FILES[runtime], plan_inputs(network)
        graph = make_graph(network, inputs)
        write_graph(graph, folder / name / file, runtime, inputs)
        whole = WHOLE_FILES.get(runtime) if stream in WHOLE_STREAMS else None
        if whole is not None:
            write_graph(graph, folder / name / whole, runtime, inputs, is_whole=True)
    else:
        shutil.copyfile(network.run.features_file, folder / name / file)
    return ExportedPart(
        run=name,
        file=file,
        stream=stream,
        inputs=inputs,
        preprocessing=facts.preprocessing.to_dict(),
        whole=whole,
    )


def plan_inputs(network: SkeletonNetwork) -> GraphInputs:
    """Return what the graph of a network takes."""
    facts = network.facts
    (stream,) = facts.config.stream.names
    assert facts.preprocessing.fps is not None
    return GraphInputs(
        kind="channels" if stream in POSTURE_STREAMS else "positions",
        channels=facts.channels,
        joints=facts.layout.joints,
        fps=facts.preprocessing.fps,
        views=list_views(facts.config.resolve_recipe(), [facts.layout]),
    )


def make_graph(network: SkeletonNetwork, inputs: GraphInputs) -> nn.Module:
    """Return a network with what comes before and after it."""
    facts = network.facts
    (stream,) = facts.config.stream.names
    graph = ClipGraph(network.model, network.temperature)
    if inputs.kind == "channels":
        return graph.eval()
    return StreamGraph(
        graph,
        stream=stream,
        layout=facts.layout,
        channels=facts.channels,
        fps=inputs.fps,
        views=inputs.views,
        center=facts.preprocessing.center,
    ).eval()


def write_graph(
    graph: nn.Module,
    file: Path,
    runtime: Runtime,
    inputs: GraphInputs,
    *,
    is_whole: bool = False,
) -> None:
    """Write a graph for any number of clips, and of frames from :data:`FEWEST_FRAMES`.

    Args:
        graph: The network with what comes before and after it.
        file: File to write.
        runtime: What is to compute it.
        inputs: What it takes.
        is_whole: Whether nothing is missing from its clips; then it takes the first input alone.
    """
    if runtime != "torch":
        filter_frames(graph)
    num_inputs = 1 if is_whole else 2
    example = _draw_example(graph, inputs)[:num_inputs]
    clips, frames = Dim("clips", min=1, max=65536), Dim("frames", min=FEWEST_FRAMES, max=1 << 20)
    axes = (1, 1) if inputs.kind == "positions" else (3, 2)
    shapes: Any = tuple({0: clips, axis: frames} for axis in axes[:num_inputs])
    with export_quietly(), torch.no_grad():
        program = torch.export.export(
            graph,
            example,
            dynamic_shapes=shapes,
            prefer_deferred_runtime_asserts_over_guards=True,  # a stride's sizes are not compared
        )
        if runtime == "torch":
            torch.export.save(program, file)
            return
        names = [inputs.kind, "present"][:num_inputs]
        onnx_program = torch.onnx.export(
            program,
            dynamo=True,
            verbose=False,
            opset_version=_ATTENTION_OPSET if is_whole else None,
            input_names=names,
            output_names=["probabilities"],
        )
        assert onnx_program is not None
        onnx_file = file if runtime == "onnx" else file.with_suffix(".onnx")
        onnx_program.save(onnx_file)
    if runtime == "openvino":
        openvino = import_runtime("openvino")
        openvino.save_model(openvino.Core().read_model(onnx_file), file, compress_to_fp16=False)
        onnx_file.unlink()


def _draw_example(graph: nn.Module, inputs: GraphInputs) -> tuple[Tensor, Tensor]:
    (N, T), V = _EXAMPLE, len(inputs.joints)
    if inputs.kind == "positions":
        present = torch.ones(N, T, V, dtype=torch.bool)
        return torch.randn(N, T, V, len(inputs.channels)), present
    W = len(inputs.views)
    C = int(graph.in_channels)  # type: ignore[arg-type]
    return torch.randn(N, W, C, T, V), torch.ones(N, W, T, V, dtype=torch.bool)


@contextmanager
def export_quietly() -> Iterator[None]:
    """Keep what torch's exporters say of their own internals away from the user."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
