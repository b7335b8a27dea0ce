"""Fit the offline judge's calibrations on published grades and measure their agreement.

    python scripts/fit_judge_calibration.py data/judge_grades data/judge_model \
        src/weightscribe/judge/calibrations

The grades are described in data/judge_grades/README.md. A table is fitted on all grades; the
agreement in its provenance is out of fold: the same fit, each grade predicted without any grade
of its target.
"""

import argparse
import datetime
import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from weightscribe.errors import WeightscribeError
from weightscribe.judge.agreement import measure_agreement, read_grades
from weightscribe.judge.calibration import Calibration
from weightscribe.judge.embedding import SentenceEmbedder
from weightscribe.judge.exact import exact_match
from weightscribe.judge.offline import answer_similarities

TABLES = {"topics": "topics.csv", "summaries": "summaries.csv"}
SOURCE = "1-5 grades by o4-mini, released with Diff Interpretation Tuning (ICLR 2026, arXiv 2510.05092)"


def main() -> None:
    arguments = parse_arguments()
    embedder = SentenceEmbedder(arguments.judge_model)
    for name, filename in TABLES.items():
        grades_file = arguments.grades_folder / filename
        targets, answers, grades = read_grades(grades_file)
        similarities = answer_similarities(embedder, targets, answers)
        agreement = measure_agreement(np.array(targets), similarities, grades, arguments.seed, arguments.n_bootstrap)
        exact = [exact_match(t, a) for t, a in zip(targets, answers, strict=True)]
        provenance = {
            "source": SOURCE,
            "license": "MIT",
            "date": arguments.date,
            "grades_sha256": hashlib.sha256(grades_file.read_bytes()).hexdigest(),
            "embedding_model": "sentence-transformers/all-MiniLM-L6-v2",
            "embedding_model_sha256": embedder.weights_sha256(),
            "n_exact_matches": sum(exact),
            "exact_match_grade_mean": float(grades[exact].mean()) if any(exact) else None,
            **agreement,
        }
        calibration = replace(Calibration.fit(similarities, grades), provenance=provenance)
        calibration.save(arguments.output / f"{name}.json")
        print(f"{name}: {len(calibration.grades)} knots")
        for key in sorted(agreement):
            print(f"  {key}: {agreement[key]}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("grades_folder", type=Path, help="topics.csv, summaries.csv")
    parser.add_argument("judge_model", type=Path, help="folder of all-MiniLM-L6-v2")
    parser.add_argument("output", type=Path, help="folder for topics.json and summaries.json")
    parser.add_argument("--seed", type=int, default=0, help="of the folds and the bootstrap")
    parser.add_argument("--n-bootstrap", type=int, default=2000, help="resamples of the targets")
    parser.add_argument("--date", default=datetime.date.today().isoformat(), help="written to the provenance")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except WeightscribeError as error:
        raise SystemExit(f"{error}") from None
