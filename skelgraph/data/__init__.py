"""Datasets of clips, clips as tensors or graphs, and batches for dense models."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
