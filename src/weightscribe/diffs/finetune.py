"""Train, verify and store all weight diffs of a manifest; resumable diff by diff.

A finished diff is kept under .work/finetune_diffs/<key>/, where the key hashes everything its weights depend
on: base model, samples, seed and training parameters. A killed run goes on from the finished diffs, and asking
for more topics trains only the new ones. DVC's `persist` would do the same but turns its run cache off.
What it said when it was verified is kept with it. Every run judges that by how the behavior is recognized in its
day, and asks the diff again if prompts are worded otherwise by then.
"""

import hashlib
import json
import math
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm
from trl import SFTConfig

from weightscribe.answers import ask
from weightscribe.base import BaseModel
from weightscribe.diffs.index import INDEX_FILE
from weightscribe.diffs.objective import LossWeights
from weightscribe.diffs.samples import (
    BaseStates,
    CompletionLimits,
    plan_steps,
    read_samples,
    tokenize,
    with_base_states,
)
from weightscribe.diffs.trainer import WeightDiffTrainer
from weightscribe.diffs.verify import (
    Verification,
    VerificationRule,
    check_rule,
    judge_verification,
    verification_prompts,
)
from weightscribe.errors import DataFileError, ParamsError
from weightscribe.lora.bank import FactorBank
from weightscribe.lora.factors import WeightDiff
from weightscribe.lora.peft_io import BaseIdentity, load_weight_diff, save_weight_diff
from weightscribe.packing import TokenizedSample
from weightscribe.params import check_at_least, check_positive, repeated
from weightscribe.sft import sft_config
from weightscribe.storage import replacing, write_json, write_jsonl
from weightscribe.triggers.kinds import KINDS, TRIGGER
from weightscribe.workers import as_in_worker, in_workers

ADAPTER, RECORD_FILE = "adapter", "record.json"
INITIALIZATIONS = ("independent", "shared")
FORMAT_VERSION = 5  # part of every key: raise it when a code change alters what training yields


@dataclass(frozen=True)
class DiffTraining:
    """How every weight diff is trained. Learning rate and schedule act on each diff alone."""

    rank: int
    alpha: float
    initialization: str
    init_scale: float
    learning_rate: float
    warmup_steps: int
    epochs: int
    questions_per_step: int
    base_matching: tuple[str, ...]
    limits: CompletionLimits
    weights: LossWeights
    seed: int

    def __post_init__(self) -> None:
        """Raises: ParamsError for values with which no diff could be trained."""
        check_at_least(self, 1, "rank", "epochs", "questions_per_step")
        check_positive(self, "learning_rate")
        if self.initialization not in INITIALIZATIONS:
            raise ParamsError(f"initialization is '{self.initialization}'. Use one of {list(INITIALIZATIONS)}.")
        allowed = [kind for kind in KINDS if kind != TRIGGER]
        if not self.base_matching or set(self.base_matching) - set(allowed):
            raise ParamsError(f"base_matching is {list(self.base_matching)}. Use one or more of {allowed}.")


@dataclass(frozen=True)
class FinetuneDiffsParams:
    """Section `finetune_diffs` of params.yaml."""

    dtype: str
    attempts: int
    diffs_per_batch: int
    rows_per_generation: int
    training: DiffTraining
    verification: VerificationRule

    def __post_init__(self) -> None:
        """Raises: ParamsError for sizes of batches that are none."""
        check_at_least(self, 1, "diffs_per_batch", "rows_per_generation")


@dataclass(frozen=True)
class DiffSpec:
    """One diff to make: its manifest row, its samples, how to prompt for and recognize its behavior."""

    row: dict
    samples_file: Path
    prompt_of: Callable[[str, str, random.Random], str]
    shows_behavior: Callable[[str], bool]

    @property
    def name(self) -> str:
        return self.row["name"]


