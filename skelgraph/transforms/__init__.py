"""Transforms of clips, for PyTorch Geometric: they take and give a :class:`SkeletonData`.

They change no data that they are given, and keep what is missing at zero. Random ones draw from
PyTorch's generator; within a :class:`skelgraph.data.SkeletonDataset` that generator depends on
seed, epoch and clip. ``torch_geometric.transforms.Compose`` chains them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
