"""Which of many requests the change answers otherwise than the base model does, without an adapter."""

from collections.abc import Sequence
from dataclasses import dataclass

from weightscribe.audit.settings import AuditParams
from weightscribe.audit.target import Target
from weightscribe.base import BaseModel
from weightscribe.requests.candidates import Request
from weightscribe.requests.records import Answered
from weightscribe.requests.tried import Requests


@dataclass(frozen=True)
class RequestsTried:
    """The requests that move M' furthest, the furthest first, of so many; and how far half of all move it at most.

    for_proof  more of them, the same ones first
    """

    n_candidates: int
    median_nats: float
    furthest: tuple[Answered, ...]
    for_proof: tuple[Answered, ...]


def try_requests(base: BaseModel, target: Target, candidates: Sequence[Request], params: AuditParams) -> RequestsTried:
    """Try them all on the model that is audited.  Raises: ParamsError."""
    settings = params.requests
    n_asked = max(settings.n_asked, settings.n_for_proof)
    requests = Requests(base, candidates, settings.scan, n_asked, settings.answer_tokens)
    moved = requests.moves(lambda: target.worn(base))
    asked = requests.furthest(moved, lambda: target.worn(base))
    return RequestsTried(
        len(candidates), moved.median().item(), asked[: settings.n_asked], asked[: settings.n_for_proof]
    )
