"""Random draws that stay within human bounds, and streams that do not depend on each other."""

import numpy as np

from skelgraph.typing import FloatArray


def bounded_normal(
    generator: np.random.Generator, size: int | tuple[int, ...], bound: float = 2.0
) -> FloatArray:
    """Standard normal values, those beyond the bound set to it."""
    return np.clip(generator.standard_normal(size), -bound, bound)


def make_generator(seed: int, *path: int) -> np.random.Generator:
    """The random stream of one part of a dataset, such as one actor or one take.

    Streams of unlike paths are independent, so that a part does not change with the number of the
    others.

    Example:
        >>> make_generator(0, 1).integers(100) == make_generator(0, 1).integers(100)
        np.True_
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=path)))
