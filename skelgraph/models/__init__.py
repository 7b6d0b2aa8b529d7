"""Networks: called on ``(x, mask)``, they return logits; ``embed`` returns the vector before.

Recurrent encoders are called on audio or text, and the networks that fuse modalities on what each
encoder is called on and on which modalities each clip has.

The lifter is another kind: it is called on keypoints in an image and returns joints in space; a
:class:`KeypointLifter` is called on recordings.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
