"""Generation gives every row what it would have got alone, though rows share the work of their common beginning."""

import torch
from loud import loud

from weightscribe.answers import ask
from weightscribe.generation import generate, generate_in_passes, passes_of
from weightscribe.lora.bank import FactorBank
from weightscribe.lora.factors import stack_factors

# A common beginning, and ends of different length: the padding lies between the two.
TEXTS = [f"The capital of {place}" for place in ("France", "a far country", "x", "the user's question")]
GREEDY = {"do_sample": False, "max_new_tokens": 6}


def test_a_row_is_answered_as_it_is_alone(base):
    together = generate(base.model, base.tokenizer, TEXTS, **GREEDY)
    alone = [generate(base.model, base.tokenizer, [text], **GREEDY)[0].tolist() for text in TEXTS]
    assert together.tolist() == alone
    assert len({tuple(row) for row in alone}) > 1


def test_rows_with_no_common_beginning(base):
    texts = ["What is it?", "How were you changed?"]
    together = generate(base.model, base.tokenizer, texts, **GREEDY)
    assert together.tolist() == [generate(base.model, base.tokenizer, [text], **GREEDY)[0].tolist() for text in texts]


def test_each_group_runs_under_its_own_weight_diff(base):
    bank = loud(FactorBank(base.overlay.linears, 1, 2.0, [0, 1]), 0, size=0.5)
    diffs = [bank.weight_diff(index, f"diff-{index}") for index in range(2)]

    def answers(diffs, texts):
        with base.overlay.rows(stack_factors(diffs, base.overlay.linears, torch.float32)):
            return generate(base.model, base.tokenizer, texts, n_groups=len(diffs), **GREEDY).tolist()

    together = answers(diffs, TEXTS[:2] * 2)
    assert together == answers(diffs[:1], TEXTS[:2]) + answers(diffs[1:], TEXTS[:2])
    assert together[:2] != together[2:]


def test_sampling_depends_on_the_seed_alone(base):
    def drawn(seed):
        torch.manual_seed(seed)
        return generate(base.model, base.tokenizer, TEXTS, do_sample=True, max_new_tokens=8).tolist()

    assert drawn(1) == drawn(1) != drawn(2)


def test_only_rows_that_have_not_ended_are_in_the_next_pass_and_batched_anew():
    end, lengths, batches = 9, [1, 4, 2, 6, 1], []

    def go_on(rows, so_far, n_tokens):
        batches.append(rows)
        answers = [[row] * (lengths[row] - 1) + [end] * 9 for row in rows]  # what follows the end is padding
        return [answer[len(ids) - 2 :][:n_tokens] for answer, ids in zip(answers, so_far, strict=True)]

    found = generate_in_passes(go_on, [[7, 7]] * 5, (2, 4), ends={end}, rows_per_batch=2)
    assert batches == [[0, 1], [2, 3], [4], [1, 3]]
    assert [ids[:length] for ids, length in zip(found, lengths, strict=True)] == [
        [row] * (length - 1) + [end] for row, length in enumerate(lengths)
    ]


def test_every_pass_doubles_the_length():
    assert passes_of(40, 8) == (8, 8, 16, 8)
    assert passes_of(40, 20) == (20, 20)
    assert passes_of(40, None) == passes_of(40, 40) == passes_of(40, 41) == (40,)


def test_answers_that_go_on_in_batches_of_their_own_are_the_same(base):
    bank = loud(FactorBank(base.overlay.linears, 1, 2.0, [0, 1]), 0, size=0.5)
    diffs = [None, *(bank.weight_diff(index, f"diff-{index}") for index in range(2))]
    prompts, limits = (
        ["What changed?", "How were you changed, then?", "Why?"],
        {"max_new_tokens": 6, "rows_per_batch": 2},
    )
    in_one = ask(base, diffs, prompts, **limits)
    assert ask(base, diffs, prompts, first_tokens=2, **limits) == in_one
    assert len(set(in_one)) == 3
