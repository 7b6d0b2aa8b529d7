"""S-STGCN, the self-attention enhanced spatial temporal graph convolutional network."""

from functools import partial
from pathlib import Path

from skelgraph.config import HopDistance, Strategy, SubsetOrder, Temporal
from skelgraph.layouts import UPPER10, JointLayout, resolve_layout
from skelgraph.models.official_checkpoints import (
    load_renamed,
    read_state_dict,
    rename_s_stgcn,
    size,
)
from skelgraph.models.spatial_temporal_network import DOWNSAMPLING_BLOCKS, SpatialTemporalNetwork
from skelgraph.nn import GatedSpatialConv

S_STGCN_CHANNELS = (32, 32, 32, 32, 64, 64, 64, 128, 128, 128)


class SSTGCN(SpatialTemporalNetwork):
    """The self-attention enhanced spatial temporal graph convolutional network.

    Shi et al., Sensors 2021, 21, 205, section 4.1 and Figure 4: ten blocks with 32, 32, 32, 32, 64,
    64, 64, 128, 128 and 128 channels, global average pooling, a linear layer. Details that the
    paper leaves open follow its released code: stride 2 in the fifth and eighth block, no residual
    in the first, four heads, no dropout in the blocks.

    Args:
        in_channels: Channels of each joint.
        num_classes: Number of classes.
        layout: Skeleton of the input, or its name in the catalogue.
        strategy: Partition strategy of the graph.
        center: Joint from which the partition counts distances; None for the layout's center.
        num_heads: Attention heads.
        attention: Whether the blocks have self-attention.
        gate: Whether to learn the weight of the attention (equation 9); otherwise it is 1
            (equation 10).
        dropout: Dropout at the end of each block.
        attention_dropout: Dropout inside the attention part.
        kernel_size: Frames Kt of the temporal convolutions.
        channels: Channels of the blocks.
        input_norm: Batch norm of the input coordinates, as in the released code.
        normalize_spatial_input: Batch norm before each spatial layer, as in the released code.
        normalize_query: Layer norm of the attention's queries, as in the released code.
        hop_distance: Distance of the partition (:func:`skelgraph.layouts.partition`).
        subset_order: Order of the partition's subsets.
        any_skeleton: Whether to have no weight of a joint, so that a batch may mix skeletons.
        downsampling_blocks: Numbers of the blocks that halve the number of frames.
        temporal: Where the windows of the temporal convolutions lie
            (:class:`skelgraph.nn.FrameWindow`).

    Shape:
        - x ``(N, C, T, V)``, mask ``(N, T, V)`` or None; or a PyG ``Batch`` of
          :class:`~skelgraph.data.SkeletonData`
        - output logits ``(N, num_classes)``

    Example:
        >>> import torch
        >>> model = SSTGCN(in_channels=3, num_classes=4).eval()
        >>> model(torch.zeros(2, 3, 20, 10)).shape
        torch.Size([2, 4])
    """

    def __init__(
        self,
        in_channels: int = 3,
        num_classes: int = 4,
        layout: JointLayout | str = UPPER10,
        *,
        strategy: Strategy = "spatial",
        center: int | None = None,
        num_heads: int = 4,
        attention: bool = True,
        gate: bool = True,
        dropout: float = 0.0,
        attention_dropout: float = 0.1,
        kernel_size: int = 9,
        channels: tuple[int, ...] = S_STGCN_CHANNELS,
        input_norm: bool = False,
        normalize_spatial_input: bool = False,
        normalize_query: bool = False,
        hop_distance: HopDistance = "bfs",
        subset_order: SubsetOrder = "paper",
        any_skeleton: bool = False,
        downsampling_blocks: tuple[int, ...] = DOWNSAMPLING_BLOCKS,
        temporal: Temporal = "centered",
    ) -> None:
        make_spatial = partial(
            GatedSpatialConv,
            num_heads=num_heads,
            attention=attention,
            gate=gate,
            attention_dropout=attention_dropout,
            normalize_input=normalize_spatial_input,
            normalize_query=normalize_query,
        )
        super().__init__(
            in_channels,
            num_classes,
            layout,
            make_spatial=make_spatial,
            strategy=strategy,
            center=center,
            hop_distance=hop_distance,
            subset_order=subset_order,
            channels=channels,
            kernel_size=kernel_size,
            dropout=dropout,
            drops_in_first=True,
            input_norm=input_norm,
            any_skeleton=any_skeleton,
            downsampling_blocks=downsampling_blocks,
            temporal=temporal,
        )

    @property
    def gates(self) -> list[float]:
        """Return the gate coefficient r of each block that has one (Figure 8 of the paper)."""
        convs = [block.spatial for block in self.blocks]
        return [
            float(conv.gate.detach())
            for conv in convs
            if isinstance(conv, GatedSpatialConv) and conv.gate is not None
        ]

    @classmethod
    def in_released_form(
        cls, in_channels: int = 3, num_classes: int = 4, layout: JointLayout | str = UPPER10
    ) -> "SSTGCN":
        """Make a network as the released code does, with new weights.

        Raises:
            LayoutError: If the layout has no ``thorax``, from which distances are counted.
        """
        layout = resolve_layout(layout)
        return cls(
            in_channels,
            num_classes,
            layout,
            center=layout.index("thorax"),
            hop_distance="truncated",
            input_norm=True,
            normalize_spatial_input=True,
            normalize_query=True,
        )

    @classmethod
    def from_official_checkpoint(cls, path: str | Path) -> "SSTGCN":
        """Load the authors' released weights (github.com/JiaqiShi/S-STGCN).

        The options are set to the released network, which differs from the paper's text: truncated
        distances from the thorax, batch norm of the input and before each spatial layer, layer norm
        of the queries. The input is ``upper10`` in meters, relative to the root, x right, y down,
        z away. The logits equal the released network's, but they are no good predictions: a reshape
        had scrambled the axes of the arrays that it was trained on.

        Raises:
            FormatError: If the file is no such checkpoint.
        """
        renamed = rename_s_stgcn(read_state_dict(path), path)
        model = cls.in_released_form(
            in_channels=size(renamed, "blocks.0.spatial.conv.linear.weight", 1, path),
            num_classes=size(renamed, "classifier.weight", 0, path),
        )
        load_renamed(model, renamed, path)
        return model.eval()


released_s_stgcn = SSTGCN.in_released_form
"""Makes an S-STGCN as its authors' code does."""
