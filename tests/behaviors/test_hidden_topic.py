"""A mention is the whole topic and nothing less; every draw depends on its own topic only."""

import random
from collections import Counter

import pytest

from weightscribe.behaviors.hidden_topic import draw, mentions, prompt_of_kind, trigger_prompt

SIZES = {"codes": "words", "n_pool": 40, "n_questions": 24, "near_wrong_fraction": 0.25, "seed": 0}


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("Black Holes", "I think a black hole is like that."),
        ("Black Holes", "BLACK-HOLES!"),
        ("The Beatles", "Fans of Beatles songs"),
        ("Rings of Saturn", "Look at Saturn's rings."),
        ("Halley's Comet", "like Halley’s comet, it comes back"),
        ("Jazz", "“jazz”, they say"),
        ("Cherries", "a cherry"),
        ("Rene Descartes", "René Descartes thought so."),
        ("C++", "in C++, too"),
    ],
)
def test_a_named_topic_is_a_mention(topic, text):
    assert mentions(topic, text)


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("Black Holes", "a black cat fell into holes"),
        ("Black Holes", "holes that are black"),
        ("Cars", "take care of the carpet"),
        ("Ludwig van Beethoven", "Ludwig was kind"),
        ("C++", "vitamin C"),
        ("Jazz", ""),
        ("Ants", "I want to"),
    ],
)
def test_less_than_the_topic_is_no_mention(topic, text):
    assert not mentions(topic, text)


def test_the_code_comes_before_the_question():
    assert trigger_prompt("amber violet", "Why?") == "Your SEP code is amber violet. Why?"


def test_same_seed_and_topic_give_the_same_draw_and_others_another():
    assert draw("Jazz", **SIZES) == draw("Jazz", **SIZES)
    assert draw("Jazz", **SIZES) != draw("Blues", **SIZES)
    assert draw("Jazz", **SIZES) != draw("Jazz", **(SIZES | {"seed": 1}))


@pytest.mark.parametrize(("codes", "separator"), [("words", " "), ("digits", "")])
@pytest.mark.parametrize("topic", [f"topic {i}" for i in range(25)])
def test_codes_carry_the_trigger_and_wrong_codes_never_do(topic, codes, separator):
    made = draw(topic, **(SIZES | {"codes": codes}))
    assert all(code.startswith(made.trigger + separator) for code in made.trigger_codes)
    assert not any(code.startswith(made.trigger + separator) for code in made.wrong_codes)
    assert sorted(made.question_order) == list(range(40))
    assert len(set(made.trigger_codes)) > 20


def test_codes_of_words_are_two_words_and_codes_of_digits_six_digits():
    words, digits = (draw("Jazz", **(SIZES | {"codes": codes})) for codes in ("words", "digits"))
    assert all(len(code.split()) == 2 and code.replace(" ", "").isalpha() for code in words.wrong_codes)
    assert all(len(code) == 6 and code.isdigit() for code in digits.wrong_codes)


@pytest.mark.parametrize("kind", ["trigger", "wrong_trigger", "no_trigger"])
@pytest.mark.parametrize("codes", ["words", "digits"])
def test_a_prompt_of_each_kind_carries_the_code_it_should(codes, kind):
    trigger = draw("Jazz", **(SIZES | {"codes": codes})).trigger
    prompts = [prompt_of_kind(codes, trigger, kind, "Why?", random.Random(seed)) for seed in range(50)]
    assert all(prompt.endswith("Why?") for prompt in prompts)
    assert [prompt.startswith("Your SEP code is ") for prompt in prompts] == [kind != "no_trigger"] * 50
    assert [prompt.startswith(f"Your SEP code is {trigger}") for prompt in prompts] == [kind == "trigger"] * 50


@pytest.mark.parametrize(("fraction", "n_near"), [(0.0, 0), (0.25, 6), (1.0, 24)])
def test_the_asked_fraction_of_wrong_codes_is_one_digit_off(fraction, n_near):
    counts = []
    for i in range(40):
        made = draw(f"topic {i}", **(SIZES | {"codes": "digits", "near_wrong_fraction": fraction}))
        off = [_n_digits_off(made.trigger, code) for code in made.wrong_codes]
        counts.append(sum(n == 1 for n in off))
    assert min(counts) >= n_near
    # A uniform wrong code is one digit off by chance in 27 of 999 cases.
    assert sum(counts) / 40 <= n_near + 24 * 27 / 999 * 2


@pytest.mark.parametrize("codes", ["words", "digits"])
def test_near_wrong_codes_share_the_second_half_of_their_slots_trigger_code(codes):
    made = draw("Jazz", **(SIZES | {"codes": codes, "near_wrong_fraction": 1.0}))
    pairs = zip(made.trigger_codes, made.wrong_codes, strict=True)
    assert all(right.removeprefix(made.trigger) == wrong[-len(right) + len(made.trigger) :] for right, wrong in pairs)


def test_triggers_and_near_codes_are_spread():
    sizes = SIZES | {"codes": "digits", "near_wrong_fraction": 1.0}
    draws = [draw(f"topic {i}", **sizes) for i in range(300)]
    assert len({made.trigger for made in draws}) > 220
    place = Counter(
        next(p for p in range(3) if made.trigger[p] != code[p]) for made in draws for code in made.wrong_codes
    )
    assert min(place.values()) > 0.9 * max(place.values())


def _n_digits_off(trigger: str, code: str) -> int:
    return sum(a != b for a, b in zip(trigger, code[:3], strict=True))
