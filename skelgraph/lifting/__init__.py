"""Lifters, from keypoints in an image to joints in space: networks, cameras, training, runs."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
