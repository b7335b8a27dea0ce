"""Write every table and plot of the evaluation, beside the paper's figures, as one HTML page and as Markdown."""

from dataclasses import dataclass
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.params import load_params
from weightscribe.report import page
from weightscribe.report.content import collect
from weightscribe.report.metrics import Metrics
from weightscribe.storage import replacing

HTML, MARKDOWN = Path("metrics/report.html"), Path("metrics/report.md")


@dataclass(frozen=True)
class ReportParams:
    """Section `report` of params.yaml.

    model  what our model is called in columns beside the paper's
    """

    title: str
    model: str


def main() -> None:
    params = load_params("report", ReportParams)
    report = collect(Metrics(), params.title, params.model)
    for path, text in ((HTML, page.html(report)), (MARKDOWN, page.markdown(report, HTML.name))):
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    print(f"{HTML}: {len(report.sections)} sections")


if __name__ == "__main__":
    stage.run_stage(main)
