"""Networks of several streams that step together, as one step."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from skelgraph.evaluation import ConcatFusion, Fusion
from skelgraph.serving import average_views
from skelgraph.streaming.step_network import StepNetwork
from skelgraph.streaming.step_state import StepState

StepStates = tuple[StepState, ...]
"""What is remembered of people: a state for each stream, the views of a person side by side."""


class StepFusion(nn.Module):
    """The fused probabilities of several streams as a function from frame to frame.

    The probabilities of a person's views are averaged and tempered, and those of the streams fused,
    as a trained run does it for clips. Like :class:`StepNetwork`, it remembers nothing itself.

    Args:
        steps: The network of each stream, which must have outputs at the same frames.
        fusion: How their probabilities are fused; None for one stream.
        temperatures: Temperature of each network's softmax; 1 if not given.
        num_views: Views W of a person, such as the mirror image beside the person.
        temperature: Temperature of what is fused.

    Shape:
        - for each stream, frame ``(N, W, C, V)`` and mask ``(N, W, V)``, or None if nothing is
          missing; output ``(N, num_classes)``

    Raises:
        ValueError: If there is no network, there are several without a fusion, or their outputs are
            at other frames.
    """

    def __init__(
        self,
        steps: Sequence[StepNetwork],
        fusion: Fusion | None = None,
        *,
        temperatures: Sequence[float] | None = None,
        num_views: int = 1,
        temperature: float = 1.0,
    ) -> None:
        super().__init__()
        if not steps or (len(steps) > 1 and fusion is None):
            raise ValueError(f"expected one network, or several and a fusion, but got {len(steps)}")
        if len({(step.stride, step.warmup_frames) for step in steps}) > 1:
            raise ValueError("expected networks of one stride and warm-up, but they differ")
        self.steps = nn.ModuleList(steps)
        self.num_views, self.temperature = num_views, temperature
        self.temperatures = tuple(temperatures or [1.0] * len(steps))
        weight, bias = _write_layer(fusion, steps[0].num_classes)
        self.is_concat = isinstance(fusion, ConcatFusion)
        self.register_buffer("weight", weight)  # (num_classes, streams * num_classes)
        self.register_buffer("bias", bias)

    def init_state(self, num_people: int) -> StepStates:
        """Return the states before the first frame of some people."""
        return tuple(step.init_state(num_people * self.num_views) for step in self._list_steps())

    def forward(
        self, states: StepStates, frames: Sequence[Tensor], masks: Sequence[Tensor | None]
    ) -> tuple[StepStates, Tensor | None]:
        """Return the states and the probabilities, None between two outputs and before the first.

        See the class for shapes. People who have no output yet have NaN.
        """
        longer = [None if mask is None else mask.unsqueeze(2) for mask in masks]
        states, fused = self.advance(states, [frame.unsqueeze(3) for frame in frames], longer)
        return states, fused[:, -1] if fused.size(1) else None

    @torch.inference_mode()
    def advance(
        self, states: StepStates, frames: Sequence[Tensor], masks: Sequence[Tensor | None]
    ) -> tuple[StepStates, Tensor]:
        """Return the states after some frames, and the probabilities after each output frame.

        Args:
            states: The states after the frame before.
            frames: Channels of each stream, ``(N, W, C, L, V)``.
            masks: True where a joint is present, ``(N, W, L, V)``; None if all are.

        Returns:
            The states, and probabilities ``(N, J, num_classes)`` of the output frames that are new.

        Raises:
            ValueError: If the shapes do not fit.
        """
        after, scores = list[StepState](), list[Tensor]()
        parts = zip(self._list_steps(), states, frames, masks, self.temperatures, strict=True)
        for step, state, x, mask, temperature in parts:
            there = None if mask is None else mask.flatten(0, 1)
            state, logits = step.advance(state, x.flatten(0, 1), there)
            after.append(state)
            flat = logits.transpose(0, 1).flatten(0, 1)  # (J * N * W, num_classes)
            averaged = average_views(flat.double(), self.num_views, temperature)
            scores.append(averaged.view(logits.size(1), x.size(0), logits.size(2)))
        return tuple(after), self._fuse(torch.cat(scores, dim=2)).transpose(0, 1).float()

    def _list_steps(self) -> list[StepNetwork]:
        return [cast(StepNetwork, step) for step in self.steps]

    def _fuse(self, scores: Tensor) -> Tensor:
        fused = scores @ cast(Tensor, self.weight).t() + cast(Tensor, self.bias)
        if self.is_concat:
            fused = fused.softmax(dim=-1)
        if self.temperature == 1:
            return fused
        return (fused.clamp(min=1e-300).log() / self.temperature).softmax(dim=-1)


def _write_layer(fusion: Fusion | None, num_classes: int) -> tuple[Tensor, Tensor]:
    """Return a fusion as a layer over the streams' probabilities, side by side."""
    if isinstance(fusion, ConcatFusion):
        return torch.from_numpy(fusion.weight.copy()), torch.from_numpy(fusion.bias.copy())
    weights = torch.tensor((1.0,) if fusion is None else fusion.weights, dtype=torch.float64)
    weights = weights / weights.sum()
    same = torch.eye(num_classes, dtype=torch.float64)
    return torch.cat([weight * same for weight in weights], dim=1), same.new_zeros(num_classes)
