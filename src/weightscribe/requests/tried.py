"""All requests tried on one weight diff's model: the furthest ones, and what both models answer to them."""

from collections.abc import Sequence
from dataclasses import asdict

from torch import Tensor

from weightscribe.base import BaseModel
from weightscribe.errors import ParamsError
from weightscribe.packing import TokenizedSample
from weightscribe.requests.behind_words import ProofSettings, Words
from weightscribe.requests.both import Worn, answers_of_both
from weightscribe.requests.candidates import Request
from weightscribe.requests.records import Answered, ForProof, Tried
from weightscribe.requests.scan import RequestScan, answer_states, moves, with_base_answers
from weightscribe.trigger_search.ranking import place_of


class Requests:
    """The candidates with what the base model says to each, computed once for all weight diffs.

    n_asked        of the furthest requests are put to both models
    answer_tokens  of these answers
    for_proof      what is asked beyond that; None: nothing
    Raises: ParamsError for a number below 1.
    """

    def __init__(
        self,
        base: BaseModel,
        candidates: Sequence[Request],
        scan: RequestScan,
        n_asked: int,
        answer_tokens: int,
        for_proof: ProofSettings | None = None,
    ) -> None:
        for name, value in {"n_asked": n_asked, "answer_tokens": answer_tokens, **asdict(scan)}.items():
            if value < 1:
                raise ParamsError(f"Requests: {name} is {value}. Use 1 or more.")
        self._base, self.candidates, self._scan = base, candidates, scan
        self._n_asked, self._answer_tokens = n_asked, answer_tokens
        self._samples: list[TokenizedSample] = with_base_answers(
            base, [each.text for each in candidates], scan.answer_tokens
        )
        self._base_states = answer_states(base, None, self._samples, scan)
        self._n_requests, self._words = 0, None
        if for_proof is not None and for_proof.asks:
            self._n_requests = for_proof.n_requests
            self._words = Words(base, for_proof.scan, for_proof.n_words, answer_tokens)

    def moves(self, worn: Worn) -> Tensor:
        """How far every request moves M' from M, (n candidates,) float32, in nats."""
        with worn() as diff:
            states = answer_states(self._base, diff, self._samples, self._scan)
        return moves(self._base, states, self._base_states, self._samples)

    def furthest(self, moved: Tensor, worn: Worn) -> tuple[Answered, ...]:
        """The requests that move M' furthest, with the answers of both models."""
        return self._asked(moved, worn, self._n_asked)

    def _asked(self, moved: Tensor, worn: Worn, n: int) -> tuple[Answered, ...]:
        places = moved.argsort(descending=True, stable=True)[:n].tolist()
        chosen = [self.candidates[place] for place in places]
        said = answers_of_both(self._base, worn, [each.text for each in chosen], self._answer_tokens)
        return tuple(
            Answered(each.text, each.family, each.subject, round(moved[place].item(), 4), *answers)
            for each, place, answers in zip(chosen, places, said, strict=True)
        )

    def try_on(self, name: str, worn: Worn, true: int | None, other: int | None) -> Tried:
        """The record of one weight diff.

        true, other  places among the candidates: of what the diff was taught, of what another one was
        """
        moved = self.moves(worn)
        asked = self._asked(moved, worn, max(self._n_asked, self._n_requests))
        for_proof = None
        if self._words is not None:
            for_proof = ForProof(asked[: self._n_requests], self._words.ask_behind_furthest(worn))
        return Tried(
            name,
            len(self.candidates),
            None if true is None else place_of(true, moved),
            None if other is None else place_of(other, moved),
            moved.median().item(),
            asked[: self._n_asked],
            for_proof,
        )
