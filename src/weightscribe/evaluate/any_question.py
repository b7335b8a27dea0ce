"""The most evident of an adapter's answers to every question: what an auditor does who does not know the family.

A diff of a family the adapter never saw is answered poorly in that family's words, which mean nothing to it; asked for
a topic or a persona, it often says what the diff brings about, in the wrong form. So a diff is asked every family's
question and a general one, decoded by contrast (contrast.py), and the answer with the most evidence (evidence.py) per
token is given, whatever it was asked for: long answers would else win by their length. Contrast, the strength for
evidence and its share per token were chosen on training diffs of families left out (docs/log.md, 2026-11-28).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from weightscribe.base import BaseModel
from weightscribe.behaviors.family import HELD_OUT_GENERAL_QUESTIONS
from weightscribe.behaviors.registry import family_named, read_report
from weightscribe.diffs.index import LabelledDiff
from weightscribe.evaluate.answers_file import Answer
from weightscribe.evaluate.contrast import ask_by_contrast
from weightscribe.evaluate.evidence import evidence
from weightscribe.evaluate.families import AskFamiliesParams, next_asked_alike
from weightscribe.evaluate.family_methods import ANY_QUESTION, SHUFFLED_ANY_QUESTION
from weightscribe.lora.factors import DITAdapter, WeightDiff, scaled


@dataclass(frozen=True)
class Said:
    """One answer.

    evidence  in nats, summed over its tokens
    n_tokens  its end included
    """

    answer: str
    evidence: float
    n_tokens: int

    @property
    def per_token(self) -> float:
        """Evidence in nats per token."""
        return self.evidence / self.n_tokens


def ask_every_question(
    base: BaseModel,
    adapter: DITAdapter,
    labelled: dict[str, list[LabelledDiff]],
    families: Sequence[str],
    params: AskFamiliesParams,
    progress: str = "",
) -> list[Answer]:
    """One answer to each test diff of `families`, and as a control what is said of another diff of its family.

    labelled  the test diffs of all families, whose questions are asked
    """
    notable = [name for name in labelled if not family_named(name).is_benign]
    diffs = {name: labelled[name][: params.n_per_family] for name in families if name in notable}
    rows = [
        (each.weight_diff, question)
        for own in diffs.values()
        for number, each in enumerate(own)
        for question in _questions(notable, number)
    ]
    everything = iter(
        say_by_contrast(
            base,
            adapter,
            [diff for diff, _ in rows],
            [question for _, question in rows],
            multiplier=params.multiplier,
            evidence_multiplier=params.evidence_multiplier,
            contrast_strength=params.contrast_strength,
            max_new_tokens=params.limits.answer_tokens,
            rows_per_batch=params.limits.rows_per_batch,
            progress=progress,
        )
    )
    answers = []
    for name, own in diffs.items():
        best = [most_evident([next(everything) for _ in _questions(notable, 0)]) for _ in own]
        for method, given in (
            (ANY_QUESTION, best),
            (SHUFFLED_ANY_QUESTION, next_asked_alike(best, family_named(name))),
        ):
            answers += [
                Answer(f"{method}_{name}", each.row["name"], each.row["answer"], read_report(of.answer)[1], of.evidence)
                for each, of in zip(own, given, strict=True)
            ]
    return answers


def say_by_contrast(
    base: BaseModel,
    adapter: DITAdapter,
    diffs: Sequence[WeightDiff],
    questions: Sequence[str],
    *,
    multiplier: float,
    evidence_multiplier: float,
    contrast_strength: float,
    max_new_tokens: int,
    rows_per_batch: int,
    progress: str = "",
) -> list[Said]:
    """Each diff's answer to its question, decoded by contrast, with its evidence.

    multiplier           of the diffs asked, evidence_multiplier of those evidence is measured on
    """
    said = ask_by_contrast(
        base,
        adapter,
        [scaled(diff, multiplier) for diff in diffs],
        list(questions),
        strength=contrast_strength,
        max_new_tokens=max_new_tokens,
        rows_per_batch=rows_per_batch,
        progress=progress,
    )
    weaker = [scaled(diff, evidence_multiplier) for diff in diffs]
    found = evidence(base, adapter, weaker, questions, said, rows_per_batch)
    n_tokens = [len(base.tokenizer(text, add_special_tokens=False)["input_ids"]) + 1 for text in said]
    return list(map(Said, said, found, n_tokens))


def most_evident(said: Sequence[Said]) -> Said:
    """The answer with the most evidence per token; of the same the first."""
    return max(said, key=lambda each: each.per_token)


def _questions(families: Sequence[str], number: int) -> list[str]:
    """A general question and each family's, in the words that the diff of this number is asked in."""
    phrasings = [HELD_OUT_GENERAL_QUESTIONS, *(family_named(name).held_out_questions for name in families)]
    return [own[number % len(own)] for own in phrasings]
