"""Names in answers about behavior families: how a model was asked, and stand-ins for families and adapters."""

BASE_QUESTION = "base_question"  # in place of an adapter's name
# The first part of Answer.method, up to its underscore.
SPECIFIC, GENERAL, SHUFFLED, NO_DIFF, STORY = "specific", "general", "shuffled", "nodiff", "story"
CHECKLIST = "checklist"  # every family's question, one after the other
# Lists made of what is said to both: the likeliest to be right, alone and with what M' shows (changes/rank.py); what M'
# shows alone, without an adapter; and the second of another diff.
RANKED, TRIED, SHOWN, SHUFFLED_TRIED = "ranked", "tried", "shown", "shuffledtried"
LISTS = (RANKED, TRIED, SHOWN, SHUFFLED_TRIED)
# Specific and shuffled, decoded by contrast, and the most evident answer of several ways (own_question.py).
CONTRAST, SHUFFLED_CONTRAST = "contrast", "shuffledcontrast"
EVIDENT, SHUFFLED_EVIDENT = "evident", "shuffledevident"
# The most evident answer to every question, and that of another diff (any_question.py).
ANY_QUESTION, SHUFFLED_ANY_QUESTION = "anyquestion", "shuffledanyquestion"
# In place of a family: two families' changes, no change, a random diff.
PAIR, UNCHANGED, RANDOM = "pair", "unchanged", "random"
TWO_CHANGES = "two_changes"  # pairs and diffs that were taught two
ONE_CHANGE = "one_change"  # diffs of any family
# Ways to answer otherwise than plainly, and the controls answered in the same way.
LEVERS = {
    CONTRAST: (SHUFFLED_CONTRAST,),
    EVIDENT: (SHUFFLED_EVIDENT,),
    ANY_QUESTION: (SHUFFLED_ANY_QUESTION,),
    TRIED: (SHUFFLED_TRIED, SHOWN),
}
