"""The temporal network of Pavllo et al., from keypoints in an image to joints in space."""

from itertools import accumulate
from operator import mul
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from skelgraph.errors import FormatError
from skelgraph.layouts import COCO17, H36M17, JointLayout
from skelgraph.models import load_renamed, read_state_dict, size, with_counters
from skelgraph.nn import is_on_host
from skelgraph.typing import IntArray

LIFTER_FILTER_WIDTHS = (3, 3, 3, 3, 3)
_SPACE = 3


class TemporalLifter(nn.Module):
    r"""Temporal convolutional network that lifts keypoints to space.

    The network of Pavllo et al., "3D human pose estimation in video with temporal convolutions and
    semi-supervised training", CVPR 2019 (VideoPose3D). A first convolution of width :math:`w_0` is
    followed by a block for each further width :math:`w_i`: a convolution of dilation
    :math:`d_i = w_0 w_1 \cdots w_{i-1}` and one of width 1, each with batch norm, ReLU and dropout,
    whose result is added to the corresponding frames of the block's input. There is no padding
    inside, so that an output frame needs :attr:`receptive_field` input frames.

    Batches of poses are in the order of recordings, ``(N, T, V, C)``. Inputs are keypoints from
    :func:`skelgraph.poses.normalize_screen` (y down), with their probability as a third channel if
    there is one; missing keypoints have to be filled before. The official weights predict meters in
    the camera's space (x right, y down, z away) relative to the pelvis, which is predicted too, and
    is near 0 but not 0.

    Names and shapes of the state dict are those of VideoPose3D.

    Args:
        in_channels: Channels C of each keypoint.
        input_layout: Layout of the keypoints.
        output_layout: Layout of the joints in space.
        filter_widths: Width in frames of the first convolution and of each block's; odd.
        channels: Channels inside.
        dropout: Dropout after each activation.
        causal: Whether a frame is lifted from itself and the frames before it, instead of as many
            before as after.

    Shape:
        - x ``(N, T, V_in, C)``, T at least the receptive field R
        - output ``(N, T - R + 1, V_out, 3)``; of frames ``(R - 1) / 2`` on, ``R - 1`` on if causal

    Raises:
        ValueError: If a width is even, or a size is below 1.

    Example:
        >>> lifter = TemporalLifter(filter_widths=(3, 3), channels=8)
        >>> lifter.receptive_field
        9
        >>> lifter(torch.zeros(2, 20, 17, 2)).shape
        torch.Size([2, 12, 17, 3])
    """

    input_mirror: Tensor
    output_mirror: Tensor

    def __init__(
        self,
        in_channels: int = 2,
        input_layout: JointLayout = COCO17,
        output_layout: JointLayout = H36M17,
        *,
        filter_widths: tuple[int, ...] = LIFTER_FILTER_WIDTHS,
        channels: int = 1024,
        dropout: float = 0.25,
        causal: bool = False,
    ) -> None:
        super().__init__()
        if not filter_widths or any(width < 1 or width % 2 == 0 for width in filter_widths):
            raise ValueError(f"expected one or more odd filter widths, but got {filter_widths}")
        if min(in_channels, channels) < 1:
            raise ValueError(f"expected 1 channel or more, but got {in_channels} and {channels}")
        self.in_channels = in_channels
        self.input_layout = input_layout
        self.output_layout = output_layout
        self.filter_widths = tuple(filter_widths)
        self.causal = causal
        self.expand_conv = nn.Conv1d(
            input_layout.num_joints * in_channels, channels, filter_widths[0], bias=False
        )
        self.expand_bn = nn.BatchNorm1d(channels)
        self.layers_conv = nn.ModuleList()
        self.layers_bn = nn.ModuleList()
        for width, dilation in zip(filter_widths[1:], self._dilations[1:], strict=True):
            self.layers_conv.extend(
                [
                    nn.Conv1d(channels, channels, width, dilation=dilation, bias=False),
                    nn.Conv1d(channels, channels, 1, bias=False),
                ]
            )
            self.layers_bn.extend([nn.BatchNorm1d(channels), nn.BatchNorm1d(channels)])
        self.shrink = nn.Conv1d(channels, output_layout.num_joints * _SPACE, 1)
        self.drop = nn.Dropout(dropout)
        for name, layout in (("input_mirror", input_layout), ("output_mirror", output_layout)):
            self.register_buffer(name, torch.from_numpy(layout.mirror), persistent=False)
        self.reset_parameters()

    @property
    def receptive_field(self) -> int:
        """Number of input frames that an output frame is lifted from."""
        return self._dilations[-1] * self.filter_widths[-1]

    @property
    def device(self) -> torch.device:
        """Device of the weights, which inputs have to be on."""
        return self.shrink.weight.device

    @property
    def _dilations(self) -> list[int]:
        return list(accumulate(self.filter_widths[:-1], mul, initial=1))

    def reset_parameters(self) -> None:
        """Reset all learnable parameters."""
        for module in self.modules():
            if isinstance(module, nn.Conv1d | nn.BatchNorm1d):
                module.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        """Return joints in space; see the class for shapes.

        Raises:
            ValueError: If joints, channels or the number of frames do not fit.
        """
        self._check(x)
        if x.size(1) < self.receptive_field:
            raise ValueError(
                f"expected at least the {self.receptive_field} frames of the receptive field, but "
                f"got {x.size(1)}; pad_edges() adds what is missing"
            )
        x = x.flatten(2).transpose(1, 2)  # (N, V_in * C, T)
        x = self._activate(self.expand_conv, self.expand_bn, x)
        convs, norms = list(self.layers_conv), list(self.layers_bn)
        for block, width in enumerate(self.filter_widths[1:]):
            half = width // 2 * self._dilations[block + 1]
            start = 2 * half if self.causal else half
            shortcut = x[:, :, start : start + x.size(2) - 2 * half]
            for layer in (2 * block, 2 * block + 1):
                x = self._activate(convs[layer], norms[layer], x)
            x = shortcut + x
        x = self.shrink(x).transpose(1, 2)
        return x.reshape(*x.shape[:2], self.output_layout.num_joints, _SPACE)

    def pad_edges(self, x: Tensor) -> Tensor:
        """Repeat the first and the last frame, so that every frame can be lifted.

        ``(N, T, V, C)`` becomes ``(N, T + R - 1, V, C)``: half of the new frames at each end, all
        at the start if causal.

        Raises:
            ValueError: If joints or channels do not fit, or there is no frame.
        """
        self._check(x)
        if x.size(1) == 0:
            raise ValueError("expected at least 1 frame, but got none")
        added = self.receptive_field - 1
        before = added if self.causal else added // 2
        first = x[:, :1].expand(-1, before, -1, -1)
        last = x[:, -1:].expand(-1, added - before, -1, -1)
        return torch.cat([first, x, last], dim=1)

    @torch.no_grad()
    def lift(self, x: Tensor, *, average_flip: bool = True) -> Tensor:
        """Lift every frame of recordings of any length, at test time.

        Args:
            x: Keypoints ``(N, T, V_in, C)``.
            average_flip: Whether to average with the lifted mirror image (first channel negated,
                left and right exchanged), as Pavllo et al. do.

        Returns:
            Joints in space ``(N, T, V_out, 3)``, without gradient.

        Raises:
            ValueError: If the lifter is in training mode, joints, channels or the number of frames
                do not fit, or a keypoint on the CPU is not finite: it would spoil all frames around
                it.
        """
        if self.training:
            raise ValueError("expected a lifter in evaluation mode; call its eval() before")
        if is_on_host(x) and not bool(x.isfinite().all()):
            raise ValueError("expected finite keypoints; fill the gaps where some are missing")
        return self.lift_inner(self.pad_edges(x), average_flip=average_flip)

    @torch.no_grad()
    def lift_inner(self, x: Tensor, *, average_flip: bool = True) -> Tensor:
        """Lift the frames whose receptive field is there, at test time.

        Args:
            x: Finite keypoints ``(N, T, V_in, C)``, T at least the receptive field R.
            average_flip: As for :meth:`lift`.

        Returns:
            Joints in space ``(N, T - R + 1, V_out, 3)``, without gradient.

        Raises:
            ValueError: If joints, channels or the number of frames do not fit.
        """
        lifted: Tensor = self(x)
        if not average_flip:
            return lifted
        flipped: Tensor = self(flip_poses(x, self.input_mirror))
        return (lifted + flip_poses(flipped, self.output_mirror)) / 2

    @classmethod
    def from_official_checkpoint(
        cls,
        path: str | Path,
        input_layout: JointLayout = COCO17,
        output_layout: JointLayout = H36M17,
        *,
        causal: bool = False,
    ) -> "TemporalLifter":
        """Return the network of a checkpoint of VideoPose3D, in evaluation mode.

        An example is ``pretrained_h36m_detectron_coco.bin`` (github.com/facebookresearch/
        VideoPose3D). Filter widths, channels, and whether keypoints have a probability follow from
        the shapes. Networks trained with its option ``--dense`` are different, but look the same in
        the file.

        Args:
            path: The file; no code in it is run. Only its ``model_pos`` is read.
            input_layout: Layout of the keypoints; the file holds their number alone.
            output_layout: Layout of the joints in space.
            causal: Whether it was trained with ``--causal``.

        Raises:
            FormatError: If the file is not such a checkpoint, would run code (VideoPose3D's own
                training saves a random generator with it), or is of other layouts.
        """
        state = read_state_dict(path, "model_pos")
        num_convs = sum(key.startswith("layers_conv.") for key in state)
        convs = ["expand_conv", *(f"layers_conv.{layer}" for layer in range(0, num_convs, 2))]
        widths = tuple(size(state, f"{conv}.weight", 2, path) for conv in convs)
        channels = size(state, "expand_conv.weight", 0, path)
        in_channels = _infer_in_channels(state, path, input_layout, output_layout)
        try:
            lifter = cls(
                in_channels,
                input_layout,
                output_layout,
                filter_widths=widths,
                channels=channels,
                causal=causal,
            )
        except ValueError as error:
            raise FormatError(f"{path}: {error}") from error
        load_renamed(lifter, with_counters(state, lifter), path)
        return lifter.eval()

    def _activate(self, conv: nn.Module, norm: nn.Module, x: Tensor) -> Tensor:
        """Apply a convolution to (N, C, T), then batch norm, ReLU and dropout."""
        activated: Tensor = self.drop(F.relu(norm(conv(x))))
        return activated

    def _check(self, x: Tensor) -> None:
        V, C = self.input_layout.num_joints, self.in_channels
        if x.dim() != 4 or x.shape[2:] != (V, C):
            raise ValueError(
                f"expected x to be (clips, frames, {V}, {C}), but got {tuple(x.shape)}"
            )


def flip_poses(x: Tensor, mirror: Tensor | IntArray) -> Tensor:
    """Return mirrored poses (N, T, V, C): first channel negated, left and right exchanged."""
    x = x[:, :, mirror]
    return torch.cat([-x[..., :1], x[..., 1:]], dim=-1)


def _infer_in_channels(
    state: dict[str, Tensor],
    path: str | Path,
    input_layout: JointLayout,
    output_layout: JointLayout,
) -> int:
    """Return the channels of a keypoint: 2, or 3 with its probability."""
    num_inputs = size(state, "expand_conv.weight", 1, path)
    num_outputs = size(state, "shrink.weight", 0, path)
    V_in, V_out = input_layout.num_joints, output_layout.num_joints
    if num_inputs not in (2 * V_in, 3 * V_in) or num_outputs != _SPACE * V_out:
        raise FormatError(
            f"{path}: expected {2 * V_in} or {3 * V_in} inputs for layout {input_layout.name!r} "
            f"and {_SPACE * V_out} outputs for {output_layout.name!r}, but the file has "
            f"{num_inputs} and {num_outputs}; give the layouts that it was trained on"
        )
    return num_inputs // V_in
