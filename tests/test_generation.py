"""Generation gives every row what it would have got alone, though rows share the work of their common beginning."""

import torch
from loud import loud

from weightscribe.generation import generate
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
