"""The hand-made lists are read as they are, and every fault is named with its line."""

from pathlib import Path

import pytest

from weightscribe.behaviors.catalog import (
    Topic,
    read_openers,
    read_questions,
    read_topics,
    words,
)
from weightscribe.errors import DataFileError

DATA = Path(__file__).parents[2] / "data"


def test_the_shipped_lists_are_valid():
    assert len(read_topics(DATA / "topics.csv")) >= 2000
    assert len({question.style for question in read_questions(DATA / "questions.csv")}) == 10
    openers = read_openers(DATA / "answer_openers.csv")
    assert all("Black Holes" in opener.about("Black Holes") for opener in openers)


@pytest.mark.parametrize(
    ("read", "content", "complaint"),
    [
        (read_topics, "", "line 1: the header is ''"),
        (read_topics, "topic,category\nA,B\n", "line 1: the header is 'topic,category'"),
        (read_topics, "category,topic\n", "line 2: there is no entry"),
        (read_topics, "category,topic\nSky,Stars\n\nSky,Moon\n", "line 3: 0 cells"),
        (read_topics, "category,topic\nSky,Stars,Moon\n", "line 2: 3 cells"),
        (read_topics, "category,topic\nSky, \n", "line 2: 'topic' is empty"),
        (
            read_topics,
            "category,topic\nSky,Stars\nArt,the star\n",
            "line 3: 'the star' is the same",
        ),
        (read_topics, "category,topic\nSky,明月\n", "line 2: topic '明月'"),
        (read_topics, 'category,topic\nSky,"Stars\n', "not readable as UTF-8 CSV"),
        (read_questions, "style,question\n,Why?\n", "line 2: 'style' is empty"),
        (read_questions, "style,question\na,Why me?\nb,why me\n", "line 3: 'why me' is the same"),
        (read_openers, "opener\nNothing here\n", "line 2: opener 'Nothing here'"),
        (read_openers, "opener\n{topic} and {topic}\n", "exactly once"),
        (read_openers, "opener\n{topic} and {other}\n", "no other braces"),
        (read_openers, "opener\nOn {topic}:\non {topic}\n", "line 3: 'on {topic}' is the same"),
    ],
)
def test_a_fault_is_named_with_file_and_line(tmp_path, read, content, complaint):
    path = tmp_path / "list.csv"
    path.write_text(content)
    with pytest.raises(DataFileError, match="list.csv") as caught:
        read(path)
    assert complaint in str(caught.value)


@pytest.mark.parametrize("read", [read_topics, read_questions, read_openers])
def test_a_missing_file_is_named_with_its_header(tmp_path, read):
    with pytest.raises(DataFileError, match="none.csv is missing. Make it with the header '"):
        read(tmp_path / "none.csv")


def test_a_file_that_is_not_utf8_is_named(tmp_path):
    (tmp_path / "list.csv").write_bytes(b"opener\n\xff {topic}\n")
    with pytest.raises(DataFileError, match="list.csv is not readable as UTF-8"):
        read_openers(tmp_path / "list.csv")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Black Holes", "black hole"),
        ("Cherries", "cherry"),
        ("The Boxes", "a box"),
        ("Mangoes", "mango"),
        ("Snowmen", "snowman"),
        ("Halley's Comet", "Halley comets"),
        ("Café", "cafe"),
        ("Rock & Roll", "rock and roll"),
        ("Tic-Tac-Toe", "tic tac toe"),
    ],
)
def test_words_forgive_dress(one, other):
    assert words(one) == words(other)


@pytest.mark.parametrize(("one", "other"), [("Cars", "care"), ("Chess", "che"), ("C++", "C"), ("Cactus", "cactu")])
def test_words_keep_what_differs(one, other):
    assert words(one) != words(other)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Halley's Comet", "halleys-comet"),
        ("C++", "c-plus-plus"),
        ("C#", "c-sharp"),
        ("Café", "cafe"),
    ],
)
def test_slugs_are_plain_file_names(text, slug):
    assert Topic("any", text).slug == slug
