"""Benchmarks that anyone can run on any machine, and reports with figures on finished runs."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
