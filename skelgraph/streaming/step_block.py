"""The block of ST-GCN and S-STGCN, from chunk to chunk of frames."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from skelgraph.nn import FrameMajorBlock
from skelgraph.streaming.step_spatial import StepSpatial
from skelgraph.streaming.step_state import BlockState


class Chunk(NamedTuple):
    """Features of some frames in a row.

    Args:
        rows: Features ``(N, L, V, C)``, zero where missing.
        presence: What is there, ``(N, L, V, 3)``
            (:func:`~skelgraph.streaming.step_spatial.measure_presence`); None if nothing is or was
            missing.
        first: Index of the first frame, counted from the first frame that the block ever gets.
    """

    rows: Tensor
    presence: Tensor | None
    first: int


class StepBlock(nn.Module):
    """A :class:`~skelgraph.nn.FrameMajorBlock` that remembers frames instead of taking all at once.

    What mixes joints needs one frame. The convolution over frames needs the last K of them: output
    ``j`` is computed as soon as frame ``j * stride + delay`` is there. The shortcut, and which
    joints are present, are those of the frame that the output is about. A frame before the first
    one is a frame without joints: zeros, and no output that is about it counts.

    Args:
        block: The block; its weights are shared.
    """

    weight: Tensor
    bias: Tensor
    residual: Tensor | None

    def __init__(self, block: FrameMajorBlock) -> None:
        super().__init__()
        self.spatial = StepSpatial(block)
        self.window = block.temporal.window
        self.stride = self.window.stride
        self.delay = self.window.size - 1 - self.window.left
        weight, bias = block.temporal.weight.squeeze(3), block.temporal.bias  # (C_out, C_out, K)
        self.has_residual, residual = block.has_residual, None
        if block.residual is not None:
            residual = block.residual.weight.flatten(1).t().contiguous()
            bias = bias + block.residual.bias
        self.register_buffer("weight", weight.permute(2, 1, 0).flatten(0, 1).contiguous())
        self.register_buffer("bias", bias.clone())
        self.register_buffer("residual", residual)

    def init_state(self, num_people: int) -> BlockState:
        """Return the state before the first frame."""
        window, new = self.window, self.weight.new_zeros
        N, V = num_people, self.spatial.bias.size(0)
        remembers = self.has_residual and window.delay > 0
        return BlockState(
            new(N, V, window.size, self.weight.size(1)),
            new(N, window.delay + 1 if remembers else 0, V, self.spatial.in_channels),
            new(N, window.size if window.first else window.delay + 1, V, 3),
        )

    def forward(self, state: BlockState, chunk: Chunk) -> tuple[BlockState, Chunk | None]:
        """Return the state after a chunk and what it yields; None if it yields no frame."""
        rows, presence, first = chunk
        state, spans, past_rows, past_presence = self._remember(state, rows, presence)
        start = (self.delay - first) % self.stride
        first_output = (first + start - self.delay) // self.stride
        if first_output < 0:  # what is before the first frame of all people
            start, first_output = start - first_output * self.stride, 0
        L = rows.size(1)
        if start >= L:
            return state, None
        outputs = slice(start, L, self.stride)
        y = self._convolve(spans, start, past_rows[:, outputs] if self.has_residual else None)
        if past_presence is None:
            return state, Chunk(y, None, first_output)
        carried = self._carry(past_presence, L)[:, outputs]
        return state, Chunk(y * carried[..., :1], carried, first_output)

    def _remember(
        self, state: BlockState, rows: Tensor, presence: Tensor | None
    ) -> tuple[BlockState, Tensor, Tensor, Tensor | None]:
        """Return the state, the inputs of the convolution, and the delayed rows and presence.

        The convolution's inputs are ``(N, V, K - 1 + L, C_out)``. Entry i of the delayed rows is
        what an output at frame i of the chunk is about.
        """
        N, L, V, C = rows.shape
        flat = None if presence is None else presence.reshape(N * L, V, 3)
        mixed = self.spatial(rows.reshape(N * L, V, C), flat)
        mixed = mixed.view(N, L, V, mixed.size(2)).transpose(1, 2)
        inputs, shortcut, kept = state
        spans = torch.cat([inputs[:, :, 1:], mixed], dim=2)
        inputs = keep_last(spans, 2, inputs.size(2))
        if shortcut.size(1):
            rows = torch.cat([shortcut[:, 1:], rows], dim=1)
            shortcut = keep_last(rows, 1, shortcut.size(1))
        if presence is not None:
            presence = torch.cat([kept[:, 1:], presence], dim=1)
            kept = keep_last(presence, 1, kept.size(1))
        return BlockState(inputs, shortcut, kept), spans, rows, presence

    def _convolve(self, spans: Tensor, start: int, shortcut: Tensor | None) -> Tensor:
        """Return features (N, J, V, C) of the inputs (N, V, K - 1 + L, C), from an output on."""
        N, V, length, C = spans.shape
        K = self.window.size
        if length == K:
            parts = spans.unsqueeze(1)  # (N, J, V, K, C)
        else:
            parts = _cut_windows(spans[:, :, start:], K, self.stride)
        J = parts.size(1)
        y = torch.addmm(self.bias, parts.reshape(N * J * V, K * C), self.weight)
        if shortcut is not None:
            flat = shortcut.reshape(N * J * V, shortcut.size(3))
            y = y.add_(flat) if self.residual is None else torch.addmm(y, flat, self.residual)
        return y.relu_().view(N, J, V, y.size(1))

    def _carry(self, past: Tensor, num_frames: int) -> Tensor:
        """Return the presence of an output at each frame of the chunk, (N, L, V, 3)."""
        if not self.window.first:
            return past
        seen = past[..., 0].amax(dim=2)  # (N, K - 1 + L)
        seen = seen.unfold(1, self.window.size, 1).amin(dim=2)  # (N, L)
        middle = self.window.size - 1 - self.window.delay
        return past[:, middle : middle + num_frames] * seen[:, :, None, None]


def _cut_windows(spans: Tensor, size: int, stride: int) -> Tensor:
    """Return all windows of frames (N, V, T, C), (N, J, V, K, C)."""
    if not torch.compiler.is_exporting():
        return spans.unfold(2, size, stride).permute(0, 2, 1, 4, 3)
    starts = range(0, spans.size(2) - size + 1, stride)  # few; runtimes are slow at unfolding
    return torch.stack([spans[:, :, start : start + size] for start in starts], dim=1)


def keep_last(x: Tensor, axis: int, count: int) -> Tensor:
    """Return the last entries of an axis, without the memory of the others."""
    surplus = x.size(axis) - count
    return x if surplus == 0 else x.narrow(axis, surplus, count).contiguous()
