"""Which topics train the DIT adapter and which test it, apart by concept and not only by name.

Upstream split by string: 29 of its 100 test topics share half their words with a training topic.
Here a training topic too close to a test topic, by words or by meaning, is left out. The test
topics are drawn first and training topics are taken in one fixed order, so asking for more
training topics later adds to the earlier ones and changes nothing else.
"""

import hashlib
import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from weightscribe.behaviors.catalog import Topic, words
from weightscribe.errors import DataFileError

STOP_WORDS = frozenset(
    {"and", "at", "by", "de", "for", "from", "in", "into", "la", "le", "of", "on", "or", "over"}
    | {"to", "under", "van", "von", "with"}
)


@dataclass(frozen=True)
class TopicSplit:
    """Topics in the order drawn."""

    train: tuple[Topic, ...]
    test: tuple[Topic, ...]


@dataclass(frozen=True)
class Closeness:
    """Largest value between any test topic and any training topic."""

    similarity: float  # cosine of the embeddings, -1 to 1
    token_overlap: float  # Jaccard index of the content words, 0 to 1


def split_topics(
    topics: tuple[Topic, ...],
    embeddings: np.ndarray,
    *,
    n_train: int,
    n_test: int,
    seed: int,
    max_token_overlap: float,
    max_similarity: float,
) -> TopicSplit:
    """`n_test` topics spread over the categories, and `n_train` that are far from all of them.

    embeddings  unit vectors (n_topics, n_dimensions), in the order of `topics`
    Raises: DataFileError if a category has one topic only, or too few topics remain.
    """
    order = sorted(range(len(topics)), key=lambda i: shuffled_key(topics[i].text, seed))
    test = _draw_test(topics, order, n_test)
    rest = [i for i in order if i not in set(test)]
    far = (embeddings[rest] @ embeddings[test].T <= max_similarity) & (
        _token_overlaps([topics[i] for i in rest], [topics[i] for i in test]) <= max_token_overlap
    )
    train = [i for i, is_far in zip(rest, far.all(axis=1), strict=True) if is_far]
    if len(train) < n_train:
        raise DataFileError(
            f"Asked for {n_train} training topics, {len(train)} are left after removing "
            f"{len(rest) - len(train)} too close to the {n_test} test topics. Add topics to "
            "data/topics.csv, raise simulate.max_similarity or lower simulate.n_train."
        )
    return TopicSplit(train=tuple(topics[i] for i in train[:n_train]), test=tuple(topics[i] for i in test))


def closeness(train: tuple[Topic, ...], test: tuple[Topic, ...], embed) -> Closeness:
    """How close the nearest training and test topics are; measured afresh, not while splitting.

    embed  from n texts to unit vectors (n, n_dimensions)
    """
    similarities = embed([topic.text for topic in train]) @ embed([topic.text for topic in test]).T
    return Closeness(
        similarity=float(similarities.max()),
        token_overlap=float(_token_overlaps(train, test).max()),
    )


def shuffled_key(text: str, seed: int) -> bytes:
    """A random place in the order that depends on no other topic."""
    return hashlib.sha256(f"{seed} {text}".encode()).digest()


def _draw_test(topics: tuple[Topic, ...], order: list[int], n_test: int) -> list[int]:
    sizes = Counter(topic.category for topic in topics)
    if small := [category for category, size in sizes.items() if size < 2]:
        raise DataFileError(
            f"data/topics.csv: category '{small[0]}' has 1 topic, too few to split. Add another "
            "or move it to a larger category."
        )
    most = math.ceil(n_test / len(sizes)) + 1
    taken: Counter[str] = Counter()
    test = []
    for i in order:
        category = topics[i].category
        if len(test) < n_test and taken[category] < min(most, sizes[category] - 1):
            taken[category] += 1
            test.append(i)
    if len(test) < n_test:
        raise DataFileError(
            f"Asked for {n_test} test topics, but the {len(sizes)} categories of data/topics.csv "
            f"give {len(test)} at {most} each with one left to train. Add topics or lower "
            "simulate.n_test."
        )
    return test


def _token_overlaps(rows, columns) -> np.ndarray:
    """Jaccard index of the content words of each pair of topics, (n_rows, n_columns)."""
    row_words, column_words = map(_content_words, rows), list(map(_content_words, columns))
    return np.array([[len(r & c) / len(r | c) for c in column_words] for r in row_words])


def _content_words(topic: Topic) -> frozenset[str]:
    """The topic's words without stop words; a topic of stop words alone keeps them."""
    found = frozenset(words(topic.text))
    return (found - STOP_WORDS) or found
