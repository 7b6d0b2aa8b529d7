"""The clips of a dataset as graphs, which PyTorch Geometric's loader batches."""

from collections.abc import Callable

from torch.utils.data import Dataset

from skelgraph.data.randomness import seeded_draws
from skelgraph.data.skeleton_data import SkeletonData
from skelgraph.data.skeleton_dataset import SkeletonDataset


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
