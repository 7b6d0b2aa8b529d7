"""A step of a network as a graph for onnxruntime."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from skelgraph.serving import average_views, export_quietly
from skelgraph.streaming.step_network import StepNetwork
from skelgraph.streaming.step_state import StepState


class StepGraph(nn.Module):
    """A step of as many frames as the network's stride, with fixed shapes and without branches.

    Each call yields one output frame, which its last frame completes: so the first call has
    ``first_frames`` frames alone, behind some in which nobody is. The tensors of the state are
    taken and returned in the order of :meth:`StepState.list_tensors`, but for those that are empty
    or that no graph needs.

    Args:
        step: The network.
        num_people: Number of people N.
        num_views: Views of each, whose probabilities are averaged.
        temperature: Temperature of its softmax.

    Shape:
        - channels ``(N, W, C, S, V)``, present ``(N, W, S, V)``
        - output ``(N, num_classes)`` probabilities, and whether they are any, ``(N,)``
    """

    def __init__(
        self, step: StepNetwork, num_people: int, num_views: int, temperature: float
    ) -> None:
        super().__init__()
        self.step = step
        self.temperature = temperature
        self.shape = (num_people, num_views, step.in_channels, step.stride, step.num_joints)
        self.mask_shape = (num_people, num_views, step.stride, step.num_joints)
        lead = -step.warmup_frames % step.stride
        self.first_frames = step.stride - lead
        self.first = step.stride * (step.receptive_field // step.stride + 2) - lead
        start = step.init_state(num_people * num_views)
        self.initial = {
            name: tensor
            for name, tensor in start.to_tensors().items()
            if tensor.numel() and name not in ("whole", "waiting", "waiting_mask")
        }

    def forward(self, channels: Tensor, present: Tensor, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Return probabilities, whether they are any, and the tensors of the state."""
        N, W = channels.shape[:2]
        named = self.step.init_state(N * W).to_tensors()
        named |= dict(zip(self.initial, tensors, strict=True))
        state, logits, output = self.step.advance_from(
            StepState.from_tensors(named), channels.flatten(0, 1), present.flatten(0, 1), self.first
        )
        fewest = self.first + self.step.stride - self.first_frames - output * self.step.stride
        valid = named["frames"].view(N, W)[:, 0] >= fewest  # frames before those of this call
        after = state.to_tensors()
        probabilities = average_views(logits[:, -1], W, self.temperature)
        return probabilities, valid, *(after[name] for name in self.initial)


def write_step_graph(graph: StepGraph, folder: Path, name: str) -> dict[str, Any]:
    """Write a graph and the state before the first frame; return their names and the shape.

    Args:
        graph: The graph.
        folder: Folder of the files.
        name: What their names end in.
    """
    file, initial, tensors = f"step{name}.onnx", f"initial{name}.npz", graph.initial.values()
    example = torch.zeros(graph.shape), torch.ones(graph.mask_shape, dtype=torch.bool)
    with export_quietly(), torch.no_grad():
        program = torch.export.export(graph, (*example, *tensors))
        onnx_program = torch.onnx.export(
            program,
            dynamo=True,
            verbose=False,
            input_names=["channels", "present", *graph.initial],
            output_names=["probabilities", "valid", *(f"next.{name}" for name in graph.initial)],
        )
        cast(Any, onnx_program).save(folder / file)
    arrays = {name: tensor.numpy() for name, tensor in graph.initial.items()}
    np.savez_compressed(folder / initial, **cast(Any, arrays))
    return {"graph": file, "initial": initial, "shape": graph.shape}
