"""Features of what is heard in a clip: of its audio, and of the words of its transcript."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
