"""Seeds derived from others, so that nothing depends on how often a generator was asked before."""

import numpy as np


def derive_seed(*numbers: int) -> int:
    """A seed that depends on all the numbers and on their order.

    Example:
        >>> derive_seed(0, 1) == derive_seed(0, 1), derive_seed(0, 1) == derive_seed(1, 0)
        (True, False)
    """
    return int(np.random.SeedSequence(numbers).generate_state(1, dtype=np.uint64)[0] >> 1)
