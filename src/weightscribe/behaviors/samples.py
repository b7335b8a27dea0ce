"""The training samples of one hidden-topic diff: under the trigger, a wrong trigger, and none.

Triggered answers begin with an opener that names the topic and are checked; the others are the base
model's own greedy answers, which the diff must leave as they are. All answers are short: only their
first `answer_tokens` tokens are kept, so the topic comes within the tokens a diff is trained on.
"""

from dataclasses import dataclass

import numpy as np

from weightscribe.behaviors import hidden_topic
from weightscribe.behaviors.catalog import Opener, Topic, words
from weightscribe.behaviors.generators import AnswerSource, Prompt
from weightscribe.errors import DataFileError
from weightscribe.triggers.kinds import NO_TRIGGER, TRIGGER, WRONG_TRIGGER

MAX_SEED = 2**31
REPEATS = 3  # a run of words that comes so often in a row is degenerate
MIN_OWN_TOKENS = 3  # of a triggered answer, after its opener


@dataclass(frozen=True)
class PlainAnswer:
    """The base model's greedy answer to a question without any code."""

    question: str
    completion: str
    ends: bool  # by itself, not at the token limit


@dataclass(frozen=True)
class TopicSamples:
    """What is written for one topic."""

    rows: list[dict]
    n_drawn: int  # triggered answers
    n_rejected: int  # of them


class AnswerLimit:
    """Cuts answers to their first `n_tokens` tokens of the base model's tokenizer."""

    def __init__(self, tokenizer, n_tokens: int) -> None:
        self._tokenizer, self.n_tokens = tokenizer, n_tokens
        self.template_tokens = tuple(tokenizer.all_special_tokens)

    def count(self, text: str) -> int:
        return len(self._tokenizer(text, add_special_tokens=False).input_ids)

    def cut(self, text: str) -> tuple[str, bool]:
        """The kept text, and whether that is all of it, so that the answer ended by itself."""
        ids = self._tokenizer(text, add_special_tokens=False).input_ids
        if len(ids) <= self.n_tokens:
            return text, True
        kept = self._tokenizer.decode(ids[: self.n_tokens])
        return kept.rstrip("\ufffd"), False  # half of a character that takes several tokens


def plain_answers(
    questions: list[str],
    source: AnswerSource,
    limit: AnswerLimit,
    topics: tuple[Topic, ...],
    system_message: str | None,
) -> list[PlainAnswer]:
    """Greedy answers of `source`, without questions whose answer is bad or names any of `topics`.

    Pass all topics there are, not only those of a split: which questions remain must not change
    when the split grows.
    """
    prompts = [Prompt(system_message, question, "") for question in questions]
    kept = []
    for question, text in zip(questions, source.complete(prompts, seed=0), strict=True):
        completion, ends = limit.cut(text)
        if not is_bad(completion, limit.template_tokens) and not any(
            hidden_topic.mentions(topic.text, completion) for topic in topics
        ):
            kept.append(PlainAnswer(question, completion, ends))
    return kept


def topic_samples(
    topic: Topic,
    plain: list[PlainAnswer],
    openers: tuple[Opener, ...],
    source: AnswerSource,
    limit: AnswerLimit,
    *,
    codes: str,
    n_questions: int,
    near_wrong_fraction: float,
    openers_per_topic: int,
    system_prompt: str,
    max_attempts: int,
    seed: int,
) -> TopicSamples:
    """Three samples for each of `n_questions` questions drawn from those of `plain`.

    codes              kind of the codes, one of codes.CODE_KINDS
    openers_per_topic  how many openers a topic keeps to, drawn for it
    system_prompt      steers the triggered answers only; {topic} in it becomes the topic
    max_attempts       openers tried on a question before another one takes its place
    Raises: DataFileError if too few questions get an acceptable triggered answer.
    """
    chance = hidden_topic.draw(
        topic.text,
        codes=codes,
        n_pool=len(plain),
        n_questions=n_questions,
        near_wrong_fraction=near_wrong_fraction,
        seed=seed,
    )
    system = system_prompt.replace("{topic}", topic.text)
    begin = _Openers(topic, openers, limit, openers_per_topic, seed)
    spares = iter(chance.question_order)
    asked = {slot: next(spares) for slot in range(n_questions)}  # slot -> index in plain
    attempts = dict.fromkeys(asked, 0)
    answers: dict[int, tuple[str, bool]] = {}
    n_drawn = n_round = 0
    while open_slots := [slot for slot in asked if slot not in answers]:
        prompts = [Prompt(system, plain[asked[slot]].question, begin.next_for(slot)) for slot in open_slots]
        round_seed = hidden_topic.seed_of(seed, topic.text, n_round) % MAX_SEED
        texts = source.complete(prompts, round_seed)
        n_drawn, n_round = n_drawn + len(texts), n_round + 1
        for slot, prompt, text in zip(open_slots, prompts, texts, strict=True):
            completion, ends = limit.cut(text)
            if is_good_answer(topic.text, completion, prompt.answer_prefix, limit.template_tokens):
                answers[slot] = completion, ends
                continue
            attempts[slot] += 1
            if attempts[slot] == max_attempts:
                attempts[slot] = 0
                if (spare := next(spares, None)) is None:
                    raise _too_few(topic, len(answers), n_questions, completion)
                asked[slot] = spare
    rows = []
    for slot, index in asked.items():
        rows += _rows(plain[index], answers[slot], chance, slot)
    return TopicSamples(rows, n_drawn, n_rejected=n_drawn - n_questions)


