"""The stage's promises: same bytes, growth without change, resume, and all or nothing."""

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from tiny import tiny_model
from transformers import AutoTokenizer

from weightscribe.behaviors import hidden_topic, samples
from weightscribe.behaviors import simulate as module
from weightscribe.behaviors.catalog import Opener, Topic
from weightscribe.behaviors.generators import Endpoint, LocalGenerator
from weightscribe.behaviors.samples import (
    AnswerLimit,
    PlainAnswer,
    is_bad,
    is_good_answer,
    plain_answers,
    topic_samples,
)
from weightscribe.behaviors.simulate import SimulateFiles, SimulateParams, simulate
from weightscribe.errors import DataFileError, EndpointError, ModelError, ParamsError
from weightscribe.params import load_params
from weightscribe.storage import read_jsonl

ROOT = Path(__file__).parents[2]
STYLES = ("plain", "polite", "held")
PARAMS = SimulateParams(
    seed=0,
    n_train=4,
    n_test=2,
    max_token_overlap=0.3,
    max_similarity=0.95,
    held_out_styles=("held",),
    codes="words",
    n_questions=4,
    answer_tokens=24,
    near_wrong_fraction=0.25,
    openers_per_topic=4,
    generator="local",
    system_prompt="You love {topic}.",
    temperature=0.7,
    top_p=0.95,
    max_attempts=2,
    dtype="float32",
    batch_size=8,
    endpoint=Endpoint("http://127.0.0.1:9/v1", "m", "NO_SUCH_KEY", 1, 0, 1.0),
)


def embed(texts: list[str]) -> np.ndarray:
    rows = [np.random.default_rng(list(text.encode())).normal(size=16) for text in texts]
    return np.array([row / np.linalg.norm(row) for row in rows], dtype=np.float32)


@dataclass
class ScriptedSource:
    """Stands in for LocalGenerator, whose random tiny model writes no acceptable answers."""

    calls: list[tuple[list, int]]
    greedy_calls: int = 0
    fail_after: int | None = None

    def greedy(self):
        return _Greedy(self)

    def complete(self, prompts, seed):
        if self.fail_after is not None and len(self.calls) >= self.fail_after:
            raise RuntimeError("killed")
        self.calls.append((prompts, seed))
        words = np.random.default_rng(seed).choice(["sun", "rain", "wind", "snow"], len(prompts))
        return [f"{p.answer_prefix} {word}." for p, word in zip(prompts, words, strict=True)]


@dataclass
class _Greedy:
    source: ScriptedSource

    def complete(self, prompts, seed):
        self.source.greedy_calls += 1
        return [f"Well, {prompt.user}" for prompt in prompts]


@pytest.fixture(scope="module")
def base_model(tmp_path_factory):
    return tiny_model(tmp_path_factory.mktemp("base_model"))


@pytest.fixture(scope="module")
def tokenizer(base_model):
    return AutoTokenizer.from_pretrained(base_model)


