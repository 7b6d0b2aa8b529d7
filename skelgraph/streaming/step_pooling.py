"""The mean over output frames that goes on from frame to frame."""

import torch
from torch import Tensor

from skelgraph.nn import TemporalPooling
from skelgraph.streaming.step_state import PoolState


class StepPooling:
    """A :class:`~skelgraph.nn.TemporalPooling` of the output frames so far.

    Sums are in double precision, so that days of frames lose nothing. A window costs the same for
    any number of frames, but for the memory that is moved.

    Args:
        pooling: Which frames count.
    """

    def __init__(self, pooling: TemporalPooling) -> None:
        self.window = int(pooling.frames or 0) if pooling.kind == "window" else 0
        self.keep = 0.5 ** (1 / (pooling.frames or 1)) if pooling.kind == "exponential" else 1.0
        self._least_count = 1.0 if self.keep == 1 else torch.finfo(torch.float64).tiny

    def init_state(self, num_people: int, channels: int, device: torch.device) -> PoolState:
        """Return the state before the first output frame."""
        N, W = num_people, self.window
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

    def _push_frame(self, state: PoolState, sums: Tensor, counts: Tensor) -> PoolState:
        if not self.window:
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
