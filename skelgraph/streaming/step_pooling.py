"""The mean over output frames that goes on from frame to frame."""

from typing import NamedTuple

import torch
from torch import Tensor

from skelgraph.streaming.step_state import PoolState


class StepPooling(NamedTuple):
    """Mean over present joints and the output frames so far.

    Sums are in double precision, so that days of frames lose nothing.

    Args:
        window: Number of output frames of a sliding window; None for no window.
        keep: Share of the past that each output frame keeps, 1 for all.
    """

    window: int | None = None
    keep: float = 1.0

    def init_state(self, num_people: int, channels: int, device: torch.device) -> PoolState:
        """Return the state before the first output frame."""
        N, W = num_people, self.window or 0
        shapes = ((N, channels), (N,), (N, W, channels), (N, W))
        return PoolState(*(torch.zeros(s, dtype=torch.float64, device=device) for s in shapes))

    def push(self, state: PoolState, sums: Tensor, counts: Tensor) -> tuple[PoolState, Tensor]:
        """Return the state and the means after each of some output frames.

        Shape:
            - sums over the joints ``(N, J, C)``, counts ``(N, J)``; means ``(N, J, C)``
        """
        sums, counts = sums.double(), counts.double()
        means = []
        for number in range(sums.size(1)):
            state = self._push_frame(state, sums[:, number], counts[:, number])
            means.append(state.sums / state.counts.clamp(min=self._least_count)[:, None])
        return state, torch.stack(means, dim=1).float()

    @property
    def _least_count(self) -> float:
        return 1.0 if self.keep == 1 else 1e-9

    def _push_frame(self, state: PoolState, sums: Tensor, counts: Tensor) -> PoolState:
        if self.window is None:
            if self.keep == 1:
                return state._replace(sums=state.sums + sums, counts=state.counts + counts)
            return state._replace(
                sums=state.sums * self.keep + sums, counts=state.counts * self.keep + counts
            )
        return PoolState(
            state.sums + sums - state.frame_sums[:, 0],
            state.counts + counts - state.frame_counts[:, 0],
            torch.cat([state.frame_sums[:, 1:], sums[:, None]], dim=1),
            torch.cat([state.frame_counts[:, 1:], counts[:, None]], dim=1),
        )
