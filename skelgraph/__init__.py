"""Emotion and action recognition from skeleton sequences with graph networks.

The rooms of the package are imported on their own: ``skelgraph.layouts``, ``skelgraph.poses``,
``skelgraph.io``, ``skelgraph.data``, ``skelgraph.nn``, ``skelgraph.models``. All names are loaded
when they are first asked for, so that ``import skelgraph`` is quick.
"""

import lazy_loader

from skelgraph._version import __version__ as __version__

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
