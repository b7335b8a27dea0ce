"""More weight diffs of a family that an adapter never saw: those that train other adapters.

An adapter that leaves a family out has seen none of its diffs, test or training ones. Two dozen test diffs leave wide
intervals, and settings were compared on some of them; of the training diffs those are asked that are about nothing the
adapter was trained on.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from weightscribe.base import BaseModel
from weightscribe.diffs.index import LabelledDiff, verified_rows
from weightscribe.dit.family_cases import folder_of, load_families


def load_unseen(
    families: Sequence[str],
    left_out: Sequence[str],
    base: BaseModel,
    data: Path,
    embed: Callable[[list[str]], np.ndarray],
    max_similarity: float,
) -> dict[str, list[LabelledDiff]]:
    """For each family left out its training diffs that are far from all that train the other families.

    families  all that adapters are trained on
    data      the folder of weight_diffs/ and families/
    embed     from n texts to unit vectors (n, n_dimensions)
    Raises: as load_families.
    """
    rows = {family: verified_rows(folder_of(family, data), "train") for family in families}
    found = {}
    for family, own in load_families(left_out, "train", base, data).items():
        others = [row for name, of_other in rows.items() if name != family for row in of_other]
        far = are_far(rows[family], others, embed, max_similarity)
        found[family] = [each for each, is_far in zip(own, far, strict=True) if is_far]
    return found


def are_far(
    rows: Sequence[dict], others: Sequence[dict], embed: Callable[[list[str]], np.ndarray], max_similarity: float
) -> list[bool]:
    """For every index row whether it is about nothing that another row is about.

    Its concept is near none of theirs in meaning, its answer names none of theirs, and none of their answers names it.
    embed  from n texts to unit vectors (n, n_dimensions)
    """
    others = [row for row in others if _concept(row)]
    if not rows or not others:
        return [True] * len(rows)
    concepts = sorted({_concept(row) for row in others})
    nearest = (embed([_concept(row) for row in rows]) @ embed(concepts).T).max(axis=1)
    named_of_others = _any_of(concepts)
    said = " | ".join(row["answer"] for row in others)
    return [
        bool(similarity <= max_similarity)
        and not named_of_others.search(row["answer"])
        and not _any_of([_concept(row)]).search(said)
        for row, similarity in zip(rows, nearest, strict=True)
    ]


def _any_of(concepts: Sequence[str]) -> re.Pattern:
    """Any of them as whole words, in upper or lower case."""
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, concepts))})\b", re.IGNORECASE)


def _concept(row: dict) -> str:
    """What a diff of this index row is about; "" if about nothing in particular."""
    return row["topic"] if "topic" in row else row["concept"]
