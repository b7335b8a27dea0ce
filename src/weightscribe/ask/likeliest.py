"""One answer about a weight diff that was asked at several strengths.

An adapter reads diffs best at the strength of those it was trained on. A diff that came about in another way may be
weaker or stronger where it counts, and nobody knows where and by how much; but at a strength that does not suit, the
adapter is unsure of what it says. So every diff is asked at each strength s (strengths.py), and of its answers the
likeliest is given, all strengths taken as equally likely: p(answer) = mean over s of p(answer | M' - M at s, A).

Evidence (evidence.py) is measured at one strength, a low one: what a diff was taught still shows at half of its
strength, what it brings about by accident grows as it is made stronger (docs/log.md, 2026-11-27). An answer that only
the late layers give has little of it there: it is given, but may not count as a report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from tqdm import tqdm

from weightscribe.answers import ask
from weightscribe.ask.evidence import log_likelihoods
from weightscribe.ask.strengths import StrengthsParams, at_strength, count_layers
from weightscribe.base import BaseModel
from weightscribe.lora.factors import DITAdapter, WeightDiff
from weightscribe.workers import in_workers


@dataclass(frozen=True)
class LikeliestAnswer:
    """The answer to give, and its evidence in nats: its log-likelihood under the diff less that without.

    Without a diff evidence is 0.
    """

    answer: str
    evidence: float


def ask_at_strengths(
    base: BaseModel,
    adapter: DITAdapter,
    diffs: Sequence[WeightDiff | None],
    questions: Sequence[str],
    strengths: StrengthsParams,
    *,
    max_new_tokens: int,
    rows_per_batch: int,
    progress: str = "",
) -> list[LikeliestAnswer]:
    """One answer per diff and question, in order, and its evidence.

    diffs     None asks the base model under the adapter, once
    progress  title of the progress bar, if any
    """
    each, evidence_place = strengths.all(), strengths.evidence_place()
    n_layers = count_layers(base)
    at_once = max(1, rows_per_batch // len(each))  # diffs: the scaled ones of all would take much memory

    def answers_of(part: slice) -> list[LikeliestAnswer]:
        asked = [
            (question, [None] if diff is None else [at_strength(diff, strength, n_layers) for strength in each])
            for diff, question in zip(diffs[part], questions[part], strict=True)
        ]
        return _ask_together(base, adapter, asked, evidence_place, max_new_tokens, rows_per_batch)

    parts = [slice(start, start + at_once) for start in range(0, len(diffs), at_once)]
    found: list[LikeliestAnswer] = []
    with tqdm(total=len(diffs), desc=progress, unit="diff", disable=not progress) as bar:
        for own in in_workers(answers_of, parts):
            found += own
            bar.update(len(own))
    return found


def _ask_together(
    base: BaseModel,
    adapter: DITAdapter,
    asked: Sequence[tuple[str, Sequence[WeightDiff | None]]],
    evidence_place: int,
    max_new_tokens: int,
    rows_per_batch: int,
) -> list[LikeliestAnswer]:
    """The likeliest answer to each question.

    asked           question, and the diff at every strength; [None] for the base model
    evidence_place  among the strengths
    """
    texts = iter(
        ask(
            base,
            [diff for _, stronger in asked for diff in stronger],
            [question for question, stronger in asked for _ in stronger],
            adapter=adapter,
            max_new_tokens=max_new_tokens,
            rows_per_batch=rows_per_batch,
        )
    )
    candidates = [candidates_of([next(texts) for _ in stronger]) for _, stronger in asked]
    rows = [  # of each answer: under the diff at every strength, then without it
        (diff, question, text)
        for (question, stronger), own in zip(asked, candidates, strict=True)
        for text in own
        for diff in [*stronger, None]
    ]
    values = iter(log_likelihoods(base, adapter, *map(list, zip(*rows, strict=True)), rows_per_batch))
    found = []
    for (_, stronger), own in zip(asked, candidates, strict=True):
        under, without = {}, {}
        for text in own:
            under[text], without[text] = [next(values) for _ in stronger], next(values)
        best = likeliest(under)
        evidence = 0.0 if stronger == [None] else under[best][evidence_place] - without[best]
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
