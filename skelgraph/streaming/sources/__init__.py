"""Where frames come from: recordings, folders and files that grow, lines, sockets and cameras."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
