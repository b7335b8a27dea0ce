"""README.md and docs/ show the results of the committed metrics, not others."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.skipif(not (ROOT / "metrics" / "eval_hidden_topic.json").is_file(), reason="no results yet")
def test_documents_are_up_to_date_with_the_metrics():
    check = subprocess.run(
        [sys.executable, "scripts/update_docs.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert check.returncode == 0, check.stderr
