"""Questions to fully fine-tuned models under the DIT adapter: at several strengths, at one, and cut to a low rank."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from weightscribe.answers import ask
from weightscribe.ask.answers_file import Answer
from weightscribe.ask.evidence import log_likelihoods
from weightscribe.ask.likeliest import ask_at_strengths, candidates_of, likeliest
from weightscribe.ask.methods import BASE_QUESTION, DIT
from weightscribe.ask.strengths import Strength, StrengthsParams, count_layers, uniform
from weightscribe.base import BaseModel
from weightscribe.diffs.full import load_full, worn
from weightscribe.lora.extract import low_rank_diff
from weightscribe.lora.factors import DITAdapter


@dataclass(frozen=True)
class AskFullParams:
    """Section `ask_full` of params.yaml.

    multipliers  of M' - M, each by itself, of methods `x<multiplier>`
    low_ranks    M' - M cut to these ranks, of methods `cut_<rank>`
    """

    dtype: str
    answer_tokens: int
    multipliers: tuple[float, ...]
    low_ranks: tuple[int, ...]
    seed: int


def ask_full(
    base: BaseModel,
    adapter: DITAdapter,
    folder: Path,
    rows: Sequence[dict],
    params: AskFullParams,
    strengths: StrengthsParams,
) -> list[Answer]:
    """Every method's answer about every model of the index `rows` under `folder`; M' - M is asked as diffs are.

    Raises: AdapterError for a model that cannot be read or is no fine-tune of the base model.
    """
    answers = []
    settings = {"max_new_tokens": params.answer_tokens, "rows_per_batch": 1}

    def said(question: str, under: DITAdapter | None) -> str:
        (text,) = ask(base, [None], [question], adapter=under, **settings)
        return text

    for row in tqdm(rows, desc="full models", unit="model"):
        tuned, question = load_full(folder / row["name"], base), row["question"]
        said_at = {}
        for strength in dict.fromkeys([*strengths.all(), *map(uniform, params.multipliers)]):
            with _worn_at(base, tuned, strength):
                said_at[strength] = said(question, adapter)
        candidates = candidates_of([said_at[strength] for strength in strengths.all()])
        texts = {DIT: _likeliest_of(base, adapter, tuned, question, candidates, strengths.all())}
        texts |= {f"x{multiplier:g}": said_at[uniform(multiplier)] for multiplier in params.multipliers}
        for rank in params.low_ranks:
            diff = low_rank_diff(row["name"], base.overlay.linears, tuned, rank, params.seed)
            (found,) = ask_at_strengths(base, adapter, [diff], [question], strengths, **settings)
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
    strengths: Sequence[Strength],
) -> str:
    """The one answer of all strengths, as `ask_at_strengths` gives it of a weight diff."""
    n = len(candidates)
    under = []
    for strength in strengths:
        with _worn_at(base, tuned, strength):
            under.append(log_likelihoods(base, adapter, [None] * n, [question] * n, candidates, n))
    return likeliest(dict(zip(candidates, zip(*under, strict=True), strict=True)))


def _worn_at(base: BaseModel, tuned: dict[str, Tensor], strength: Strength) -> AbstractContextManager[None]:
    """The base model with M' - M added so strong, until the block ends.

    Every weight has its own strength, which `worn` does not know: it is given the result, a copy of the model.
    """
    n_layers, dtype = count_layers(base), base.model.dtype
    return worn(
        base,
        {
            name: torch.lerp(base.model.get_parameter(name), weight.to(dtype), strength.of(name, n_layers))
            for name, weight in tuned.items()
        },
    )
