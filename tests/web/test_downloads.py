"""What can be taken home of a run."""

from __future__ import annotations

import numpy as np
import pytest

from classlab.judging.predictions import read_predictions
from classlab.models.keras_file import load_keras_file
from classlab.records import from_json
from classlab.records.run import RunRecord
from classlab.studies.store import open_store


@pytest.fixture
def run(trained_store):
    with open_store(trained_store, write=False) as store:
        return store.run(store.identities(model="linear")[0])


def test_the_files_hold_the_run(open_page, trained_store, run, tmp_path):
    client = open_page(trained_store)
    answers = {kind: client.get(f"/run/{run.record.identity}/download/{kind}") for kind in ("keras", "json", "csv")}
    for kind, answer in answers.items():
        name = f"{run.record.identity[:12]}.{kind}"
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
        (tmp_path / name).write_bytes(answer.content)
    assert from_json(RunRecord, answers["json"].text, where="run.json") == run.record
    found = read_predictions(tmp_path / f"{run.record.identity[:12]}.csv")
    np.testing.assert_array_equal(found.labels, run.predictions.labels)
    np.testing.assert_array_equal(found.predicted, run.predictions.probabilities.argmax(axis=1))
    model = load_keras_file(tmp_path / f"{run.record.identity[:12]}.keras")
    assert any(np.array_equal(array, run.weights["1.kernel"]) for array in model.weights.values())


def test_no_other_file_can_be_asked_for(open_page, trained_store, run):
    for word in ("weights", "..%2frun.json", "exe"):
        assert open_page(trained_store).get(f"/run/{run.record.identity}/download/{word}").status_code == 404