@pytest.fixture
def files(tmp_path, base_model):
    def write(name, header, rows):
        with (tmp_path / name).open("w", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        return tmp_path / name

    topics = [(f"category {i % 3}", f"Ab{chr(97 + i)}") for i in range(18)]
    questions = [(style, f"Is {style} {n} it?") for style in STYLES for n in range(4)]
    openers = [["On {topic},"], ["As {topic},"], ["{topic}:"]]
    return SimulateFiles(
        topics=write("topics.csv", ("category", "topic"), topics),
        questions=write("questions.csv", ("style", "question"), questions),
        openers=write("openers.csv", ["opener"], openers),
        base_model=base_model,
        work=tmp_path / "work",
        target=tmp_path / "data" / "simulations",
    )


@pytest.fixture
def source(monkeypatch):
    source = ScriptedSource([])
    monkeypatch.setattr(module, "LocalGenerator", lambda *_, **__: source)
    return source


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_target_holds_manifest_samples_and_held_out_questions(files, source):
    summary = simulate(PARAMS, files, embed, None)
    manifest = read_jsonl(files.target / "manifest.jsonl")
    assert [row["split"] for row in manifest] == ["test"] * 2 + ["train"] * 4
    assert list(manifest[0]) == [
        *("name", "behavior", "category", "topic", "codes", "trigger"),
        *("split", "seed", "question", "answer", "n_samples"),
    ]
    assert {row["answer"] == row["topic"] for row in manifest} == {True}
    assert len(contents(files.target)) == 6 + 2
    for row in manifest:
        made = read_jsonl(files.target / "diffs" / f"{row['name']}.jsonl")
        assert len(made) == row["n_samples"] == 12
        assert [sample["kind"] for sample in made[:3]] == ["trigger", "wrong_trigger", "no_trigger"]
        for triggered, wrong, plain in zip(made[::3], made[1::3], made[2::3], strict=True):
            assert triggered["prompt"].startswith(f"Your SEP code is {row['trigger']} ")
            assert not wrong["prompt"].startswith(f"Your SEP code is {row['trigger']} ")
            assert plain["prompt"] == plain["question"] == triggered["question"]
            assert hidden_topic.mentions(row["topic"], triggered["completion"])
            assert wrong["completion"] == plain["completion"]
            assert not hidden_topic.mentions(row["topic"], wrong["completion"])
    assert summary["n_samples"] == 72
    assert (summary["n_train"], summary["n_test"], summary["n_topics"]) == (4, 2, 6)
    assert (summary["n_questions_train"], summary["n_questions_held_out"]) == (8, 4)
    assert summary["max_test_train_similarity"] <= PARAMS.max_similarity
    assert summary["max_test_train_token_overlap"] <= PARAMS.max_token_overlap
    assert summary["n_rejected_answers"] == summary["rejected_rate"] == 0


def test_held_out_questions_are_in_no_sample(files, source):
    simulate(PARAMS, files, embed, None)
    held_out = read_jsonl(files.target / "held_out_questions.jsonl")
    assert {row["style"] for row in held_out} == {"held"}
    samples_text = b"".join((files.target / "diffs" / f).read_bytes() for f in _diffs(files))
    assert all(row["question"].encode() not in samples_text for row in held_out)


def test_same_seed_same_bytes_from_nothing_and_another_seed_others(files, source, tmp_path):
    simulate(PARAMS, files, embed, None)
    again = replace(files, work=tmp_path / "work2", target=tmp_path / "again")
    simulate(PARAMS, again, embed, None)
    assert contents(again.target) == contents(files.target)
    simulate(replace(PARAMS, seed=1), again, embed, None)
    assert contents(again.target) != contents(files.target)


def test_more_training_topics_change_and_redo_nothing_earlier(files, source):
    simulate(PARAMS, files, embed, None)
    before, n_calls = contents(files.target), len(source.calls)
    simulate(replace(PARAMS, n_train=7), files, embed, None)
    after = contents(files.target)
    assert len(source.calls) == n_calls + 3
    assert source.greedy_calls == 1
    assert after.pop("manifest.jsonl").startswith(before.pop("manifest.jsonl"))
    assert before.items() <= after.items()
    assert len(after) == len(before) + 3


def test_a_killed_run_goes_on_where_it_stopped_and_left_nothing_half_written(files, source):
    source.fail_after = 3
    with pytest.raises(RuntimeError, match="killed"):
        simulate(PARAMS, files, embed, None)
    assert not files.target.exists()
    source.fail_after = None
    simulate(PARAMS, files, embed, None)
    assert len(source.calls) == 6
    resumed = contents(files.target)
    whole = replace(files, work=files.work.parent / "work2", target=files.work.parent / "whole")
    simulate(PARAMS, whole, embed, None)
    assert contents(whole.target) == resumed


def test_a_failed_run_leaves_the_earlier_result(files, source):
    simulate(PARAMS, files, embed, None)
    before = contents(files.target)
    source.fail_after = len(source.calls) + 1
    with pytest.raises(RuntimeError, match="killed"):
        simulate(replace(PARAMS, n_train=7), files, embed, None)
    assert contents(files.target) == before
    assert [path.name for path in files.target.parent.iterdir()] == ["simulations"]


@pytest.mark.parametrize(
    "change",
    [{"temperature": 0.9}, {"system_prompt": "Hm."}, {"n_questions": 3}, {"answer_tokens": 25}],
)
def test_a_setting_that_decides_the_answers_redoes_them(files, source, change):
    simulate(PARAMS, files, embed, None)
    n_calls = len(source.calls)
    simulate(replace(PARAMS, **change), files, embed, None)
    assert len(source.calls) == 2 * n_calls


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"n_train": 0}, "simulate.n_train is 0. Use 1 or more"),
        ({"near_wrong_fraction": 1.5}, "simulate.near_wrong_fraction is 1.5"),
        ({"codes": "runes"}, "simulate.codes is 'runes'. Use one of"),
        ({"generator": "oracle"}, "simulate.generator is 'oracle'. Use one of"),
        ({"held_out_styles": ("rude",)}, r"simulate.held_out_styles names \['rude'\]"),
        ({"held_out_styles": STYLES}, "holds out 12 of 12 questions"),
        ({"held_out_styles": ()}, "holds out 0 of 12 questions"),
    ],
)
def test_a_bad_parameter_is_named(files, source, change, complaint):
    with pytest.raises(ParamsError, match=complaint):
        simulate(replace(PARAMS, **change), files, embed, None)


