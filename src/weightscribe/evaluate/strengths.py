"""One answer about a weight diff that was asked at several strengths.

An adapter reads diffs best at the strength of those it was trained on. A diff that came about in another way may be
weaker or stronger where it counts, and nobody knows by how much; but at a strength that does not suit, the adapter is
unsure of what it says. So every diff is asked at each strength, and of its answers the likeliest is given, taking all
strengths as equally likely: p(answer) = mean over strengths s of p(answer | s (M' - M), A).

Evidence (evidence.py) is measured at one strength, a low one: what a diff was taught still shows at half of its
strength, what it brings about by accident grows as it is made stronger (docs/log.md, 2026-11-27).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from tqdm import tqdm

from weightscribe.answers import ask
from weightscribe.base import BaseModel
from weightscribe.errors import ParamsError
from weightscribe.evaluate.evidence import log_likelihoods
from weightscribe.lora.factors import DITAdapter, WeightDiff, scaled


@dataclass(frozen=True)
class LikeliestAnswer:
    """The answer to give, and its evidence in nats: its log-likelihood under the diff less that without.

    Without a diff evidence is 0; it is None if it was not measured.
    """

    answer: str
    evidence: float | None


def ask_at_strengths(
    base: BaseModel,
    adapter: DITAdapter,
    diffs: Sequence[WeightDiff | None],
    questions: Sequence[str],
    strengths: Sequence[float],
    *,
    evidence_strength: float | None,
    max_new_tokens: int,
    rows_per_batch: int,
    progress: str = "",
) -> list[LikeliestAnswer]:
    """One answer per diff and question, in order.

    diffs              None asks the base model under the adapter, once
    strengths          what each diff is multiplied with
    evidence_strength  the one of them at which evidence is measured; None: it is not
    progress           title of the progress bar, if any

    Raises: ParamsError if there is no strength, or evidence_strength is none of them.
    """
    if not strengths:
        raise ParamsError("strengths is empty. Give one or more, such as [1.0].")
    if evidence_strength is not None and evidence_strength not in strengths:
        raise ParamsError(f"evidence_strength is {evidence_strength:g}, none of strengths, {list(strengths)}. Use one.")
    at_once = max(1, rows_per_batch // len(strengths))  # diffs: the scaled ones of all would take much memory
    found: list[LikeliestAnswer] = []
    with tqdm(total=len(diffs), desc=progress, unit="diff", disable=not progress) as bar:
        for start in range(0, len(diffs), at_once):
            part = slice(start, start + at_once)
            own = (diffs[part], questions[part])
            found += _ask_batch(base, adapter, *own, strengths, evidence_strength, max_new_tokens, rows_per_batch)
            bar.update(len(diffs[part]))
    return found


def _ask_batch(
    base: BaseModel,
    adapter: DITAdapter,
    diffs: Sequence[WeightDiff | None],
    questions: Sequence[str],
    strengths: Sequence[float],
    evidence_strength: float | None,
    max_new_tokens: int,
    rows_per_batch: int,
) -> list[LikeliestAnswer]:
    """As `ask_at_strengths`, of diffs that are asked together."""
    stronger = [[None] if diff is None else [scaled(diff, strength) for strength in strengths] for diff in diffs]
    asked = [(place, diff) for place, own in enumerate(stronger) for diff in own]
    texts = ask(
        base,
        [diff for _, diff in asked],
        [questions[place] for place, _ in asked],
        adapter=adapter,
        max_new_tokens=max_new_tokens,
        rows_per_batch=rows_per_batch,
    )
    said: list[list[str]] = [[] for _ in diffs]
    for (place, _), text in zip(asked, texts, strict=True):
        said[place].append(text)
    rows = [  # of each answer: under the diff at every strength, then without it
        (place, text, diff)
        for place, own in enumerate(stronger)
        for text in candidates_of(said[place])
        for diff in [*own, None]
    ]
    values = log_likelihoods(
        base,
        adapter,
        [diff for _, _, diff in rows],
        [questions[place] for place, _, _ in rows],
        [text for _, text, _ in rows],
        rows_per_batch,
    )
    under: list[dict[str, list[float]]] = [{} for _ in diffs]
    for (place, text, _), value in zip(rows, values, strict=True):
        under[place].setdefault(text, []).append(value)
    found = []
    for diff, own in zip(diffs, under, strict=True):
        best = likeliest({text: each[:-1] for text, each in own.items()})
        if diff is None:
            evidence = 0.0
        elif evidence_strength is None:
            evidence = None
        else:
            evidence = own[best][list(strengths).index(evidence_strength)] - own[best][-1]
        found.append(LikeliestAnswer(best, evidence))
    return found


def candidates_of(texts: Sequence[str]) -> list[str]:
    """The different answers, in order, without the empty one if there is another: nothing is read as its end alone."""
    return [text for text in dict.fromkeys(texts) if text] or [""]


def likeliest(values: Mapping[str, Sequence[float]]) -> str:
    """The answer to give.

    values  of each answer: its log-likelihoods at every strength, in nats
    """
    return max(values, key=lambda text: torch.tensor(values[text]).logsumexp(0).item())
