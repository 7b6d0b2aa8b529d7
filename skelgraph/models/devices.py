"""Where networks compute."""

import torch

from skelgraph.errors import RunError


def resolve_device(name: str) -> torch.device:
    """Return the device of a name.

    Args:
        name: ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``, or ``"auto"`` for a GPU if there is
            one.

    Raises:
        RunError: If there is no such device here.

    Example:
        >>> resolve_device("cpu")
        device(type='cpu')
    """
    has_mps = torch.backends.mps.is_available()
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "mps" if has_mps else "cpu")
    device = torch.device(name)
    number = device.index or 0
    if device.type == "cuda" and number >= torch.cuda.device_count():
        raise RunError(f"device {name}: there is no such GPU here; pass --device cpu or auto")
    if device.type == "mps" and not has_mps:
        raise RunError("device mps: this is no Mac with a GPU; pass --device cpu or auto")
    return device


def lacks_bfloat16(device: torch.device) -> bool:
    """Return whether a device has no instructions for bfloat16, which makes it very slow."""
    if device.type == "cuda":
        return not torch.cuda.is_bf16_supported(including_emulation=False)
    slow = ("DEFAULT", "NO AVX", "AVX2")
    return device.type == "cpu" and torch.backends.cpu.get_cpu_capability() in slow