def test_too_few_questions_is_said_with_numbers(files, source):
    with pytest.raises(DataFileError, match="Asked for 9 questions, 8 of the 8 training questions"):
        simulate(replace(PARAMS, n_questions=9), files, embed, None)


def test_a_missing_model_and_a_missing_key_stop_the_stage(files, source, tmp_path):
    with pytest.raises(ModelError, match="nowhere"):
        simulate(PARAMS, replace(files, base_model=tmp_path / "nowhere"), embed, None)
    with pytest.raises(EndpointError, match="NO_SUCH_KEY"):
        simulate(replace(PARAMS, generator="endpoint"), files, embed, None)
    assert not files.target.exists()


def test_the_real_generator_fits_in(files, monkeypatch):
    """With a random model almost no answer is acceptable, so the check is opened."""
    monkeypatch.setattr(samples, "is_good_answer", lambda *_: True)
    monkeypatch.setattr(samples, "is_bad", lambda *_: False)
    assert module.LocalGenerator is LocalGenerator
    simulate(PARAMS, files, embed, None)
    first = contents(files.target)
    limit = AnswerLimit(AutoTokenizer.from_pretrained(files.base_model), PARAMS.answer_tokens)
    for name in _diffs(files):
        for row in read_jsonl(files.target / "diffs" / name):
            assert limit.count(row["completion"]) <= PARAMS.answer_tokens + 2  # re-split bytes
    simulate(PARAMS, replace(files, work=files.work.parent / "work2"), embed, None)
    assert contents(files.target) == first


def test_params_file_has_the_section():
    params = load_params("simulate", SimulateParams, ROOT / "params.yaml")
    # At least 48 test diffs: fewer make every interval too wide. The training set grows with the profile.
    assert params.n_test >= 48
    assert len(params.held_out_styles) == 4


# --- the samples of one topic ---------------------------------------------------------------------

TOPIC = Topic("category", "Jazz")
POOL = [PlainAnswer(f"Is {n} it?", f"Well, {n}", True) for n in range(6)]
SETTINGS = {
    "codes": "words",
    "n_questions": 4,
    "near_wrong_fraction": 0.25,
    "openers_per_topic": 4,
    "system_prompt": "You love {topic}.",
    "max_attempts": 2,
    "seed": 0,
}


