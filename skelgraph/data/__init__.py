"""Clips as graphs, the tensors that models take, and the datasets that clips come from."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
