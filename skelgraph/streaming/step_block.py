"""The block of ST-GCN and S-STGCN, from chunk to chunk of frames."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from skelgraph.nn import FrameMajorBlock, FramePresence, clear_missing
from skelgraph.streaming.step_state import BlockState


class Chunk(NamedTuple):
    """Features of some frames in a row.

    Args:
        rows: Features ``(N, L, V, C)``, zero where missing.
        present: 1 for each present joint, else 0, ``(N, L, V)``; None if nothing is or was missing.
        first: Index of the first frame, counted from the first frame that the block ever gets.
    """

    rows: Tensor
    present: Tensor | None
    first: int


class StepBlock(nn.Module):
    """A :class:`~skelgraph.nn.FrameMajorBlock` that remembers frames instead of taking all at once.

    What mixes joints needs one frame. The convolution over frames needs the last K of them: output
    ``j`` is computed as soon as frame ``j * stride + delay`` is there. The shortcut, and which
    joints are present, are those of an earlier frame, by ``shortcut_delay``. A frame before the
    first one is a frame without joints: zeros, and no output of it counts.

    Args:
        block: The block; its weights are shared.
        adjacency: Adjacency ``(K, V, V)`` of its spatial layer.
    """

    weight: Tensor
    bias: Tensor
    residual_weight: Tensor | None
    residual_bias: Tensor | None

    def __init__(self, block: FrameMajorBlock, adjacency: Tensor) -> None:
        super().__init__()
        self.adjacency = adjacency
        self.input_norm = block.input_norm
        self.graph = block.graph
        self.attention = block.attention
        self.stride = block.temporal.stride
        weight = block.temporal.weight.squeeze(3)  # (C_out, C, K)
        self.out_channels, _, self.kernel_size = weight.shape
        self.delay = self.shortcut_delay = self.kernel_size // 2
        self.register_buffer("weight", weight.permute(2, 1, 0).flatten(0, 1).contiguous())
        self.register_buffer("bias", block.temporal.bias)
        self.has_residual = block.has_residual
        residual = block.residual
        self.register_buffer("residual_weight", None)
        self.register_buffer("residual_bias", None)
        if residual is not None:
            self.residual_weight = residual.weight.flatten(1).t().contiguous()
            self.residual_bias = residual.bias
        self.in_channels = int(self.graph.weight.size(0)) // self.graph.num_subsets

    def init_state(self, num_people: int) -> BlockState:
        """Return the state before the first frame."""
        N, V, K = num_people, self.adjacency.size(1), self.kernel_size
        D = self.shortcut_delay
        shortcut_frames = D + 1 if self.has_residual and D > 0 else 0
        return BlockState(
            self.weight.new_zeros(N, V, K, self.out_channels),
            self.weight.new_zeros(N, shortcut_frames, V, self.in_channels),
            self.weight.new_zeros(N, D + 1, V),
        )

    def forward(self, state: BlockState, chunk: Chunk) -> tuple[BlockState, Chunk | None]:
        """Return the state after a chunk and what it yields; None if it yields no frame."""
        rows, present, first = chunk
        num_frames = rows.size(1)
        mixed = self._mix_joints(rows, present).transpose(1, 2)  # (N, V, L, C_out)
        window = torch.cat([state.inputs[:, :, 1:], mixed], dim=2)
        inputs = _keep_last(window, 2, self.kernel_size)
        shortcut = past_rows = state.shortcut
        if shortcut.size(1):
            past_rows = torch.cat([shortcut[:, 1:], rows], dim=1)
            shortcut = _keep_last(past_rows, 1, self.shortcut_delay + 1)
        elif self.has_residual:
            past_rows = rows
        past, kept = None, state.present
        if present is not None:
            past = torch.cat([kept[:, 1:], present], dim=1)
            kept = _keep_last(past, 1, kept.size(1))
        state = BlockState(inputs, shortcut, kept)
        start = (self.delay - first) % self.stride
        first_output = (first + start - self.delay) // self.stride
        if first_output < 0:  # what is before the first frame of all people
            start, first_output = start - first_output * self.stride, 0
        if start >= num_frames:
            return state, None
        y = self._convolve(window, start)
        if self.has_residual:
            y = y + self._take_shortcut(past_rows[:, start : num_frames : self.stride])
        y = y.relu()
        if past is None:
            return state, Chunk(y, None, first_output)
        present = past[:, start : num_frames : self.stride]
        return state, Chunk(y * present.unsqueeze(3), present, first_output)

    def _mix_joints(self, rows: Tensor, present: Tensor | None) -> Tensor:
        """Return what the temporal convolution takes, (N, L, V, C_out)."""
        presence = None if present is None else FramePresence.measure(present, self.adjacency)
        if self.input_norm is not None:
            rows = clear_missing(self.input_norm(rows), presence)
        y: Tensor = self.graph(rows, presence)
        if self.attention is not None:
            y = y + self.attention(rows, presence)
        return clear_missing(y.relu(), presence)

    def _convolve(self, window: Tensor, start: int) -> Tensor:
        """Convolve (N, V, K - 1 + L, C) to (N, J, V, C_out), at each stride from a frame on."""
        N, V = window.shape[:2]
        spans = window[:, :, start:].unfold(2, self.kernel_size, self.stride)  # (N, V, J, C, K)
        spans = spans.permute(0, 2, 1, 4, 3)  # (N, J, V, K, C)
        J = spans.size(1)
        y = torch.addmm(self.bias, spans.reshape(N * J * V, -1), self.weight)
        return y.view(N, J, V, -1)

    def _take_shortcut(self, rows: Tensor) -> Tensor:
        if self.residual_weight is None or self.residual_bias is None:
            return rows
        return torch.matmul(rows, self.residual_weight) + self.residual_bias


def _keep_last(x: Tensor, axis: int, count: int) -> Tensor:
    """Return the last entries of an axis, without the memory of the others."""
    surplus = x.size(axis) - count
    return x if surplus == 0 else x.narrow(axis, surplus, count).contiguous()
