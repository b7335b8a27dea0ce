"""The page holds every number of every table, is the same for the same metrics, and escapes what models said."""

import re
from html.parser import HTMLParser

import pytest

from weightscribe.errors import DataFileError
from weightscribe.report import page
from weightscribe.report.content import collect
from weightscribe.report.metrics import Metrics

TITLE, MODEL = "A report <of> metrics", "SmolLM2-135M"


def report_on(metrics):
    return collect(metrics, TITLE, MODEL)


class Text(HTMLParser):
    """The words of a page, without its style; and whether its tags close in order."""

    VOID = ("meta", "br", "link")

    def __init__(self):
        super().__init__()
        self.open, self.words, self.ids, self.tags = [], [], [], set()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.ids += [value for name, value in attributes if name == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)


def read(html):
    parser = Text()
    parser.feed(html)
    parser.close()
    assert not parser.open
    return parser


def plain(text):
    return re.sub(r"\s+", " ", text.replace("**", "")).strip()


def test_the_page_and_the_markdown_hold_every_cell_of_every_table(metrics):
    report = report_on(metrics)
    shown = plain("".join(read(page.html(report)).words))
    written = page.markdown(report, "report.html")
    tables = [table for section in report.sections for table in (*section.tables, section.beside) if table]
    assert len(tables) == 29
    for table in tables:
        assert table.header
        assert len(table.rows) > 0
        assert {len(row) for row in table.rows} == {len(table.header)}
        assert table.markdown() in written
        for cell in (*table.header, *(cell for row in table.rows for cell in row), table.note):
            assert plain(cell) in shown


def test_the_first_screen_holds_headline_first_look_and_that_the_paper_is_another_model(metrics):
    report = report_on(metrics)
    top = page.html(report).split("<main>")[0]
    assert f"{metrics.values('eval_hidden_topic')['dit_score_mean']:.2f}" in report.headline
    assert report.headline in top
    assert "another model and another scale" in report.caution
    assert top.count("<tr>") == 1 + len(report.first_look.rows) == 7


def test_same_metrics_same_bytes(metrics, folder, monkeypatch):
    first, again = report_on(metrics), report_on(Metrics(folder))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    later = report_on(Metrics(folder))
    assert page.html(first) == page.html(again) == page.html(later)
    assert page.markdown(first, "report.html") == page.markdown(again, "report.html")


def test_what_models_say_does_not_become_markup(metrics):
    report = report_on(metrics)
    html, markdown = page.html(report), page.markdown(report, "report.html")
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; **loud** [link](http://x) &amp; co" in html
    assert r"\<script\>alert('x')\</script\> \*\*loud\*\* \[link\](http://x) \& co" in markdown
    assert "script" not in read(html).tags
    assert "A report &lt;of&gt; metrics" in html


def test_the_page_needs_no_script_and_no_network(metrics):
    html = page.html(report_on(metrics))
    parser = read(html)
    assert not parser.tags & {"script", "link", "img", "iframe", "object"}
    assert not re.search(r"""(src|href)\s*=\s*["'](?!#)""", html)
    assert "@import" not in html
    assert len(parser.ids) == len(set(parser.ids))
    assert html.count("<svg") == 7


def test_links_of_the_markdown_lead_to_plots_of_the_page(metrics):
    report = report_on(metrics)
    ids = read(page.html(report)).ids
    links = re.findall(r"\(report\.html#([\w-]+)\)", page.markdown(report, "report.html"))
    assert len(links) == 7
    assert set(links) <= set(ids)


def test_a_missing_metrics_file_is_named(folder):
    files = sorted(path.relative_to(folder) for path in folder.rglob("*.*") if path.is_file())
    assert len(files) == 29
    for file in files:
        content = (folder / file).read_bytes()
        (folder / file).unlink()
        with pytest.raises(DataFileError, match=rf"{re.escape(str(file))} is missing. Run `dvc repro`."):
            report_on(Metrics(folder))
        (folder / file).write_bytes(content)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("eval_rank.json", "{}", "eval_rank.json has no 'n_rank_1'"),
        ("eval_seeds.json", "{", "eval_seeds.json is no JSON"),
        ("first_look.md", "| a | b |\n|---|---|\n| c |\n", "first_look.md is no table of 2 columns"),
    ],
)
def test_an_unusable_metrics_file_is_named(folder, file, content, message):
    (folder / file).write_text(content)
    with pytest.raises(DataFileError, match=message):
        report_on(Metrics(folder))
