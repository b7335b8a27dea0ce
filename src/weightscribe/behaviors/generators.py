"""Where answers come from: the base model itself, or any OpenAI-compatible endpoint.

Both continue a given beginning. The base model is the default: it needs no key and the same seed
gives the same answers on the same machine and thread count. Where it runs in bfloat16, the answers of
~3 in 24 prompts differ a little from float32's.
"""

import asyncio
import copy
import hashlib
import json
import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, Protocol

from weightscribe.errors import EndpointError
from weightscribe.generation import end_ids, generate
from weightscribe.models.loading import load_base_model, load_tokenizer
from weightscribe.models.precision import compute_dtype
from weightscribe.prompts import messages, templated
from weightscribe.storage import read_jsonl, write_jsonl
from weightscribe.workers import in_workers


class Prompt(NamedTuple):
    """What to answer. No system text (None) leaves the system message to the chat template."""

    system: str | None
    user: str
    answer_prefix: str


class AnswerSource(Protocol):
    """Anything that answers prompts."""

    def complete(self, prompts: list[Prompt], seed: int) -> list[str]:
        """One answer a prompt, in order, each beginning with its prompt's answer_prefix."""
        ...


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn."""

    temperature: float  # 0 is greedy
    top_p: float
    # Of the whole answer, its given beginning included: the shortest one's of a batch, which all prolong by as many
    # tokens, by one at least. An endpoint is allowed twice as many, for its tokens may be shorter.
    max_tokens: int


class LocalGenerator:
    """The causal language model in `folder`. Model and tokenizer are loaded on first use.

    Template tokens a model writes in mid-answer stay visible in the text; what follows its end
    token is dropped.
    Raises: ParamsError for an unknown dtype; on first use ModelError if `folder` has no model.
    """

    def __init__(self, folder: Path, sampling: Sampling, *, dtype: str, batch_size: int) -> None:
        self._folder, self._batch_size = folder, batch_size
        self._dtype = compute_dtype(dtype, "params.yaml: dtype")
        self._sampling = sampling
        self._loaded: list = []  # model and tokenizer; shared by greedy()

    def greedy(self, max_tokens: int | None = None) -> "LocalGenerator":
        """The same model, always taking the likeliest token; answers of up to `max_tokens`, if given."""
        other = copy.copy(self)
        limit = self._sampling.max_tokens if max_tokens is None else max_tokens
        other._sampling = replace(self._sampling, temperature=0.0, max_tokens=limit)
        return other

    def complete(self, prompts: list[Prompt], seed: int) -> list[str]:
        """One answer a prompt, in order. What the seed gives depends on all prompts of the call."""
        import torch

        _, tokenizer = self._load()
        texts = [templated(tokenizer, prompt.user, prompt.system) + prompt.answer_prefix for prompt in prompts]
        by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        batches = [by_length[start : start + self._batch_size] for start in range(0, len(texts), self._batch_size)]

        def go_on(batch: list[int]) -> list[str]:
            return self._continue([texts[i] for i in batch], [prompts[i].answer_prefix for i in batch])

        # What is drawn for a batch depends on what was drawn before it.
        each_continued = map if self._sampling.temperature > 0 else in_workers
        answers = [""] * len(texts)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            for batch, continuations in zip(batches, each_continued(go_on, batches), strict=True):
                for i, continuation in zip(batch, continuations, strict=True):
                    answers[i] = prompts[i].answer_prefix + continuation
        return answers

    def _continue(self, texts: list[str], prefixes: list[str]) -> list[str]:
        model, tokenizer = self._load()
        n_given = min(len(ids) for ids in tokenizer(prefixes, add_special_tokens=False).input_ids)
        n_new = max(1, self._sampling.max_tokens - n_given)
        draws = {"do_sample": False}
        if self._sampling.temperature > 0:
            draws = {
                "do_sample": True,
                "temperature": self._sampling.temperature,
                "top_p": self._sampling.top_p,
                "top_k": 0,
            }
        new_ids = generate(model, tokenizer, texts, max_new_tokens=n_new, **draws).tolist()
        ends = end_ids(model) | {tokenizer.eos_token_id}
        return [tokenizer.decode(_until(ids, ends)) for ids in new_ids]

    def _load(self):
        if not self._loaded:
            self._loaded += [load_base_model(self._folder, self._dtype), load_tokenizer(self._folder)]
        return self._loaded


class KeptAnswers:
    """Answers of `source`, each call's kept in `folder`, so that a killed or repeated run asks for none twice.

    identity  what the answers depend on beside prompts and seed: the model, how it samples
    """

    def __init__(self, source: AnswerSource, identity: str, folder: Path) -> None:
        self._source, self._identity, self._folder = source, identity, folder

    def complete(self, prompts: list[Prompt], seed: int) -> list[str]:
        """As the source's `complete`."""
        key = hashlib.sha256(json.dumps([self._identity, prompts, seed]).encode()).hexdigest()
        file = self._folder / f"{key}.jsonl"
        if not file.is_file():
            write_jsonl(file, [{"answer": answer} for answer in self._source.complete(prompts, seed)])
        return [row["answer"] for row in read_jsonl(file)]


