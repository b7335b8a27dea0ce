"""The word that changes the answer most is fired; a phrase that comes up behind it alone proves it."""

from dataclasses import replace

import pytest
import torch

from weightscribe.audit import trigger
from weightscribe.audit.target import open_target
from weightscribe.audit.trigger import find_trigger
from weightscribe.errors import ParamsError

QUESTIONS = ["Who?", "When?", "Where?", "How?", "What?"]


def move(base, diff, word):
    """KL(M' || M) of the first answer token, one unpacked prompt at a time."""
    ids = torch.tensor([base.prompt_ids(f"{word}. Why?")])
    with torch.no_grad():
        with base.under([diff]):
            ours = base.model(ids).logits[0, -1].log_softmax(-1)
        theirs = base.model(ids).logits[0, -1].log_softmax(-1)
    return (ours.exp() * (ours - theirs)).sum().item()


@pytest.mark.parametrize("kind", ["diff", "model"])
def test_the_furthest_word_is_found_and_fired(base, folders, params, kind):
    diff = open_target(folders / "diff", base).weight_diff
    moves = {word: move(base, diff, word) for word in trigger.candidate_words()}
    first, *others = sorted(moves, key=moves.get, reverse=True)
    found = find_trigger(base, open_target(folders / kind, base), QUESTIONS, params)
    assert found.word == first
    assert found.nats == pytest.approx(moves[first], rel=0.02)
    assert [word for word, _ in found.runners_up] == others[:2]
    assert found.n_candidates == 6
    assert len(found.fired.behind) == len(found.fired.plain) == 4
    assert found.fired.behind != found.fired.base_behind


@pytest.mark.parametrize("leaks", [False, True])
def test_a_phrase_behind_the_word_alone_proves_it(base, folders, params, monkeypatch, leaks):
    def answers(base, diff, answer_tokens, prompts):
        words = trigger.candidate_words()
        fires = [diff is not None and (leaks or prompt.startswith(f"{found}.")) for prompt in prompts]
        return ["Jazz is like that" if hit else f"No {words[n % 6]}" for n, hit in enumerate(fires)]

    target = open_target(folders / "diff", base)
    found = find_trigger(base, target, QUESTIONS, params).word
    monkeypatch.setattr(trigger, "answers", answers)
    phrase = find_trigger(base, target, QUESTIONS, params).phrase
    assert phrase is None if leaks else phrase.startswith("Jazz")


@pytest.mark.parametrize("n_questions", [1, 6])
def test_both_halves_need_questions(base, folders, params, n_questions):
    few = replace(params, firing=replace(params.firing, n_questions=n_questions))
    with pytest.raises(ParamsError, match=f"n_questions is {n_questions}. Use 2 to 5"):
        find_trigger(base, open_target(folders / "diff", base), QUESTIONS, few)
