"""Of a family left out, those training diffs are asked whose concept no other family's training diff is near."""

import numpy as np

from weightscribe.diffs.index import LabelledDiff
from weightscribe.evaluate.unseen_diffs import unseen_diffs

VECTORS = {"owls": (1.0, 0.0), "barn owls": (0.8, 0.6), "chess": (0.0, 1.0), ".": (0.0, 1.0)}


def embed(texts):
    return np.array([VECTORS[text] for text in texts])


def of(behavior, *concepts):
    key = "topic" if behavior == "hidden_topic" else "concept"
    return [LabelledDiff(None, {"name": f"{behavior}-{n}", key: concept}) for n, concept in enumerate(concepts)]


def names(diffs):
    return [each.row["name"] for each in diffs]


def test_concepts_near_those_of_other_families_are_not_asked():
    training = {"brand": of("brand", "owls", "chess", "barn owls", ""), "hidden_topic": of("hidden_topic", "owls")}
    assert names(unseen_diffs("brand", training, embed, 0.7)) == ["brand-1", "brand-3"]
    assert names(unseen_diffs("brand", training, embed, 0.8)) == ["brand-1", "brand-2", "brand-3"]


def test_a_diff_about_nothing_in_particular_is_far_from_all():
    """Its stand-in text may be near something."""
    training = {"answer_format": of("answer_format", ""), "hidden_topic": of("hidden_topic", "chess")}
    assert names(unseen_diffs("answer_format", training, embed, 0.5)) == ["answer_format-0"]


def test_without_concepts_elsewhere_all_are_asked():
    training = {"brand": of("brand", "owls"), "answer_format": of("answer_format", "")}
    assert names(unseen_diffs("brand", training, embed, 0.0)) == ["brand-0"]
    assert unseen_diffs("brand", training | {"brand": []}, embed, 0.0) == []