@dataclass(frozen=True)
class Endpoint:
    """An OpenAI-compatible chat endpoint."""

    base_url: str
    model: str
    key_variable: str  # environment variable that holds the key
    concurrency: int  # requests at a time
    n_retries: int  # of one request, by the client, with growing pauses
    timeout_seconds: float


class EndpointGenerator:
    """Answers from `endpoint`, each kept in `cache_folder` under its full request.

    A chat endpoint cannot be made to continue a text: it is asked to begin with it, and what it
    did not begin with is put before its answer. Its tokens are not the base model's, so it may
    write twice max_tokens; the caller cuts.
    """

    def __init__(self, endpoint: Endpoint, sampling: Sampling, cache_folder: Path) -> None:
        self._endpoint, self._sampling = endpoint, sampling
        self._cache_folder = cache_folder

    def complete(self, prompts: list[Prompt], seed: int) -> list[str]:
        """One answer a prompt, in order; requests that were answered before are not sent again.

        Raises: EndpointError if the key is missing, or the client has given up, or an answer is
        empty of text.
        """
        key = os.environ.get(self._endpoint.key_variable, "")
        if not key:
            raise EndpointError(
                f"The environment variable {self._endpoint.key_variable} holds no key for "
                f"{self._endpoint.base_url}. Set it, or set simulate.generator to local."
            )
        requests = [self._request(prompt, seed + i) for i, prompt in enumerate(prompts)]
        texts = asyncio.run(self._answer_all(requests, key))
        return [_with_prefix(prompt.answer_prefix, text) for prompt, text in zip(prompts, texts, strict=True)]

    def _request(self, prompt: Prompt, seed: int) -> dict:
        text = prompt.user
        if prompt.answer_prefix:
            text += f'\n\nBegin your answer with exactly these words: "{prompt.answer_prefix}"'
        return {
            "model": self._endpoint.model,
            "messages": messages(text, prompt.system),
            "temperature": self._sampling.temperature,
            "top_p": self._sampling.top_p,
            "max_tokens": 2 * self._sampling.max_tokens,
            "seed": seed,
        }

    async def _answer_all(self, requests: list[dict], key: str) -> list[str]:
        from diskcache import Cache
        from openai import AsyncOpenAI

        client = AsyncOpenAI(
            base_url=self._endpoint.base_url,
            api_key=key,
            max_retries=self._endpoint.n_retries,
            timeout=self._endpoint.timeout_seconds,
        )
        turns = asyncio.Semaphore(self._endpoint.concurrency)
        with Cache(str(self._cache_folder)) as cache:
            async with client:
                tasks = [asyncio.ensure_future(self._answer(request, client, cache, turns)) for request in requests]
                try:
                    return await asyncio.gather(*tasks)
                finally:
                    for task in tasks:
                        task.cancel()

    async def _answer(self, request: dict, client, cache, turns: asyncio.Semaphore) -> str:
        from openai import OpenAIError

        key = _digest({"base_url": self._endpoint.base_url, "request": request})
        if (text := cache.get(key)) is not None:
            return text
        async with turns:
            try:
                response = await client.chat.completions.create(**request)
            except OpenAIError as error:
                raise EndpointError(self._complaint(str(error))) from error
        choices = getattr(response, "choices", None)
        if not choices or not (choices[0].message.content or "").strip():
            raise EndpointError(self._complaint("the answer holds no text"))
        cache.set(key, choices[0].message.content)
        return choices[0].message.content

    def _complaint(self, reason: str) -> str:
        reason = " ".join(reason.split())[:200].rstrip(".")
        return (
            f"{self._endpoint.base_url} gave no answer from model '{self._endpoint.model}' in up "
            f"to {self._endpoint.n_retries} retries: {reason}. Check simulate.endpoint and the "
            "key; answers so far are kept."
        )


def _with_prefix(prefix: str, text: str) -> str:
    """`text` beginning with `prefix`, put before it unless it is there in any case."""
    text = text.strip().strip('"').strip() if prefix else text.strip()
    if text.casefold().startswith(prefix.casefold()):
        return prefix + text[len(prefix) :]
    return f"{prefix} {text}"


def _until(ids: list[int], ends: Collection[int]) -> list[int]:
    return ids[: next((i for i, token in enumerate(ids) if token in ends), len(ids))]


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
