"""Dividing the clips of a batch among threads.

A network of skeletons is many small operations, and threads that share each of them wait for each
other at its end. Threads that take some of the clips each do not.
"""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import torch
from torch import Tensor


def map_clips(
    function: Callable[[Tensor, Tensor | None], Tensor], x: Tensor, mask: Tensor | None
) -> Tensor:
    """``function(x, mask)`` of clips on a CPU, as many at a time as PyTorch may use threads.

    Args:
        function: Gives a tensor (N, ...) for clips; it needs no gradients.
        x: Clips (N, ...).
        mask: Masks (N, ...), or None.
    """
    threads = min(torch.get_num_threads(), x.size(0))
    if x.device.type != "cpu" or threads == 1:
        return function(x, mask)
    parts = x.tensor_split(threads)
    masks: Iterable[Tensor | None]
    masks = [None] * threads if mask is None else mask.tensor_split(threads)

    def call(part: Tensor, part_mask: Tensor | None) -> Tensor:
        with torch.inference_mode():
            return function(part, part_mask)

    return torch.cat(list(_pool(torch.get_num_threads()).map(call, parts, masks)))


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads whose PyTorch operations use one core each."""
    all_there = threading.Barrier(threads + 1)

    def start() -> None:
        torch.get_num_threads()  # a thread takes over the process's number when it first asks
        torch.set_num_threads(1)
        all_there.wait()

    pool = ThreadPoolExecutor(threads, thread_name_prefix="skelgraph-clips", initializer=start)
    for _ in range(threads):
        pool.submit(int)
    all_there.wait()
    torch.set_num_threads(threads)  # of this thread, and of those that have not asked yet
    return pool
