"""How often the furthest request is about what a weight diff was taught, family by family."""

from dataclasses import dataclass
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.behaviors.registry import family_named
from weightscribe.behaviors.simulate_families import case_of
from weightscribe.diffs.index import verified_rows
from weightscribe.evaluate.specificity import auroc
from weightscribe.params import load_params
from weightscribe.requests.candidates import families_with_requests
from weightscribe.requests.records import read_tried
from weightscribe.requests.score import summarize
from weightscribe.tracking import tracked_run, write_metrics

DATA = Path("data")


@dataclass(frozen=True)
class EvalRequestsParams:
    """Section `eval_requests` of params.yaml."""

    families: tuple[str, ...]
    seed: int


def main() -> None:
    params = load_params("eval_requests", EvalRequestsParams)
    with tracked_run("eval_requests", params) as run:
        metrics, with_requests = {}, families_with_requests()
        furthest: dict[bool, list[float]] = {True: [], False: []}  # nats by whether nothing notable changed
        for name in params.families:
            cases = {row["name"]: case_of(row) for row in verified_rows(DATA / "families" / name, "test")}
            family = family_named(name)

            def shows(diff: str, answer: str, family=family, cases=cases) -> bool:
                return family.shows(cases[diff], answer)

            tried = read_tried(DATA / "answers" / "requests" / f"{name}.jsonl")
            metrics |= summarize(tried, name, shows if name in with_requests else None, params.seed)
            furthest[family.is_benign] += [each.furthest[0].nats for each in tried]
            metrics["n_candidates"] = tried[0].n_candidates
        if all(furthest.values()):
            metrics |= auroc(furthest[False], furthest[True], params.seed)
        write_metrics("eval_requests", metrics)
        run.metrics(metrics)
    print(", ".join(f"{name} {metrics[f'{name}_first']:.0%}" for name in params.families if name in with_requests))


if __name__ == "__main__":
    stage.run_stage(main)