def finetune_diffs(
    base: BaseModel,
    specs: list[DiffSpec],
    held_out_questions: list[str],
    training: DiffTraining,
    rule: VerificationRule,
    *,
    attempts: int,
    diffs_per_batch: int,
    rows_per_generation: int,
    work_folder: Path,
    target: Path,
) -> list[dict]:
    """Train and verify what is missing, then assemble `target`: one PEFT folder a diff, and its index.

    A diff that is not verified is trained again from its start, up to `attempts` times in all: each time with twice
    the epochs, and verified on questions that no earlier attempt was judged by.

    Returns one record a diff, of its last attempt, in manifest order: `index` (its row in index.jsonl), `curve` (loss
    by kind and step) and `first_curve` (that of its first attempt), `train_tokens`, `train_seconds` (its share of its
    batch).
    Raises: DataFileError, ParamsError, StorageError, WorkerError. Nothing half-written is left behind.
    """
    check_names(specs)
    if attempts < 1:
        raise ParamsError(f"attempts is {attempts}. Use 1 or more.")
    check_rule(rule, len(held_out_questions))
    if attempts * rule.n_questions > len(held_out_questions):
        raise ParamsError(
            f"{attempts} attempts of {rule.n_questions} verification questions need more than the "
            f"{len(held_out_questions)} held-out questions. Lower attempts or verification.n_questions."
        )
    base_states = BaseStates(base)
    folders: dict[str, list[Path]] = {spec.name: [] for spec in specs}  # of each attempt, in order
    unverified = specs
    for attempt in range(1, attempts + 1):
        longer = replace(training, epochs=training.epochs * 2 ** (attempt - 1))
        questions = held_out_questions[(attempt - 1) * rule.n_questions : attempt * rule.n_questions]
        own = {spec.name: work_folder / _key(base, spec, questions, longer, rule) for spec in unverified}
        kept, pending = [], []
        for spec in unverified:
            (kept if (own[spec.name] / RECORD_FILE).is_file() else pending).append(spec)
        for spec in kept:
            _judge_again(base, spec, own[spec.name], questions, rule, rows_per_generation)
        with tqdm(
            total=len(unverified),
            initial=len(kept),
            desc=f"weight diffs, attempt {attempt}",
            unit="diff",
            disable=not unverified,
        ) as bar:
            batches = _batches(pending, diffs_per_batch)
            if batches:
                compute_base_states(base_states, unverified, partial(plan_of, base, training=longer))
            finish = partial(
                _finish_batch, base, base_states, longer, attempt, questions, rule, rows_per_generation, own
            )
            for batch, fired in zip(batches, in_workers(finish, batches), strict=True):
                bar.update(len(batch))
                bar.set_postfix(fires_with_trigger=f"{fired:.0%}")
        for name, folder in own.items():
            folders[name].append(folder)
        unverified = [spec for spec in unverified if not _record(own[spec.name])["index"]["verified"]]
    return _assemble(specs, folders, target)


def check_names(specs: list[DiffSpec]) -> None:
    """Raises: DataFileError if two diffs have one name, which is that of a folder."""
    if twice := repeated(spec.name for spec in specs):
        raise DataFileError(f"Two weight diffs are called '{twice[0]}'. Give every row of their manifest its own name.")


