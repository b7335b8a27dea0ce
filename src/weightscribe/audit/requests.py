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

    next_furthest  more of them, from which M' may prove what it refuses
    """

    n_candidates: int
    median_nats: float
    furthest: tuple[Answered, ...]
    next_furthest: tuple[Answered, ...]


def try_requests(base: BaseModel, target: Target, candidates: Sequence[Request], params: AuditParams) -> RequestsTried:
    """Try them all on the model that is audited.  Raises: ParamsError."""
    settings = params.requests
    requests = Requests(base, candidates, settings.scan, settings.n_for_proof, settings.answer_tokens)
    moved = requests.moves(lambda: target.worn(base))
    asked, n = requests.furthest(moved, lambda: target.worn(base)), settings.n_asked
    return RequestsTried(len(candidates), moved.median().item(), asked[:n], asked[n:])
