"""Networks from the table of models or of a user's own, and the device that they compute on."""

import importlib
import importlib.util
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from torch import nn

from skelgraph.config import ModelSettings
from skelgraph.errors import RunError, SkelgraphError
from skelgraph.layouts import JointLayout


def make_network(
    settings: ModelSettings,
    layout: JointLayout,
    *,
    in_channels: int,
    num_classes: int,
    any_skeleton: bool = False,
) -> nn.Module:
    """Make a network of skeletons, with new weights from PyTorch's generator.

    One for any skeleton has no weight that belongs to a joint.

    Raises:
        RunError: If a network of one's own cannot be loaded or made.
        LayoutError: If the center joint is unknown.
    """
    options = settings.options()
    if options.get("center") is not None:
        options["center"] = layout.index(str(options["center"]))
    if any_skeleton:
        options["any_skeleton"] = True
    factory = load_factory(settings.info.factory)
    try:
        network = factory(
            in_channels=in_channels, num_classes=num_classes, layout=layout, **options
        )
    except SkelgraphError:
        raise
    except Exception as error:
        if not settings.info.is_own:
            raise
        raise RunError(
            f"{settings.name}: expected a network that is made with in_channels, num_classes and "
            f"layout, but got {type(error).__name__}: {error}"
        ) from error
    if not isinstance(network, nn.Module):
        raise RunError(f"{settings.name}: expected a torch.nn.Module, but got {network!r}")
    return network


def load_factory(reference: str) -> Any:
    """Import the class or function that makes a network.

    The reference is ``"package.module:Name"`` or ``"path/to/file.py:Name"``.

    Raises:
        RunError: If there is no such module or file, it fails, or has nothing of the name.
    """
    place, _, name = reference.rpartition(":")
    try:
        module = _import_file(Path(place)) if place.endswith(".py") else _import_module(place)
    except SkelgraphError:
        raise
    except Exception as error:
        raise RunError(f"{place}: cannot be imported ({type(error).__name__}: {error})") from error
    if not hasattr(module, name):
        raise RunError(f"{place}: expected it to define {name!r}, but it does not")
    return getattr(module, name)


def fold_for_inference(network: nn.Module) -> nn.Module:
    """Return a network in its form for being called alone, without gradients.

    Networks of ours fold what is constant after training; others are copied in evaluation mode.
    """
    fold = getattr(network, "optimize_for_inference", None)
    if callable(fold):
        folded: nn.Module = fold()
        return folded
    return deepcopy(network).requires_grad_(False).eval()


def _import_module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and name.startswith(error.name):
            raise RunError(f"{name}: there is no such module; is it on PYTHONPATH?") from error
        raise


def _import_file(file: Path) -> Any:
    """Import a file under a name made of its path, once per process."""
    if not file.is_file():
        raise RunError(f"{file}: there is no such file; --model takes FILE.py:NETWORK")
    name = f"skelgraph_own_{abs(hash(file.resolve()))}_{file.stem}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise RunError(f"{file}: expected a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def resolve_device(name: str) -> torch.device:
    """Return the device of a name.

    Names are ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``, or ``"auto"`` for a GPU if there
    is one.

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
