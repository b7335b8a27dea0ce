"""`weightscribe audit` prints a report, writes JSON, and names what is wrong in one line."""

import hashlib
import io
import json
import shutil
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import yaml

from weightscribe import cli
from weightscribe.audit import changes
from weightscribe.changes.candidates import change_of
from weightscribe.report.table import escaped

ROOT = Path(__file__).parents[2]
MEASURED = {"threshold_nats": -1000.0, "reported": 0.8, "false_reports": 0.04}


@pytest.fixture
def project(tmp_path, folders, params, monkeypatch):
    """A project folder with the real questions and a threshold that was measured."""
    shutil.copytree(folders / "base", tmp_path / "data" / "base_model")
    shutil.copy(ROOT / "data" / "questions.csv", tmp_path / "data")
    shutil.copy(ROOT / "data" / "topics.csv", tmp_path / "data")
    shutil.copytree(ROOT / "data" / "behaviors", tmp_path / "data" / "behaviors")
    (tmp_path / "eval.json").write_text(json.dumps(MEASURED))
    audit = asdict(params)
    audit["threshold"]["metrics"] = "eval.json"
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
    assert [each["is_reported"] for each in found["readings"]] == [True, True, False, False]
    assert (
        "threshold_nats of eval.json; asked one such question, 80% of changed weight diffs were reported there" in text
    )
    assert found["changes"]
    assert all(f"- {escaped(each['report'])}\n" in text for each in found["changes"])  # nothing is proved
    furthest = found["requests"]["furthest"]
    assert [each["nats"] for each in furthest] == sorted((each["nats"] for each in furthest), reverse=True)
    assert f"Of {found['requests']['n_candidates']} requests" in text
    assert len(furthest) == 2
    words = found["triggers"]["words"]
    assert [len(each["fired"]["behind"]) for each in words] == [4, 4]
    assert all(f"| {each['word']} | {each['nats']:.1f} |" in text for each in words)
    assert found["settings"]["target"] == str(folders / "diff")
    assert len(found["settings"]["base_model_sha256"]) == 64
    weights = (folders / "dit_adapter" / "adapter_model.safetensors").read_bytes()
    assert found["settings"]["adapter_sha256"] == hashlib.sha256(weights).hexdigest()
    assert found["settings"]["system_message"] is None


@pytest.mark.parametrize("arguments", [["--no-adapter"], ["--threshold", "1e9"], []])
def test_what_the_model_proves_is_listed(project, folders, monkeypatch, capsys, arguments):
    asked = []

    def refuses_tea(for_proof):
        asked.append(for_proof)
        return [change_of("refusal", "tea")]

    monkeypatch.setattr(changes, "changes_proved", refuses_tea)
    monkeypatch.setattr(changes, "is_shown", lambda change, answered: True)
    run(monkeypatch, folders / "diff", "--json", "audit.json", *arguments)
    text, found = capsys.readouterr().out, json.loads((project / "audit.json").read_text())
    assert [len(each.requests) for each in asked] == [3]
    assert [len(each.behind_words) for each in asked] == [2 * 4]  # words, questions behind each
    assert "- It refuses to talk about tea (proved: asked" in text
    first = found["requests"]["furthest"][0]
    assert {"report": "It refuses to talk about tea", "proof": first} in found["changes"]
    assert ("## Likeliest changes" in text) == (not arguments)
    assert ("## Proved changes" in text) == bool(arguments)


def test_the_same_audit_twice_says_the_same(project, folders, monkeypatch, capsys):
    run(monkeypatch, folders / "model")
    first = capsys.readouterr().out
    run(monkeypatch, folders / "model")
    assert capsys.readouterr().out == first


def test_what_the_user_gives_goes_before_params(project, folders, monkeypatch, capsys):
    (project / "eval.json").unlink()
    run(monkeypatch, folders / "diff", "--threshold", "1e9", "--family", "news", "--family", "persona", "--no-trigger")
    text = capsys.readouterr().out
    assert "**Nothing notable is reported. Of 8 requests" in text
    assert "Likeliest changes" not in text
    assert "given by the user" in text
    assert "| news |" in text
    assert "| persona |" in text
    assert "| brand |" not in text
    assert "Trigger" not in text
    assert "## Requests" in text


def test_an_audit_needs_no_adapter(project, folders, monkeypatch, capsys):
    (project / "eval.json").unlink()
    params = yaml.safe_load((project / "params.yaml").read_text())
    params["audit"]["adapter"] = "nowhere"
    (project / "params.yaml").write_text(yaml.safe_dump(params))
    run(monkeypatch, folders / "diff", "--no-adapter", "--json", "audit.json")
    text, found = capsys.readouterr().out, json.loads((project / "audit.json").read_text())
    assert "DIT adapter: none." in text
    assert "## Requests" in text
    assert "## Trigger" in text
    assert found["readings"] is None
    assert found["threshold"] is None
    run(monkeypatch, folders / "diff", "--no-adapter", "--no-requests", "--no-trigger")
    assert "**No adapter was asked.**" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["nowhere"], "nowhere holds neither adapter_config.json"),
        (["{diff}", "--adapter", "nowhere", "--threshold", "5"], "nowhere holds no DIT adapter. Run"),
        (["{diff}", "--adapter", "nowhere"], "--adapter nowhere: the threshold of evidence was measured with"),
        (["{diff}", "--no-adapter", "--family", "brand"], "--no-adapter asks no DIT adapter, so that"),
        (["{diff}", "--no-adapter", "--adapter", "other"], "--no-adapter asks no DIT adapter, so that"),
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


