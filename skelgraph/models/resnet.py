"""ResNet18 on skeletons, the baseline without a graph."""

from collections.abc import Iterator
from copy import deepcopy
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from skelgraph.errors import FormatError
from skelgraph.layouts import UPPER10, JointLayout
from skelgraph.models.clip_network import ClipNetwork
from skelgraph.models.official_checkpoints import load_renamed, read_state_dict, with_counters
from skelgraph.nn import ImageBatchNorm, SkeletonImage, is_on_host

RESNET18_CHANNELS = (64, 128, 256, 512)


class ResNet18(ClipNetwork):
    """ResNet18 (He et al., CVPR 2016) on the image of a clip, as in Table 1 of Shi et al. 2021.

    The paper specifies no encoding. Here rows are frames, columns are joints in depth-first order,
    channels are coordinates, and the image is resized to 64 x 64
    (:class:`~skelgraph.nn.SkeletonImage`). This is close to the 60 x 60 of Du, Fu, Wang (ACPR 2015)
    and a twelfth of the work of ImageNet's 224 x 224, which clips of a few dozen frames and ten
    joints do not fill. Values are those of the stream: stretching each clip to the range of a
    photograph, as others do, would hide how far and how fast a person moves. Preprocessing removes
    position, heading and size, and the first batch norm removes the scale.

    Names and shapes of the state dict are those of torchvision's ``resnet18``.

    Args:
        in_channels: Channels of each joint.
        num_classes: Number of classes.
        layout: Skeleton of the input, or its name in the catalogue.
        image_size: Rows (frames) and columns (joints) of the image.
        channels: Channels of the four stages.

    Shape:
        - x ``(N, C, T, V)`` or ``(N, C, T, V, M)``, mask ``(N, T, V[, M])`` or None
        - output logits ``(N, num_classes)``

    Example:
        >>> ResNet18(in_channels=2, num_classes=4).eval()(torch.zeros(2, 2, 20, 10)).shape
        torch.Size([2, 4])
    """

    def __init__(
        self,
        in_channels: int = 3,
        num_classes: int = 4,
        layout: JointLayout | str = UPPER10,
        *,
        image_size: tuple[int, int] = (64, 64),
        channels: tuple[int, int, int, int] = RESNET18_CHANNELS,
    ) -> None:
        super().__init__(in_channels, num_classes, layout, channels[-1], classifier_name="fc")
        self.image = SkeletonImage(self.layout.depth_first, image_size)
        self.conv1 = nn.Conv2d(in_channels, channels[0], 7, stride=2, padding=3, bias=False)
        self.bn1 = ImageBatchNorm(channels[0])
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = _make_stage(channels[0], channels[0], stride=1)
        self.layer2, self.layer3, self.layer4 = (
            _make_stage(stage_in, stage_out, stride=2) for stage_in, stage_out in pairwise(channels)
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Reset all learnable parameters: convolutions by He et al. 2015, fan-out mode."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, nn.BatchNorm2d | nn.Linear):
                module.reset_parameters()

    def list_stages(self) -> list[list[nn.Module]]:
        """Return the first convolution with the first stage, the other stages, and ``fc``."""
        first = [self.conv1, self.bn1, self.layer1]
        return [first, [self.layer2], [self.layer3], [self.layer4], [self.last_layer]]

    def load_torchvision_weights(self, path: str | Path) -> None:
        """Load the weights of torchvision's ``resnet18``.

        The last layer keeps its weights if the file's has another number of classes.

        Raises:
            FormatError: If the file is no such state dict, or its images have another number of
                channels.
        """
        ours = self.state_dict()
        state = with_counters(read_state_dict(path), self)
        first = state.get("conv1.weight")
        if first is not None and first.dim() == 4 and first.size(1) != self.in_channels:
            raise FormatError(
                f"{path}: expected a network of {self.in_channels} channels as in this stream, but "
                f"got one of {first.size(1)}"
            )
        if "fc.bias" in state and state["fc.bias"].shape != ours["fc.bias"].shape:
            state.update({key: ours[key] for key in ("fc.weight", "fc.bias")})
        load_renamed(self, state, path)

    def optimize_for_inference(self, dtype: torch.dtype = torch.float32) -> "ResNet18":
        """Return a copy with the batch norms folded into the convolutions, equal up to rounding.

        Convolutions compute in the given type, the image and the last layer in single
        precision.
        """
        folded = deepcopy(self).float().eval()
        for owner, conv, norm in folded._find_norms():
            convolution, batch_norm = owner.get_submodule(conv), owner.get_submodule(norm)
            if isinstance(convolution, nn.Conv2d) and isinstance(batch_norm, nn.BatchNorm2d):
                fused = fuse_conv_bn_eval(convolution, batch_norm)
                setattr(owner, conv, fused.to(dtype))
                setattr(owner, norm, nn.Identity())
        return folded.requires_grad_(False)

    def _find_norms(self) -> Iterator[tuple[nn.Module, str, str]]:
        """Yield the owner of each convolution and its batch norm, and both names."""
        yield self, "conv1", "bn1"
        for block in [m for m in self.modules() if isinstance(m, _BasicBlock)]:
            yield block, "conv1", "bn1"
            yield block, "conv2", "bn2"
            if block.downsample is not None:
                yield block.downsample, "0", "1"

    def _embed_clips(self, x: Tensor, mask: Tensor | None) -> Tensor:
        if mask is None:
            return self._embed_images(self.image(x))
        present = mask.flatten(1).any(dim=1)  # a clip without any joint has no image
        if not is_on_host(present):
            embedded = self._embed_images(self.image(x, mask), present if self.training else None)
            return torch.where(present.unsqueeze(1), embedded, 0.0)
        embedded = x.new_zeros(x.size(0), self.embedding_channels)
        if bool(present.any()):
            images = self.image(x[present], mask[present])
            embedded[present] = self._embed_images(images).to(embedded.dtype)
        return embedded

    def _embed_images(self, images: Tensor, present: Tensor | None = None) -> Tensor:
        """Return the vectors of images; absent ones are left out of training's statistics."""
        x = images.to(self.conv1.weight.dtype)
        x = self.maxpool(F.relu(_normalize(self.bn1, self.conv1(x), present)))
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            for block in stage:
                x = block(x, present)
        embedding: Tensor = x.to(self.last_layer.weight.dtype).mean(dim=(2, 3))
        return embedding


class _BasicBlock(nn.Module):
    """Two 3 x 3 convolutions and a shortcut, (N, C_in, H, W) to (N, C_out, H/s, W/s)."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = _conv3x3(in_channels, out_channels, stride)
        self.bn1 = ImageBatchNorm(out_channels)
        self.conv2 = _conv3x3(out_channels, out_channels, 1)
        self.bn2 = ImageBatchNorm(out_channels)
        self.downsample: nn.Sequential | None = None
        if stride != 1 or in_channels != out_channels:
            shortcut = nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False)
            self.downsample = nn.Sequential(shortcut, ImageBatchNorm(out_channels))

    def forward(self, x: Tensor, present: Tensor | None = None) -> Tensor:
        shortcut = x
        if self.downsample is not None:
            conv, norm = self.downsample
            shortcut = _normalize(norm, conv(x), present)
        x = F.relu(_normalize(self.bn1, self.conv1(x), present))
        return F.relu(_normalize(self.bn2, self.conv2(x), present) + shortcut)


def _normalize(norm: nn.Module, x: Tensor, present: Tensor | None) -> Tensor:
    normalized: Tensor = norm(x) if present is None else norm(x, present)
    return normalized


def _conv3x3(in_channels: int, out_channels: int, stride: int) -> nn.Conv2d:
    return nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)


def _make_stage(in_channels: int, out_channels: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        _BasicBlock(in_channels, out_channels, stride), _BasicBlock(out_channels, out_channels, 1)
    )
