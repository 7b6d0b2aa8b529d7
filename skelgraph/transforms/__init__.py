"""Transforms of clips: of a :class:`MotionClip`, or of its graph, a :class:`SkeletonData`.

They leave their input unchanged, and keep missing joints at zero. Random ones draw from PyTorch's
generator; within a :class:`skelgraph.data.SkeletonDataset` that generator depends on seed, epoch
and clip. :class:`Compose` chains them, as ``torch_geometric.transforms.Compose`` does.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
