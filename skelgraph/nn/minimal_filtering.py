"""Convolution over frames with fewer products, for the runtimes that exported graphs run in.

Some outputs of a filter need fewer multiplications together than one by one: m outputs of r taps
need m + r - 1 in place of m r (Winograd, "Arithmetic Complexity of Computations", 1980; Lavin and
Gray, CVPR 2016). Frames are transformed, multiplied, one matrix of weights for each of P points,
and transformed back. With many points the transforms lose digits, so nine taps are nested, three of
three: 30 products for 12 outputs instead of 108. With a stride of 2, even and odd frames are two
filters of five and four taps, whose products are summed: 16 for 4 outputs instead of 36.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from skelgraph.nn.frame_window import FrameWindow
from skelgraph.typing import FloatArray

TAPS = 9
"""Frames of the convolutions that have this form."""

_FEWEST_CHANNELS = 64
"""With fewer, the transforms cost what the products save."""


class _Filter(NamedTuple):
    """Matrices of a filter: outputs are ``output @ ((taps @ weights) * (inputs @ frames))``.

    The rows of ``inputs`` and ``taps`` are P points of S phases each, the phase innermost.
    """

    output: FloatArray  # (M, P)
    taps: FloatArray  # (P * S, 9)
    inputs: FloatArray  # (P * S, L)


def saves_products(weight: Tensor, window: FrameWindow) -> bool:
    """Return whether a convolution is faster by :class:`FilteredConv`."""
    outputs, inputs, size, _ = weight.shape
    enough = min(outputs, inputs) >= _FEWEST_CHANNELS
    return size == TAPS and window.stride in (1, 2) and enough


class FilteredConv(nn.Module):
    """A convolution over nine frames by minimal filtering.

    Its results differ by some millionths of the largest.

    Args:
        weight: Weights ``(C_out, C_in, 9, 1)``.
        bias: ``(C_out,)``.
        window: Where the window of nine frames lies, and its stride, 1 or 2.

    Shape:
        - rows ``(N, T, V, C_in)``, output ``(N, T_out, V, C_out)``
    """

    weight: Tensor
    bias: Tensor
    inputs: Tensor
    output: Tensor

    def __init__(self, weight: Tensor, bias: Tensor, window: FrameWindow) -> None:
        super().__init__()
        self.window = window
        form, device = _FILTERS[window.stride], weight.device
        taps = torch.from_numpy(form.taps).to(device)
        weight = torch.einsum("pk,ock->pco", taps, weight.squeeze(3).double())
        self.num_points, self.length = form.output.shape[1], form.inputs.shape[1]
        self.num_phases = len(form.inputs) // self.num_points
        weight = weight.reshape(self.num_points, -1, weight.size(2))
        for name, value in (
            ("weight", weight),
            ("bias", bias),
            ("inputs", torch.from_numpy(form.inputs)),
            ("output", torch.from_numpy(form.output)),
        ):
            self.register_buffer(name, value.to(device, torch.float32).contiguous())

    def forward(self, rows: Tensor) -> Tensor:
        """Convolve over frames; see the class for shapes."""
        N, T, V, C = rows.shape
        P, S, window = self.num_points, self.num_phases, self.window
        hop = self.output.size(0) * window.stride
        outputs = (T + window.left + window.right - TAPS) // window.stride + 1
        tiles = (outputs + self.output.size(0) - 1) // self.output.size(0)
        missing = hop * (tiles + 1) - window.left - T
        x = F.pad(rows.reshape(N, T, V * C), (0, 0, window.left, missing))
        x = x.reshape(N, tiles + 1, hop, V * C).transpose(0, 2)  # (hop, tiles + 1, N, V * C)
        x = torch.cat([x[:, :-1], x[: self.length - hop, 1:]], dim=0)
        x = torch.matmul(self.inputs, x.reshape(self.length, tiles * N * V * C))
        if S > 1:
            x = x.reshape(P, S, tiles * N * V, C).transpose(1, 2)
        y = torch.matmul(x.reshape(P, tiles * N * V, S * C), self.weight)
        y = torch.matmul(self.output, y.reshape(P, -1))
        y = y.reshape(-1, tiles, N, V, self.bias.size(0)).permute(2, 1, 0, 3, 4)
        return y.reshape(N, -1, V, self.bias.size(0))[:, :outputs] + self.bias


def _find_filter(points: tuple[float, ...], outputs: int, taps: int) -> _Filter:
    """Return the minimal filter of some taps at points and infinity (Toom and Cook)."""
    size = outputs + taps - 1

    def evaluate(count: int) -> FloatArray:
        """Return the values of the monomials at all points."""
        at_infinity = np.eye(count)[-1:]
        return np.concatenate([np.vander(points, count, increasing=True), at_infinity])

    inputs = np.linalg.inv(evaluate(size)).T
    return _Filter(evaluate(outputs).T, evaluate(taps), inputs)


def _balance(form: _Filter) -> _Filter:
    """Scale the points so that frames and taps grow alike, which loses the fewest digits."""
    P = form.output.shape[1]
    taps, inputs = (matrix.reshape(P, -1, matrix.shape[1]) for matrix in form[1:])
    scale = np.sqrt(np.abs(taps).sum((1, 2)) / np.abs(inputs).sum((1, 2)))[:, None, None]
    taps, inputs = taps / scale, inputs * scale
    return _Filter(form.output, taps.reshape(-1, TAPS), inputs.reshape(len(form.inputs), -1))


def _nest(outer: _Filter, inner: _Filter) -> _Filter:
    """Return a filter of three times three taps: tap 3 a + b, output 3 i + j."""
    steps = inner.output.shape[0]
    (_, blocks), (_, frames) = outer.inputs.shape, inner.inputs.shape
    inputs = np.zeros((len(outer.inputs) * len(inner.inputs), steps * (blocks - 1) + frames))
    for i in range(blocks):
        beside = np.kron(outer.inputs[:, i : i + 1], inner.inputs)
        inputs[:, steps * i : steps * i + frames] += beside
    return _Filter(np.kron(outer.output, inner.output), np.kron(outer.taps, inner.taps), inputs)


def _interleave(form: _Filter) -> _Filter:
    """Return a filter with a stride of 2: five taps of even frames, four of odd ones."""
    taps = np.kron(form.taps, np.eye(2))[:, :TAPS]
    return _Filter(form.output, taps, np.kron(form.inputs, np.eye(2)))


_FILTERS = {
    1: _balance(
        _nest(_find_filter((0, 1, -1, 2, -0.5), 4, 3), _find_filter((0, 1, -1, 2), 3, 3)),
    ),
    2: _balance(_interleave(_find_filter((0, 1, -1, 2, -2, 0.5, -0.5), 4, 5))),
}
"""Filters by their stride."""