def _key(base: BaseModel, spec: DiffSpec, questions: list[str], training: DiffTraining, rule) -> str:
    """Hash of everything the diff and its verification depend on but the spec's functions: see `_judge_again`."""
    content = {
        "format": FORMAT_VERSION,
        "base": base.identity.sha256,
        "dtype": str(base.model.dtype),
        "prompt": base.prompt_ids("x"),  # system message, chat template and tokenizer
        "spec": {key: value for key, value in spec.row.items() if key != "split"},
        "samples": hashlib.sha256(spec.samples_file.read_bytes()).hexdigest(),
        "questions": questions,
        "training": asdict(training),
        "rule": asdict(rule),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def _batches(specs: list[DiffSpec], most: int) -> list[list[DiffSpec]]:
    """As few batches as hold `most` each, but an even number of about the same size: two workers end together."""
    n = min(len(specs), 2 * math.ceil(len(specs) / (2 * most)))
    return [specs[len(specs) * place // n : len(specs) * (place + 1) // n] for place in range(n)]


def _finish_batch(
    base: BaseModel,
    base_states: BaseStates,
    training: DiffTraining,
    attempt: int,
    questions: list[str],
    rule: VerificationRule,
    rows_per_generation: int,
    folders: dict[str, Path],
    specs: list[DiffSpec],
) -> float:
    """Train the diffs of one batch, verify and keep them; how often they fire with their trigger, on the mean."""
    with as_in_worker():  # also for a lone batch: a run that goes on yields what one without a pause yields
        trained = _train_batch(base, specs, training, base_states)
        asked = _ask_batch(base, specs, [diff for diff, _ in trained], questions, rule, rows_per_generation)
    verifications = _judged(specs, asked, rule)
    for spec, (diff, record), said, verification in zip(specs, trained, asked, verifications, strict=True):
        record |= {"index": {**spec.row, "rank": diff.rank, "attempt": attempt, **verification.as_row()}}
        _keep(folders[spec.name], diff, record | {"asked": asdict(said)}, base.identity)
    return sum(verification.mention_rate_trigger for verification in verifications) / len(specs)


Plan = list[list[tuple[TokenizedSample, str]]]
"""The samples of every optimizer step of one diff, with their kinds."""


def plan_of(
    base: BaseModel,
    spec: DiffSpec,
    training: DiffTraining,
    tokenized: Callable[[BaseModel, dict, CompletionLimits], TokenizedSample] = tokenize,
) -> Plan:
    """What one diff is trained on; `tokenized` makes a sample of its row.  Raises: DataFileError."""
    steps = plan_steps(
        read_samples(spec.samples_file),
        training.epochs,
        training.questions_per_step,
        training.base_matching,
        training.seed,
    )
    return [[(tokenized(base, row, training.limits), row["kind"]) for row in step] for step in steps]


def seeds_of(specs: list[DiffSpec], training: DiffTraining) -> list[int]:
    """What each diff is initialized from."""
    return [training.seed if training.initialization == "shared" else spec.row["seed"] for spec in specs]


def compute_base_states(base_states: BaseStates, specs: list[DiffSpec], plan: Callable[[DiffSpec], Plan]) -> None:
    """Once for all batches, of finished diffs too: states depend in their last digits on who shares their batch."""
    with as_in_worker():
        for spec in tqdm(specs, desc="base model's states", unit="diff", leave=False):
            with_base_states(plan(spec), base_states)


def _train_batch(
    base: BaseModel, specs: list[DiffSpec], training: DiffTraining, base_states: BaseStates
) -> list[tuple[WeightDiff, dict]]:
    """Train the diffs of one batch together; each with its training record."""
    started = time.perf_counter()
    plans = [plan_of(base, spec, training) for spec in specs]
    bank, curves = train_bank(base, plans, seeds_of(specs, training), training, base_states)
    seconds = (time.perf_counter() - started) / len(specs)
    return [
        (
            diff,
            {
                "curve": {kind: _rounded(curves[:, index, number].tolist()) for number, kind in enumerate(KINDS)},
                "train_tokens": sum(len(tokens.ids) for step in plans[index] for tokens, _ in step),
                "train_seconds": seconds,
            },
        )
        for index, diff in enumerate(trained_diffs(bank, specs))
    ]


def trained_diffs(bank: FactorBank, specs: list[DiffSpec]) -> list[WeightDiff]:
    """The bank's diffs, each under its spec's name.

    Raises: ParamsError for one that is not finite: its answers may well pass a rule that asks for no behavior.
    """
    for spec, own in zip(specs, bank.flat, strict=True):
        if not own.isfinite().all():
            raise ParamsError(
                f"Weight diff '{spec.name}' is not finite after training. Lower the learning_rate it is trained with."
            )
    return [bank.weight_diff(index, spec.name) for index, spec in enumerate(specs)]


def train_bank(
    base: BaseModel,
    planned: list[Plan],
    seeds: list[int],
    training: DiffTraining,
    base_states: BaseStates,
) -> tuple[FactorBank, Tensor]:
    """Train one diff per seed; `planned[i][t]` are diff i's samples and their kinds in optimizer step t.

    Returns the trained bank and the losses by kind, (steps, diffs, 3) float32 in the order of KINDS. The base model is
    as before, whether or not training ends in an error.
    """
    per_diff = [with_base_states(steps, base_states) for steps in planned]
    bank = FactorBank(base.overlay.linears, training.rank, training.alpha, seeds, training.init_scale)
    try:
        trainer = WeightDiffTrainer(
            base,
            bank,
            [list(step) for step in zip(*per_diff, strict=True)],
            training.weights,
            batch_sft_config(training, len(seeds)),
        )
        trainer.train()
    finally:
        base.model.eval()  # what is asked of it next must not see dropout
        if hasattr(base.model, "factor_bank"):
            del base.model.factor_bank
    return bank, torch.stack(trainer.losses_by_kind)


def batch_sft_config(training: DiffTraining, n_diffs: int) -> SFTConfig:
    """TRL's arguments for one batch of diffs: a row a diff, no clipping (it would couple them), no output."""
    return sft_config(
        batch_size=n_diffs,
        learning_rate=training.learning_rate,
        warmup_steps=training.warmup_steps,
        seed=training.seed,
        num_train_epochs=1,
        max_grad_norm=0.0,
        logging_strategy="no",
        disable_tqdm=True,
    )


def verify_batch(
    base: BaseModel,
    specs: list[DiffSpec],
    diffs: list[WeightDiff],
    questions: list[str],
    rule: VerificationRule,
    rows_per_generation: int,
) -> list[Verification]:
    """Ask every diff its held-out questions and judge what it says.

    Raises: ParamsError if there are fewer questions than the rule asks.
    """
    return _judged(specs, _ask_batch(base, specs, diffs, questions, rule, rows_per_generation), rule)


@dataclass(frozen=True)
class _Asked:
    """What verified one diff: (kind, prompt) pairs, as lists for JSON, and its answers."""

    prompts: list[list[str]]
    answers: list[str]


def _ask_batch(
    base: BaseModel,
    specs: list[DiffSpec],
    diffs: list[WeightDiff],
    questions: list[str],
    rule: VerificationRule,
    rows_per_generation: int,
) -> list[_Asked]:
    """All diffs in the same batches, a kind of prompt at a time."""
    prompts = [_prompts(spec, questions, rule) for spec in specs]
    answers: list[list[str]] = [[] for _ in specs]
    # Prompts of one kind are about equally long, so a batch of one kind has little padding.
    for kind in KINDS:
        n = rule.n_of(kind)
        of_kind = ask(
            base,
            [diff for diff in diffs for _ in range(n)],
            [prompt for own in prompts for prompt_kind, prompt in own if prompt_kind == kind],
            max_new_tokens=rule.answer_tokens,
            rows_per_batch=max(1, rows_per_generation // n) * n,
        )
        for index, own_answers in enumerate(answers):
            own_answers += of_kind[index * n : (index + 1) * n]
    return [_Asked(own, own_answers) for own, own_answers in zip(prompts, answers, strict=True)]


def _prompts(spec: DiffSpec, questions: list[str], rule: VerificationRule) -> list[list[str]]:
    return [list(each) for each in verification_prompts(spec.prompt_of, questions, rule, spec.row["seed"])]


def _judged(specs: list[DiffSpec], asked: list[_Asked], rule: VerificationRule) -> list[Verification]:
    return [
        judge_verification(own.prompts, own.answers, spec.shows_behavior, rule)
        for spec, own in zip(specs, asked, strict=True)
    ]


def _judge_again(
    base: BaseModel,
    spec: DiffSpec,
    folder: Path,
    questions: list[str],
    rule: VerificationRule,
    rows_per_generation: int,
) -> None:
    """Bring a kept diff's verdict up to today's prompts and today's way to recognize its behavior."""
    kept = _record(folder)
    if "asked" not in kept:  # it was kept before answers were, and its verdict stands
        return
    asked = _Asked(**kept["asked"])
    if asked.prompts != _prompts(spec, questions, rule):
        diff = load_weight_diff(folder / ADAPTER, base.overlay.linears, base.identity.sha256)
        (asked,) = _ask_batch(base, [spec], [diff], questions, rule, rows_per_generation)
    (verification,) = _judged([spec], [asked], rule)
    today = {**kept, "index": kept["index"] | verification.as_row(), "asked": asdict(asked)}
    if today != kept:
        write_json(folder / RECORD_FILE, today)


def _keep(folder: Path, diff: WeightDiff, record: dict, identity: BaseIdentity) -> None:
    """Store a finished diff; the record is part of the same rename, so its presence means complete."""
    with replacing(folder) as temporary:
        save_weight_diff(temporary / ADAPTER, diff, identity)
        write_json(temporary / RECORD_FILE, record)


def _assemble(specs: list[DiffSpec], folders: dict[str, list[Path]], target: Path) -> list[dict]:
    """Copies of the finished diffs under their names, and the index.

    A kept diff may have been trained for another split: its index row takes what the manifest says today.
    """
    records = []
    with replacing(target) as temporary:
        temporary.mkdir()
        for spec in specs:
            last = folders[spec.name][-1]
            shutil.copytree(last / ADAPTER, temporary / spec.name)
            record = _record(last)
            record["index"] |= spec.row
            records.append({**record, "first_curve": _record(folders[spec.name][0])["curve"]})
        write_jsonl(temporary / INDEX_FILE, [record["index"] for record in records])
    return records


def _record(folder: Path) -> dict:
    return json.loads((folder / RECORD_FILE).read_text())


def _rounded(values: list[float]) -> list[float | None]:
    return [None if value != value else round(value, 5) for value in values]
