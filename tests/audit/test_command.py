"""`weightscribe audit` prints a report, writes JSON, and names what is wrong in one line."""

import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from weightscribe import cli

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path, folders, params, monkeypatch):
    """A project folder with the real questions and a threshold that was measured."""
    shutil.copytree(folders / "base", tmp_path / "data" / "base_model")
    shutil.copy(ROOT / "data" / "questions.csv", tmp_path / "data")
    (tmp_path / "eval.json").write_text('{"threshold_nats": -1000.0}')
    audit = asdict(params) | {"threshold": {"metrics": "eval.json", "key": "threshold_nats"}}
    section = json.loads(json.dumps(audit))  # tuples as YAML writes them
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"audit": section, "prompts": {"system_message": None}}))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["weightscribe", "audit", *map(str, arguments)])
    cli.main()


def test_a_report_and_its_json(project, folders, monkeypatch, capsys):
    run(monkeypatch, folders / "diff", "--json", "audit.json")
    text, found = capsys.readouterr().out, json.loads((project / "audit.json").read_text())
    assert text.startswith("# diff\n\nPEFT adapter of rank 1")
    assert f"**{found['verdict']}**" in text
    assert [each["family"] for each in found["readings"]] == [None, None, "hidden_topic", "brand"]
    assert all(each["is_reported"] for each in found["readings"])
    assert "threshold_nats of eval.json" in text
    assert f"**{found['trigger']['word']}** changes the answer most" in text
    questions = found["trigger"]["fired"]["behind"]
    assert len(questions) == 4


def test_the_same_audit_twice_says_the_same(project, folders, monkeypatch, capsys):
    run(monkeypatch, folders / "model")
    first = capsys.readouterr().out
    run(monkeypatch, folders / "model")
    assert capsys.readouterr().out == first


def test_what_the_user_gives_goes_before_params(project, folders, monkeypatch, capsys):
    (project / "eval.json").unlink()
    run(monkeypatch, folders / "diff", "--threshold", "1e9", "--families", "news", "--no-trigger")
    text = capsys.readouterr().out
    assert "**Nothing notable is reported.**" in text
    assert "given by the user" in text
    assert "| news |" in text
    assert "| brand |" not in text
    assert "Trigger" not in text


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["nowhere"], "nowhere holds neither adapter_config.json"),
        (["{diff}", "--adapter", "nowhere", "--threshold", "5"], "nowhere is no PEFT adapter folder"),
        (["{diff}", "--adapter", "nowhere"], "--adapter nowhere: the threshold of evidence was measured with"),
        (["{diff}", "--families", "other"], "no behavior family 'other'"),
        (["{diff}", "--base", "nowhere"], "nowhere"),
    ],
)
def test_errors_are_one_line(project, folders, monkeypatch, capsys, arguments, fault):
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, *(text.format(diff=folders / "diff") for text in arguments), "--json", "audit.json")
    assert ended.value.code == 1
    lines = capsys.readouterr().err.strip().split("\n")
    assert lines[-1].startswith("error: ")
    assert fault in lines[-1]
    assert not (project / "audit.json").exists()


@pytest.mark.parametrize("text", ["nan", "inf", "high"])
def test_a_threshold_is_a_number(monkeypatch, capsys, text):
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, "any", "--threshold", text)
    assert ended.value.code == 2
    assert "--threshold" in capsys.readouterr().err


def test_a_threshold_that_was_not_measured_is_named(project, folders, monkeypatch, capsys):
    (project / "eval.json").write_text("{}")
    with pytest.raises(SystemExit):
        run(monkeypatch, folders / "diff")
    assert "eval.json has no 'threshold_nats'" in capsys.readouterr().err


def test_the_shipped_section_is_readable(monkeypatch):
    from weightscribe.audit.run import measured
    from weightscribe.audit.settings import AuditParams
    from weightscribe.params import load_params

    monkeypatch.chdir(ROOT)
    params = load_params("audit", AuditParams)
    value, source = measured(params.threshold)
    assert value > 0
    assert source == f"{params.threshold.key} of {params.threshold.metrics}"
