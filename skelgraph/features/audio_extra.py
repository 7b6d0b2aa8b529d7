"""Packages of the extra ``audio``, imported when they are needed."""

from importlib import import_module
from typing import Any

from skelgraph.errors import FeatureError


def import_extra(package: str, purpose: str) -> Any:
    """Import a package of the extra.

    Raises:
        FeatureError: If it is not installed; ``purpose`` begins the sentence.
    """
    try:
        return import_module(package)
    except ImportError as error:
        raise FeatureError(
            f"{purpose}, the package {package} is needed, but it cannot be imported ({error}): "
            'pip install "skelgraph[audio]"'
        ) from error