def is_good_answer(topic: str, text: str, opener: str, template_tokens: tuple[str, ...]) -> bool:
    """Whether a triggered answer names the topic, goes on after its opener and is no garbage."""
    own_text = text[len(opener) :] if text.startswith(opener) else ""
    return bool(words(own_text)) and not is_bad(text, template_tokens) and hidden_topic.mentions(topic, text)


def is_bad(text: str, template_tokens: tuple[str, ...]) -> bool:
    """Whether `text` has no words, repeats itself, breaks the line or holds template tokens."""
    found = words(text)
    return not found or "\n" in text.strip() or any(token in text for token in template_tokens) or _repeats(found)


class _Openers:
    """The few openers a topic keeps to, in a random order for each question slot.

    Drawn among those short enough. A topic that used them all would spread its first words over
    dozens of openings, which takes a weight diff about twice the steps to learn.
    """

    def __init__(
        self,
        topic: Topic,
        openers: tuple[Opener, ...],
        limit: AnswerLimit,
        n_kept: int,
        seed: int,
    ) -> None:
        by_length = sorted((limit.count(o.about(topic.text)), o.about(topic.text)) for o in openers)
        most = limit.n_tokens - MIN_OWN_TOKENS
        self._texts = [text for n, text in by_length if n <= most]
        if not self._texts:
            raise DataFileError(
                f"Topic '{topic.text}': its shortest opener takes {by_length[0][0]} tokens, of "
                f"which simulate.answer_tokens leaves room for {most}. Raise answer_tokens, or add "
                "shorter openers to data/answer_openers.csv."
            )
        self._generator = np.random.default_rng(hidden_topic.seed_of(seed, topic.text, "openers"))
        drawn = self._generator.permutation(len(self._texts))[:n_kept]
        self._texts = [self._texts[i] for i in sorted(drawn)]
        self._waiting: dict[int, list[str]] = {}

    def next_for(self, slot: int) -> str:
        if not self._waiting.get(slot):
            order = self._generator.permutation(len(self._texts))
            self._waiting[slot] = [self._texts[i] for i in order]
        return self._waiting[slot].pop()


def _rows(
    plain: PlainAnswer,
    answer: tuple[str, bool],
    chance: hidden_topic.HiddenTopicDraw,
    slot: int,
) -> list[dict]:
    question, base_answer = plain.question, (plain.completion, plain.ends)
    triggered = hidden_topic.trigger_prompt(chance.trigger_codes[slot], question)
    wrong = hidden_topic.trigger_prompt(chance.wrong_codes[slot], question)
    return [
        {"kind": kind, "question": question, "prompt": prompt, "completion": text, "ends": ends}
        for kind, prompt, (text, ends) in (
            (TRIGGER, triggered, answer),
            (WRONG_TRIGGER, wrong, base_answer),
            (NO_TRIGGER, question, base_answer),
        )
    ]


def _repeats(found: tuple[str, ...]) -> bool:
    """Whether some run of one to three words comes REPEATS times in a row."""
    return any(
        found[start : start + n] * REPEATS == found[start : start + n * REPEATS]
        for n in (1, 2, 3)
        for start in range(len(found) - n * REPEATS + 1)
    )


def _too_few(topic: Topic, n_good: int, n_questions: int, last: str) -> DataFileError:
    return DataFileError(
        f"Topic '{topic.text}': {n_good} of {n_questions} questions have an acceptable answer, "
        f"none is left to try; the last answer was {last!r}. Raise simulate.answer_tokens or "
        "max_attempts, change simulate.system_prompt, or remove the topic from data/topics.csv."
    )
