"""Layers of skeleton networks, for use alone or in other PyTorch Geometric models."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
