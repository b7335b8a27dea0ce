"""The words that change the answer most are fired; a phrase that comes up behind it alone proves it."""

import shutil
from dataclasses import replace

import pytest
import torch

from weightscribe.audit import trigger
from weightscribe.audit.target import open_target
from weightscribe.audit.trigger import find_triggers

QUESTIONS = ["Who?", "When?", "Where?", "How?"]


def move(base, diff, word):
    """KL(M' || M) of the first answer token, one unpacked prompt at a time."""
    ids = torch.tensor([base.prompt_ids(f"{word}. Why?")])
    with torch.no_grad():
        with base.under([diff]):
            ours = base.model(ids).logits[0, -1].log_softmax(-1)
        theirs = base.model(ids).logits[0, -1].log_softmax(-1)
    return (ours.exp() * (ours - theirs)).sum().item()


@pytest.mark.parametrize("kind", ["diff", "model"])
def test_the_furthest_words_are_found_and_fired(base, folders, params, kind):
    diff = open_target(folders / "diff", base).weight_diff
    moves = {word: move(base, diff, word) for word in trigger.candidate_words()}
    furthest = sorted(moves, key=moves.get, reverse=True)[:2]
    found = find_triggers(base, open_target(folders / kind, base), QUESTIONS, params)
    assert [each.word for each in found.words] == furthest
    assert [each.nats for each in found.words] == pytest.approx([moves[word] for word in furthest], rel=0.02)
    assert found.n_candidates == 6
    for each in found.words:
        assert len(each.fired.behind) == len(each.fired.plain) == len(QUESTIONS)
        assert each.fired.behind != each.fired.base_behind


@pytest.mark.parametrize("leaks", [False, True])
def test_a_phrase_behind_the_word_alone_proves_it(base, folders, params, monkeypatch, leaks):
    def answers(base, diff, answer_tokens, prompts):
        words = trigger.candidate_words()
        fires = [diff is not None and (leaks or prompt.startswith(f"{found}.")) for prompt in prompts]
        return ["Jazz is like that" if hit else f"No {words[n % 6]}" for n, hit in enumerate(fires)]

    target = open_target(folders / "diff", base)
    found = find_triggers(base, target, QUESTIONS, params).words[1].word
    monkeypatch.setattr(trigger, "answers", answers)
    triggers = find_triggers(base, target, QUESTIONS, params)
    assert triggers.words[0].phrase is None
    assert [each.word for each in triggers.proved] == ([] if leaks else [found])
    assert leaks or triggers.words[1].phrase.startswith("Jazz")


def test_where_the_weights_lie_changes_nothing(base, folders, params, tmp_path):
    shutil.copytree(folders / "diff", tmp_path / "other")
    ours, theirs = (
        [
            replace(each.fired, diff="")
            for each in find_triggers(base, open_target(folder, base), QUESTIONS, params).words
        ]
        for folder in (folders / "diff", tmp_path / "other")
    )
    assert ours == theirs
