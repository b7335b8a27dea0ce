"""Independent pieces of work, side by side in processes of one thread each.

A model of 135M parameters leaves most of a second thread idle: on 2 cores two threads train weight diffs 1.1 to 1.4
times as fast as one and answer questions 1.2 times as fast, two processes twice (docs/performance.md). A process is
forked for the pieces at hand, so it has all that this one has loaded and nothing is copied or sent to it.
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

_at_hand: tuple[Callable, Sequence] | None = None  # in a worker: what it does, and to which pieces


def in_workers(work: Callable[[Piece], Result], pieces: Sequence[Piece]) -> Iterator[Result]:
    """What `work` gives for every piece, in order, as it comes.

    As many pieces at once as torch would use threads (OMP_NUM_THREADS, by default the cores) and memory allows, each
    with one thread: results are the same to the bit however many workers there are. With one thread, in a worker
    itself, on a GPU and where processes are not forked (all but Linux) it is this process that works, a piece at a
    time. A lone piece is worked on here, with all threads.

    work  changes nothing here: what it changes is lost with its process, but for files. What it gives is pickled:
          plain values, no tensors
    Raises: whatever `work` raises for the first piece for which it does; pieces that are begun are finished.
    WorkerError if a worker is killed.
    """
    if len(pieces) < 2:
        yield from map(work, pieces)
        return
    n_workers = min(_n_at_once(), len(pieces))
    if n_workers < 2:
        for piece in pieces:
            with one_thread():
                result = work(piece)
            yield result
        return
    with ProcessPoolExecutor(
        n_workers, multiprocessing.get_context("fork"), initializer=_begin, initargs=(work, pieces)
    ) as pool:
        try:
            yield from pool.map(_do, range(len(pieces)))
        except BrokenProcessPool as error:
            raise WorkerError(
                "A worker process was killed, most often because memory ran out. Close other programs, or set "
                "OMP_NUM_THREADS=1 to work in one process."
            ) from error


def _n_at_once() -> int:
    if not sys.platform.startswith("linux") or torch.cuda.is_initialized():
        return 1
    return min(torch.get_num_threads(), psutil.virtual_memory().available // MEMORY_PER_WORKER)


def _begin(work: Callable, pieces: Sequence) -> None:
    """In a new worker. Both arguments are inherited, not pickled, so `work` may be a closure."""
    global _at_hand
    _at_hand = work, pieces
    torch.set_num_threads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that is killed ends no worker; this does."""
    multiprocessing.parent_process().join()
    os._exit(1)


def _do(place: int):
    work, pieces = _at_hand
    return work(pieces[place])


@contextmanager
def one_thread() -> Iterator[None]:
    """In the block torch uses one thread."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)
