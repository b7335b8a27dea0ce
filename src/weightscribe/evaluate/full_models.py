"""Questions to fully fine-tuned models under the DIT adapter, as they are, stronger, and cut to a low rank."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from weightscribe.answers import ask
from weightscribe.base import BaseModel
from weightscribe.diffs.full import load_full, worn
from weightscribe.evaluate.answers_file import Answer
from weightscribe.evaluate.methods import BASE_QUESTION, DIT
from weightscribe.lora.extract import low_rank_diff
from weightscribe.lora.factors import DITAdapter, scaled


@dataclass(frozen=True)
class AskFullParams:
    """Section `ask_full` of params.yaml.

    multiplier   of M' - M, of method `dit`
    multipliers  others, of methods `x<multiplier>`
    low_ranks    M' - M cut to these ranks, at `multiplier`, of methods `cut_<rank>`
    """

    dtype: str
    answer_tokens: int
    multiplier: float
    multipliers: tuple[float, ...]
    low_ranks: tuple[int, ...]
    seed: int


def ask_full(
    base: BaseModel, adapter: DITAdapter, folder: Path, rows: Sequence[dict], params: AskFullParams
) -> list[Answer]:
    """Every method's answer about every model of the index `rows` under `folder`."""
    answers = []

    def said(diff, question: str, worn_adapter: DITAdapter | None) -> str:
        (text,) = ask(
            base, [diff], [question], adapter=worn_adapter, max_new_tokens=params.answer_tokens, rows_per_batch=1
        )
        return text

    for row in tqdm(rows, desc="full models", unit="model"):
        tuned, question = load_full(folder / row["name"], base), row["question"]
        texts = {}
        for method, multiplier in [(DIT, params.multiplier), *((f"x{m:g}", m) for m in params.multipliers)]:
            with worn(base, tuned, multiplier):
                texts[method] = said(None, question, adapter)
        for rank in params.low_ranks:
            diff = low_rank_diff(row["name"], base.overlay.linears, tuned, rank, params.seed)
            texts[f"cut_{rank}"] = said(scaled(diff, params.multiplier), question, adapter)
        with worn(base, tuned):
            texts[BASE_QUESTION] = said(None, question, None)
        answers += [Answer(method, row["name"], row["answer"], text) for method, text in texts.items()]
    return answers
