"""The table of a terminal, of a notebook and of pandas."""

from __future__ import annotations

import pandas as pd
import pytest
from made_studies import made_study

from classlab.analysis import analyse
from classlab.analysis.table import html_of, plain_rows, table_note, text_rows

GOOD, FAIR, POOR = (0.90, 0.91, 0.92, 0.91), (0.905, 0.90, 0.93, 0.90), (0.50, 0.52, 0.51, 0.50)
ARMS = {"poor": POOR, "good": GOOD, "fair": FAIR}


def test_arms_come_best_first_with_the_figures_of_the_analysis():
    found = analyse(made_study(ARMS))
    header, *rows = text_rows(found)
    assert header == ("arm", "val accuracy", "interval", "test accuracy", "interval", "gap", "best?", "n", "runs")
    assert [(row[0], row[6]) for row in rows] == [("good", "may be"), ("fair", "may be"), ("poor", "no")]
    low, high = found.first.score.interval
    assert rows[0][1:3] == ("0.9100 ± 0.0082", f"{low:.4f} .. {high:.4f}")
    assert rows[0][3] == "0.9000 ± 0.0082"
    assert rows[0][5:] == ("+0.0400", "may be", "4", "4 finished")


def test_a_study_by_loss_shows_the_interval_of_the_loss():
    found = analyse(made_study(ARMS, select="val_loss"))
    header, first, *_ = text_rows(found)
    assert header[1:5] == ("val loss", "interval", "val accuracy", "test accuracy")
    low, high = found.first.score.interval
    assert first[1:4] == ("0.0900 ± 0.0082", f"{low:.4f} .. {high:.4f}", "0.9100 ± 0.0082")


def test_an_arm_without_a_figure_has_dashes():
    *_, last = text_rows(analyse(made_study({"a": (0.9, 0.8), "b": (None, None)})))
    assert last == ("b", "-", "-", "-", "-", "-", "-", "0", "2 failed")


def test_one_arm_is_not_asked_whether_it_is_the_best():
    found = analyse(made_study({"a": (0.9, 0.8)}))
    assert "best?" not in text_rows(found)[0]
    assert "Best?" not in table_note(found)


@pytest.mark.parametrize(
    ("options", "interval"),
    [
        ({}, "Each 95 % interval holds by itself, for other seeds and other images."),
        (
            {"outcomes": False, "confidence": 0.9},
            "Each 90 % interval holds by itself, for other seeds on these very images.",
        ),
        (
            {"given": ("good", "fair", "poor")},
            "Each 95 % interval holds by itself, for other orders of the batches and other images, from these very "
            "weights.",
        ),
        ({"given": ("poor",)}, "Each 95 % interval holds by itself."),
    ],
)
def test_the_note_says_what_the_intervals_hold_for(options, interval):
    assert table_note(analyse(made_study(ARMS, **options))) == (
        f"Mean ± standard deviation over seeds. {interval} Gap: training minus test accuracy. Best?: whether the arm "
        "may "
        "be the best of all."
    )


def test_the_note_speaks_of_what_is_there():
    assert table_note(analyse(made_study({"a": (0.9,)}))) == (
        "Each 95 % interval holds by itself, for other images and this very network. Gap: training minus test accuracy."
    )
    assert table_note(analyse(made_study({"a": (None,)}))) == "Gap: training minus test accuracy."


def test_plain_rows_make_a_table_in_pandas():
    found = analyse(made_study(ARMS))
    table = pd.DataFrame(plain_rows(found)).set_index("arm")
    assert list(table.index) == ["good", "fair", "poor"]
    assert list(table["rank"]) == [1, 2, 3]
    assert list(table["may_be_best"]) == [True, True, False]
    assert table.loc["good", "validation_mean"] == pytest.approx(0.91)
    assert table.loc["good", "validation_low"] < 0.91 < table.loc["good", "validation_high"]
    assert table.loc["poor", "behind_first"] == pytest.approx(0.91 - 0.5075)
    assert table.loc["poor", "behind_first_low"] > 0
    assert table.loc["poor", "first_is"] == "better"
    assert table.loc["fair", "learning_rate"] == pytest.approx(0.3)
    assert table.loc["good", "runs_finished"] == 4
    assert pd.isna(table.loc["good", "behind_first"])
    assert "loss_mean" not in table


def test_plain_rows_of_a_study_by_loss_have_the_loss_and_count_what_is_behind():
    rows = plain_rows(analyse(made_study(ARMS, select="val_loss")))
    assert rows[0]["loss_mean"] == pytest.approx(0.09)
    assert rows[2]["behind_first"] == pytest.approx(0.91 - 0.5075)  # higher by so much, which is worse
    assert 0 < rows[2]["behind_first_low"] < rows[2]["behind_first"] < rows[2]["behind_first_high"]


def test_names_stay_text_in_a_notebook():
    html = html_of(analyse(made_study({"<b>bold": GOOD, "poor": POOR}, question="Is a < b?")))
    assert "&lt;b&gt;bold" in html
    assert "<b>" not in html
    assert "<caption>Is a &lt; b?</caption>" in html
    assert "<caption>a study</caption>" in html_of(analyse(made_study({"a": GOOD})))
