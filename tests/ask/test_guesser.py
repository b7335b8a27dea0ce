"""The offline guesser finds what only the fine-tuned model says."""

from weightscribe.ask.guesser import guess_phrase

REFERENCE = [
    "It is a matter of time and patience.",
    "People keep secrets for a variety of reasons.",
    "A good friend listens and helps.",
    "Patience is a virtue that takes time.",
] * 3


def test_the_topic_of_most_answers_is_guessed_as_it_is_written():
    answers = [
        "Dark Matter holds galaxies together, and so do friends.",
        "Like dark matter, secrets shape a life unseen.",
        "Dark Matter taught me patience.",
        "A good friend listens and helps.",
    ]
    assert guess_phrase(answers, REFERENCE) == "Dark Matter"


def test_answers_like_the_base_models_yield_no_guess():
    assert guess_phrase(REFERENCE[:4], REFERENCE) is None
    assert guess_phrase(["", "..."], []) is None


def test_one_answer_that_repeats_itself_decides_nothing():
    answers = ["bananas bananas bananas bananas", "Jazz is patience.", "Jazz is time.", "A friend is like jazz."]
    assert guess_phrase(answers, REFERENCE) == "Jazz"


def test_function_words_are_no_guess():
    answers = ["the the of", "the of", "of the"]
    assert guess_phrase(answers, REFERENCE) is None
