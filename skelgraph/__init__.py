"""Emotion and action recognition from skeleton sequences with graph networks."""

from skelgraph._version import __version__

__all__ = ["__version__"]
