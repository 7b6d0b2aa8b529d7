"""Trainings in processes of their own, several at a time.

Each worker is a spawned process that takes one training after the other. Ctrl-C reaches the parent
alone, which ends the workers: all files of a run are written whole or not at all, so that a
training goes on from its last checkpoint. If the parent dies, its workers end too.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

import torch

from skelgraph.config import TrainConfig
from skelgraph.errors import SkelgraphError
from skelgraph.runs import RunDirectory
from skelgraph.training import Shown, train


@dataclass(frozen=True, kw_only=True)
class FoldTask:
    """A training to be done; the settings name its run directory."""

    title: str
    config: TrainConfig

    @property
    def run(self) -> RunDirectory:
        """Its run directory."""
        assert self.config.out is not None
        return RunDirectory(path=self.config.out)

    @property
    def is_finished(self) -> bool:
        """Whether the training has ended."""
        return self.run.metrics_file.is_file()


@dataclass(frozen=True, kw_only=True)
class FoldOutcome:
    """What a training came to: its duration, and what went wrong; empty if nothing did."""

    task: FoldTask
    seconds: float
    error: str = ""


Done = Callable[[FoldOutcome], None]


def count_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_tasks(
    tasks: Sequence[FoldTask], *, workers: int, done: Done, show: Shown = "nothing"
) -> None:
    """Do trainings, so many at a time; one worker is this process itself.

    A training that was stopped goes on. One that fails stops no other: ``done`` is called with each
    outcome.

    Raises:
        KeyboardInterrupt: If it is stopped; the workers have ended then.
    """
    if workers == 1:
        for task in tasks:
            start = time.monotonic()
            error = attempt(task.config, show=show)
            done(FoldOutcome(task=task, seconds=time.monotonic() - start, error=error))
        return
    threads = max(1, torch.get_num_threads() // workers)
    pool: dict[Connection, SpawnProcess] = {}
    try:
        _share_out(tasks, pool, workers, threads, done)
    finally:
        for connection, process in pool.items():
            connection.close()
            process.kill()
            process.join()


def attempt(config: TrainConfig, *, show: Shown = "nothing") -> str:
    """Do a training, or go on with it, and return what went wrong; empty if nothing did."""
    assert config.out is not None
    try:
        train(config, resume=any(config.out.rglob("last.ckpt")), show=show)
    except SkelgraphError as error:
        return str(error)
    except Exception as error:  # the other folds go on, whatever it is
        return f"internal error, a defect of skelgraph: {type(error).__name__}: {error}"
    return ""


def _share_out(
    tasks: Sequence[FoldTask],
    pool: dict[Connection, SpawnProcess],
    workers: int,
    threads: int,
    done: Done,
) -> None:
    left, busy = deque(tasks), dict[Connection, tuple[FoldTask, float]]()

    def begin(connection: Connection) -> None:
        busy[connection] = (left.popleft(), time.monotonic())
        connection.send(busy[connection][0].config)

    while left or busy:
        while left and len(pool) < workers:
            begin(_start_worker(pool, threads))
        for ready in wait(list(busy)):
            assert isinstance(ready, Connection)
            task, start = busy.pop(ready)
            try:
                error = str(ready.recv())
            except (EOFError, ConnectionError):
                process = pool.pop(ready)
                process.join()
                error = f"its process ended (exit code {process.exitcode}); was memory short?"
            done(FoldOutcome(task=task, seconds=time.monotonic() - start, error=error))
            if ready in pool and left:
                begin(ready)


def _start_worker(pool: dict[Connection, SpawnProcess], threads: int) -> Connection:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, threads), daemon=True)
    with _without_interrupts():
        process.start()
    theirs.close()
    pool[ours] = process
    return ours


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Ignore Ctrl-C inside; a process that is started inherits that, and keeps it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def _work(connection: Connection, threads: int) -> None:
    """Take trainings until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(threads)
    while True:
        try:
            config = connection.recv()
        except EOFError:
            return
        connection.send(attempt(config))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
