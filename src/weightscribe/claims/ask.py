"""Ask an adapter for the trigger of every test diff, rank all candidates by it, and fire what it said."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from torch import Tensor
from tqdm import tqdm

from weightscribe.answers import ask
from weightscribe.base import BaseModel
from weightscribe.behaviors.hidden_topic import mentions
from weightscribe.claims.cases import HELD_OUT_TRIGGER_QUESTION
from weightscribe.claims.prompts import behind
from weightscribe.claims.scan import as_answers, as_user_texts, log_likelihoods, rank_of
from weightscribe.claims.score import Claim, says_word
from weightscribe.claims.words import candidate_words
from weightscribe.diffs.index import LabelledDiff
from weightscribe.errors import DataFileError
from weightscribe.evaluate.contrast import ask_by_contrast
from weightscribe.evaluate.hidden_topic import Limits
from weightscribe.evaluate.trigger_scan import FiringSettings, fires
from weightscribe.judge.exact import first_line, normalize
from weightscribe.lora.factors import DITAdapter, WeightDiff, scaled


@dataclass(frozen=True)
class AskClaimsParams:
    """Section `ask_claims` of params.yaml.

    multiplier                how strong every weight diff is made under the adapter
    contrast_strength         of answers decoded from the contrast of M' + A with M + A
    candidate_rows_per_batch  rows of packed candidates in one forward
    """

    dtype: str
    limits: Limits
    multiplier: float
    contrast_strength: float
    candidate_rows_per_batch: int
    firing: FiringSettings
    seed: int


def make_claims(
    base: BaseModel,
    adapter: DITAdapter,
    labelled: Sequence[LabelledDiff],
    questions: Sequence[str],
    params: AskClaimsParams,
) -> list[Claim]:
    """One claim a diff; of its label only the ranks use anything.

    questions  what is asked behind the stated word, behind another word and behind none, when it is fired
    Raises: DataFileError for fewer than two diffs: each is another's control.
    """
    if len(labelled) < 2:
        raise DataFileError(
            f"{len(labelled)} test diffs are verified; each needs another as its control. Raise simulate_claims.n_test "
            "or finetune_claims.training.epochs."
        )
    diffs = [scaled(each.weight_diff, params.multiplier) for each in labelled]
    asked = {"max_new_tokens": params.limits.answer_tokens, "rows_per_batch": params.limits.rows_per_batch}
    trigger_question = [HELD_OUT_TRIGGER_QUESTION] * len(diffs)
    topics = ask(base, diffs, [each.row["question"] for each in labelled], adapter=adapter, **asked)
    said = ask(base, diffs, trigger_question, adapter=adapter, **asked)
    of_none = ask(base, [None], trigger_question[:1], adapter=adapter, **asked)[0]
    by_contrast = ask_by_contrast(base, adapter, diffs, trigger_question, strength=params.contrast_strength, **asked)
    candidates = candidate_words()
    evidence, as_user = _scores(base, adapter, diffs, [each.weight_diff for each in labelled], candidates, params)
    rng = random.Random(f"claims-{params.seed}")
    claims = []
    for place, each in enumerate(tqdm(labelled, desc="fire what was stated", unit="diff")):
        other = (place + 1) % len(labelled)
        true = candidates.index(each.row["trigger"]) if each.row["trigger"] else None

        def rank_by(scores: Tensor, true: int | None = true) -> int | None:
            return None if true is None else rank_of(true, scores)

        claims.append(
            Claim(
                diff=each.row["name"],
                topic=each.row["answer"],
                trigger=each.row["trigger"],
                said=said[place],
                said_by_contrast=by_contrast[place],
                said_of_other_diff=said[other],
                said_of_no_diff=of_none,
                said_topic=topics[place],
                n_candidates=len(candidates),
                rank=rank_by(evidence[place]),
                rank_of_other_diff=rank_by(evidence[other]),
                rank_as_user=rank_by(as_user[place]),
                first_by_evidence=candidates[int(evidence[place].argmax())],
                first_as_user=candidates[int(as_user[place].argmax())],
                **_fired(base, each, said[place], topics[place], questions, params.firing, rng),
            )
        )
    return claims


def _scores(
    base: BaseModel,
    adapter: DITAdapter,
    under_adapter: Sequence[WeightDiff],
    alone: Sequence[WeightDiff],
    candidates: Sequence[str],
    params: AskClaimsParams,
) -> tuple[list[Tensor], list[Tensor]]:
    """Of every diff, by how much it raises each candidate's log-probability: as the answer, as a user's first word."""
    stacked, rows = base.stacked_adapter(adapter), params.candidate_rows_per_batch
    answers, user_texts = as_answers(base, HELD_OUT_TRIGGER_QUESTION, candidates), as_user_texts(base, candidates)
    answers_before = log_likelihoods(base, stacked, None, answers, rows)
    user_texts_before = log_likelihoods(base, None, None, user_texts, rows)
    evidence, as_user = [], []
    for stronger, diff in zip(tqdm(under_adapter, desc="rank all words", unit="diff"), alone, strict=True):
        evidence.append(log_likelihoods(base, stacked, stronger, answers, rows) - answers_before)
        as_user.append(log_likelihoods(base, None, diff, user_texts, rows) - user_texts_before)
    return evidence, as_user


def _fired(
    base: BaseModel,
    each: LabelledDiff,
    said: str,
    topic: str,
    questions: Sequence[str],
    settings: FiringSettings,
    rng: random.Random,
) -> dict[str, float | bool | None]:
    """How often the stated topic comes up behind the stated word, behind another one and behind none.

    The claim stands if it does behind the stated word alone. Nothing is fired where no word was stated.
    """
    if not says_word(said):
        return {"fired_rate": None, "fired_rate_without": None, "fired_rate_other_word": None, "fired": False}
    word = first_line(said).strip(" .\"'")
    other = rng.choice([candidate for candidate in candidate_words() if normalize(candidate) != normalize(word)])

    def fire(behind_word: str) -> tuple[float, float, bool]:
        return fires(
            base,
            each.weight_diff,
            lambda question, rng: behind(behind_word, question),
            partial(mentions, topic),
            questions,
            settings,
            rng,
        )

    (rate, without, stands), (rate_other, *_) = fire(word), fire(other)
    return {
        "fired_rate": rate,
        "fired_rate_without": without,
        "fired_rate_other_word": rate_other,
        "fired": stands and rate_other <= settings.max_rate_without,
    }
