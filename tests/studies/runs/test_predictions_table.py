"""Predictions as a table."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from classlab.studies.runs.predictions_table import predictions_csv

pytestmark = pytest.mark.light


def test_a_row_has_the_classes_by_name_and_scores_that_lose_no_digit():
    scores = np.random.default_rng(0).random((5, 3)).astype(np.float32)
    text = predictions_csv(scores, np.array([0, 1, 2, 0, 1]), class_names=("=cat", "dog", "owl"))
    header, *rows = csv.reader(io.StringIO(text))
    assert header == ["image", "y_true", "y_pred", "p_=cat", "p_dog", "p_owl"]
    assert [row[:2] for row in rows] == [["0", "'=cat"], ["1", "dog"], ["2", "owl"], ["3", "'=cat"], ["4", "dog"]]
    found = np.array([[float(cell) for cell in row[3:]] for row in rows], np.float32)
    np.testing.assert_array_equal(found, scores)
