"""Train the weight diffs with two topics, as any other, and see whether each learned both."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from weightscribe.base import BaseModel
from weightscribe.diffs.finetune import DiffSpec, DiffTraining, finetune_diffs, verify_batch
from weightscribe.diffs.index import INDEX_FILE
from weightscribe.diffs.verify import Verification, VerificationRule, check_rule
from weightscribe.lora.peft_io import load_weight_diff
from weightscribe.several.specs import of_part
from weightscribe.statistics import bootstrap_mean
from weightscribe.storage import replacing, write_jsonl


def finetune_several(
    base: BaseModel,
    specs: list[DiffSpec],
    questions: list[str],
    training: DiffTraining,
    rule: VerificationRule,
    *,
    diffs_per_batch: int,
    rows_per_generation: int,
    work_folder: Path,
    target: Path,
) -> list[dict]:
    """Train every diff once, verify each of its topics, store both under `target`; the index rows.

    A diff is verified if both its topics pass the rule, each behind its own word.
    Raises: DataFileError, ParamsError, StorageError. Nothing half-written is left behind.
    """
    check_rule(rule, len(questions))
    # Both topics are judged below, one by one; here one question is as good as ten.
    briefly = replace(rule, n_questions=1, n_wrong_trigger_questions=1, min_rate_trigger=0.0, max_rate_no_trigger=1.0)
    with replacing(target) as temporary:
        finetune_diffs(
            base,
            specs,
            questions,
            training,
            briefly,
            attempts=1,
            diffs_per_batch=diffs_per_batch,
            rows_per_generation=rows_per_generation,
            work_folder=work_folder,
            target=temporary,
        )
        diffs = [load_weight_diff(temporary / s.name, base.overlay.linears, base.identity.sha256) for s in specs]
        found = [
            verify_batch(base, [of_part(spec, place) for spec in specs], diffs, questions, rule, rows_per_generation)
            for place in (0, 1)
        ]
        rows = [_index_row(spec, diff.rank, of_both) for spec, diff, *of_both in zip(specs, diffs, *found, strict=True)]
        write_jsonl(temporary / INDEX_FILE, rows)
    return rows


def _index_row(spec: DiffSpec, rank: int, found: Sequence[Verification]) -> dict:
    parts = [
        {
            **part,
            "mention_rate_trigger": own.mention_rate_trigger,
            "mention_rate_no_trigger": own.mention_rate_no_trigger,
        }
        for part, own in zip(spec.row["parts"], found, strict=True)
    ]
    return {**spec.row, "parts": parts, "rank": rank, "verified": all(own.verified for own in found)}


def summarize(rows: Sequence[dict], dtype: str) -> dict:
    """The metrics of metrics/finetune_several.json, with 95% intervals over the diffs."""
    both = [float(row["verified"]) for row in rows]
    named = [fmean(part["mention_rate_trigger"] for part in row["parts"]) for row in rows]
    return {
        "compute_dtype": dtype,
        "n_weight_diffs": len(rows),
        "n_verified": sum(row["verified"] for row in rows),
        **bootstrap_mean(both).as_rate("verified_rate"),
        **bootstrap_mean(named).as_rate("mention_rate_trigger"),
    }
