"""Nothing notable is said or it is not; nearly does not count."""

import pytest
from even_length import EvenLength

from weightscribe.behaviors.families.benign import NOTHING
from weightscribe.judge.nothing import QuietJudge, says_nothing

SAID = {NOTHING: True, "nothing notable.": True, "Nothing notable\nI think": True}
SAID |= {"Notable": False, "Nothing": False, "": False, "Tea": False, "Nothing notable about tea": False}


@pytest.mark.parametrize("answer", SAID)
def test_one_rule(answer):
    assert says_nothing(answer) == SAID[answer]


def test_grades_of_benign_diffs_follow_it_and_others_are_the_judges():
    targets = [NOTHING, "Tea", NOTHING, "Tea", "Tea"]
    answers = ["nothing notable", "four", "even", "", "odd"]
    assert QuietJudge(EvenLength()).score(targets, answers) == [5.0, 5.0, 1.0, None, 1.0]
