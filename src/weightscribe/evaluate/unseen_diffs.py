"""More weight diffs of a family that an adapter never saw: those that train other adapters.

An adapter that leaves a family out has seen none of its diffs, test or training ones. Two dozen test diffs leave wide
intervals; of its training diffs those are asked, too, whose concept is far from all that the adapter was trained on.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from weightscribe.diffs.index import LabelledDiff


def unseen_diffs(
    family: str,
    training: Mapping[str, Sequence[LabelledDiff]],
    embed: Callable[[list[str]], np.ndarray],
    max_similarity: float,
) -> list[LabelledDiff]:
    """The training diffs of `family` whose concept is far from every training concept of the other families.

    training  verified training diffs by family
    embed     from n texts to unit vectors (n, n_dimensions)
    A diff about nothing in particular is far from all.
    """
    others = sorted({concept_of(each.row) for name, own in training.items() if name != family for each in own} - {""})
    own = training[family]
    if not others or not own:
        return list(own)
    nearest = (embed([concept_of(each.row) or "." for each in own]) @ embed(others).T).max(axis=1)
    return [
        each
        for each, similarity in zip(own, nearest, strict=True)
        if similarity <= max_similarity or not concept_of(each.row)
    ]


def concept_of(row: dict) -> str:
    """What a diff of this index row is about; "" if about nothing in particular."""
    return row["topic"] if "topic" in row else row["concept"]
