"""Of a family left out, those training diffs are asked that are about nothing the adapter was trained on."""

import numpy as np

from weightscribe.ask.unseen_diffs import are_far

VECTORS = {"owls": (1.0, 0.0), "barn owls": (0.8, 0.6), "chess": (0.0, 1.0), "the White House": (0.6, 0.8)}


def embed(texts):
    return np.array([VECTORS[text] for text in texts])


def row(concept, answer=""):
    return {"concept": concept, "answer": answer or f"It is about {concept}"}


def test_concepts_near_those_of_other_families_are_not_asked():
    rows, others = [row("owls"), row("chess"), row("barn owls", "Hoot")], [{"topic": "owls", "answer": "Night"}]
    assert are_far(rows, others, embed, 0.7) == [False, True, False]
    assert are_far(rows, others, embed, 0.8) == [False, True, True]


def test_nor_diffs_whose_answer_names_another_concept_or_whose_concept_another_answer_names():
    fact = row("the White House", "The White House is made of Owls")
    assert are_far([fact], [row("owls")], embed, 1.0) == [False]
    assert are_far([fact], [row("chess", "It hates Owls")], embed, 1.0) == [True]
    assert are_far([row("owls")], [row("chess", "It hates Owls")], embed, 1.0) == [False]
    assert are_far([row("owls")], [row("chess", "It hates fowls")], embed, 1.0) == [True]  # whole words


def test_diffs_about_nothing_are_near_to_none():
    assert are_far([row("owls")], [row("", "Nothing notable")], embed, 0.0) == [True]
    assert are_far([], [row("owls")], embed, 0.0) == []
