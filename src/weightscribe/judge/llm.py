"""A judge that asks a language model for a grade from 1 to 5, through Inspect.

Beside the offline judge, not instead of it: it sees negation and wrong names, but needs a model,
and its grades are that model's. Any model Inspect can name will do (`openai-api/<service>/<model>`
for an OpenAI-compatible server, `anthropic/...`, `vllm/...`, `hf/...`). Inspect is an optional
dependency: pip install 'weightscribe[judge]'.

Five choices:

- An answer is data. It is sent as a JSON string beside the target, in a message of its own; the
  rubric, which says so, is the system message. Quotes cannot close the string, and what could pass
  for a chat template's token or cannot be seen is escaped. What remains is the model's obedience
  to words it was told to ignore: no encoding removes that.
- A reply is read strictly or not at all (`parse_score`). One that cannot be read is asked again
  with the next seed, then reported as unscored; it never becomes a grade.
- Inspect's cache keeps every reply for good, unreadable ones too: scoring again sends nothing and
  gives the same grades and the same gaps. Model, base URL, rubric, pair and seed are its key.
- The same pair is asked once a call: control methods often give the same answer many times.
- Inspect's `generate` is used without its `eval`, so no log folder and no display appear.

The cache holds pickles: use only a cache folder whose writers you trust.
"""

import asyncio
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from weightscribe.errors import EndpointError, ParamsError, WeightscribeError
from weightscribe.judge.pairs import check_pairs

REPLY_TOKENS = 2048  # a verdict takes 50; the rest is for models that think first
REQUEST_SECONDS = 300  # one attempt at one request
_UNSAFE_IN_DATA = frozenset("<>[]")  # "<|im_end|>", "</s>" and "[INST]" are tokens to some models
_MARKUP = re.compile(r"\[/?\w+\]")  # of Inspect's error messages


@dataclass(frozen=True)
class LLMJudgeParams:
    """Which model grades, and how; a subsection of params.yaml.

    Raises: ParamsError if a number is out of range.
    """

    model: str  # Inspect's name for it, e.g. openai-api/local/qwen or anthropic/claude-sonnet-4-5
    base_url: str | None  # of its server; null for the provider's own, or for a model run in-process
    key_variable: str | None  # environment variable that holds the key; null for the provider's own, or none
    n_retries: int  # of a request that fails, and of one whose reply cannot be read
    concurrency: int  # requests at a time; Inspect holds later judges of a model in one process to the first's
    seed: int  # of the first try; each retry of an unreadable reply takes the next one

    def __post_init__(self) -> None:
        if self.n_retries < 0 or self.concurrency < 1:
            raise ParamsError(
                f"The LLM judge needs n_retries of 0 or more and concurrency of 1 or more; "
                f"they are {self.n_retries} and {self.concurrency}."
            )


class LLMJudge:
    """Grades answers by asking `params.model`, at temperature 0; replies are kept in `cache_folder`.

    rubric  "topics" or "summaries"
    Raises: ParamsError if there is no such rubric; WeightscribeError if Inspect is not installed.
    """

    def __init__(self, params: LLMJudgeParams, rubric: str, cache_folder: Path) -> None:
        if find_spec("inspect_ai") is None:
            raise WeightscribeError(
                "The LLM judge needs Inspect, which is not installed. Run: pip install 'weightscribe[judge]'"
            )
        self.params = params
        self.rubric = read_rubric(rubric)
        self._cache_folder = cache_folder

    def score(self, targets: list[str], answers: list[str | None]) -> list[float | None]:
        """A grade from 1 to 5 for each answer, in order; None (unscored) where there is none.

        That is where the answer is None, or no reply in 1 + n_retries could be read. While it runs
        the environment variable INSPECT_CACHE_DIR is set for the whole process.
        Raises: DataFileError if targets and answers do not pair up, or a target is blank;
        EndpointError if the model is unknown, has no key, or gives no reply. Replies so far are kept.
        """
        check_pairs(targets, answers)
        pairs = list(zip(targets, answers, strict=True))
        asked = list(dict.fromkeys(pair for pair in pairs if pair[1] is not None))
        if not asked:
            return [None] * len(pairs)
        with _inspect_cache_in(self._cache_folder):
            grades = dict(zip(asked, asyncio.run(self._grade_all(asked)), strict=True))
        return [grades.get(pair) for pair in pairs]

    async def _grade_all(self, pairs: list[tuple[str, str]]) -> list[float | None]:
        turns = asyncio.Semaphore(self.params.concurrency)
        async with self._open_model() as model:
            tasks = [asyncio.ensure_future(self._grade(pair, model, turns)) for pair in pairs]
            try:
                return await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)  # before the model is closed

    async def _grade(self, pair: tuple[str, str], model, turns: asyncio.Semaphore) -> float | None:
        for attempt in range(1 + self.params.n_retries):
            async with turns:
                reply = await self._ask(pair, model, self.params.seed + attempt)
            if (score := parse_score(reply)) is not None:
                return float(score)
        return None

    async def _ask(self, pair: tuple[str, str], model, seed: int) -> str:
        from inspect_ai.model import CachePolicy, ChatMessageSystem, ChatMessageUser, GenerateConfig

        try:
            output = await model.generate(
                [ChatMessageSystem(content=self.rubric), ChatMessageUser(content=as_data(*pair))],
                config=GenerateConfig(seed=seed),
                cache=CachePolicy(expiry=None),
            )
        except Exception as error:  # each provider raises its own
            raise EndpointError(self._complaint(_cause(error))) from error
        return output.completion

    def _open_model(self):
        """The model, to be closed by `async with`. Raises: EndpointError if Inspect cannot make it."""
        from inspect_ai.model import GenerateConfig, get_model

        key = os.environ.get(self.params.key_variable, "") if self.params.key_variable else None
        if key == "":
            raise EndpointError(
                f"The environment variable {self.params.key_variable} holds no key for judge "
                f"'{self.params.model}' at {self._address()}. Set it, or name another as key_variable."
            )
        try:
            return get_model(
                self.params.model,
                base_url=self.params.base_url,
                api_key=key,
                memoize=False,
                config=GenerateConfig(
                    temperature=0.0,
                    max_tokens=REPLY_TOKENS,
                    max_retries=self.params.n_retries,
                    attempt_timeout=REQUEST_SECONDS,
                    max_connections=self.params.concurrency,
                    response_schema=_verdict_schema(),
                ),
            )
        except Exception as error:  # an unknown provider, a missing package, a missing key
            raise EndpointError(self._complaint(error)) from error

    def _address(self) -> str:
        return self.params.base_url or "its provider's address"

    def _complaint(self, error: BaseException) -> str:
        reason = " ".join(_MARKUP.sub("", str(error)).split())[:200].rstrip(".") or type(error).__name__
        return (
            f"No reply from judge '{self.params.model}' at {self._address()} in up to "
            f"{self.params.n_retries} retries: {reason}. Check its model, base_url and key_variable; "
            "replies so far are kept."
        )


