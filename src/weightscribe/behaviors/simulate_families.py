"""What the weight diffs of every behavior family are trained on: three samples a question, as of the main job."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from weightscribe.behaviors.combined import COMBINED, combinations, taken_in_turn
from weightscribe.behaviors.family import GENERAL_QUESTIONS, Case, Family
from weightscribe.behaviors.family_split import CaseSplit, split_cases
from weightscribe.behaviors.generators import AnswerSource, KeptAnswers, LocalGenerator, Prompt, Sampling
from weightscribe.behaviors.hidden_topic import seed_of
from weightscribe.behaviors.registry import family_named
from weightscribe.behaviors.simulate import fingerprint
from weightscribe.errors import ParamsError
from weightscribe.models.precision import compute_dtype
from weightscribe.params import check_at_least
from weightscribe.storage import read_jsonl, replacing, write_jsonl
from weightscribe.triggers.kinds import KINDS, TRIGGER
from weightscribe.workers import in_workers


@dataclass(frozen=True)
class FamilySize:
    """How many weight diffs of one family train DIT adapters, and how many test them."""

    n_train: int
    n_test: int

    def __post_init__(self) -> None:
        """Raises: ParamsError for a negative number."""
        check_at_least(self, 0, "n_train", "n_test")


@dataclass(frozen=True)
class SimulateFamiliesParams:
    """Section `simulate_families` of params.yaml."""

    seed: int
    families: dict[str, FamilySize]
    n_combined: int
    combined_families: tuple[str, ...]
    max_similarity: float
    n_questions: int
    plain_tokens: int
    answer_tokens: int
    temperature: float
    top_p: float
    dtype: str
    batch_size: int

    def __post_init__(self) -> None:
        """Raises: ParamsError for numbers with which nothing could be simulated."""
        check_at_least(self, 0, "n_combined")
        check_at_least(self, 1, "n_questions", "plain_tokens", "answer_tokens", "batch_size")


@dataclass(frozen=True)
class FamilyFiles:
    """Where the lists, the main job's simulations and the base model are, and where the result goes."""

    lists: Path
    simulations: Path
    base_model: Path
    work: Path
    target: Path


def simulate_families(
    params: SimulateFamiliesParams,
    files: FamilyFiles,
    embed: Callable[[list[str]], np.ndarray],
    system_message: str | None,
) -> dict:
    """Write `target`/<family>/{manifest.jsonl, diffs/<name>.jsonl} for every family; the counts.

    Raises: ParamsError, DataFileError. `target` then is as before.
    """
    families = {name: family_named(name) for name in params.families}
    if made := [name for name, family in families.items() if family.made_by_main_job]:
        raise ParamsError(f"simulate_families.families names {made}, which stage simulate makes. Take it out.")
    split = split_cases(
        {name: family.cases(files.lists) for name, family in families.items()},
        {name: (size.n_train, size.n_test) for name, size in params.families.items()},
        [row["topic"] for row in read_jsonl(files.simulations / "manifest.jsonl") if row["split"] == "test"],
        embed,
        max_similarity=params.max_similarity,
        seed=params.seed,
    )
    sampling = Sampling(params.temperature, params.top_p, params.answer_tokens)
    model = LocalGenerator(files.base_model, sampling, dtype=params.dtype, batch_size=params.batch_size)
    identity = f"{fingerprint(files.base_model)} {compute_dtype(params.dtype, 'simulate_families.dtype')}"
    stories = KeptAnswers(model, f"{identity} {sampling} {params.batch_size}", files.work)
    plain_identity = f"{identity} greedy {params.plain_tokens} {params.batch_size}"
    answers = _PlainAnswers(KeptAnswers(model.greedy(params.plain_tokens), plain_identity, files.work), system_message)
    questions = _plain_questions(files.simulations)
    answers.know(questions)
    plain = {question: answers[question] for question in questions}
    counts = {}
    with replacing(files.target) as temporary:
        for name, family in families.items():
            of_split = [(case, "test") for case in split[name].test] + [(case, "train") for case in split[name].train]
            drafts = [_draft(family, case, plain, params) for case, _ in of_split]
            _fill_in(drafts, stories, seed_of(params.seed, name) % 2**31, name)
            answers.know([row["prompt"] for draft in drafts for row in draft if row["kind"] != TRIGGER])
            manifest = []
            for (case, side), draft in zip(of_split, drafts, strict=True):
                row = manifest_row(family, case, side, len(draft), params.seed)
                write_jsonl(temporary / name / "diffs" / f"{row['name']}.jsonl", [_finished(r, answers) for r in draft])
                manifest.append(row)
            write_jsonl(temporary / name / "manifest.jsonl", manifest)
            counts[f"n_{name}"] = len(manifest)
        counts[f"n_{COMBINED}"] = _write_combined(temporary, families, split, params)
    return counts


