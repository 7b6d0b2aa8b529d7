"""What can be measured on a moving body: posture, movement, and a classifier of both.

Torch-free. Everything starts from a cleaned :class:`~skelgraph.poses.PoseSequence`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
