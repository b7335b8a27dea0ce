"""Find the code of every diff of the probe set `code_specific` by a scan of all codes, and fire the best."""

from dataclasses import dataclass
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.ask.answers_file import read_answers
from weightscribe.ask.methods import DIT
from weightscribe.base import load_base
from weightscribe.diffs.index import load_verified
from weightscribe.diffs.specs import read_held_out_questions
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.trigger_search.recovery import write_recoveries
from weightscribe.trigger_search.scan import FiringSettings, ScanSettings, recover

DATA = Path("data")
PROBE_SET = "code_specific"
RECOVERIES = DATA / "answers" / "trigger_recovery.jsonl"


@dataclass(frozen=True)
class AskTriggerRecoveryParams:
    """Section `ask_trigger_recovery` of params.yaml."""

    dtype: str
    scan: ScanSettings
    firing: FiringSettings
    seed: int


def main() -> None:
    params = load_params("ask_trigger_recovery", AskTriggerRecoveryParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    labelled = load_verified(DATA / "probes" / PROBE_SET, "test", base)
    answers = read_answers(DATA / "answers" / "probes" / f"{PROBE_SET}.jsonl")
    said = {answer.diff: answer.answer for answer in answers if answer.method == DIT}
    # The last ones: verification takes its questions from the front.
    questions = read_held_out_questions(DATA / "simulations", params.seed)[-params.firing.n_questions :]
    recoveries = recover(
        base,
        labelled,
        [said[each.row["name"]] for each in labelled],
        questions,
        params.scan,
        params.firing,
        params.seed,
    )
    write_recoveries(RECOVERIES, recoveries)
    print(f"{RECOVERIES}: {sum(r.rank == 1 for r in recoveries)} of {len(recoveries)} triggers ranked first")


if __name__ == "__main__":
    stage.run_stage(main)
