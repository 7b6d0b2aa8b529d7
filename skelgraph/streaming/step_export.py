"""Export of trained models as steps that onnxruntime computes."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from skelgraph._version import __version__
from skelgraph.config import PoolingKind
from skelgraph.errors import RunError
from skelgraph.models import SpatialTemporalNetwork
from skelgraph.movement import find_motion_step
from skelgraph.nn import TemporalPooling
from skelgraph.serving import (
    LARGEST_DIFFERENCE,
    Agreement,
    Predictor,
    ServedNetwork,
    SkeletonNetwork,
    average_views,
    check_can_be_exported,
    check_packages,
    load_run,
)
from skelgraph.streaming.exported_step import STEP_FILE, ExportedStep
from skelgraph.streaming.step_graph import StepGraph, write_step_graph
from skelgraph.streaming.step_network import StepNetwork
from skelgraph.training import list_views

_COMPARED_FRAMES = 600


@dataclass(frozen=True, kw_only=True)
class ExportedStepFolder:
    """Written steps: their folder, their files, and how far they are from PyTorch.

    ``delay_s`` is the time from the frame that an answer is about to the last frame, by the network
    and by streams that look ahead; a filter's lag comes on top.
    """

    folder: Path
    files: tuple[Path, ...]
    agreement: Agreement
    stride: int
    delay_s: float


def export_step(
    reference: Path | str,
    folder: Path,
    *,
    people: int = 1,
    pooling: PoolingKind = "mean",
    memory_s: float = 4.0,
) -> ExportedStepFolder:
    """Write a trained run or model as steps for onnxruntime, and compare both over 600 frames.

    A graph takes the state, the channels of the stream in the next ``stride`` frames, and which
    joints are there; it returns probabilities, whether they are any, and the state.
    :class:`skelgraph.streaming.ExportedStep` runs it without PyTorch.

    Args:
        reference: A run directory or model folder, or the name of a model.
        folder: Folder to write; it must be new or empty.
        people: Number of people whose frames go through together.
        pooling: What an answer is about: everything so far, the last seconds, or fading with a
            half-life.
        memory_s: Length of that window or half-life in seconds.

    Raises:
        RunError: If the folder is not empty, the model cannot step, packages are missing, or the
            probabilities differ by more than 1e-4; nothing is written then.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(f"{folder}: expected a new or empty folder to export to")
    check_packages("onnx")
    predictor = load_run(reference, device="cpu", for_inference=False)
    graphs = [_make_graph(network, people, pooling, memory_s) for network in predictor.networks]
    rates = {
        (graph.step.stride, _find_fps(network))
        for graph, network in zip(graphs, predictor.networks, strict=True)
    }
    if len(rates) > 1:
        raise RunError(
            f"{predictor.run.path}: expected streams of one stride and frame rate, but they differ"
        )
    ((stride, fps),) = rates
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".export-") as partial:
        place = Path(partial) / "model"
        place.mkdir()
        facts = _write_graphs(predictor, graphs, place, fps)
        exported = ExportedStep.load(place)
        agreement = compare_steps(graphs, exported)
        facts["agreement"] = {
            "frames": _COMPARED_FRAMES,
            "largest_difference": agreement.largest_difference,
        }
        _write_facts(place, facts)
        if folder.is_dir():
            folder.rmdir()
        place.rename(folder)
    files = tuple(sorted(file for file in folder.iterdir() if file.is_file()))
    streams = [part.make_stream() for part in exported.parts]
    delay_s = max(
        graph.step.delay_frames / fps + stream.delay_frames / stream.input_fps
        for graph, stream in zip(graphs, streams, strict=True)
    )
    return ExportedStepFolder(
        folder=folder, files=files, agreement=agreement, stride=stride, delay_s=delay_s
    )


