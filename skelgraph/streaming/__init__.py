"""Answers while frames arrive: networks that step from frame to frame, live sources, timelines."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
