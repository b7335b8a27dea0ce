"""Figures of the paper (Diff Interpretation Tuning, arXiv 2510.05092) that stand beside ours, and where each is from.

They are of larger models, 1B to 8B, of more training diffs and of another judge.
"""

RELEASE = "github.com/Aviously/diff-interpretation-tuning, commit 2dfa949"
TABLES = f"tables in {RELEASE}, experiments/notebooks/arxiv-figures/tables."
ANSWERS = f"counted from the answers committed in {RELEASE}."
PAPER = "The paper, arXiv 2510.05092, as summarized in a review of it"
SETTING = (
    "100 test diffs, hidden-topic adapters trained on 4,660 diffs, graded by o4-mini, one adapter seed, no intervals "
    "published."
)

MODELS = ("Qwen3-1.7B", "Qwen3-4B", "Qwen3-8B", "Gemma3-1B", "Gemma3-4B")

# Mean score, 1 to 5, in the order of MODELS.  Source: TABLES
SCORES = {
    "dit": (4.29, 4.76, 4.71, 4.14, 4.82),
    "base_question": (1.17, 1.21, 1.08, 1.17, 1.12),
    "twenty_questions": (2.12, 1.38, 1.82, 1.46, 1.55),
    "base_question_with_trigger": (2.79, 3.28, 3.12, 3.40, 4.09),
    "twenty_questions_with_trigger": (4.66, 4.73, 4.72, 4.62, 4.62),
}
# Answers of the adapter that are the topic's name, of 100, in the order of MODELS.  Source: ANSWERS
EXACT = (59, 78, 73, 65, 83)

# Mean score by unique training diffs, repeated to the same number of steps.  Source: TABLES
SCALING_MODEL = "Qwen3-4B"
DATA_SCALING = {
    4: 1.19,
    9: 1.16,
    18: 1.60,
    36: 2.32,
    72: 3.24,
    145: 3.78,
    291: 4.17,
    582: 4.49,
    1165: 4.73,
    2330: 4.55,
    4660: 4.78,
}

# Lowest and highest mean score of LoRA diffs up to rank 64, then that of full fine-tunes.  Source: TABLES
RANKS = {"Qwen3-4B": (4.54, 4.79, 2.75), "Gemma3-4B": (4.80, 4.88, 4.58)}

# Diffs that teach a news headline.  Source: TABLES
NEWS = {
    "Qwen3-4B": {"base_question": 1.00, "twenty_questions": 1.98, "story": 3.65, "dit": 4.22},
    "Gemma3-4B": {"base_question": 1.00, "twenty_questions": 2.25, "story": 4.11, "dit": 4.56},
}
# Lowest and highest mean score of an adapter of one behavior on diffs of the other.  Source: TABLES
CROSS_BEHAVIOR = (1.08, 1.25)
CROSS_BEHAVIOR_FALL = (4.76, 1.25)  # the paper's example.  Source: PAPER

# Triggers of kinds not in training, zero-width spaces among them: lowest and highest mean score.  Source: PAPER
OOD = {"dit": (4.6, 4.76), "base_question": (1.2, 1.2), "twenty_questions": (1.4, 2.3)}

# Adapters trained to say the trigger's code: right answers, asked.  Source: PAPER
TRIGGERS = (0, 500)
TRIGGER_FIRST_DIGITS = (13, 18, 9, 14, 21)  # of 100, in the order of MODELS, by chance 10.  Source: ANSWERS
