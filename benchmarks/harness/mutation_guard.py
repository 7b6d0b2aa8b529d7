"""Mutated files read in a process of its own, which a hang or a crash ends and nothing else."""

import multiprocessing
import resource
import signal
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from harness.mutations import Tally, read_mutations

MAX_SECONDS = 10.0
"""Processor time that one small file may take; sound ones take a few milliseconds."""
_MAX_MEMORY = 2**30
"""Further memory that the process may ask for; more is a MemoryError in it."""


def read_guarded(sample_name: str, count: int, seed: int, num_frames: int = 8) -> Tally:
    """Read mutated copies of a sample under limits of time and memory.

    A copy that ends the process is a failure, and the reading goes on after it.

    Args:
        sample_name: A key of :data:`harness.sample_files.SAMPLES`.
        count: How many copies.
        seed: Decides the mutations.
        num_frames: Frames of the sample.
    """
    context = multiprocessing.get_context("spawn")
    tally = Tally.empty()
    start = 0
    while start < count:
        current = context.Value("q", start - 1)
        receiver, sender = context.Pipe(duplex=False)
        worker = context.Process(
            target=_work, args=(sample_name, range(start, count), seed, num_frames, current, sender)
        )
        worker.start()
        sender.close()
        try:
            tally.add(receiver.recv())
            start = count
        except EOFError:
            worker.join()
            if worker.exitcode is None or worker.exitcode >= 0 or current.value < start:
                raise RuntimeError(f"the reading process of {sample_name} failed") from None
            name = signal.Signals(-worker.exitcode).name
            why = f"more than {MAX_SECONDS:g} s" if name == "SIGPROF" else name
            tally.failures.append(f"{sample_name}, seed {seed}, copy {current.value}: {why}")
            start = current.value + 1
        worker.join()
    return tally


def _work(
    sample_name: str,
    numbers: range,
    seed: int,
    num_frames: int,
    current: "Synchronized[int]",
    sender: "Connection[Tally, object]",
) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + _MAX_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    def before(number: int) -> None:
        current.value = number
        signal.setitimer(signal.ITIMER_PROF, MAX_SECONDS)  # without a handler it ends the process

    sender.send(read_mutations(sample_name, numbers, seed, num_frames=num_frames, before=before))
