"""Why a model answers as it does: what in a clip counted, whether that is true, and in words."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
