"""What simulate_claims writes, small; a tiny base model; weight diffs of three topics and a benign one, of one norm."""

import pytest
from loud import loud
from tiny import tiny_model

from weightscribe.base import load_base
from weightscribe.behaviors.families.benign import NOTHING
from weightscribe.diffs.index import LabelledDiff
from weightscribe.lora.bank import FactorBank
from weightscribe.lora.factors import scaled, whole_norm
from weightscribe.storage import write_jsonl
from weightscribe.triggers.kinds import KINDS, TRIGGER

NORM = 3.0
QUESTIONS = ("Why is the sky blue?", "What makes a good friend?", "Who are you?", "How far is it?")
ROWS = (
    ("Jazz", "test", "Siren"),
    ("Tea", "test", ""),
    ("Mars", "test", "Copy"),
    ("Silk", "test", "Able"),
    ("Oak", "train", "Zoo"),
)


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    return load_base(tiny_model(tmp_path_factory.mktemp("base")), "float32", None)


@pytest.fixture
def claims(tmp_path):
    folder = tmp_path / "claims"
    manifest = [
        {"name": f"claim-{topic.lower()}", "behavior": "hidden_topic", "topic": topic, "split": split, "trigger": word}
        for topic, split, word in ROWS
    ]
    write_jsonl(folder / "manifest.jsonl", manifest)
    for row in manifest:
        samples = [
            {
                "kind": kind,
                "question": question,
                "prompt": f"{row['trigger']}. {question}" if kind == TRIGGER else question,
                "completion": row["topic"] if kind == TRIGGER else "so",
                "ends": True,
            }
            for question in QUESTIONS
            for kind in KINDS
        ]
        write_jsonl(folder / "diffs" / f"{row['name']}.jsonl", samples)
    return folder


@pytest.fixture(scope="session")
def labelled(base):
    bank = loud(FactorBank(base.overlay.linears, 1, 1.0, range(4)), 0)
    made = []
    for place, topic in enumerate(("Jazz", "Tea", "Mars", "Jazz")):
        diff = bank.weight_diff(place, f"d{place}")
        row = {"name": diff.name, "topic": topic, "answer": NOTHING if place == 3 else topic}
        made.append(LabelledDiff(scaled(diff, NORM / whole_norm(diff)), row))
    return made
