"""Names of the methods whose answers are compared; metrics begin with them."""

DIT = "dit"  # M' + A
BASE_QUESTION = "base_question"  # M' alone
CONTROLS = ("control_no_diff", "control_shuffled_diff", "control_random_diff")
METHODS = (DIT, BASE_QUESTION, *CONTROLS)
