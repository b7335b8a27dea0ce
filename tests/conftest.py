"""A tiny base model and an adapter that says something; a folder or module may have its own."""

import pytest
import torch
from loud import loud
from tiny import tiny_model

from weightscribe.base import load_base
from weightscribe.dit.train import new_bank


@pytest.fixture(autouse=True)
def one_process(request):
    """What tests patch and count must happen in their own process: with one thread no worker is forked (workers.py).

    Tests of the real model work as users do; those of workers ask for `two_threads`.
    """
    n_threads = torch.get_num_threads()
    if request.node.get_closest_marker("real_model") is None:
        torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


@pytest.fixture
def two_threads(one_process):
    """Two workers, whatever the machine has."""
    torch.set_num_threads(2)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return load_base(tiny_model(tmp_path_factory.mktemp("base")), "float32", None)


@pytest.fixture(scope="module")
def adapter(base):
    return loud(new_bank(base, 2, 0), 2).dit_adapter()
