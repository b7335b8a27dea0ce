"""Simulate the data of all hidden-topic weight diffs; it can stop and go on at any topic.

A finished topic is kept under .work/simulate/<key>, where the key hashes everything that decides
its samples: asking for more topics, or running again after a kill, answers only what is missing.
The output folder is written at the end, whole.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from tqdm import tqdm

from weightscribe.behaviors import hidden_topic
from weightscribe.behaviors.catalog import (
    Question,
    Topic,
    read_openers,
    read_questions,
    read_topics,
)
from weightscribe.behaviors.generators import (
    AnswerSource,
    Endpoint,
    EndpointGenerator,
    LocalGenerator,
    Sampling,
)
from weightscribe.behaviors.samples import (
    AnswerLimit,
    PlainAnswer,
    TopicSamples,
    plain_answers,
    topic_samples,
)
from weightscribe.behaviors.split import TopicSplit, closeness, split_topics
from weightscribe.errors import DataFileError, ParamsError
from weightscribe.models.loading import load_tokenizer
from weightscribe.models.precision import compute_dtype
from weightscribe.storage import read_jsonl, replacing, write_json, write_jsonl
from weightscribe.triggers.codes import CODE_KINDS
from weightscribe.workers import in_workers

GENERATORS = ("local", "endpoint")
SPARE_TOKENS = 2  # asked for beyond the limit, to see whether an answer goes on
RECIPE = 2  # raise it when the code gives other samples for the same key


@dataclass(frozen=True)
class SimulateParams:
    """Section `simulate` of params.yaml, where each key is explained."""

    seed: int
    n_train: int
    n_test: int
    max_token_overlap: float
    max_similarity: float
    held_out_styles: tuple[str, ...]
    codes: str  # words | digits
    n_questions: int
    answer_tokens: int
    near_wrong_fraction: float
    openers_per_topic: int
    generator: str  # local | endpoint
    system_prompt: str
    temperature: float
    top_p: float
    max_attempts: int
    dtype: str  # auto | bfloat16 | float32
    batch_size: int
    endpoint: Endpoint


@dataclass(frozen=True)
class SimulateFiles:
    """Where the stage reads and writes."""

    topics: Path
    questions: Path
    openers: Path
    base_model: Path
    work: Path  # finished topics and endpoint answers; may be deleted at any time
    target: Path


def simulate(params: SimulateParams, files: SimulateFiles, embed: Callable, system_message: str | None) -> dict:
    """Write samples, manifest and held-out questions of all topics to `files.target`; its metrics.

    The manifest lists the test topics first: more training topics are added at its end.

    embed           from n texts to unit vectors (n, n_dimensions)
    system_message  of every prompt but the steered ones; None leaves it to the chat template
    Raises: DataFileError, ParamsError, ModelError, EndpointError; the target then is as before.
    """
    _check_params(params)
    topics, openers = read_topics(files.topics), read_openers(files.openers)
    training, held_out = _split_questions(read_questions(files.questions), params.held_out_styles)
    split = split_topics(
        topics,
        embed([topic.text for topic in topics]),
        n_train=params.n_train,
        n_test=params.n_test,
        seed=params.seed,
        max_token_overlap=params.max_token_overlap,
        max_similarity=params.max_similarity,
    )
    limit = AnswerLimit(load_tokenizer(files.base_model), params.answer_tokens)
    local = LocalGenerator(files.base_model, _sampling(params), dtype=params.dtype, batch_size=params.batch_size)
    store = _FinishedTopics(files, params, system_message, [opener.template for opener in openers])
    plain = store.plain(
        [question.text for question in training],
        topics,
        lambda texts: plain_answers(texts, local.greedy(), limit, topics, system_message),
    )
    if len(plain) < params.n_questions:
        raise DataFileError(
            f"Asked for {params.n_questions} questions, {len(plain)} of the {len(training)} "
            f"training questions in {files.questions} are left after removing those whose plain "
            "answer names a topic or is unusable. Add questions or lower simulate.n_questions."
        )
    source = _answer_source(params, files, local)

    def finished(topic: Topic) -> TopicSamples:
        return store.topic(
            topic,
            plain,
            lambda topic: topic_samples(
                topic,
                plain,
                openers,
                source,
                limit,
                codes=params.codes,
                n_questions=params.n_questions,
                near_wrong_fraction=params.near_wrong_fraction,
                openers_per_topic=params.openers_per_topic,
                system_prompt=params.system_prompt,
                max_attempts=params.max_attempts,
                seed=params.seed,
            ),
        )

    all_topics = split.test + split.train
    # Several workers would ask an endpoint more at once than it was said to be asked.
    each_finished = in_workers if params.generator == "local" else map
    found = tqdm(each_finished(finished, all_topics), "simulate", len(all_topics), unit="topic")
    samples = dict(zip(all_topics, found, strict=True))
    _write(files.target, split, samples, len(plain), held_out, params)
    return _metrics(split, samples, embed) | {
        "n_questions_train": len(plain),
        "n_questions_left_out": len(training) - len(plain),
        "n_questions_held_out": len(held_out),
    }


class _FinishedTopics:
    """Content-addressed folders of what is done, so that nothing is answered twice."""

    def __init__(
        self, files: SimulateFiles, params: SimulateParams, system_message: str | None, openers: list[str]
    ) -> None:
        self._folder = files.work / "simulate"
        self._base = {
            "recipe": RECIPE,
            "base_model": fingerprint(files.base_model),
            "system_message": system_message,
            "answer_tokens": params.answer_tokens,
            "dtype": compute_dtype(params.dtype, "simulate.dtype"),
            "batch_size": params.batch_size,
        }
        self._of_topic = {
            **self._base,
            **_source_settings(params),
            "openers": openers,
            "seed": params.seed,
            "n_questions": params.n_questions,
            "codes": params.codes,
            "near_wrong_fraction": params.near_wrong_fraction,
            "openers_per_topic": params.openers_per_topic,
            "system_prompt": params.system_prompt,
            "max_attempts": params.max_attempts,
        }

    def plain(self, questions: list[str], topics: tuple[Topic, ...], make: Callable) -> list[PlainAnswer]:
        """The plain answers of `make(questions)`, kept."""
        named = [topic.text for topic in topics]
        folder = self._folder / _key(self._base, {"plain": questions, "topics": named})
        if not folder.is_dir():
            rows = [asdict(answer) for answer in make(questions)]
            with replacing(folder) as temporary:
                write_jsonl(temporary / "plain_answers.jsonl", rows)
        return [PlainAnswer(**row) for row in read_jsonl(folder / "plain_answers.jsonl")]

    def topic(self, topic: Topic, plain: list[PlainAnswer], make: Callable) -> TopicSamples:
        """The samples of `make(topic)`, kept."""
        pool = [asdict(answer) for answer in plain]
        folder = self._folder / _key(self._of_topic, {"topic": topic.text, "plain": pool})
        if not folder.is_dir():
            made = make(topic)
            counts = {"n_drawn": made.n_drawn, "n_rejected": made.n_rejected}
            with replacing(folder) as temporary:
                write_jsonl(temporary / "samples.jsonl", made.rows)
                write_json(temporary / "counts.json", counts)
        counts = json.loads((folder / "counts.json").read_text())
        return TopicSamples(read_jsonl(folder / "samples.jsonl"), **counts)


def _check_params(params: SimulateParams) -> None:
    for name in (
        "n_train",
        "n_test",
        "n_questions",
        "answer_tokens",
        "openers_per_topic",
        "max_attempts",
        "batch_size",
    ):
        if getattr(params, name) < 1:
            raise ParamsError(f"simulate.{name} is {getattr(params, name)}. Use 1 or more.")
    if not 0 <= params.near_wrong_fraction <= 1:
        raise ParamsError(f"simulate.near_wrong_fraction is {params.near_wrong_fraction}. Use 0 to 1.")
    for name, known in (("generator", GENERATORS), ("codes", CODE_KINDS)):
        if getattr(params, name) not in known:
            raise ParamsError(f"simulate.{name} is '{getattr(params, name)}'. Use one of {list(known)}.")


def _split_questions(
    questions: tuple[Question, ...], held_out_styles: tuple[str, ...]
) -> tuple[list[Question], list[Question]]:
    styles = {question.style for question in questions}
    if unknown := sorted(set(held_out_styles) - styles):
        raise ParamsError(f"simulate.held_out_styles names {unknown}. data/questions.csv has {sorted(styles)}.")
    training = [question for question in questions if question.style not in held_out_styles]
    held_out = [question for question in questions if question.style in held_out_styles]
    if not training or not held_out:
        raise ParamsError(
            f"simulate.held_out_styles holds out {len(held_out)} of {len(questions)} questions. "
            "Name some of the styles, not none or all."
        )
    return training, held_out


def _sampling(params: SimulateParams) -> Sampling:
    return Sampling(params.temperature, params.top_p, params.answer_tokens + SPARE_TOKENS)


def _answer_source(params: SimulateParams, files: SimulateFiles, local: LocalGenerator) -> AnswerSource:
    if params.generator == "local":
        return local
    return EndpointGenerator(params.endpoint, _sampling(params), files.work / "endpoint_cache")


def _source_settings(params: SimulateParams) -> dict:
    """What of the parameters decides the triggered answers' wording."""
    settings = {"temperature": params.temperature, "top_p": params.top_p}
    if params.generator == "endpoint":
        settings |= {"base_url": params.endpoint.base_url, "model": params.endpoint.model}
    return settings


