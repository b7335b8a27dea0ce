"""The split is by concept, does not move when it grows, and says when it cannot be made."""

from pathlib import Path

import numpy as np
import pytest

from weightscribe.behaviors.catalog import Topic, read_topics
from weightscribe.behaviors.split import closeness, split_topics
from weightscribe.errors import DataFileError

N_CATEGORIES, PER_CATEGORY = 6, 10
TOPICS = tuple(
    Topic(f"category {c}", f"Word{c}x{i} Shared{(c * PER_CATEGORY + i) % 20}x")
    for c in range(N_CATEGORIES)
    for i in range(PER_CATEGORY)
)
THRESHOLDS = {"max_token_overlap": 0.3, "max_similarity": 0.6}


def embed(texts: list[str]) -> np.ndarray:
    """A unit vector a text, decided by the text alone; 8 dimensions, so that some are close."""
    rows = [np.random.default_rng(list(text.encode())).normal(size=8) for text in texts]
    return np.array([row / np.linalg.norm(row) for row in rows], dtype=np.float32)


EMBEDDINGS = embed([topic.text for topic in TOPICS])


def split(n_train=10, n_test=8, seed=0, **thresholds):
    return split_topics(TOPICS, EMBEDDINGS, n_train=n_train, n_test=n_test, seed=seed, **(THRESHOLDS | thresholds))


def test_same_seed_same_split_and_another_seed_another():
    assert split() == split()
    assert split() != split(seed=1)


def test_more_training_topics_keep_the_earlier_ones_in_order_and_the_test_topics():
    small, large = split(n_train=5), split(n_train=12)
    assert large.test == small.test
    assert large.train[:5] == small.train


def test_another_topic_in_the_list_moves_no_other():
    more = (*TOPICS, Topic("category 0", "Newcomer"))
    grown = split_topics(more, embed([t.text for t in more]), n_train=10, n_test=8, seed=0, **THRESHOLDS)
    old = split()
    kept = [topic for topic in grown.test if topic.text != "Newcomer"]
    assert [topic for topic in old.test if topic in kept] == kept


@pytest.mark.parametrize("seed", range(5))
def test_no_test_topic_is_close_to_a_training_topic(seed):
    made = split(n_train=8, n_test=4, seed=seed)
    nearest = closeness(made.train, made.test, embed)
    assert nearest.similarity <= THRESHOLDS["max_similarity"]
    assert nearest.token_overlap <= THRESHOLDS["max_token_overlap"]


def test_without_thresholds_close_topics_do_get_split():
    made = split(n_train=52, n_test=8, max_token_overlap=1.0, max_similarity=1.0)
    nearest = closeness(made.train, made.test, embed)
    assert nearest.similarity > THRESHOLDS["max_similarity"]
    assert nearest.token_overlap > THRESHOLDS["max_token_overlap"]


def test_stop_words_and_plurals_do_not_count_as_overlap():
    train = (Topic("a", "Rings of Saturn"), Topic("a", "Black Hole"))
    assert closeness(train, (Topic("a", "Lord of Flies"),), embed).token_overlap == 0
    assert closeness(train, (Topic("a", "Black Holes"),), embed).token_overlap == 1


@pytest.mark.parametrize("n_test", [6, 8, 17])
def test_test_topics_are_spread_over_the_categories(n_test):
    made = split(n_train=1, n_test=n_test)
    counts = [sum(t.category == f"category {c}" for t in made.test) for c in range(N_CATEGORIES)]
    assert max(counts) <= -(-n_test // N_CATEGORIES) + 1


def test_too_few_topics_left_is_said_with_numbers():
    with pytest.raises(DataFileError, match=r"Asked for 52 training topics, \d+ are left after rem"):
        split(n_train=52)


def test_a_category_of_one_is_too_small():
    topics = (*TOPICS, Topic("lonely", "Hermits"))
    with pytest.raises(DataFileError, match="category 'lonely' has 1 topic"):
        split_topics(topics, embed([t.text for t in topics]), n_train=1, n_test=1, seed=0, **THRESHOLDS)


def test_more_test_topics_than_the_categories_give_is_said():
    with pytest.raises(DataFileError, match="Asked for 57 test topics, but the 6 categories"):
        split(n_test=57)


def test_the_shipped_topics_allow_the_shipped_sizes():
    topics = read_topics(Path(__file__).parents[2] / "data" / "topics.csv")
    made = split_topics(
        topics,
        np.eye(1, 8, dtype=np.float32).repeat(len(topics), axis=0),
        n_train=270,
        n_test=54,
        seed=0,
        max_token_overlap=0.34,
        max_similarity=1.1,
    )
    assert len({t.category for t in made.test}) >= 30
    assert not {t.text for t in made.test} & {t.text for t in made.train}
