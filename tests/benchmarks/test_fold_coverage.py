"""The benchmark of cross-validated intervals: what it draws, and where its table goes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.fold_coverage import CLAIMS, SIZES, Drawn, Size, _of_folds, coverage_table, draw_study


def test_a_study_judges_every_training_image_once_with_every_seed():
    drawn = draw_study(Size(images=24, seeds=2, folds=3), number=0, truth_seeds=2, epochs=1)
    assert drawn.right.shape == (3, 2, 24)
    assert np.bincount(drawn.fold).tolist() == [8, 8, 8]
    assert drawn.truth[0] == drawn.truth[1]
    assert ((drawn.truth > 0) & (drawn.truth < 1)).all()
    assert isinstance(drawn, Drawn)


def test_the_correction_for_overlap_is_that_of_nadeau_and_bengio():
    figures = np.array([0.1, 0.2, 0.3, 0.2])
    low, high = _of_folds(figures, 1 / 4 + 1 / 3)
    assert (low + high) / 2 == pytest.approx(0.2)
    assert (high - low) / 2 == pytest.approx(3.182446 * (7 / 12 * figures.var(ddof=1)) ** 0.5)  # t of 3 degrees


def test_the_table_has_every_claim_and_a_place_on_the_page():
    found = {size: dict.fromkeys(CLAIMS, (0.95, 0.02)) for size in SIZES}
    lines = coverage_table(found).splitlines()
    assert len(lines) == 2 + len(CLAIMS)
    assert lines[2].count(" 0.950 ± 0.020 |") == len(SIZES)
    page = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text(encoding="utf-8")
    assert page.count("<!-- folds:start -->") == page.count("<!-- folds:end -->") == 1
