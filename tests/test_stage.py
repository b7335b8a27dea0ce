"""A stage ends in one line a user can act on, and is offline unless it says otherwise."""

import os
import subprocess
import sys

import pytest

from weightscribe.errors import ParamsError
from weightscribe.stage import STAGE_ENVIRONMENT, allow_network, run_stage


def test_an_error_a_user_can_act_on_is_one_line_and_exit_code_1(capsys):
    def main():
        raise ParamsError("params.yaml lacks\n  'seed'. Add it.")

    with pytest.raises(SystemExit) as stopped:
        run_stage(main)
    assert stopped.value.code == 1
    printed = capsys.readouterr()
    assert printed.err == "error: params.yaml lacks 'seed'. Add it.\n"
    assert printed.out == ""


def test_a_bug_keeps_its_traceback():
    def main():
        raise KeyError("bug")

    with pytest.raises(KeyError, match="bug"):
        run_stage(main)


def test_a_stage_that_ends_well_just_ends(capsys):
    run_stage(lambda: print("made"))
    assert capsys.readouterr().out == "made\n"


def environment_after(code, **given):
    inherited = {key: value for key, value in os.environ.items() if key not in STAGE_ENVIRONMENT}
    code += "\nimport os; print(os.environ['HF_HUB_OFFLINE'], os.environ['TOKENIZERS_PARALLELISM'])"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=inherited | given,
        check=True,
        capture_output=True,
        text=True,
    )
    return run.stdout.split()


def test_a_stage_is_offline_unless_the_user_said_otherwise():
    code = "from weightscribe import stage"
    assert environment_after(code) == ["1", "false"]
    assert environment_after(code, HF_HUB_OFFLINE="0") == ["0", "false"]
    assert environment_after(code + "; stage.allow_network()") == ["0", "false"]


def test_allow_network_wins_over_offline_and_brings_progress_bars_back(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    allow_network()
    assert os.environ["HF_HUB_OFFLINE"] == "0"
    assert "HF_HUB_DISABLE_PROGRESS_BARS" not in os.environ
