from __future__ import annotations

from dataclasses import replace
from statistics import fmean, stdev

import pytest
from classlab.studies.ranked_arms import ranked_arms
from classlab.studies.study_table import StudyTable, html_of, plain_rows, study_table, text_rows
from classlab.studies.study_verdict import confirmation_verdict, verdict
from scipy.stats import t
from study_records import made_run, made_study

from classlab.records import from_json, to_json

GOOD, FAIR, POOR = [0.90, 0.91, 0.92, 0.91], [0.905, 0.90, 0.93, 0.90], [0.50, 0.52, 0.51, 0.50]


def test_arms_come_best_first_with_mean_spread_interval_and_gap(trained):
    table = study_table(made_study(trained.record, {"poor": POOR, "good": GOOD}))
    assert [row.name for row in table.rows] == ["good", "poor"]
    best = table.rows[0]
    low, high = t.interval(0.95, 3, loc=fmean(GOOD), scale=stdev(GOOD) / 2)
    assert best.validation.mean == pytest.approx(fmean(GOOD))
    assert best.validation.interval == pytest.approx((low, high))
    assert best.test.mean == pytest.approx(fmean(GOOD) - 0.01)
    assert best.gap.gap == pytest.approx(0.01)
    assert (best.position, best.states, best.settings) == (1, {"finished": 4}, {"epochs": 2})


def test_runs_that_failed_are_left_out_and_counted(trained):
    table = study_table(made_study(trained.record, {"a": [0.9, None, 0.8, 0.7], "b": [None] * 4}))
    assert table.rows[0].validation.mean == pytest.approx(0.8)
    assert (table.rows[0].validation.n, table.rows[0].states) == (3, {"finished": 3, "failed": 1})
    assert text_rows(table)[2] == ("b", "-", "-", "-", "-", "0", "4 failed")


def test_a_study_may_rank_by_loss(trained):
    table = study_table(made_study(trained.record, {"a": GOOD, "b": POOR}, select="val_loss"))
    assert table.ranking.margin == 0.0
    assert [row.name for row in table.rows] == ["a", "b"]  # the higher accuracy has the lower loss
    assert text_rows(table)[0][1] == "val loss"
    assert text_rows(table)[1][1] == "0.0900 ± 0.0082"


def test_a_table_shows_itself(trained):
    table = study_table(made_study(trained.record, {"<b>bold": GOOD, "poor": POOR}))
    assert str(table).splitlines()[1] == (
        "<b>bold  0.9100 ± 0.0082  0.8970 .. 0.9230  0.9000 ± 0.0082  +0.0100  4  4 finished"
    )
    html = table._repr_html_()
    assert "&lt;b&gt;bold" in html
    assert "<b>" not in html
    assert "<caption>a &amp; b</caption>" in html_of(table, caption="a & b")
    assert from_json(StudyTable, to_json(table), where="table") == table


def test_plain_rows_are_flat(trained):
    rows = plain_rows(study_table(made_study(trained.record, {"a": GOOD, "b": FAIR, "c": POOR})))
    assert [(row["rank"], row["arm"], row["epochs"], row["tied_with_best"], row["runs_finished"]) for row in rows] == [
        (1, "a", 1, True, 4),
        (2, "b", 2, True, 4),
        (3, "c", 3, False, 4),
    ]
    assert rows[0]["validation_low"] < rows[0]["validation_mean"] < rows[0]["validation_high"]


@pytest.mark.parametrize(
    ("figures", "order"),
    [
        ({"a": [0.5, 0.6], "b": [0.9, 0.8]}, [1, 0]),
        ({"a": [0.9, None], "b": [0.5, 0.6]}, [1, 0]),
        ({"a": [None, None], "b": [0.5, None], "c": [0.6, None]}, [2, 1, 0]),
        ({"a": [0.5, 0.5], "b": [0.5, 0.5]}, [0, 1]),
    ],
)
def test_an_arm_with_a_bad_run_does_not_come_first(trained, figures, order):
    study = made_study(trained.record, figures)
    assert ranked_arms(study.spec, study.runs) == order
    by_loss = replace(study.spec, select="val_loss")
    assert ranked_arms(by_loss, study.runs) == order


def test_a_diverged_run_does_not_count_by_its_last_good_epoch(trained):
    study = made_study(trained.record, {"a": [0.9, 0.9], "b": [0.5, 0.5]})
    diverged = tuple(replace(run, state="diverged") if run.spec.epochs == 1 else run for run in study.runs)
    assert ranked_arms(study.spec, diverged) == [1, 0]


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        ({"a": GOOD}, "'a' comes first with a validation accuracy of 0.9100 over 4 seeds."),
        (
            {"a": GOOD, "b": POOR},
            "'a' comes first with a validation accuracy of 0.9100 over 4 seeds. It is better than 'b'.",
        ),
        (
            {"a": GOOD, "b": [0.8999, 0.9101, 0.9199, 0.91], "c": POOR},
            "'a' comes first with a validation accuracy of 0.9100 over 4 seeds. It is practically equal to 'b' and is "
            "better than 'c'.",
        ),
        (
            {"a": GOOD, **{f"p{n}": [each - 0.01 * n for each in POOR] for n in range(4)}},
            "'a' comes first with a validation accuracy of 0.9100 over 4 seeds. It is better than all 4 other arms.",
        ),
        (
            {"a": [0.9], "b": [0.8]},
            "'a' comes first with a validation accuracy of 0.9000 over 1 seed. It cannot be told apart from 'b'.",
        ),
        ({"a": [None], "b": [None]}, "No run ended well, so there is nothing to compare."),
    ],
)
def test_the_verdict_says_how_the_first_arm_stands_to_the_others(trained, figures, sentence):
    assert verdict(study_table(made_study(trained.record, figures))) == sentence


def test_the_verdict_says_how_many_seeds_would_tell(trained):
    table = study_table(made_study(trained.record, {"a": GOOD, "b": FAIR}))
    needed = table.ranking.comparison(0, 1).seeds_needed
    assert verdict(table).endswith(f"It cannot be told apart from 'b' (about {needed} seeds would tell).")


def test_a_confirmation_compares_the_fresh_seeds(trained):
    study = made_study(trained.record, {"a": GOOD, "b": POOR})
    fresh = [
        made_run(trained.record, arm.run_spec(seed), accuracy)
        for arm, accuracies in zip(study.spec.arms, ([0.8, 0.81, 0.82], [0.6, 0.61, 0.6]), strict=True)
        for seed, accuracy in zip((7, 8, 9), accuracies, strict=True)
    ]
    assert confirmation_verdict(study) == ""
    assert confirmation_verdict(replace(study, confirmation=tuple(fresh))) == (
        "On 3 fresh seeds, 'a' is better than 'b': 0.8100 against 0.6033."
    )
    assert confirmation_verdict(replace(study, confirmation=tuple(fresh[:3]))) == (
        "On 3 fresh seeds, 'a' has a validation accuracy of 0.8100."
    )