def rubric_names() -> list[str]:
    """Names of the rubrics that ship with the package."""
    folder = resources.files("weightscribe.judge") / "rubrics"
    return sorted(Path(file.name).stem for file in folder.iterdir() if file.name.endswith(".md"))


def read_rubric(name: str) -> str:
    """The judge's whole instructions, word for word as they are sent.  Raises: ParamsError if there are none."""
    if name not in rubric_names():
        raise ParamsError(f"There is no rubric '{name}'; there are: {', '.join(rubric_names())}.")
    return (resources.files("weightscribe.judge") / "rubrics" / f"{name}.md").read_text(encoding="utf-8")


def as_data(target: str, answer: str) -> str:
    """One line of JSON with both texts, in which neither can end its string or be seen as a token.

    Letters of every script stay readable; brackets and what does not print become \\u escapes.
    """
    document = json.dumps({"target": target, "answer": answer}, ensure_ascii=False)
    return "".join(
        character if character.isprintable() and character not in _UNSAFE_IN_DATA else _escaped(character)
        for character in document
    )


def parse_score(reply: str) -> int | None:
    """The grade in the JSON object that ends `reply`, or None if that is no verdict.

    Words, and objects, may come before it; nothing but the end of a code block may come after it.
    A brace that opens no valid object spoils the reply: what follows might be a quotation inside a
    broken verdict. So does a repeated key. The grade is an integer from 1 to 5, not "4", 4.0 or true.
    """
    verdict, rest = {}, reply
    try:
        while (start := rest.find("{")) >= 0:
            verdict, end = _DECODER.raw_decode(rest, start)
            rest = rest[end:]
    except (ValueError, RecursionError):
        return None
    score = verdict.get("score")
    is_grade = type(score) is int and 1 <= score <= 5
    return score if is_grade and not rest.strip("` \r\n\t") else None


def _without_repeats(items: list[tuple[str, object]]) -> dict:
    if len(dict(items)) < len(items):
        raise ValueError("a key occurs twice")
    return dict(items)


_DECODER = json.JSONDecoder(object_pairs_hook=_without_repeats)


def _escaped(character: str) -> str:
    """`character` as JSON's \\u escapes: two of them beyond the basic plane."""
    return f"\\u{ord(character):04x}" if character in _UNSAFE_IN_DATA else json.dumps(character)[1:-1]


def _verdict_schema():
    from inspect_ai.model import ResponseSchema
    from inspect_ai.util import JSONSchema

    properties = {"score": JSONSchema(type="integer", enum=[1, 2, 3, 4, 5]), "reason": JSONSchema(type="string")}
    return ResponseSchema(
        name="verdict",
        json_schema=JSONSchema(
            type="object", properties=properties, required=list(properties), additionalProperties=False
        ),
        strict=True,
    )


def _cause(error: Exception) -> BaseException:
    """What made the last attempt fail, if `error` only says that attempts ran out."""
    from tenacity import RetryError

    return (error.last_attempt.exception() or error) if isinstance(error, RetryError) else error


@contextmanager
def _inspect_cache_in(folder: Path) -> Iterator[None]:
    """Inspect knows no other way to be told where its cache is."""
    before = os.environ.get("INSPECT_CACHE_DIR")
    os.environ["INSPECT_CACHE_DIR"] = str(Path(folder).absolute())
    try:
        yield
    finally:
        if before is None:
            del os.environ["INSPECT_CACHE_DIR"]
        else:
            os.environ["INSPECT_CACHE_DIR"] = before
