"""From a batch of graphs to the padded tensors that dense models take."""

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from skelgraph.data.skeleton_data import SkeletonData
from skelgraph.errors import DatasetError


def to_dense(batch: SkeletonData) -> tuple[Tensor, Tensor]:
    """Coordinates and mask of a batch, padded at the end to the longest clip.

    Args:
        batch: A PyG ``Batch`` of clips of one layout, or one clip (N = 1).

    Returns:
        ``x`` (N, C, T, V), 0 where a joint is missing and in the padding, and ``mask`` (N, T, V)
        bool, False there.

    Raises:
        DatasetError: If the clips are of different layouts.

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
    layouts = {batch.layout} if isinstance(batch.layout, str) else set(batch.layout)
    if len(layouts) != 1:
        raise DatasetError(
            f"expected a batch of clips of one layout, but got {', '.join(sorted(layouts))}: "
            f"convert them to one layout first"
        )
    V, C = batch.num_joints, batch.x.shape[1]
    lengths = torch.as_tensor(batch.num_frames).view(-1).tolist()
    x = pad_sequence(batch.x.view(-1, V, C).split(lengths), batch_first=True)
    mask = pad_sequence(batch.mask.view(-1, V).split(lengths), batch_first=True)
    return x.permute(0, 3, 1, 2).contiguous(), mask
