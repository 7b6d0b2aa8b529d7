"""Networks of audio, text and skeletons: encoders, datasets and the training in two phases."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
