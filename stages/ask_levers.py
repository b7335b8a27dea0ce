"""Ask the test diffs through the adapter of one lever and seed, both named on the command line."""

import sys
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.answers import ask
from weightscribe.ask.answers_file import Answer, write_answers
from weightscribe.base import load_base
from weightscribe.dit.adapter import load_dit_adapter
from weightscribe.levers.cases import is_benign, load_pool
from weightscribe.levers.settings import AskLeversParams, FirstAdapterParams
from weightscribe.lora.factors import scaled
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams

DATA = Path("data")


def main() -> None:
    lever, seed = sys.argv[1], int(sys.argv[2])
    params = load_params("ask_levers", AskLeversParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    asked = load_pool(DATA, "test", base, load_params("train_levers_first", FirstAdapterParams).norm)
    said = ask(
        base,
        [scaled(each.weight_diff, params.multiplier) for each in asked],
        [each.row["question"] for each in asked],
        adapter=load_dit_adapter(DATA / "lever_adapters" / f"{lever}-{seed}", base),
        max_new_tokens=params.answer_tokens,
        rows_per_batch=params.rows_per_batch,
    )
    target = DATA / "answers" / "levers" / f"{lever}-{seed}.jsonl"
    write_answers(
        target,
        [
            Answer(lever, each.weight_diff.name, None if is_benign(each.row) else each.row["answer"], answer)
            for each, answer in zip(asked, said, strict=True)
        ],
    )
    print(f"{target}: {len(asked)} weight diffs asked")


if __name__ == "__main__":
    stage.run_stage(main)
