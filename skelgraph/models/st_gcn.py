"""ST-GCN, the spatial temporal graph convolutional network."""

from functools import partial
from pathlib import Path

from torch import nn

from skelgraph.config import HopDistance, Strategy, SubsetOrder, Temporal
from skelgraph.layouts import OPENPOSE18, UPPER10, JointLayout
from skelgraph.models.official_checkpoints import load_renamed, read_state_dict, rename_st_gcn, size
from skelgraph.models.s_stgcn import S_STGCN_CHANNELS
from skelgraph.models.spatial_temporal_network import SpatialTemporalNetwork
from skelgraph.nn import DenseSpatialPartitionConv

ST_GCN_CHANNELS = (64, 64, 64, 64, 128, 128, 128, 256, 256, 256)


class STGCN(SpatialTemporalNetwork):
    """The spatial temporal graph convolutional network.

    Yan, Xiong, Lin, AAAI 2018; a baseline of Shi et al. 2021. Ten blocks with 64, 128 and 256
    channels (``channels=ST_GCN_CHANNELS``, the original) or with those of S-STGCN
    (``channels=S_STGCN_CHANNELS``), batch norm of the input, stride 2 in the fifth and eighth
    block. By default two details differ from the original: distances come from breadth-first
    search, and subsets are (root, closer, farther).

    Args:
        in_channels: Channels of each joint.
        num_classes: Number of classes.
        layout: Skeleton of the input, or its name in the catalogue.
        strategy: Partition strategy of the graph.
        center: Joint from which the partition counts distances; None for the layout's center.
        dropout: Dropout at the end of each block but the first; 0.5 in the NTU recipe.
        kernel_size: Frames Kt of the temporal convolutions.
        channels: Channels of the blocks.
        input_norm: Batch norm of the input coordinates.
        hop_distance: Distance of the partition (:func:`skelgraph.layouts.partition`).
        subset_order: Order of the partition's subsets.
        any_skeleton: Whether to have no weight of a joint, so that a batch may mix skeletons.
        temporal: Where the windows of the temporal convolutions lie
            (:class:`skelgraph.nn.FrameWindow`).

    Shape:
        - x ``(N, C, T, V)`` or ``(N, C, T, V, M)``, mask ``(N, T, V[, M])`` or None; or a PyG
          ``Batch`` of :class:`~skelgraph.data.SkeletonData`
        - output logits ``(N, num_classes)``

    Example:
        >>> import torch
        >>> STGCN(in_channels=3, num_classes=7).eval()(torch.zeros(2, 3, 20, 10, 2)).shape
        torch.Size([2, 7])
    """

    def __init__(
        self,
        in_channels: int = 3,
        num_classes: int = 4,
        layout: JointLayout | str = UPPER10,
        *,
        strategy: Strategy = "spatial",
        center: int | None = None,
        dropout: float = 0.0,
        kernel_size: int = 9,
        channels: tuple[int, ...] = ST_GCN_CHANNELS,
        input_norm: bool = True,
        hop_distance: HopDistance = "bfs",
        subset_order: SubsetOrder = "paper",
        any_skeleton: bool = False,
        temporal: Temporal = "centered",
    ) -> None:
        super().__init__(
            in_channels,
            num_classes,
            layout,
            make_spatial=DenseSpatialPartitionConv,
            strategy=strategy,
            center=center,
            hop_distance=hop_distance,
            subset_order=subset_order,
            channels=channels,
            kernel_size=kernel_size,
            dropout=dropout,
            drops_in_first=False,
            input_norm=input_norm,
            any_skeleton=any_skeleton,
            temporal=temporal,
        )
        self._draw_as_st_gcn()

    def reset_parameters(self) -> None:
        """Reset all learnable parameters as the released ST-GCN does.

        Weights are drawn from N(0, 0.02), those of batch norms from N(1, 0.02).
        """
        super().reset_parameters()
        self._draw_as_st_gcn()

    def _draw_as_st_gcn(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.normal_(module.weight, 0.0, 0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                nn.init.normal_(module.weight, 1.0, 0.02)
                nn.init.zeros_(module.bias)

    @classmethod
    def from_official_checkpoint(
        cls, path: str | Path, layout: JointLayout = OPENPOSE18
    ) -> "STGCN":
        """Load a released ST-GCN state dict (github.com/yysijie/st-gcn).

        The options are set to its truncated hop distance and its order of subsets. Half-precision
        weights are converted to single precision.

        Raises:
            FormatError: If the file is no such checkpoint, or is for another skeleton.
        """
        renamed = rename_st_gcn(read_state_dict(path), path, layout)
        channels = tuple(
            size(renamed, f"blocks.{number}.temporal.bias", 0, path) for number in range(10)
        )
        model = cls(
            in_channels=size(renamed, "blocks.0.spatial.linear.weight", 1, path),
            num_classes=size(renamed, "classifier.weight", 0, path),
            layout=layout,
            channels=channels,
            hop_distance="truncated",
            subset_order="st-gcn",
        )
        load_renamed(model, renamed, path)
        return model.eval()


released_st_gcn = partial(STGCN, hop_distance="truncated", subset_order="st-gcn")
"""Makes an ST-GCN with the graph of its released code, whose weights it takes."""

small_st_gcn = partial(STGCN, channels=S_STGCN_CHANNELS)
"""Makes an ST-GCN with the channels of S-STGCN, 32 to 128."""
