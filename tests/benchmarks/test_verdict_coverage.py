"""The table of how often what classlab says is true."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from benchmarks.verdict_coverage import CLAIMS, _error, coverage_table


def test_a_row_has_every_rate_with_its_error():
    found = {(5, 3000): dict.fromkeys(CLAIMS, (190, 200, 0.0123)), (2, 100): dict.fromkeys(CLAIMS, (100, 200, 0.05))}
    head, _, first, second = coverage_table(found).splitlines()
    assert head.startswith("| seeds x images | an arm's interval holds its accuracy |")
    assert first == "| 2 x 100 |" + " 0.500 ± 0.050 |" * len(CLAIMS)
    assert second == "| 5 x 3,000 |" + " 0.950 ± 0.012 |" * len(CLAIMS)


def test_the_error_of_a_rate_is_that_of_studies_and_not_of_what_each_says_ten_times():
    by_study = np.random.default_rng(0).random(400) < 0.9
    tenfold = np.repeat(by_study, 10).tolist()
    assert _error(tenfold, 400) == pytest.approx(1.96 * by_study.std(ddof=1) / 20)
    low, high = stats.binomtest(400, 400).proportion_ci(method="wilson")
    assert _error([True] * 4000, 400) == pytest.approx((high - low) / 2)


def test_the_page_has_a_place_for_the_table():
    text = (Path(__file__).parents[2] / "docs" / "evidence" / "statistics.md").read_text(encoding="utf-8")
    start, end = "<!-- coverage:start -->", "<!-- coverage:end -->"
    assert text.count(start) == text.count(end) == 1
    assert text.index(start) < text.index(end)
