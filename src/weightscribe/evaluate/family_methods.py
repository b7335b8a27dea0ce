"""Names in answers about behavior families: how a model was asked, and stand-ins for families and adapters."""

BASE_QUESTION = "base_question"  # in place of an adapter's name
# The first part of Answer.method, up to its underscore.
SPECIFIC, GENERAL, SHUFFLED, NO_DIFF, STORY = "specific", "general", "shuffled", "nodiff", "story"
CHECKLIST = "checklist"  # every family's question, one after the other
RANKED = "ranked"  # the list made of what is said to both that is expected to be most right (ranked_lists.py)
CONTRAST, SHUFFLED_CONTRAST = "contrast", "shuffledcontrast"  # specific and shuffled, decoded by contrast
# The most evident answer to every question, and that of another diff (any_question.py).
ANY_QUESTION, SHUFFLED_ANY_QUESTION = "anyquestion", "shuffledanyquestion"
# In place of a family: two families' changes, no change, a random diff.
PAIR, UNCHANGED, RANDOM = "pair", "unchanged", "random"
