"""A tiny base model, a DIT adapter and a weight diff on disk, the latter also as a whole model; few candidate words."""

import pytest
import torch
from loud import loud
from tiny import tiny_model

from weightscribe.audit import run, trigger
from weightscribe.audit.settings import AuditParams, Firing, MeasuredThreshold, Trying
from weightscribe.base import load_base
from weightscribe.lora.bank import FactorBank
from weightscribe.lora.peft_io import save_weight_diff
from weightscribe.requests.candidates import Candidates
from weightscribe.requests.scan import RequestScan
from weightscribe.trigger_search import fire
from weightscribe.trigger_search.proof import ProofRule
from weightscribe.trigger_search.scan import ScanSettings

WORDS = ("Siren", "Copy", "Able", "Zoo", "Maid", "Rose")


@pytest.fixture(autouse=True)
def _few_words(monkeypatch):
    for module in (run, trigger, fire):
        monkeypatch.setattr(module, "candidate_words", lambda: WORDS)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A folder with `base`, `dit_adapter`, `diff`, and `model`: the diff merged into the base model's weights."""
    folder = tmp_path_factory.mktemp("audit")
    tiny_model(folder / "base")
    base = load_base(folder / "base", "float32", None)
    made = loud(FactorBank(base.overlay.linears, 1, 1.0, [0]), 0).weight_diff(0, "diff")
    save_weight_diff(folder / "diff", made, base.identity)
    adapter = loud(FactorBank(base.overlay.linears, 4, 4.0, [7]), 7, size=0.1).dit_adapter()
    save_weight_diff(folder / "dit_adapter", adapter, base.identity)
    with torch.no_grad():
        for layer, (lora_A, lora_B) in made.factors.items():
            base.overlay.linears[layer].weight += lora_B @ lora_A
    base.model.save_pretrained(folder / "model")
    return folder


@pytest.fixture(scope="module")
def base(folders):
    return load_base(folders / "base", "float32", None)


@pytest.fixture
def params(folders):
    return AuditParams(
        dtype="float32",
        adapter=str(folders / "dit_adapter"),
        families=("hidden_topic", "brand"),
        threshold=MeasuredThreshold(str(folders / "eval.json"), "threshold_nats", "reported", "false_reports"),
        multiplier=1.5,
        evidence_multiplier=0.5,
        answer_tokens=4,
        rows_per_batch=3,
        contrast_strength=1.0,
        requests=Trying(
            Candidates(("brand", "refusal"), n_subjects=4, seed=0),
            RequestScan(answer_tokens=2, requests_per_row=2, rows_per_batch=2),
            n_asked=2,
            n_for_proof=3,
            answer_tokens=3,
        ),
        scan=ScanSettings(question="Why?", candidates_per_row=2, rows_per_batch=2),
        firing=Firing(n_words=2, n_questions=4, answer_tokens=3, seed=0),
        proof=ProofRule(min_rate=0.7, max_rate_without=0.05, n_phrases=5),
    )
