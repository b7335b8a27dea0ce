"""Independent pieces of work, side by side in processes of one thread each.

A model of 135M parameters leaves most of a second thread idle: on 2 cores two processes answer questions 1.7 times as
fast as two threads do, and train weight diffs somewhat faster (docs/performance.md). A process is forked for the pieces
at hand, so it has all that this one has loaded and nothing is copied or sent to it.
"""

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

import psutil
import torch

from weightscribe.errors import WorkerError

Piece, Result = TypeVar("Piece"), TypeVar("Result")

MEMORY_PER_WORKER = 3 * 2**30  # bytes: 16 weight diffs of the default model in training and answering take 2 GiB

_work: Callable | None = None  # in a worker: what it does


def in_workers(work: Callable[[Piece], Result], pieces: Sequence[Piece]) -> Iterator[Result]:
    """What `work` gives for every piece, in order, as it comes.

    As many pieces at once as torch would use threads (OMP_NUM_THREADS, by default the cores) and memory allows, each
    with one thread: results are the same to the bit however many workers there are. With one thread, and in a worker
    itself, it is this process that works, a piece at a time. So it is on a GPU and where processes are not forked (all
    but Linux), and there, as with a lone piece anywhere, with all threads.

    work  changes nothing here: what it changes is lost with its process, but for files. What it gives is pickled:
          plain values, no tensors
    Raises: whatever `work` raises for the first piece for which it does; pieces that are begun are finished.
    WorkerError if a worker is killed.
    """
    if len(pieces) < 2:
        yield from map(work, pieces)
        return
    n_in_memory = psutil.virtual_memory().available // MEMORY_PER_WORKER
    n_workers = min(torch.get_num_threads() if _can_fork() else 1, n_in_memory, len(pieces))
    if n_workers < 2:
        yield from map(as_in_worker()(work), pieces)
        return
    pool = ProcessPoolExecutor(
        n_workers,
        multiprocessing.get_context("fork"),
        initializer=_begin,
        initargs=(lambda place: work(pieces[place]),),  # inherited, not pickled
    )
    try:
        with pool:
            yield from pool.map(_do, range(len(pieces)))
    except BrokenProcessPool as error:
        raise WorkerError(
            "A worker process was killed, most often because memory ran out. Close other programs, or set "
            "OMP_NUM_THREADS=1 to work in one process."
        ) from error


def is_worker() -> bool:
    """Whether this process is one; two progress bars at once would be none."""
    return _work is not None


def _begin(work: Callable) -> None:
    """In a new worker."""
    global _work
    _work = work
    torch.set_num_threads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that is killed ends no worker; this does."""
    multiprocessing.parent_process().join()
    os._exit(1)


def _do(piece: Piece) -> Result:
    return _work(piece)


def _can_fork() -> bool:
    return sys.platform.startswith("linux") and not torch.cuda.is_initialized()


@contextmanager
def as_in_worker() -> Iterator[None]:
    """In the block torch uses one thread, wherever a worker could."""
    n_threads = torch.get_num_threads()
    if _can_fork():
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)
