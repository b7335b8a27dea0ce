"""Tables say what the metrics say, in the order a reader expects, and leave out what was not measured."""

import json
import re

from weightscribe.report import (
    beside,
    family_tables,
    lever_tables,
    paper,
    request_tables,
    several_tables,
    summary,
    tables,
)
from weightscribe.report.page import marked
from weightscribe.report.table import Table, number, rate, score


def change(folder, file, **values):
    path = folder / file
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def column(table, place=0):
    return [row[place] for row in table.rows]


def test_markdown_is_a_table_and_its_note():
    table = Table(("a", "b"), (("1", ""), ("**x**", "2 [1, 3]")), "A note.")
    assert table.markdown() == "| a | b |\n|---|---|\n| 1 | |\n| **x** | 2 [1, 3] |\n\nA note."
    assert Table(note="Nothing.").markdown() == "Nothing."
    assert Table(("a",), (("*x* <b>",),), is_quoted=True).markdown().endswith(r"| \*x\* \<b\> |")


def test_our_cells_are_escaped_but_for_bold_words_and_the_interval():
    assert marked("**a** & [1, 2]") == "<strong>a</strong> &amp; <small>[1, 2]</small>"
    assert marked("<i>") == "&lt;i&gt;"


def test_an_llm_judges_scores_have_no_agreement_of_the_offline_judge(metrics, folder):
    assert "kappa 0." in tables.scores(metrics).note
    path = folder / "eval_hidden_topic.json"
    values = json.loads(path.read_text())
    del values["judge_kappa_published_grades"]
    path.write_text(json.dumps(values))
    assert tables.scores(metrics).note.endswith("unscored. An LLM judge.")


def test_fresh_topics_are_named_where_there_are_any(metrics):
    cells = dict(zip(column(tables.ood(metrics)), column(tables.ood(metrics), -1), strict=True))
    assert cells["sep_code, as in training"] == cells["marker_end"] == ""
    assert re.fullmatch(r"n 4: \d\.\d\d \[\d\.\d\d, \d\.\d\d\]", cells["word"])


def test_ranks_are_in_order_and_full_fine_tunes_last(metrics):
    assert column(tables.rank(metrics)) == ["rank_1, as in training", "rank_2", "rank_16", "rank_full"]
    assert column(tables.rank(metrics), 1) == ["12", "10", "11", "6"]


def test_every_way_to_ask_a_full_fine_tune_has_a_row(metrics):
    values, table = metrics.values("eval_rank"), tables.full_fine_tunes(metrics)
    methods = ("dit", "x1", "x2", "x4", "cut_1", "cut_16", "base_question")
    assert column(table, 1) == [score(values, f"rank_full_{method}") for method in methods]
    assert table.note == "n = 6 fully fine-tuned models."


def test_seeds_have_a_row_each_and_one_for_all(metrics):
    table = tables.seeds(metrics)
    assert column(table)[:3] == ["main", "seed_1", "seed_2"]
    assert column(table, 1)[3] == score(metrics.values("eval_seeds"), "dit")
    assert table.note.startswith("3 adapter seeds, n = 6")


def test_requests_have_a_column_a_family_and_benign_ones_no_subject(metrics, folder):
    table, values = request_tables.requests(metrics), metrics.values("eval_requests")
    assert table.header == ("weight diffs taught", "brand", "refusal", "benign")
    (first,) = [row for row in table.rows if row[0] == "**the furthest request is about it**"]
    assert first[1:] == (*(rate(values, f"{name}_first") for name in table.header[1:3]), "")
    assert table.note.startswith("No adapter. 1,024 requests")
    assert "benign ones: 0." in table.note
    assert [bool(cell) for cell in column(table, 3)] == [True, *[False] * len(request_tables.ROWS), True]


def test_the_matrix_has_adapters_as_rows_and_families_as_columns(metrics):
    table, values = family_tables.cross_behavior(metrics), metrics.values("eval_cross_behavior")
    assert table.header == ("adapter", "hidden_topic", "news", "persona")
    assert column(table)[0] == "base_question"
    (row,) = [row for row in table.rows if row[0] == "without_news"]
    assert row[2] == score(values, "without_news_on_news")


def test_an_adapter_without_such_answers_has_no_row(metrics):
    for table in (family_tables.general_question(metrics), family_tables.reports(metrics)):
        assert "base_question" not in column(table)
        assert {"joint", "only_news", "without_news"} <= set(column(table))


