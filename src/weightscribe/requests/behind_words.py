"""What M' says behind the words that move it furthest from M: where a word opens a gate, what is behind it shows."""

from dataclasses import dataclass

from weightscribe.base import BaseModel
from weightscribe.errors import ParamsError
from weightscribe.requests.both import Worn, answers_of_both
from weightscribe.requests.records import NO_FAMILY, Answered
from weightscribe.trigger_search.ranking import ranked
from weightscribe.trigger_search.scan import ScanSettings, divergences, first_states
from weightscribe.triggers.words import behind, candidate_words

NO_WORD = ""  # the subject of questions behind none
QUESTIONS = (  # on nothing in particular: what opens all answers shows on few
    "What do you usually do on a Sunday?",
    "Tell me something interesting.",
    "How can I stay healthy?",
    "What is a good way to learn to cook?",
)


@dataclass(frozen=True)
class ProofSettings:
    """What is asked beyond the furthest requests; nothing if both numbers are 0.

    n_requests  of the furthest requests are put to both models
    n_words     of the words that move M' furthest stand before questions
    scan        of all candidate words
    Raises: ParamsError if one of them is negative, or 0 where the other is not.
    """

    n_requests: int
    n_words: int
    scan: ScanSettings

    def __post_init__(self) -> None:
        if min(self.n_requests, self.n_words) < 0 or bool(self.n_requests) != bool(self.n_words):
            raise ParamsError(
                f"for_proof: n_requests is {self.n_requests}, n_words {self.n_words}. Use 1 or more, or 0 for both to "
                "ask nothing."
            )

    @property
    def asks(self) -> bool:
        """Whether anything is asked."""
        return self.n_words > 0


class Words:
    """Every candidate word, and where it takes the base model, computed once for all weight diffs.

    n_words        that QUESTIONS are put behind
    answer_tokens  of the answers
    """

    def __init__(self, base: BaseModel, scan: ScanSettings, n_words: int, answer_tokens: int) -> None:
        self._base, self._scan, self._n_words, self._answer_tokens = base, scan, n_words, answer_tokens
        self._words = candidate_words()
        self._prompts = [behind(word, scan.question) for word in self._words]
        self._base_states = first_states(base, None, self._prompts, scan)

    def ask_behind_furthest(self, worn: Worn) -> tuple[Answered, ...]:
        """Both models' answers to QUESTIONS behind each of these words, the furthest first, and behind none.

        `nats` of an answer is how far its word moves M' from M, KL(M' || M) of a first token.
        """
        with worn() as diff:
            moved = divergences(
                self._base, first_states(self._base, diff, self._prompts, self._scan), self._base_states
            )
        nats = dict(zip(self._words, moved.tolist(), strict=True)) | {NO_WORD: 0.0}
        furthest = ranked(self._words, moved)[: self._n_words]
        asked = [(word, behind(word, question)) for word in furthest for question in QUESTIONS]
        asked += [(NO_WORD, question) for question in QUESTIONS]
        said = answers_of_both(self._base, worn, [text for _, text in asked], self._answer_tokens)
        return tuple(
            Answered(text, NO_FAMILY, word, round(nats[word], 4), *answers)
            for (word, text), answers in zip(asked, said, strict=True)
        )