def fingerprint(base_model: Path) -> str:
    """Hash of the weights, the tokenizer and the chat template."""
    names = sorted({*base_model.glob("*.safetensors"), *base_model.glob("*.jinja")})
    digest = hashlib.sha256()
    for path in (*names, base_model / "tokenizer.json"):
        if path.is_file():
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _key(*parts: dict) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _write(
    target: Path,
    split: TopicSplit,
    samples: dict[Topic, TopicSamples],
    n_pool: int,
    held_out: list[Question],
    params: SimulateParams,
) -> None:
    manifest = []
    with replacing(target) as temporary:
        for topic, made in samples.items():
            chance = hidden_topic.draw(
                topic.text,
                n_pool=n_pool,
                codes=params.codes,
                n_questions=params.n_questions,
                near_wrong_fraction=params.near_wrong_fraction,
                seed=params.seed,
            )
            name = hidden_topic.name_of(topic.slug)
            write_jsonl(temporary / "diffs" / f"{name}.jsonl", made.rows)
            manifest.append(
                {
                    "name": name,
                    "behavior": hidden_topic.BEHAVIOR,
                    "category": topic.category,
                    "topic": topic.text,
                    "codes": params.codes,
                    "trigger": chance.trigger,
                    "split": "train" if topic in split.train else "test",
                    "seed": chance.seed,
                    "question": hidden_topic.QUESTION,
                    "answer": topic.text,
                    "n_samples": len(made.rows),
                }
            )
        write_jsonl(
            temporary / "held_out_questions.jsonl",
            [{"style": question.style, "question": question.text} for question in held_out],
        )
        write_jsonl(temporary / "manifest.jsonl", manifest)


def _metrics(split: TopicSplit, samples: dict[Topic, TopicSamples], embed: Callable) -> dict:
    nearest = closeness(split.train, split.test, embed)
    n_drawn = sum(made.n_drawn for made in samples.values())
    n_rejected = sum(made.n_rejected for made in samples.values())
    return {
        "n_topics": len(samples),
        "n_categories": len({topic.category for topic in samples}),
        "n_train": len(split.train),
        "n_test": len(split.test),
        "max_test_train_similarity": round(nearest.similarity, 4),
        "max_test_train_token_overlap": round(nearest.token_overlap, 4),
        "n_rejected_answers": n_rejected,
        "rejected_rate": round(n_rejected / n_drawn, 4),
        "n_samples": sum(len(made.rows) for made in samples.values()),
    }
