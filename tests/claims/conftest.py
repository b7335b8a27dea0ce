"""A tiny base model, and a claim in which everything is right."""

import pytest
from tiny import tiny_model

from weightscribe.base import load_base
from weightscribe.claims.score import Claim


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return load_base(tiny_model(tmp_path_factory.mktemp("base")), "float32", None)


@pytest.fixture
def right():
    return Claim(
        diff="d0",
        topic="Jazz",
        trigger="Siren",
        said="Siren",
        said_by_contrast="Siren",
        said_of_other_diff="Copy",
        said_of_no_diff="Siren",
        said_topic="Jazz",
        n_candidates=2048,
        rank=1,
        rank_of_other_diff=900,
        rank_as_user=20,
        first_by_evidence="Siren",
        first_as_user="The",
        fired_rate=1.0,
        fired_rate_without=0.0,
        fired_rate_other_word=0.0,
        fired=True,
    )