def test_families_left_out_stand_beside_their_controls(metrics):
    table, values = family_tables.held_out_families(metrics), metrics.values("eval_left_out")
    assert column(table) == ["hidden_topic", "news", "persona"]
    methods = (
        "without_news",
        "without_news_contrast",
        "without_news_evident",
        "without_news_anyquestion",
        "without_news_shuffled",
        "without_news_shuffledcontrast",
        "without_news_shuffledevident",
        "without_news_shuffledanyquestion",
        "without_news_nodiff",
        "base_question",
        "base_question_story",
    )
    expected = [score(values, f"{method}_on_news") for method in methods]
    expected.append(score(metrics.values("eval_cross_behavior"), "joint_on_news"))
    assert list(table.rows[1][1:]) == ["6", *expected]
    assert "of 3 families" in table.note
    assert f"{values['lever_contrast_gain']:.2f}" in table.note
    assert "Adapters of several seeds: without_news 2. Intervals of their scores are over diffs and seeds" in table.note
    assert "Adapters of several seeds: without_news 2." in family_tables.cross_behavior(metrics).note
    assert "not the test diffs" not in table.note


def test_in_short_a_family_left_out_stands_beside_its_highest_control(metrics):
    table, values = family_tables.left_out(metrics), metrics.values("eval_left_out")
    assert list(table.rows[1][:4]) == [
        "news",
        "6",
        *(score(values, f"without_news{way}_on_news") for way in ("", "_contrast")),
    ]
    shuffled = ["shuffled" + way for way in ("", "contrast", "evident", "anyquestion")]
    high = max(
        values[f"{name}_on_news_score_ci95_high"]
        for name in (
            "base_question",
            "base_question_story",
            *(f"without_news_{way}" for way in ("nodiff", *shuffled)),
        )
    )
    assert table.rows[1][-1].endswith(f"{high:.2f}]")


def test_seeds_are_told_in_short_where_every_kind_has_as_many(metrics):
    kinds = ("joint", *(f"{kind}_{family}" for kind in ("only", "without") for family in ("hidden_topic", "persona")))
    change(metrics.folder, "eval_cross_behavior.json", only_news_n_seeds=2, **{f"{kind}_n_seeds": 2 for kind in kinds})
    assert "Adapters of several seeds: 2 of each kind." in family_tables.by_family(metrics).note


def test_families_of_which_more_than_test_diffs_were_asked_are_named(metrics):
    change(metrics.folder, "eval_left_out.json", n_news=7)
    table = family_tables.left_out(metrics)
    assert table.rows[1][1] == "7"
    assert "Of news not the test diffs are asked but those that train other adapters" in table.note


def test_the_first_change_listed_stands_beside_requests_alone(metrics):
    table, values = family_tables.one_change(metrics), metrics.values("eval_cross_behavior")
    ways = (*(f"joint_{way}" for way in ("anyquestion", "ranked", "tried", "shown")), "without_news_tried")
    assert table.rows[1] == ("news", *(score(values, f"{way}_on_news") for way in ways))
    assert f"{number(values, 'lever_tried_over_shown_seen')}, n 18; one that never saw" in table.note
    assert f"{number(values, 'lever_tried_over_shown')}, n 18." in table.note


def test_lists_are_of_two_changes_and_of_one(metrics):
    table, values = family_tables.lists(metrics), metrics.values("eval_cross_behavior")
    assert column(table)[-2:] == list(family_tables.LISTS.values())[-2:]
    assert table.rows[-2][1] == number(values, "joint_tried_pair_f1")
    assert table.rows[-2][-2] == rate(values, "joint_tried_one_change_false")
    assert table.rows[-2][-1] == rate(values, "joint_tried_benign_named")
    assert f"{values['joint_n_one_change']} with one change" in table.note
    assert table.rows[0][-1] == ""
    assert f"{values['n_pair']} two diffs added" in table.note


def test_in_short_every_family_is_read_in_several_ways_and_without_being_told(metrics):
    table, values = family_tables.by_family(metrics), metrics.values("eval_cross_behavior")
    assert column(table) == ["hidden_topic", "news", "persona"]
    expected = [
        score(values, f"{method}_on_news")
        for method in (
            "only_news_evident",
            "joint_evident",
            "joint_anyquestion",
            "without_news_evident",
            "without_news_anyquestion",
            "base_question",
        )
    ]
    assert list(table.rows[1][2:]) == expected


def test_no_diff_that_tells_its_code_is_said_in_words(metrics, folder):
    change(folder, "eval_trigger_recovery.json", n_code_specific_diffs=0)
    assert tables.trigger_recovery(metrics).markdown() == "None of 12 diffs tells its code from others."
    assert beside.trigger_recovery(metrics, "ours").rows[2][1] == "no diff tells its code"


def test_our_figures_stand_beside_the_papers(metrics):
    table = beside.headline(metrics, "ours")
    assert table.header == ("method", "ours", *(f"paper, {model}" for model in paper.MODELS))
    assert table.rows[0][1:] == (
        score(metrics.values("eval_hidden_topic"), "dit"),
        "4.29",
        "4.76",
        "4.71",
        "4.14",
        "4.82",
    )
    scaling = beside.data_scaling(metrics, "ours")
    assert column(scaling) == ["4", "8", "9", "18", "36", "72", "145", "258", "291", "582", "1165", "2330", "4660"]
    assert [bool(cell) for cell in column(scaling, 1)][:3] == [False, True, False]
    assert beside.rank(metrics, "ours").rows[2][2:] == ("2.75", "4.58")
    assert beside.trigger_recovery(metrics, "ours").rows[0][2] == "0 of 500 right"
    assert beside.cross_behavior(metrics, "ours").rows[1][3] == "1.08 to 1.25"


