"""Which tensors a layer may take values from.

The host of a GPU issues operations ahead of it. Taking a value, as ``bool(mask.all())`` or
``x[mask]`` do, makes the host wait until the GPU has done all of them.
"""

import torch
from torch import Tensor
from torch._subclasses import FakeTensor


def is_on_host(tensor: Tensor) -> bool:
    """Return whether the values of the tensor are known and cost no wait.

    Only then are values checked and shorter ways chosen by them. It is False on any device but the
    CPU, and for a compiler, which has shapes but no values.
    """
    if torch.compiler.is_compiling():
        return False
    return tensor.device.type == "cpu" and not isinstance(tensor, FakeTensor)
