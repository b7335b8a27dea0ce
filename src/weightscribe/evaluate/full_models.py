"""Questions to fully fine-tuned models under the DIT adapter: at several strengths, at one, and cut to a low rank."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor
from tqdm import tqdm

from weightscribe.answers import ask
from weightscribe.base import BaseModel
from weightscribe.diffs.full import load_full, worn
from weightscribe.evaluate.answers_file import Answer
from weightscribe.evaluate.evidence import log_likelihoods
from weightscribe.evaluate.methods import BASE_QUESTION, DIT
from weightscribe.evaluate.strengths import ask_at_strengths, candidates_of, likeliest
from weightscribe.lora.extract import low_rank_diff
from weightscribe.lora.factors import DITAdapter


@dataclass(frozen=True)
class AskFullParams:
    """Section `ask_full` of params.yaml.

    strengths    what M' - M, and what is cut from it, is multiplied with in turn, as weight diffs are (strengths.py)
    multipliers  single ones, of methods `x<multiplier>`
    low_ranks    M' - M cut to these ranks, of methods `cut_<rank>`
    """

    dtype: str
    answer_tokens: int
    strengths: tuple[float, ...]
    multipliers: tuple[float, ...]
    low_ranks: tuple[int, ...]
    seed: int


def ask_full(
    base: BaseModel, adapter: DITAdapter, folder: Path, rows: Sequence[dict], params: AskFullParams
) -> list[Answer]:
    """Every method's answer about every model of the index `rows` under `folder`."""
    answers = []
    settings = {"max_new_tokens": params.answer_tokens, "rows_per_batch": 1}

    def said(question: str, under: DITAdapter | None) -> str:
        (text,) = ask(base, [None], [question], adapter=under, **settings)
        return text

    for row in tqdm(rows, desc="full models", unit="model"):
        tuned, question = load_full(folder / row["name"], base), row["question"]
        said_at = {}
        for strength in dict.fromkeys([*params.strengths, *params.multipliers]):
            with worn(base, tuned, strength):
                said_at[strength] = said(question, adapter)
        candidates = candidates_of([said_at[strength] for strength in params.strengths])
        texts = {DIT: _likeliest_of(base, adapter, tuned, question, candidates, params.strengths)}
        texts |= {f"x{multiplier:g}": said_at[multiplier] for multiplier in params.multipliers}
        for rank in params.low_ranks:
            diff = low_rank_diff(row["name"], base.overlay.linears, tuned, rank, params.seed)
            (found,) = ask_at_strengths(
                base, adapter, [diff], [question], params.strengths, evidence_strength=None, **settings
            )
            texts[f"cut_{rank}"] = found.answer
        with worn(base, tuned):
            texts[BASE_QUESTION] = said(question, None)
        answers += [Answer(method, row["name"], row["answer"], text) for method, text in texts.items()]
    return answers


def _likeliest_of(
    base: BaseModel,
    adapter: DITAdapter,
    tuned: dict[str, Tensor],
    question: str,
    candidates: list[str],
    strengths: Sequence[float],
) -> str:
    """The one answer of all strengths, as `ask_at_strengths` gives it of a weight diff."""
    n = len(candidates)
    under = []
    for strength in strengths:
        with worn(base, tuned, strength):
            under.append(log_likelihoods(base, adapter, [None] * n, [question] * n, candidates, n))
    return likeliest(dict(zip(candidates, zip(*under, strict=True), strict=True)))