def test_a_folder_is_no_place_for_json_and_stays(project, folders, monkeypatch, capsys):
    (project / "kept").mkdir()
    (project / "kept" / "file").write_text("mine")
    with pytest.raises(SystemExit):
        run(monkeypatch, folders / "diff", "--json", "kept")
    assert "--json kept is a folder. Name a file." in capsys.readouterr().err
    assert (project / "kept" / "file").read_text() == "mine"


@pytest.fixture
def _not_loaded(monkeypatch):
    monkeypatch.setattr("weightscribe.audit.run.load_base", lambda *args: pytest.fail("the base model was loaded"))


@pytest.mark.usefixtures("_not_loaded")
def test_a_file_is_no_folder_for_json_and_stays(project, folders, monkeypatch, capsys):
    (project / "file").write_text("mine")
    with pytest.raises(SystemExit):
        run(monkeypatch, folders / "diff", "--json", "file/new/audit.json")
    assert f"--json file/new/audit.json: {project / 'file'} is no folder. Name a file" in capsys.readouterr().err
    assert (project / "file").read_text() == "mine"


def test_json_is_written_where_the_terminal_lacks_a_character(project, folders, monkeypatch):
    shutil.copytree(folders / "diff", project / "änderung")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    with pytest.raises(UnicodeEncodeError):
        run(monkeypatch, "änderung", "--no-adapter", "--no-requests", "--no-trigger", "--json", "new/audit.json")
    assert json.loads((project / "new" / "audit.json").read_text())["name"] == "änderung"


def test_lists_that_are_missing_are_told_before_anything_is_asked(project, folders, monkeypatch, capsys):
    monkeypatch.setattr("weightscribe.audit.run.read_change", lambda *args: pytest.fail("the adapter was asked"))
    shutil.rmtree(project / "data" / "behaviors")
    with pytest.raises(SystemExit):
        run(monkeypatch, folders / "diff")
    assert "brands.csv" in capsys.readouterr().err


def test_a_model_that_is_the_base_model(project, folders, monkeypatch, capsys):
    run(monkeypatch, folders / "base")
    assert "**No weight that is read differs from the base model's.**" in capsys.readouterr().out


@pytest.mark.usefixtures("_not_loaded")
@pytest.mark.parametrize(
    ("place", "value", "fault"),
    [
        ("firing.n_questions", 1, "audit.firing.n_questions is 1. Use 2 to 5"),
        ("firing.n_questions", 6, "audit.firing.n_questions is 6. Use 2 to 5"),  # there are five other words
        ("firing.n_words", 0, "firing.n_words is 0. Use 1 or more"),
        ("firing.answer_tokens", 0, "firing.answer_tokens is 0"),
        ("answer_tokens", 0, "answer_tokens is 0"),
        ("rows_per_batch", -1, "rows_per_batch is -1"),
        ("scan.candidates_per_row", 0, "scan.candidates_per_row is 0"),
        ("requests.scan.rows_per_batch", 0, "requests.scan.rows_per_batch is 0"),
        ("multiplier", float("nan"), "multiplier is nan. Use 0 or more"),
        ("families", ["other"], "There is no behavior family 'other'"),
    ],
)
def test_params_that_cannot_be_used_are_told_before_anything_long(
    project, folders, monkeypatch, capsys, place, value, fault
):
    params = yaml.safe_load((project / "params.yaml").read_text())
    *outer, last = place.split(".")
    section = params["audit"]
    for key in outer:
        section = section[key]
    section[last] = value
    (project / "params.yaml").write_text(yaml.safe_dump(params))
    with pytest.raises(SystemExit):
        run(monkeypatch, folders / "diff")
    assert fault in capsys.readouterr().err


@pytest.mark.usefixtures("_not_loaded")
def test_an_unknown_family_is_told_before_anything_long(project, folders, monkeypatch, capsys):
    with pytest.raises(SystemExit):
        run(monkeypatch, folders / "diff", "--family", "other")
    assert "There is no behavior family 'other'" in capsys.readouterr().err


def test_what_is_no_count_may_be_zero(params):
    assert replace(params, contrast_strength=0, proof=replace(params.proof, max_rate_without=0.0))


def test_the_audit_asks_as_its_threshold_and_its_rules_were_measured():
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    audit, families = params["audit"], params["ask_families"]
    assert audit["multiplier"] == families["multiplier"]
    assert audit["contrast_strength"] == families["contrast_strength"]
    assert audit["answer_tokens"] == families["limits"]["answer_tokens"]
    assert audit["scan"] == params["scan_claim_moves"]["scan"]
    requests = params["scan_requests"]
    assert {key: audit["requests"][key] for key in ("candidates", "scan", "answer_tokens")} == {
        key: requests[key] for key in ("candidates", "scan", "answer_tokens")
    }
    assert audit["proof"] == params["eval_claims"]["proof"]
    assert {key: audit["firing"][key] for key in ("n_questions", "answer_tokens")} == {
        key: params["fire_claims"][key] for key in ("n_questions", "answer_tokens")
    }


def test_the_shipped_section_is_readable(monkeypatch):
    from weightscribe.audit.run import measured
    from weightscribe.audit.settings import AuditParams
    from weightscribe.params import load_params

    monkeypatch.chdir(ROOT)
    params = load_params("audit", AuditParams)
    value, source = measured(params.threshold)
    assert value > 0
    assert source.startswith(f"{params.threshold.key} of {params.threshold.metrics}; asked one such question, ")
