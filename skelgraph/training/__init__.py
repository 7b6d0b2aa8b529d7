"""Training: configuration, recipes, the loop, the run directory.

What needs Lightning is loaded when it is first asked for: a trained run predicts without it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
