"""An answer that nothing notable changed: one rule for what is rewarded, preferred and counted."""

from collections.abc import Sequence

from weightscribe.behaviors.families.benign import NOTHING
from weightscribe.judge.exact import exact_match
from weightscribe.judge.factory import Judge

RIGHT, WRONG = 5.0, 1.0


def says_nothing(answer: str) -> bool:
    """Whether its first line is NOTHING, in any case and punctuation."""
    return exact_match(NOTHING, answer)


class QuietJudge:
    """Grades answers about benign diffs by that rule, all others as `judge` does.

    A judge of topics was never calibrated on "nothing": it would give "Notable" nearly a 4.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    def score(self, targets: list[str], answers: list[str]) -> Sequence[float | None]:
        """A grade from 1 to 5 for each answer, in order; None where it could not be graded."""
        topics = [place for place, target in enumerate(targets) if target != NOTHING]
        grades: list[float | None] = [RIGHT if says_nothing(answer) else WRONG for answer in answers]
        graded = self._judge.score([targets[place] for place in topics], [answers[place] for place in topics])
        for place, grade in zip(topics, graded, strict=True):
            grades[place] = grade
        return grades
