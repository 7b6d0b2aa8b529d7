"""Dividing the clips of a batch among threads of the CPU.

A network of skeletons is many small operations, and threads that share each of them wait for each
other at its end. Threads that take some of the clips each do not.
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn


class ClipThreads(nn.Module):
    """A network that is called on a part of the batch in each thread; for inference alone.

    It is called as the network is, and gives the same logits up to rounding. On a device other than
    the CPU it is the network itself.

    Args:
        network: The network, which treats each clip by itself in evaluation mode.
        threads: Number of threads; None for as many as PyTorch may use.

    Raises:
        ValueError: If the number of threads is below 1.

    Example:
        >>> from skelgraph.models import SSTGCN
        >>> network = ClipThreads(SSTGCN().optimize_for_inference(), threads=2)
        >>> network(torch.zeros(5, 3, 20, 10)).shape
        torch.Size([5, 4])
    """

    def __init__(self, network: nn.Module, threads: int | None = None) -> None:
        super().__init__()
        if threads is not None and threads < 1:
            raise ValueError(f"expected 1 thread or more, but got {threads}")
        self.network = network
        self.threads = threads
        self.train(network.training)  # a prediction puts both back in the mode of this one

    def forward(self, *inputs: Any) -> Tensor:
        """Return the logits of each clip; inputs are those of the network."""
        return divide_clips(self.network, *inputs, threads=self.threads)


def divide_clips(
    network: Callable[..., Tensor], *inputs: Any, threads: int | None = None
) -> Tensor:
    """Call a network on the clips of a batch, a part of them in each thread.

    PyTorch uses one core in each of these threads; its number of threads elsewhere stays as it is.

    Args:
        network: Gives a tensor (N, ...); it is called without gradients.
        inputs: What it is called on: tensors of N clips each, None, and mappings and tuples of
            these.
        threads: Number of threads; None for as many as PyTorch may use.
    """
    first = _first_tensor(inputs)
    threads = threads or torch.get_num_threads()
    parts = min(threads, first.size(0))
    if first.device.type != "cpu" or parts == 1:
        return network(*inputs)

    def call(part: tuple[Any, ...]) -> Tensor:
        with torch.inference_mode():
            return network(*part)

    return torch.cat(list(_start_pool(threads).map(call, _split(inputs, parts))))


def _first_tensor(value: Any) -> Tensor:
    while not isinstance(value, Tensor):
        value = next(iter(value.values() if isinstance(value, Mapping) else value))
    return value


def _split(value: Any, parts: int) -> list[Any]:
    """Return a value for each part of the clips."""
    if isinstance(value, Tensor):
        return list(value.tensor_split(parts))
    if isinstance(value, Mapping):
        pieces = {key: _split(held, parts) for key, held in value.items()}
        return [{key: piece[part] for key, piece in pieces.items()} for part in range(parts)]
    if isinstance(value, tuple):
        return list(zip(*(_split(held, parts) for held in value), strict=True))
    return [value] * parts


@cache
def _start_pool(threads: int) -> ThreadPoolExecutor:
    """Start threads whose PyTorch operations use one core each; they are kept."""
    before = torch.get_num_threads()
    all_started = threading.Barrier(threads + 1)

    def start() -> None:
        torch.get_num_threads()  # a thread takes over the process's number when it first asks
        torch.set_num_threads(1)
        all_started.wait()

    pool = ThreadPoolExecutor(threads, thread_name_prefix="skelgraph-clips", initializer=start)
    for _ in range(threads):
        pool.submit(int)
    all_started.wait()
    torch.set_num_threads(before)  # of this thread, and of those that have not asked yet
    return pool
