"""The report as one HTML page without scripts or links to other files, and as Markdown."""

import re

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from weightscribe.report.content import Report, Section

BOLD, INTERVAL = re.compile(r"\*\*(.+?)\*\*"), re.compile(r" (\[[^\[\]]*\])$")


def html(report: Report) -> str:
    """The page. What models said is escaped, and nothing in it is read as markup."""
    environment = Environment(
        loader=PackageLoader("weightscribe.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["marked"] = marked
    return environment.get_template("report.html").render(report=report)


def marked(cell: str) -> Markup:
    """One of our own cells, escaped: bold words, and the interval in small print on a line of its own."""
    text = BOLD.sub(r"<strong>\1</strong>", str(escape(cell)))
    return Markup(INTERVAL.sub(r" <small>\1</small>", text))


def markdown(report: Report, page: str) -> str:
    """The same in Markdown, which cannot hold drawings: their numbers are in its tables.

    page  file name of the HTML page, for links to its plots
    """
    parts = [f"# {report.title}", report.headline, report.first_look.markdown(), f"> {report.caution}"]
    for section in report.sections:
        parts += [f"## {section.title}", section.text, *_tables(section)]
        parts += [f"Plot: [{plot.caption}]({page}#plot-{plot.name})" for plot in section.plots]
    return "\n\n".join(parts) + "\n"


def _tables(section: Section) -> list[str]:
    beside = (
        [f"**Beside the paper's: another model, another scale**\n\n{section.beside.markdown()}"]
        if section.beside
        else []
    )
    return [table.markdown() for table in section.tables] + beside
