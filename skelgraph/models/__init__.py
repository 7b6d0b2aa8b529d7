"""Networks: called on ``(x, mask)``, they return logits; ``embed`` returns the vector before.

Recurrent encoders take audio or text. Networks that fuse modalities take the inputs of each of
their encoders and which modalities each clip has.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
