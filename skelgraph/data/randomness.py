"""Random draws that depend only on the run's seed, the epoch and the clip."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


def derive_seed(*numbers: int) -> int:
    """Return a seed that depends on all the numbers, each 0 or more, and on their order.

    Example:
        >>> derive_seed(0, 1) == derive_seed(0, 1), derive_seed(0, 1) == derive_seed(1, 0)
        (True, False)
    """
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))


@contextmanager
def seeded_draws(*numbers: int) -> Iterator[None]:
    """Seed PyTorch's generator on the CPU with the numbers, and restore its state afterwards.

    The draws outside continue as if there had been none inside. Any transform that draws from
    PyTorch thus gives the same result in any worker, and a resumed training draws the same as an
    uninterrupted one.

    Args:
        numbers: Numbers of 0 or more, such as seed, epoch and clip.

    Example:
        >>> import torch
        >>> with seeded_draws(0, 3, 17):
        ...     first = torch.rand(2)
        >>> with seeded_draws(0, 3, 17):
        ...     torch.equal(first, torch.rand(2))
        True
    """
    import torch

    state = torch.get_rng_state()
    torch.default_generator.manual_seed(derive_seed(*numbers))
    try:
        yield
    finally:
        torch.set_rng_state(state)
