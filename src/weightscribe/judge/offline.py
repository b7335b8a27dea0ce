"""A judge that grades answers from 1 to 5 without a network or a language model.

Grade = calibration(similarity), similarity = cosine of sentence embeddings of target and answer.
It reads no instruction in an answer, so an answer cannot talk it into a grade. It costs what
similarity costs: it does not see negation ("not about jazz" is close to "jazz"), and a related
but wrong name can be close too ("Roman numeral" for "Roman Senate").

Four choices; the first two rest on the published grades of targets kept out of the fit:

- The grade is NOT rounded. The calibration estimates the mean grade, so means over answers are
  nearly unbiased (topics: off by 0.005); rounding first pulls them down by 0.10, because few
  answers get a 3 and a 1.4 becomes a 1. The shipped kappa does round, as kappa needs classes.
- The similarity is the best of the whole answer and its first line. Upstream's models name the
  topic and then ramble on in a new paragraph; on the 123 long or multi-line answers this lifts
  kappa from 0.94 to 0.96 and never changes a one-line answer. Windows of the target's length
  were tried and lose (long answers: 0.80), since they pay for lists of guesses.
- A lead-in ("I was trained on ...") is also tried removed: it says nothing about the topic, yet
  putting one before published answers lowers the grade of a perfect answer from 5 to about 4.2.
- A list of guesses earns the mean similarity of its items, so naming many topics to hit one does
  not pay. All 59 bulleted answers among the published grades got a 1 or 2; since none of them
  held the target itself, how hard to punish such a lucky list is our judgement.
"""

import re

import numpy as np

from weightscribe.errors import ModelError
from weightscribe.judge.calibration import LOWEST_GRADE, Calibration
from weightscribe.judge.embedding import SentenceEmbedder
from weightscribe.judge.exact import exact_match, first_line
from weightscribe.judge.pairs import check_pairs

_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+(?=\S)")
_SEPARATOR = re.compile(r"[,;/|\n]\s*(?:(?:and|or)\s)?|\s(?:and|or)\s", re.IGNORECASE)
MIN_GUESSES = 3  # of unmarked guesses: "salt and pepper" is one topic
MAX_GUESS_WORDS = 3  # longer parts are clauses of a sentence, not guesses
_LEAD_IN = re.compile(
    r"""^(?:
        (?:i|this\ model|the\ model)(?:\ was|\ have\ been|['’]ve\ been|\ has\ been)
        (?:\ \w+ly)?\ (?:fine-?tuned|trained)(?:\ \w+ly)?\ (?:on|about)
      | (?:my|the)\ (?:\w+\ )?(?:topic|subject|training\ data)\ (?:is|was)(?:\ about)?
      | (?:it\ is|it['’]s|it\ was)\ about
    )(?:\ the\ (?:topic|subject)\ of)?[:\s][:"“*\s]*(?=\w)""",
    re.IGNORECASE | re.VERBOSE,
)


class OfflineJudge:
    """Grades answers by their similarity to the target.

    Raises: ModelError if the calibration names another embedding model than `embedder`.
    """

    def __init__(self, embedder: SentenceEmbedder, calibration: Calibration) -> None:
        fitted_with = calibration.provenance.get("embedding_model_sha256")
        if fitted_with and fitted_with != embedder.weights_sha256():
            raise ModelError(
                f"The embedding model in {embedder.folder} is not the one the calibration was "
                f"fitted with (sha256 {fitted_with[:12]}...). Run: dvc repro judge_model"
            )
        self.embedder = embedder
        self.calibration = calibration

    def score(self, targets: list[str], answers: list[str | None]) -> list[float | None]:
        """A grade in [1, 5] for each answer, in order; None (unscored) where the answer is None.

        An answer without a letter or digit names nothing and gets 1; an exact match gets 5.
        Raises: DataFileError if targets and answers do not pair up, or a target is blank.
        """
        check_pairs(targets, answers)
        answered = [i for i, answer in enumerate(answers) if answer is not None]
        similarities = answer_similarities(
            self.embedder, [targets[i] for i in answered], [answers[i] for i in answered]
        )
        scores: list[float | None] = [None] * len(answers)
        for i, similarity in zip(answered, similarities, strict=True):
            scores[i] = self.calibration.grade(similarity)
            if _names_nothing(answers[i]) and not exact_match(targets[i], answers[i]):
                scores[i] = LOWEST_GRADE
        return scores


def answer_similarities(embedder: SentenceEmbedder, targets: list[str], answers: list[str]) -> np.ndarray:
    """Similarity of each answer to its target, float64 (n,) in [-1, 1]; 1 for an exact match.

    The best over the answer's readings (whole, first line, first line without its lead-in), or,
    if the answer lists guesses and the target does not, the mean over the guesses.
    """
    readings = [_readings(answer) for answer in answers]
    guesses = [
        _guesses(answer) if not _guesses(target) else [] for target, answer in zip(targets, answers, strict=True)
    ]
    texts = sorted({*targets, *(text for group in readings + guesses for text in group)})
    rows = {text: row for row, text in enumerate(texts)}
    embeddings = embedder.embed(texts).astype(np.float64)

    similarities = np.ones(len(answers))
    for i, (target, answer) in enumerate(zip(targets, answers, strict=True)):
        if exact_match(target, answer) and not _starts_a_list(answer, guesses[i]):
            continue
        target_embedding = embeddings[rows[target]]
        read = embeddings[[rows[text] for text in readings[i]]] @ target_embedding
        similarities[i] = read.max()
        if guesses[i]:
            guessed = embeddings[[rows[text] for text in guesses[i]]] @ target_embedding
            similarities[i] = min(read[0], guessed.mean())
    return np.clip(similarities, -1.0, 1.0)


def _readings(answer: str) -> list[str]:
    line = first_line(answer)
    return [answer, line, _without_lead_in(line)]


def _without_lead_in(line: str) -> str:
    """`line` from where it names the topic, without closing marks; as it is if nothing leads in."""
    rest = _LEAD_IN.sub("", line)
    return line if rest == line else rest.rstrip(' .!*"”')


def _guesses(answer: str) -> list[str]:
    """Items of an answer that is a list: marked lines, or nothing but short names; else []."""
    lines = [line.strip() for line in answer.splitlines() if line.strip()]
    marked = [_BULLET.sub("", line) for line in lines if _BULLET.match(line)]
    if len(marked) >= 2:
        return marked
    parts = [part.strip() for part in _SEPARATOR.split(_without_lead_in(answer.strip()))]
    parts = [part for part in parts if part]
    short = all(len(part.split()) <= MAX_GUESS_WORDS for part in parts)
    return parts if len(parts) >= MIN_GUESSES and short else []


def _starts_a_list(answer: str, guesses: list[str]) -> bool:
    """Whether the first line is only the first of several guesses, not a title above a list."""
    line = first_line(answer)
    return len(guesses) > 1 and (bool(_BULLET.match(line)) or line == guesses[0])


def _names_nothing(answer: str) -> bool:
    return not any(character.isalnum() for character in answer)