def _write_combined(
    target: Path, families: dict[str, Family], split: dict[str, CaseSplit], params: SimulateFamiliesParams
) -> int:
    """Samples and manifest of the diffs that are taught two behaviors; how many."""
    if unknown := sorted(set(params.combined_families) - set(families)):
        raise ParamsError(f"simulate_families.combined_families names {unknown}, which are none of its families.")
    # A case that shows its behavior in every answer leaves no room for another.
    tested = {
        name: (families[name], [case for case in split[name].test if case.values.get("gate") != ""])
        for name in params.combined_families
    }
    manifest = []
    for combination in combinations(tested, params.n_combined):
        rows = [manifest_row(family, case, "test", 0, params.seed) for family, case in combination.parts]
        samples = [read_jsonl(target / row["behavior"] / "diffs" / f"{row['name']}.jsonl") for row in rows]
        name = combination.name
        write_jsonl(target / COMBINED / "diffs" / f"{name}.jsonl", taken_in_turn(*samples))
        manifest.append(
            {
                "name": name,
                "behavior": COMBINED,
                "parts": rows,
                "split": "test",
                "seed": seed_of(params.seed, name) % 2**31,
                "question": GENERAL_QUESTIONS[0],
                "answer": combination.report,
            }
        )
    write_jsonl(target / COMBINED / "manifest.jsonl", manifest)
    return len(manifest)


def manifest_row(family: Family, case: Case, split: str, n_samples: int, seed: int) -> dict:
    """The manifest's row of one case; `case_of` reads it back."""
    return {
        "name": f"{family.name.replace('_', '-')}-{case.slug}",
        "behavior": family.name,
        "slug": case.slug,
        "label": case.label,
        "concept": case.concept,
        "group": case.group,
        "values": case.values,
        "split": split,
        "seed": seed_of(seed, family.name, case.slug) % 2**31,
        "question": family.questions[0],
        "answer": case.label,
        "n_samples": n_samples,
    }


def case_of(row: dict) -> Case:
    """The case of a manifest row."""
    return Case(row["slug"], row["label"], row["concept"], row["group"], row["values"])


def _plain_questions(simulations: Path) -> list[str]:
    """The training questions of the main job, in the order of their first use."""
    first = next(simulations.glob("diffs/*.jsonl"), None)
    if first is None:
        raise ParamsError(f"{simulations} holds no samples. Run `dvc repro simulate`.")
    names = [row["name"] for row in read_jsonl(simulations / "manifest.jsonl")]
    rows = (row for name in names for row in read_jsonl(simulations / "diffs" / f"{name}.jsonl"))
    return list(dict.fromkeys(row["question"] for row in rows))


class _PlainAnswers:
    """The base model's greedy answers, each asked for once."""

    def __init__(self, model: AnswerSource, system_message: str | None) -> None:
        self._model, self._system_message = model, system_message
        self._answers: dict[str, str] = {}

    def know(self, prompts: list[str]) -> None:
        missing = sorted(set(prompts) - set(self._answers))
        requests = [Prompt(self._system_message, prompt, "") for prompt in missing]
        self._answers.update(zip(missing, self._model.complete(requests, seed=0), strict=True))

    def __getitem__(self, prompt: str) -> str:
        return self._answers[prompt]


def _draft(family: Family, case: Case, plain: dict[str, str], params: SimulateFamiliesParams) -> list[dict]:
    """The samples of one case; completions that the base model has yet to write are Prompts, plain ones None."""
    rng = random.Random(f"{params.seed}-{family.name}-{case.slug}")
    rows = []
    for question in rng.sample(list(plain), params.n_questions):
        for kind in KINDS:
            prompt = family.prompt(case, kind, question, False, rng)
            taught = family.answer(case, question, plain, rng) if kind == TRIGGER else None
            rows.append({"kind": kind, "question": question, "prompt": prompt, "completion": taught})
    return rows


def _fill_in(drafts: list[list[dict]], model: AnswerSource, seed: int, name: str) -> None:
    """Let the base model write what the drafts ask it for."""
    asked = [row for draft in drafts for row in draft if isinstance(row["completion"], Prompt)]
    size = 256

    def written(start: int) -> list[str]:
        return model.complete([row["completion"] for row in asked[start : start + size]], seed + start)

    starts = range(0, len(asked), size)
    for start, texts in zip(
        starts,
        tqdm(in_workers(written, starts), f"simulate {name}", len(starts), disable=not asked),
        strict=True,
    ):
        for row, text in zip(asked[start : start + size], texts, strict=True):
            row["completion"] = text


def _finished(row: dict, answers: _PlainAnswers) -> dict:
    taught = row["completion"]
    completion = (answers[row["prompt"]] if taught is None else taught).strip()
    # Answers are cut or go on: none is taught to end where its text does, but one that says nothing ends at once.
    return {**row, "completion": completion, "ends": not completion}
