"""The clips of a dataset as graphs for PyTorch Geometric, and dense batches of graphs."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.data import Dataset

from skelgraph.data.padding import pad_clips
from skelgraph.data.skeleton_data import SkeletonData
from skelgraph.data.skeleton_dataset import (
    SkeletonDataset,
    check_one_layout,
    seeded_draws,
)


class SkeletonGraphs(Dataset[SkeletonData]):
    """The clips of a dataset as graphs, for :class:`torch_geometric.loader.DataLoader`.

    Random draws of the graphs' transform depend on the dataset's seed and epoch, and on the clip.

    Args:
        clips: The dataset; its own transform comes first.
        transform: Applied to a graph whenever it is accessed: a PyG transform, such as
            :class:`skelgraph.transforms.AddEdges`, without which graphs have no edges.
    """

    def __init__(
        self,
        clips: SkeletonDataset,
        transform: Callable[[SkeletonData], SkeletonData] | None = None,
    ) -> None:
        self.clips = clips
        self.transform = transform

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch on which random draws depend; call it before each epoch."""
        self.clips.set_epoch(epoch)

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, clip: int) -> SkeletonData:
        graph = SkeletonData.from_clip(self.clips[clip])
        if self.transform is None:
            return graph
        of_graphs = 1  # other draws than those of the dataset's transform
        with seeded_draws(self.clips.seed, self.clips.epoch, clip % len(self), of_graphs):
            return self.transform(graph)


def to_dense(batch: SkeletonData) -> tuple[Tensor, Tensor]:
    """Return the coordinates and the mask of a batch of graphs, padded to the longest clip.

    Args:
        batch: A PyG ``Batch`` of clips of one layout, or one clip (N = 1).

    Returns:
        ``x`` (N, C, T, V), 0 where a joint is missing and in the padding, and ``mask`` (N, T, V)
        bool, False there.

    Raises:
        DatasetError: If the clips have different layouts, or nodes are missing from a graph.

    Example:
        >>> import numpy as np
        >>> from torch_geometric.data import Batch
        >>> from skelgraph.layouts import UPPER10
        >>> from skelgraph.poses import PoseSequence
        >>> clips = [
        ...     SkeletonData.nodes_from_sequence(
        ...         PoseSequence(positions=np.ones((T, 10, 3)), layout=UPPER10, fps=30.0)
        ...     )
        ...     for T in (4, 7)
        ... ]
        >>> x, mask = to_dense(Batch.from_data_list(clips))
        >>> x.shape, mask.shape, mask.sum(dim=(1, 2))
        (torch.Size([2, 3, 7, 10]), torch.Size([2, 7, 10]), tensor([40, 70]))
    """
    batch.check_is_whole()
    check_one_layout({batch.layout} if isinstance(batch.layout, str) else set(batch.layout))
    V, C = batch.num_joints, batch.x.shape[1]
    lengths = torch.as_tensor(batch.num_frames).view(-1).tolist()
    return pad_clips(batch.x.view(-1, V, C).split(lengths), batch.mask.view(-1, V).split(lengths))
