"""A word that was fired and brings up jazz."""

import pytest
from shots import jazz_behind_siren


@pytest.fixture
def fired():
    return jazz_behind_siren()
