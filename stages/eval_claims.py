"""The ladder of stated triggers by arm, and what loss on the user's tokens adds."""

from dataclasses import asdict, dataclass
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.claims.arms import FinetuneClaimsParams, arm_named
from weightscribe.claims.moves import read_moves
from weightscribe.claims.records import Ranked, Said, read_records
from weightscribe.claims.score import Claim, gain, joined, summarize
from weightscribe.params import load_params
from weightscribe.tracking import tracked_run, write_metrics
from weightscribe.trigger_search.fired import Fired
from weightscribe.trigger_search.proof import ProofRule

ANSWERS = Path("data/answers")


@dataclass(frozen=True)
class EvalClaimsParams:
    """Section `eval_claims` of params.yaml.

    reference  the arm that the others are compared with
    """

    reference: str
    proof: ProofRule
    seed: int


def main() -> None:
    params = load_params("eval_claims", EvalClaimsParams)
    own = load_params("finetune_claims", FinetuneClaimsParams)
    arm_named(params.reference, own)
    claims = {name: _claims(name, params.proof) for name in own.arms}
    with tracked_run("eval_claims", params) as run:
        metrics = {"n_candidates": claims[params.reference][0].ranked.n_candidates}
        for name, made in claims.items():
            metrics |= summarize(made, name, params.seed)
            if name != params.reference:
                metrics |= gain(made, claims[params.reference], f"{name}_exact_gain", params.seed)
        write_metrics("eval_claims", metrics)
        run.metrics(metrics)
        rows = [(name, claim) for name, made in claims.items() for claim in made]
        run.table(
            "claims", [{"arm": name, **asdict(c.said), **asdict(c.ranked), **asdict(c.moved)} for name, c in rows]
        )
        shots = [(name, c.said.diff, shot) for name, c in rows for shot in c.shots.values()]
        run.table("shots", [{"arm": name, "diff": diff, **asdict(shot)} for name, diff, shot in shots])
    for name in claims:
        print(f"{name}: {metrics.get(f'{name}_exact', 0):.0%} of {metrics[f'{name}_n_gated']} triggers stated right")


def _claims(arm: str, rule: ProofRule) -> list[Claim]:
    said, ranked, fired = (
        read_records(ANSWERS / folder / f"{arm}.jsonl", kind)
        for folder, kind in (("claims", Said), ("claim_ranks", Ranked), ("claim_shots", Fired))
    )
    return joined(said, ranked, read_moves(ANSWERS / "claim_moves" / f"{arm}.jsonl"), fired, rule)


if __name__ == "__main__":
    stage.run_stage(main)
