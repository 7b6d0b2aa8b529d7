"""Generators of motion for demonstrations and tests; no number from them is about people."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
