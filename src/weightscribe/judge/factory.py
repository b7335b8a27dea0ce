"""The judge that params.yaml names."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from weightscribe.errors import ParamsError
from weightscribe.judge.calibration import shipped_calibration
from weightscribe.judge.embedding import SentenceEmbedder
from weightscribe.judge.llm import LLMJudge, LLMJudgeParams
from weightscribe.judge.offline import OfflineJudge

OFFLINE, LLM = "offline", "llm"
REPLIES = Path(".work/judge_replies")  # of the LLM judge, kept for good


class Judge(Protocol):
    """Grades answers from 1 to 5; None where it could not."""

    def score(self, targets: list[str], answers: list[str | None]) -> list[float | None]: ...


@dataclass(frozen=True)
class JudgeParams:
    """Section `judge` of params.yaml."""

    kind: str  # offline | llm
    llm: LLMJudgeParams


@dataclass(frozen=True)
class NamedJudge:
    """A judge, what reports call it, and how far it agrees with the published grades (None if that is not known)."""

    judge: Judge
    name: str
    kappa: float | None

    def score(self, targets: list[str], answers: list[str | None]) -> list[float | None]:
        """As `Judge.score`."""
        return self.judge.score(targets, answers)

    def agreement(self) -> dict:
        """The metric that stands beside every score of this judge."""
        return {} if self.kappa is None else {"judge_kappa_published_grades": self.kappa}


def load_judge(params: JudgeParams, embedder_folder: Path, rubric: str) -> NamedJudge:
    """The judge for answers of one kind.

    rubric  "topics" or "summaries"
    Raises: ParamsError, ModelError, DataFileError.
    """
    if params.kind == OFFLINE:
        calibration = shipped_calibration(rubric)
        judge = OfflineJudge(SentenceEmbedder(embedder_folder), calibration)
        return NamedJudge(judge, OFFLINE, calibration.provenance["kappa_quadratic"])
    if params.kind == LLM:
        return NamedJudge(LLMJudge(params.llm, rubric, REPLIES), params.llm.model, None)
    raise ParamsError(f"judge.kind is '{params.kind}'. Use {OFFLINE} or {LLM}.")