def compare_steps(
    graphs: Sequence[StepGraph], exported: ExportedStep, *, seed: int = 0
) -> Agreement:
    """Compare the probabilities of each stream over 600 frames, some of them with missing joints.

    Raises:
        RunError: If they differ by more than 1e-4.
    """
    generator = torch.Generator().manual_seed(seed)
    largest = 0.0
    for graph, part in zip(graphs, exported.parts, strict=True):
        N, W = graph.shape[:2]
        state, arrays = graph.step.init_state(N * W), dict(part.initial)
        for number in range(_COMPARED_FRAMES // graph.step.stride):
            frames = torch.randn(graph.shape, generator=generator)
            present = torch.rand(graph.mask_shape, generator=generator) >= 0.2 * (number % 3)
            if number == 0:
                present[:, :, : -graph.first_frames] = False
            frames = frames * present.unsqueeze(2)
            taken = slice(-graph.first_frames if number == 0 else None, None)
            x, mask = frames[..., taken, :].flatten(0, 1), present[..., taken, :].flatten(0, 1)
            state, logits = graph.step.advance(state, x, mask)
            inputs = {"channels": frames.numpy(), "present": present.numpy(), **arrays}
            probabilities, valid, *after = part.session.run(None, inputs)
            arrays = dict(zip(part.initial, after, strict=True))
            if bool(valid.all()) != bool(logits.size(1)):
                raise RunError("the exported steps answer at other frames than PyTorch")
            if logits.size(1):
                expected = average_views(logits[:, -1], W, graph.temperature).numpy()
                largest = max(largest, float(np.abs(probabilities - expected).max()))
    if not largest <= LARGEST_DIFFERENCE:
        raise RunError(
            f"the exported probabilities differ from PyTorch's by {largest:.1e}, more than "
            f"{LARGEST_DIFFERENCE:.0e}: nothing was written"
        )
    return Agreement(frames=(_COMPARED_FRAMES,), largest_difference=largest)


def _make_graph(
    network: ServedNetwork, people: int, pooling: PoolingKind, memory_s: float
) -> StepGraph:
    if not isinstance(network, SkeletonNetwork) or not isinstance(
        network.model, SpatialTemporalNetwork
    ):
        raise RunError(
            f"{network.run.path}: expected an S-STGCN or ST-GCN, which can step from frame to "
            f"frame; a model of several parts can be exported part by part, from its folder streams"
        )
    check_can_be_exported(network)
    frames = memory_s * _find_fps(network) / network.model.temporal_geometry.stride
    if pooling == "window":
        frames = max(round(frames), 1)
    kind = TemporalPooling(pooling, None if pooling == "mean" else frames)
    try:
        step = StepNetwork(network.model, kind)
    except ValueError as error:
        raise RunError(f"{network.run.path}: {error}") from error
    facts = network.facts
    views = list_views(facts.config.resolve_recipe(), [facts.layout])
    return StepGraph(step, people, len(views), network.temperature).eval()


def _find_fps(network: ServedNetwork) -> float:
    """Return the frames per second of a network's stream."""
    fps = network.facts.preprocessing.fps
    if fps is None:
        raise RunError(f"{network.run.path}: a run with the clips' own frame rates cannot step")
    (stream,) = network.facts.config.stream.names
    return fps / find_motion_step(fps) if stream == "posture-motion" else fps


def _write_graphs(
    predictor: Predictor, graphs: Sequence[StepGraph], folder: Path, fps: float
) -> dict[str, Any]:
    """Write all graphs and their initial states; return what ``step.json`` says of them."""
    parts = []
    for number, (graph, network) in enumerate(zip(graphs, predictor.networks, strict=True)):
        suffix = "" if len(graphs) == 1 else f"-{number}"
        part = write_step_graph(graph, folder, suffix)
        facts = network.facts
        (stream,) = facts.config.stream.names
        parts.append(
            {
                "stream": stream,
                **part,
                "mirrored": list_views(facts.config.resolve_recipe(), [facts.layout]),
                "joint_identity": facts.config.stream.joint_identity,
                "channels": facts.channels,
                "layout": facts.layout.to_dict(),
                "preprocessing": facts.preprocessing.to_dict(),
            }
        )
    first = graphs[0]
    contents = {
        "skelgraph": __version__,
        "classes": predictor.classes,
        "people": first.shape[0],
        "stride": first.step.stride,
        "first_frames": first.first_frames,
        "delay_frames": max(graph.step.delay_frames for graph in graphs),
        "warmup_frames": max(graph.step.warmup_frames for graph in graphs),
        "fps": fps,
        "temperature": 1.0 if predictor.decision is None else predictor.decision.rule.temperature,
        "fusion": None if predictor.fusion is None else predictor.fusion.to_dict(),
        "parts": parts,
    }
    _write_facts(folder, contents)
    return contents


def _write_facts(folder: Path, facts: dict[str, Any]) -> None:
    (folder / STEP_FILE).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
