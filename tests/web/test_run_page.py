"""The page of a run: its figures, mistakes, findings and weights."""

from __future__ import annotations

import re

import numpy as np
import pytest

from classlab.doctor.diagnose import diagnose_run
from classlab.studies.store import open_store


@pytest.fixture
def records(trained_store):
    with open_store(trained_store, write=False) as store:
        return {run.spec.architecture.name: run for run in store.runs()}


@pytest.mark.parametrize("model", ["linear", "cnn-small"])
def test_the_page_shows_the_record_and_what_the_doctor_says(open_page, trained_store, records, model):
    record = records[model]
    page = open_page(trained_store).get(f"/run/{record.identity}")
    assert page.status_code == 200
    assert f"<h1>{model} on digits, {record.spec.draw_words}</h1>" in page.text
    assert f"{record.test.accuracy:.4f}" in page.text
    for finding in diagnose_run(record, arm=model).findings:
        assert finding.name.replace("-", " ") in page.text or finding.name in page.text
    assert "first layer&#39;s weights" in page.text
    assert page.text.count("<h1") == 1
    assert "style=" not in page.text  # the page's policy forbids it


def test_the_cells_of_the_matrix_are_the_stored_predictions(open_page, trained_store, records):
    record = records["linear"]
    with open_store(trained_store, write=False) as store:
        predictions = store.run(record.identity).predictions
    page = open_page(trained_store).get(f"/run/{record.identity}").text
    cells = re.findall(rf"/run/{record.identity}/cell/(\d+)/(\d+)\"[^>]*>([\d,]+)</a>", page)
    predicted = predictions.probabilities.argmax(axis=1)
    found = {(int(true), int(other)): int(images) for true, other, images in cells}
    expected = np.unique(np.stack([predictions.labels, predicted]), axis=1, return_counts=True)
    assert found == dict(zip(map(tuple, expected[0].T.tolist()), expected[1].tolist(), strict=True))


def test_a_run_that_is_not_there_is_a_page_that_says_so(open_page, trained_store):
    for word in ("0" * 16, "..%2f..%2fetc", "linear"):
        assert open_page(trained_store).get(f"/run/{word}").status_code == 404
