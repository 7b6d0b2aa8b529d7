"""The convolution over the frames of each node."""

from torch import Tensor, nn

from skelgraph.config import Temporal
from skelgraph.nn.frame_window import FrameWindow
from skelgraph.nn.joint_major import convolve_frames, from_rows, to_rows


class TemporalConv(nn.Conv2d):
    """Convolution over frames, with a window around each frame; joints do not meet.

    Equation (11) and Figure 3 of Yan et al., AAAI 2018: receptive field (Kt, 1). Its parameters are
    those of ``torch.nn.Conv2d``. Padding is zero, as masked entries are between layers, so that the
    length of a batch changes nothing; an output frame is present if the frame that it is about is,
    see :class:`FrameWindow`.

    Args:
        in_channels: Channels of each joint or node.
        out_channels: Channels of the output.
        kernel_size: Frames Kt of the window, odd.
        stride: Frames from one output to the next.
        bias: Whether there is a bias.
        temporal: Where the window lies.

    Shape:
        - x ``(N, C_in, T, V)``, output ``(N, C_out, ceil(T / stride), V)``; of a valid window
          ``ceil((T - Kt + 1) / stride)`` frames
        - or series of the nodes of any graph ``(num_nodes, T, C_in)``, as
          :class:`SpatialPartitionConv` takes them, output ``(num_nodes, ceil(T / stride), C_out)``

    Raises:
        ValueError: If the kernel size is even, or a clip is shorter than a valid window.

    Example:
        >>> import torch
        >>> conv = TemporalConv(3, 8, kernel_size=5, stride=2)
        >>> conv(torch.zeros(2, 3, 21, 10)).shape, conv(torch.zeros(20, 21, 3)).shape
        (torch.Size([2, 8, 11, 10]), torch.Size([20, 11, 8]))
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 9,
        stride: int = 1,
        bias: bool = True,
        temporal: Temporal = "centered",
    ) -> None:
        window = FrameWindow(kernel_size, stride, temporal)
        super().__init__(
            in_channels,
            out_channels,
            (kernel_size, 1),
            stride=(stride, 1),
            padding=(window.left, 0),
            bias=bias,
        )
        self.window = window

    def forward(self, x: Tensor) -> Tensor:
        """Convolve over frames; see the class for shapes."""
        rows = x.unsqueeze(1) if x.dim() == 3 else to_rows(x)
        y = convolve_frames(rows, self.weight, self.bias, self.window)
        return y.squeeze(1) if x.dim() == 3 else from_rows(y)