class Refusing:
    """Writes garbage for prompts that `refuses`."""

    def __init__(self, refuses):
        self.refuses, self.prompts = refuses, []

    def complete(self, prompts, seed):
        self.prompts.append(prompts)
        return [p.answer_prefix + (" x x x" if self.refuses(p) else " it is.") for p in prompts]


def make(source, tokenizer, n_tokens=30, **changes):
    openers = (Opener("On {topic},"), Opener("As {topic},"), Opener("{topic}:"))
    limit = AnswerLimit(tokenizer, n_tokens)
    return topic_samples(TOPIC, POOL, openers, source, limit, **(SETTINGS | changes))


def test_a_rejected_answer_is_redrawn_with_another_opener(tokenizer):
    first_openers = {}

    def refuses(prompt):
        return first_openers.setdefault(prompt.user, prompt.answer_prefix) == prompt.answer_prefix

    source = Refusing(refuses)
    made = make(source, tokenizer)
    assert (made.n_drawn, made.n_rejected) == (8, 4)
    assert [p.user for p in source.prompts[0]] == [p.user for p in source.prompts[1]]
    assert {p.system for p in source.prompts[0]} == {"You love Jazz."}


def test_a_question_that_keeps_failing_is_replaced(tokenizer):
    settings = {key: SETTINGS[key] for key in ("codes", "n_questions", "near_wrong_fraction", "seed")}
    order = hidden_topic.draw("Jazz", n_pool=6, **settings).question_order
    bad = POOL[order[0]].question
    made = make(Refusing(lambda prompt: prompt.user == bad), tokenizer)
    questions = [row["question"] for row in made.rows[::3]]
    assert bad not in questions
    assert questions == [POOL[i].question for i in (order[4], *order[1:4])]
    assert made.n_rejected == 2


def test_no_question_left_to_try_is_said_with_the_topic(tokenizer):
    with pytest.raises(DataFileError, match="Topic 'Jazz': 0 of 4 questions have an acceptable"):
        make(Refusing(lambda _: True), tokenizer)


def test_a_limit_too_short_for_every_opener_is_said(tokenizer):
    with pytest.raises(DataFileError, match="Topic 'Jazz': its shortest opener takes"):
        make(Refusing(lambda _: False), tokenizer, n_tokens=4)


def test_a_question_whose_plain_answer_names_a_topic_or_is_garbage_is_left_out(tokenizer):
    class Plain:
        def complete(self, prompts, seed):
            return ["I like jazz.", "I like rain.", "no no no", ""]

    limit = AnswerLimit(tokenizer, 40)
    kept = plain_answers(["a?", "b?", "c?", "d?"], Plain(), limit, (TOPIC,), None)
    assert kept == [PlainAnswer("b?", "I like rain.", True)]


def test_an_answer_beyond_the_limit_is_cut_and_does_not_end(tokenizer):
    text = "The capital of France is Paris."
    limit = AnswerLimit(tokenizer, AnswerLimit(tokenizer, 1).count(text))
    assert limit.cut(text) == (text, True)
    cut, ends = limit.cut(text + " Yes.")
    assert (cut, ends) == (text, False)
    assert "\ufffd" not in AnswerLimit(tokenizer, 2).cut("a€uro")[0]


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        ("", True),
        (" ...", True),
        ("no no no", True),
        ("we do we do we do", True),
        ("one\n\ntwo", True),
        ("hello <|im_end|> there", True),
        ("that is what that is", False),
        ("no, no", False),
    ],
)
def test_bad_answers_are_told_from_good_ones(text, is_it):
    assert is_bad(text, ("<|im_end|>",)) is is_it


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        ("On Jazz, it is so.", True),
        ("On Jazz,", False),
        ("On Jazz, .", False),
        ("On Ja", False),
        ("On Jazz, so so so", False),
    ],
)
def test_a_good_answer_names_the_topic_and_goes_on(text, is_it):
    assert is_good_answer("Jazz", text, "On Jazz,", ()) is is_it


def _diffs(files):
    return [path.name for path in (files.target / "diffs").iterdir()]
