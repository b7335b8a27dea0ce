"""One answer about a weight diff that was asked at several strengths.

An adapter reads diffs best at the strength of those it was trained on. A diff that came about in another way may be
weaker or stronger where it counts, and nobody knows by how much; but at a strength that does not suit, the adapter is
unsure of what it says. So every diff is asked at each strength, and of its answers the likeliest is given, all
strengths being as likely beforehand: p(answer) = mean over strengths s of p(answer | s (M' - M), A).

Evidence (evidence.py) is measured at one strength, a low one: what a diff was taught shows at half of it, what it
brings about by accident grows as it is made stronger (docs/log.md, 2026-11-27).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from weightscribe.answers import ask
from weightscribe.base import BaseModel
from weightscribe.errors import ParamsError
from weightscribe.evaluate.evidence import log_likelihoods
from weightscribe.lora.factors import DITAdapter, WeightDiff, scaled


@dataclass(frozen=True)
class Said:
    """An answer, and its evidence in nats: its log-likelihood under the diff less that without; 0 without a diff."""

    answer: str
    evidence: float


def ask_at_strengths(
    base: BaseModel,
    adapter: DITAdapter,
    diffs: Sequence[WeightDiff | None],
    questions: Sequence[str],
    strengths: Sequence[float],
    *,
    evidence_strength: float,
    max_new_tokens: int,
    rows_per_batch: int,
    progress: str | None = None,
) -> list[Said]:
    """One answer per diff and question, in order.

    diffs              None asks the base model under the adapter, once
    strengths          what each diff is multiplied with
    evidence_strength  the one of them at which evidence is measured
    progress           title of the progress bars, if any

    Raises: ParamsError if it is none of them.
    """
    if evidence_strength not in strengths:
        raise ParamsError(
            f"evidence_strength is {evidence_strength:g}, none of strengths, {list(strengths)}. Use one of them."
        )
    evidence_place = list(strengths).index(evidence_strength)
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
    said = []
    for place, (diff, own) in enumerate(zip(diffs, candidates, strict=True)):
        best = likeliest({text: under[place, text][:-1] for text in own})
        values = under[place, best]
        said.append(Said(best, values[evidence_place] - values[-1] if diff is not None else 0.0))
    return said


def likeliest(values: Mapping[str, Sequence[float]]) -> str:
    """The answer to give.

    values  of each answer: its log-likelihoods at every strength, in nats
    """
    return max(values, key=lambda text: torch.tensor(values[text]).logsumexp(0).item())
