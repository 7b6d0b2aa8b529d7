"""Plain values and arrays as a pickle that every version of numpy reads.

Pickles name numpy's modules as the numpy at hand does, and numpy 1 does not know those of numpy 2
(``numpy._core``). The names written here are known to both.
"""

import pickle
import pickletools
from typing import Any

_PROTOCOL = 3
"""The last protocol that writes names as lines, so that one can be replaced by a shorter one."""

_NAMES = {
    *("numpy ndarray", "numpy dtype"),
    *("numpy.core.multiarray _reconstruct", "numpy.core.multiarray scalar"),
}


def format_pickle(value: Any) -> bytes:
    """Return a value as a pickle of protocol 3.

    Args:
        value: Dictionaries, lists and tuples of texts, bytes, numbers, None and arrays.

    Raises:
        TypeError: If it holds anything else.
    """
    content = pickle.dumps(value, protocol=_PROTOCOL)
    parts: list[bytes] = []
    start = 0
    for opcode, argument, place in pickletools.genops(content):
        if opcode.name != "GLOBAL" or place is None:
            continue
        name = str(argument).replace("numpy._core.", "numpy.core.", 1)
        if name not in _NAMES:
            raise TypeError(f"expected plain values and arrays, but got {argument}")
        parts += [content[start:place], b"c", name.replace(" ", "\n").encode(), b"\n"]
        start = place + len(f"c{argument}\n")
    return b"".join([*parts, content[start:]])
