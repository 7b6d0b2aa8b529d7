"""From a video to skeletons: 2D estimator, track, filter, 3D lifting."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
