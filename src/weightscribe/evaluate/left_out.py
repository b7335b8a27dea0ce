"""How many behavior families an adapter reads that it never saw."""

from collections.abc import Sequence

from weightscribe.ask.family_methods import BASE_QUESTION, LEVERS, NO_DIFF, SHUFFLED, STORY
from weightscribe.dit.family_training import WITHOUT


def n_left_out_above_controls(metrics: dict, families: Sequence[str]) -> dict:
    """Of how many families an adapter that never saw them reads more than every control, intervals apart.

    `n_left_out_above_controls`, of `n_families_left_out`; with `_by_<lever>` as that lever answers, of
    `n_families_left_out_by_<lever>`. Controls: what is said of another diff, by the same lever, of no diff, and what M'
    answers without an adapter. Of several seeds each has to have its mean above them, too.
    Raises: KeyError for a control that was not asked.
    """
    left_out = [family for family in families if f"{WITHOUT}{family}_on_{family}_score_ci95_low" in metrics]
    if not left_out:
        return {}
    counts = {
        "n_families_left_out": len(left_out),
        "n_left_out_above_controls": sum(_is_above(metrics, family, "", (SHUFFLED,)) for family in left_out),
    }
    for lever, controls in LEVERS.items():
        if asked := [family for family in left_out if f"{WITHOUT}{family}_{lever}_on_{family}_score_mean" in metrics]:
            counts[f"n_families_left_out_by_{lever}"] = len(asked)
            counts[f"n_left_out_above_controls_by_{lever}"] = sum(
                _is_above(metrics, family, f"_{lever}", controls) for family in asked
            )
    return counts


def _is_above(metrics: dict, family: str, lever: str, controls: Sequence[str]) -> bool:
    own = f"{WITHOUT}{family}{lever}_on_{family}_score"
    names = [f"{WITHOUT}{family}_{control}_on_{family}" for control in (*controls, NO_DIFF)]
    names.append(f"{BASE_QUESTION}_on_{family}")
    if f"{(story := f'{BASE_QUESTION}_{STORY}_on_{family}')}_score_mean" in metrics:
        names.append(story)
    highest = max(metrics[f"{name}_score_ci95_high"] for name in names)
    lowest_mean = metrics.get(f"{own}_lowest_seed", metrics[f"{own}_mean"])
    return metrics[f"{own}_ci95_low"] > highest and lowest_mean > highest
