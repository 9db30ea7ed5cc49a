from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from classlab.analysis.table import aligned
from classlab.records import Figures
from classlab.studies.runs.run_table import (
    figures_rows,
    html_table,
    mean_and_spread,
    seed_rows,
    summary,
    table_rows,
)


@pytest.fixture
def records(trained):
    def record(seed: int, loss: float, accuracy: float):
        figures = Figures(images=1000, loss=loss, accuracy=accuracy)
        return replace(
            trained.record,
            spec=replace(trained.record.spec, seed=seed),
            training=figures,
            validation=figures,
            test=figures,
        )

    return [record(0, 0.5, 0.9), record(1, 0.3, 0.8), record(2, 0.1, 0.7)]


def test_the_loss_of_a_run_that_diverges_is_no_wall_of_digits(records):
    large = replace(records[0], test=Figures(images=1000, loss=55191570079681953792.0, accuracy=0.1))
    assert table_rows([large])[3] == ("test", "1,000", "5.52e19", "0.1000")
    assert table_rows([large, large])[3][2] == "5.52e19 ± 0.0000"


def test_one_run_is_shown_with_its_figures(records):
    assert aligned(table_rows(records[:1])) == (
        "split       images    loss  accuracy\n"
        "training     1,000  0.5000    0.9000\n"
        "validation   1,000  0.5000    0.9000\n"
        "test         1,000  0.5000    0.9000"
    )


def test_several_runs_are_shown_with_mean_and_spread(records):
    assert table_rows(records)[3] == ("test", "1,000", "0.3000 ± 0.2000", "0.8000 ± 0.1000")
    assert seed_rows(records)[2] == ("1", "finished", "3", "0.8000", "0.8000", "0.8000")


def test_runs_without_figures_leave_the_mean_alone(records):
    bad = replace(records[0], training=None, validation=None, test=None, state="diverged")
    assert table_rows([*records[1:], bad])[3][3] == "0.7500 ± 0.0707"
    assert table_rows([bad])[1] == ("training", "-", "-", "-")
    assert seed_rows([bad])[1] == ("0", "diverged", "3", "-", "-", "-")
    assert summary([bad]) == {}


def test_validation_on_the_test_images_is_named_as_such(records):
    spec = replace(records[0].spec, data=replace(records[0].spec.data, validation="test"))
    assert table_rows([replace(records[0], spec=spec)])[2][0] == "validation (= test)"


def test_the_spread_is_the_sample_standard_deviation():
    values = np.random.default_rng(0).random(7)
    mean, spread = mean_and_spread(values.tolist())
    assert mean == pytest.approx(values.mean())
    assert spread == pytest.approx(values.std(ddof=1))
    assert mean_and_spread([0.25]) == (0.25, None)


def test_the_summary_counts_runs_and_images(records):
    found = summary(records)["test"]
    assert (found["images"], found["runs"]) == (1000, 3)
    assert found["accuracy_mean"] == pytest.approx(0.8)
    assert found["loss_sd"] == pytest.approx(0.2)


def test_names_cannot_break_out_of_the_html(records):
    data = replace(records[0].spec.data, name="<script>alert(1)</script>")
    html = html_table([replace(records[0], spec=replace(records[0].spec, data=data))])
    assert "<script>" not in html


def test_top_k_has_a_column_of_its_own():
    figures = Figures(images=10, loss=1.0, accuracy=0.5, top_k_accuracy=0.75)
    assert figures_rows({"x": figures}, top_k=3) == [
        ("split", "images", "loss", "accuracy", "top-3"),
        ("x", "10", "1.0000", "0.5000", "0.7500"),
    ]
