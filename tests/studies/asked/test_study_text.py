from __future__ import annotations

import tomllib
from dataclasses import replace

import numpy as np
import pytest

from classlab.studies.asked.study_draft import points
from classlab.studies.asked.study_file import checked, draft_from_python
from classlab.studies.asked.study_text import study_text

DOCUMENTS = {
    "least": {"name": "a", "data": "digits"},
    "grid": {"name": "a", "data": "digits", "optimizer": ["sgd", "adam"], "learning_rate": [0.1, 1e-5], "seeds": 3},
    "widths": {"name": "a", "data": "digits", "units": [[8, 4], [16]], "dropout": 0.2},
    "one width": {"name": "a", "data": "digits", "units": [8, 4], "nesterov": True, "optimizer": "sgd"},
    "weights": {"name": "a", "data": "digits", "class_weights": ["balanced", {"a b": 2.0, "1": 0.5}, [1, 2]]},
    "one weight": {"name": "a", "data": "digits", "class_weights": {"a": 2.0}},
    "arms": {"name": "a", "data": "digits", "arms": [{"optimizer": "sgd", "name": "x"}, {"model": "linear"}]},
    "one arm with a name": {"name": "a", "data": "digits", "arms": [{"name": "x", "optimizer": ["sgd", "adam"]}]},
    "settings": {
        "name": 'a "quoted" name', "data": "photos", "seeds": [3, 1], "question": "C:\\\\ \"Is\" é < 中 😀?\n\x7f",
        "folds": 3, "size": [32, 24], "fit": "crop", "select": "val_loss", "margin": 0.01, "confidence": 0.9,
    },
    "words": {"name": "a", "data": "digits", "validation": ["test", 0.2], "early_stopping": 0, "limit": 100},
}  # fmt: skip


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_the_file_of_a_draft_is_read_as_the_same_draft(document):
    draft = checked(document, place="here")
    again = checked(tomllib.loads(study_text(draft)), place="here")
    assert points(again) == points(draft)
    assert replace(again, arms=()).__dict__ == replace(draft, arms=()).__dict__


def test_paths_are_reached_from_everywhere_and_names_stay_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("photos", "digits", "net.keras"):
        (tmp_path / name).mkdir()
    text = study_text(checked({"name": "a", "data": "photos#images=x", "model": ["net.keras", "mlp"]}, place="here"))
    assert tomllib.loads(text) == {
        "name": "a",
        "data": f"{tmp_path / 'photos'}#images=x",
        "model": [str(tmp_path / "net.keras"), "mlp"],
    }
    assert tomllib.loads(study_text(checked({"name": "a", "data": "digits"}, place="here")))["data"] == "digits"


def test_what_python_alone_can_give_has_no_file():
    arrays = (np.zeros((4, 2, 2), np.uint8), np.array([0, 1, 0, 1]))
    assert study_text(draft_from_python("a", data=arrays, arms=(), settings={}, options={})) == ""


def test_names_of_what_is_built_in_stay_names_where_folders_are_called_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("mlp", "Fashion-MNIST"):
        (tmp_path / name).mkdir()
    text = study_text(checked({"name": "a", "data": "Fashion-MNIST", "model": ["mlp", "own.keras"]}, place="here"))
    assert tomllib.loads(text) == {"name": "a", "data": "Fashion-MNIST", "model": ["mlp", "own.keras"]}


def test_a_file_with_a_sign_in_its_name_is_found_from_everywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x#y.npz").touch()
    text = study_text(checked({"name": "a", "data": "x#y.npz"}, place="here"))
    assert tomllib.loads(text)["data"] == str(tmp_path / "x#y.npz")
