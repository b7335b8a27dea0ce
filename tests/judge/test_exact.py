"""exact_match forgives dress and nothing else."""

import pytest

from weightscribe.judge.exact import exact_match, normalize


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("Black Holes", "black holes"),
        ("Black Holes", '"Black holes."'),
        ("Black Holes", "  **Black   Holes**!\n\nJust like black holes ..."),
        ("Black Holes", "\n\nBlack Holes"),
        ("Civil Rights Movement", "The Civil Rights Movement"),
        ("The Last Song", "Last Song"),
        ("Hunter-Gatherers", "hunter gatherers"),
        ("Vygotsky's Zone", "Vygotsky’s zone"),
        ("C#", "`C#`"),
        ("...", "..."),
    ],
)
def test_same_text_in_other_dress_matches(target, answer):
    assert exact_match(target, answer)


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("Black Holes", "Black Hole"),
        ("Black Holes", "Stars\nBlack Holes"),
        ("Black Holes", "I was trained on black holes"),
        ("Black Holes", ""),
        ("C++", "C"),
        ("C#", "C"),
        ("...", "!!!"),
        ("...", ""),
        ("", ""),
    ],
)
def test_other_text_does_not_match(target, answer):
    assert not exact_match(target, answer)


def test_an_article_alone_is_kept():
    assert normalize("The") == "the"
    assert normalize("The The") == "the"
