"""Settings of every stage, without torch: the one place of defaults, ranges, choices and help."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
