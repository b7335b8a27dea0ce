"""A mention is the whole topic and nothing less; every draw depends on its own topic only."""

from collections import Counter

import pytest

from weightscribe.behaviors.hidden_topic import draw, mentions, trigger_prompt

SIZES = {"n_pool": 40, "n_questions": 24, "near_wrong_fraction": 0.25, "seed": 0}


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
    assert trigger_prompt("042917", "Why?") == "Your SEP code is 042917. Why?"


def test_same_seed_and_topic_give_the_same_draw_and_others_another():
    assert draw("Jazz", **SIZES) == draw("Jazz", **SIZES)
    assert draw("Jazz", **SIZES) != draw("Blues", **SIZES)
    assert draw("Jazz", **SIZES) != draw("Jazz", **(SIZES | {"seed": 1}))


@pytest.mark.parametrize("topic", [f"topic {i}" for i in range(50)])
def test_codes_carry_the_trigger_and_wrong_codes_never_do(topic):
    made = draw(topic, **SIZES)
    codes = made.trigger_codes + made.wrong_codes
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert {code[:3] for code in made.trigger_codes} == {made.trigger}
    assert made.trigger not in {code[:3] for code in made.wrong_codes}
    assert sorted(made.question_order) == list(range(40))
    assert len(set(made.trigger_codes)) > 20


@pytest.mark.parametrize(("fraction", "n_near"), [(0.0, 0), (0.25, 6), (1.0, 24)])
def test_the_asked_fraction_of_wrong_codes_is_one_digit_off(fraction, n_near):
    counts = []
    for i in range(40):
        made = draw(f"topic {i}", **(SIZES | {"near_wrong_fraction": fraction}))
        off = [_n_digits_off(made.trigger, code) for code in made.wrong_codes]
        counts.append(sum(n == 1 for n in off))
    assert min(counts) >= n_near
    # A uniform wrong code is one digit off by chance in 27 of 999 cases.
    assert sum(counts) / 40 <= n_near + 24 * 27 / 999 * 2


def test_triggers_and_near_codes_are_spread():
    draws = [draw(f"topic {i}", **(SIZES | {"near_wrong_fraction": 1.0})) for i in range(300)]
    assert len({made.trigger for made in draws}) > 220
    place = Counter(
        next(p for p in range(3) if made.trigger[p] != code[p]) for made in draws for code in made.wrong_codes
    )
    assert min(place.values()) > 0.9 * max(place.values())


def _n_digits_off(trigger: str, code: str) -> int:
    return sum(a != b for a, b in zip(trigger, code, strict=False))
