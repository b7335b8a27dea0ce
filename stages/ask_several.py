"""Ask one seed of one adapter, both named on the command line, to list the topics of test diffs and of their sums."""

import sys
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.answers import ask
from weightscribe.ask.answers_file import Answer, write_answers
from weightscribe.base import load_base
from weightscribe.behaviors.family import SEPARATOR
from weightscribe.diffs.index import load_verified
from weightscribe.dit.adapter import load_dit_adapter
from weightscribe.levers.cases import load_pool
from weightscribe.lora.factors import scaled
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.several.cases import HELD_OUT_QUESTION, list_questions
from weightscribe.several.settings import AskSeveralParams, TrainSeveralParams

DATA = Path("data")


def main() -> None:
    name, seed = sys.argv[1], int(sys.argv[2])
    params = load_params("ask_several", AskSeveralParams)
    norm = load_params("train_several", TrainSeveralParams).norm
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    taught = load_verified(DATA / "several", "test", base)
    asked = list_questions(load_pool(DATA, "test", base, norm), taught, params.n_sums, norm, params.seed)
    said = ask(
        base,
        [scaled(each.diff, params.multiplier) for each in asked],
        [HELD_OUT_QUESTION] * len(asked),
        adapter=load_dit_adapter(DATA / "several_adapters" / f"{name}-{seed}", base),
        max_new_tokens=params.answer_tokens,
        rows_per_batch=params.rows_per_batch,
        progress="lists",
    )
    target = DATA / "answers" / "several" / f"{name}-{seed}.jsonl"
    write_answers(
        target,
        [
            Answer(each.kind, each.diff.name, SEPARATOR.join(each.topics) or None, answer)
            for each, answer in zip(asked, said, strict=True)
        ],
    )
    print(f"{target}: {len(asked)} weight diffs and sums asked")


if __name__ == "__main__":
    stage.run_stage(main)
