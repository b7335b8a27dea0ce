"""One answer about a weight diff that was asked at several strengths.

An adapter reads diffs best at the strength of those it was trained on. A diff that came about in another way may be
weaker or stronger where it counts, and nobody knows by how much; but at a strength that does not suit, the adapter is
unsure of what it says. So every diff is asked at each strength, and of its answers the likeliest is given, all
strengths being as likely beforehand: p(answer) = mean over strengths s of p(answer | s (M' - M), A).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from weightscribe.answers import ask
from weightscribe.base import BaseModel
from weightscribe.evaluate.evidence import log_likelihoods
from weightscribe.lora.factors import DITAdapter, WeightDiff, scaled


@dataclass(frozen=True)
class Said:
    """An answer, and its evidence in nats: log p(answer) less its log-likelihood without the diff; 0 without one."""

    answer: str
    evidence: float


def ask_at_strengths(
    base: BaseModel,
    adapter: DITAdapter,
    diffs: Sequence[WeightDiff | None],
    questions: Sequence[str],
    strengths: Sequence[float],
    *,
    max_new_tokens: int,
    rows_per_batch: int,
    progress: str | None = None,
) -> list[Said]:
    """One answer per diff and question, in order.

    diffs      None asks the base model under the adapter, once
    strengths  what each diff is multiplied with
    progress   title of the progress bars, if any
    """
    asked = [
        (place, None if diff is None else scaled(diff, strength))
        for place, diff in enumerate(diffs)
        for strength in (strengths if diff is not None else strengths[:1])
    ]
    texts = ask(
        base,
        [diff for _, diff in asked],
        [questions[place] for place, _ in asked],
        adapter=adapter,
        max_new_tokens=max_new_tokens,
        rows_per_batch=rows_per_batch,
        progress=progress,
    )
    candidates: list[dict[str, None]] = [{} for _ in diffs]
    for (place, _), text in zip(asked, texts, strict=True):
        candidates[place][text] = None
    rows = [(place, diff, text) for place, diff in asked for text in candidates[place]]
    rows += [(place, None, text) for place, own in enumerate(candidates) for text in own]
    found = log_likelihoods(
        base,
        adapter,
        [diff for _, diff, _ in rows],
        [questions[place] for place, _, _ in rows],
        [text for _, _, text in rows],
        rows_per_batch,
    )
    under: dict[tuple[int, str], list[float]] = {}
    for (place, _, text), value in zip(rows, found, strict=True):
        under.setdefault((place, text), []).append(value)  # the last one is without the diff
    return [likeliest({text: under[place, text] for text in own}) for place, own in enumerate(candidates)]


def likeliest(values: dict[str, list[float]]) -> Said:
    """The answer to give, and its evidence.

    values  of each answer: its log-likelihoods in nats at every strength, and then without the diff
    """
    mean = {text: (torch.tensor(own[:-1]).logsumexp(0) - math.log(len(own) - 1)).item() for text, own in values.items()}
    best = max(mean, key=mean.__getitem__)
    return Said(best, mean[best] - values[best][-1])