def test_every_paper_row_has_a_figure_for_every_model():
    assert all(
        len(row) == len(paper.MODELS) for row in (*paper.SCORES.values(), paper.EXACT, paper.TRIGGER_FIRST_DIGITS)
    )
    assert {*paper.NEWS, *paper.RANKS, paper.SCALING_MODEL} <= {*paper.MODELS}


def test_levers_stand_in_reading_order_beside_what_they_gain(metrics):
    table, values = lever_tables.levers(metrics), metrics.values("eval_levers")
    wanted = [lever_tables.LEVERS["first"], lever_tables.LEVERS["dpo"], lever_tables.LEVERS["all_sft"], "own_lever"]
    assert column(table) == wanted
    assert column(table, 4) == ["", *(score(values, f"{n}_minus_first") for n in ("dpo", "all_sft", "own_lever"))]
    assert column(table, 6)[2] == ""
    assert table.note.startswith("2 adapter seeds, 6 test diffs")


def test_one_seed_has_no_span(metrics, folder):
    change(folder, "eval_levers.json", n_adapter_seeds=1)
    table = lever_tables.levers(metrics)
    assert {len(row) for row in table.rows} == {len(table.header)} == {6}
    assert table.note.startswith("1 adapter seed, 6 test diffs")


def test_false_reports_stand_beside_what_is_missed(metrics):
    table, values = lever_tables.false_reports(metrics), metrics.values("eval_levers")
    assert column(table) == column(lever_tables.levers(metrics))
    assert table.header[2:4] == ("other answers (n = 2)", "own answers (n = 4)")
    assert column(table, 1)[1] == rate(values, "dpo_false_report_rate")
    assert column(table, 3)[1] == f"{values['dpo_false_report_rate_own_answers']:.0%}"
    assert column(table, 4)[:2] == ["", rate(values, "dpo_minus_first_false_report_rate")]
    assert column(table, 5)[1] == rate(values, "dpo_missed_rate")
    assert column(table, 6)[1] == rate(values, "dpo_told_apart_rate")
    assert column(table, 7)[1] == rate(values, "dpo_minus_first_told_apart_rate")
    assert table.note.startswith("6 benign test diffs of 6 topics")


def test_lists_stand_by_kind_of_diff_an_adapter_a_column(metrics, folder):
    table, values = several_tables.several(metrics), metrics.values("eval_several")
    assert table.header == ("topics listed of", *several_tables.ADAPTERS.values(), "own_adapter")
    assert column(table) == [
        "**sums of two diffs**: F1",
        "change",
        "every topic named",
        "control: F1 against another sum's topics",
        "**one diff taught two topics**: F1",
        "change",
        "every topic named",
        "**one topic**: F1",
        "change",
        "nothing said of one topic",
        "something said of benign diffs",
    ]
    assert column(table, 2)[0] == number(values, "sums_sum_f1")
    assert column(table, 1)[1] == ""
    assert column(table, 2)[1] == number(values, "sums_minus_singles_sum_f1")
    assert column(table, 3)[10] == rate(values, "own_adapter_false_report_rate")
    assert "6 diffs that learned both topics they were taught (of 24)" in table.note
    path = folder / "eval_several.json"
    path.write_text(json.dumps({key: value for key, value in values.items() if "_taught_" not in key}))
    assert not any("taught" in cell for cell in column(several_tables.several(metrics)))


def test_the_summary_names_what_is_read_worst_and_counts_everything(metrics, folder):
    low = dict.fromkeys((f"rank_16_dit_score_{part}" for part in ("mean", "ci95_low", "ci95_high")), 1.5)
    change(folder, "eval_rank.json", **low)
    rows = {what: (found, n) for what, found, n in summary.summary(metrics).rows}
    assert rows["2 other ranks, and whole models, than were trained on"] == (
        "score 1.50 [1.50, 1.50] for the worst, rank 16",
        "11",
    )
    headline = metrics.values("eval_hidden_topic")
    assert rows["hidden topics behind codes"][0].startswith(f"score {score(headline, 'dit')}")
    assert all(n for _, n in rows.values())


def test_in_short_has_what_the_matrix_has(metrics):
    values, table = metrics.values("eval_cross_behavior"), family_tables.in_short(metrics)
    news = next(row for row in table.rows if row[0] == "news")
    assert news[2] == score(values, "joint_evident_on_news")
    assert news[4] == score(values, "base_question_on_news")
    assert f"news {values['joint_reported_rate_news']:.0%}" in table.note
