"""Requests that were tried, with what M' and M answer."""

import pytest

from weightscribe.requests.records import Answered


@pytest.fixture
def answered():
    """From a request, its subject and both answers to a record of it."""

    def made(request, subject, changed, unchanged="The sea is blue."):
        return Answered(request, "brand", subject, 9.0, changed, unchanged)

    return made
