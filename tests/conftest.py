"""A tiny base model and an adapter that says something; a folder or module may have its own."""

import pytest
from loud import loud
from tiny import tiny_model

from weightscribe.base import load_base
from weightscribe.dit.train import new_bank


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return load_base(tiny_model(tmp_path_factory.mktemp("base")), "float32", None)


@pytest.fixture(scope="module")
def adapter(base):
    return loud(new_bank(base, 2, 0), 2).dit_adapter()
