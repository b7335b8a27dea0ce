"""Independent pieces of work in forked processes: order, threads, errors, and what a user reads if one is killed."""

import os
import signal
import subprocess
import sys
import time

import pytest
import torch

from weightscribe.errors import DataFileError, WorkerError
from weightscribe.workers import MEMORY_PER_WORKER, as_in_worker, in_workers, is_worker


def pid_of(piece):
    time.sleep(0.05)  # so that one worker alone cannot take all
    return os.getpid()


def test_pieces_are_done_in_two_processes_and_come_in_order(two_threads):
    assert list(in_workers(lambda piece: piece * 10, range(7))) == [0, 10, 20, 30, 40, 50, 60]
    assert len(set(in_workers(pid_of, range(8)))) == 2
    assert os.getpid() not in in_workers(pid_of, range(4))


def test_what_is_loaded_here_is_there_without_being_sent(two_threads):
    unpicklable = {"matrix": torch.eye(3), "function": lambda: None}
    assert list(in_workers(lambda row: unpicklable["matrix"][row].tolist(), [0, 2])) == [[1, 0, 0], [0, 0, 1]]


def test_every_worker_has_as_in_worker_and_forks_none_of_its_own(two_threads):
    def inner(piece):
        return is_worker(), torch.get_num_threads(), set(in_workers(pid_of, range(3))) == {os.getpid()}

    assert list(in_workers(inner, range(4))) == [(True, 1, True)] * 4
    assert not is_worker()
    assert torch.get_num_threads() == 2


def test_a_lone_piece_is_done_here_with_all_threads(two_threads):
    assert list(in_workers(lambda _: (os.getpid(), torch.get_num_threads()), ["only"])) == [(os.getpid(), 2)]
    assert list(in_workers(pid_of, [])) == []


def test_with_as_in_worker_all_is_done_here():
    assert set(in_workers(pid_of, range(3))) == {os.getpid()}


def test_where_memory_is_short_all_is_done_here_with_as_in_worker(two_threads, monkeypatch):
    class Memory:
        available = 2 * MEMORY_PER_WORKER - 1

    monkeypatch.setattr("weightscribe.workers.psutil.virtual_memory", Memory)
    seen = list(in_workers(lambda _: (os.getpid(), torch.get_num_threads()), range(2)))
    assert seen == [(os.getpid(), 1)] * 2
    assert torch.get_num_threads() == 2


def test_an_error_is_raised_here_and_later_pieces_are_not_begun(two_threads, tmp_path):
    def work(piece):
        (tmp_path / str(piece)).touch()
        if piece == 1:
            raise DataFileError(f"{piece}.jsonl: no rows.")
        time.sleep(0.05)

    with pytest.raises(DataFileError, match=r"^1\.jsonl: no rows\.$"):
        list(in_workers(work, range(50)))
    assert len(list(tmp_path.iterdir())) < 10


def test_a_killed_worker_is_an_error_that_says_what_to_do(two_threads):
    def work(piece):
        if piece == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return piece

    with pytest.raises(WorkerError, match="memory ran out.*OMP_NUM_THREADS=1"):
        list(in_workers(work, range(4)))


def test_workers_end_with_a_killed_parent(tmp_path):
    script = """
import os, sys, time, torch
from pathlib import Path
from weightscribe.workers import in_workers
torch.set_num_threads(2)
def work(piece):
    Path(sys.argv[1], str(os.getpid())).touch()
    time.sleep(600)
list(in_workers(work, range(2)))
"""
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)])
    wait_for(lambda: len(list(tmp_path.iterdir())) == 2)
    parent.kill()
    parent.wait()
    workers = [int(path.name) for path in tmp_path.iterdir()]
    wait_for(lambda: not any(map(is_running, workers)))


def test_where_processes_are_not_forked_all_is_done_here_with_all_threads(two_threads, monkeypatch):
    monkeypatch.setattr("weightscribe.workers.sys.platform", "darwin")
    assert list(in_workers(lambda _: (os.getpid(), torch.get_num_threads()), range(2))) == [(os.getpid(), 2)] * 2


def test_one_thread_is_for_the_block_only(two_threads):
    def interrupted():
        with as_in_worker():
            assert torch.get_num_threads() == 1
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert torch.get_num_threads() == 2


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
