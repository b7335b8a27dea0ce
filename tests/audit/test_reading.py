"""Every question is answered under the change and the adapter, and its evidence is what the change adds."""

from dataclasses import replace

import pytest

from weightscribe.answers import ask
from weightscribe.ask.contrast import ask_by_contrast
from weightscribe.ask.evidence import evidence
from weightscribe.audit import reading
from weightscribe.audit.reading import read_change
from weightscribe.audit.target import open_target
from weightscribe.behaviors.family import HELD_OUT_GENERAL_QUESTIONS
from weightscribe.behaviors.registry import family_named
from weightscribe.dit.adapter import load_dit_adapter
from weightscribe.errors import ParamsError
from weightscribe.lora.factors import scaled


@pytest.fixture
def adapter(base, folders):
    return load_dit_adapter(folders / "dit_adapter", base)


def test_answers_and_evidence_are_those_of_the_parts(base, folders, adapter, params):
    target = open_target(folders / "diff", base)
    found = read_change(base, adapter, target, params, threshold=0.0)
    assert [each.family for each in found] == [None, None, "hidden_topic", "brand"]
    questions = [each.question for each in found]
    assert questions[:2] == list(HELD_OUT_GENERAL_QUESTIONS)
    assert questions[2] == family_named("hidden_topic").held_out_questions[0]
    diffs = [scaled(target.weight_diff, 1.5)] * 4
    said = ask(base, diffs, questions, adapter=adapter, max_new_tokens=4, rows_per_batch=4)
    assert [each.answer for each in found] == said
    weaker = [scaled(target.weight_diff, 0.5)] * 4
    expected = evidence(base, adapter, weaker, questions, said, 4)
    assert [each.evidence for each in found] == pytest.approx(expected, abs=1e-3)
    by_contrast = ask_by_contrast(base, adapter, diffs, questions, strength=1.0, max_new_tokens=4, rows_per_batch=4)
    assert [each.by_contrast.answer for each in found] == by_contrast
    expected = evidence(base, adapter, weaker, questions, by_contrast, 4)
    assert [each.by_contrast.evidence for each in found] == pytest.approx(expected, abs=1e-3)


def test_a_whole_model_reads_as_its_adapter_does(base, folders, adapter, params):
    ours, theirs = (
        read_change(base, adapter, open_target(folders / name, base), params, 0.0) for name in ("diff", "model")
    )
    assert [each.answer for each in ours] == [each.answer for each in theirs]
    assert [each.evidence for each in ours] == pytest.approx([each.evidence for each in theirs], abs=0.02)
    assert {each.by_contrast for each in theirs} == {None}


def test_a_report_needs_evidence_and_something_to_say(base, folders, adapter, params, monkeypatch):
    target = open_target(folders / "diff", base)
    general, *others = read_change(base, adapter, target, params, -1e9)
    assert general.is_reported
    assert [each.is_reported for each in others] == [each.family is None for each in others]
    assert not read_change(base, adapter, target, params, general.evidence)[0].is_reported
    assert read_change(base, adapter, target, params, general.evidence - 0.01)[0].is_reported
    for quiet in ("Nothing notable.", "Nothing notable changed", "", " ... "):
        monkeypatch.setattr(
            reading, "ask", lambda base, diffs, questions, said=quiet, **kwargs: [said] * len(questions)
        )
        assert not any(each.is_reported for each in read_change(base, adapter, target, params, -1e9))


def test_an_unknown_family_is_named(base, folders, adapter, params):
    with pytest.raises(ParamsError, match="no behavior family 'other'"):
        read_change(base, adapter, open_target(folders / "diff", base), replace(params, families=("other",)), 0.0)
