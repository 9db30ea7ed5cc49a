from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from classlab.errors import DataError
from classlab.judging.predictions import read_predictions
from classlab.judging.results import ReadingOptions
from classlab.judging.sources import read_results

LABELS = np.array([0, 1, 2, 1])
SHARES = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.5, 0.2, 0.3], [0.1, 0.8, 0.1]])


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def table(header, rows):
    return header + "\n" + "".join(",".join(str(cell) for cell in row) + "\n" for row in rows)


def test_arrays_are_read_under_usual_names():
    np.savez("a.npz", y_true=LABELS[:, None], probabilities=SHARES.astype(np.float32))
    found = read_predictions(Path("a.npz"))
    assert (found.name, found.labels.tolist(), found.predicted.tolist()) == ("a", [0, 1, 2, 1], [0, 1, 0, 1])
    assert found.probabilities == pytest.approx(SHARES)
    np.savez("b.npz", labels=LABELS, predictions=np.array([0, 1, 0, 2]))
    assert read_predictions(Path("b.npz")).probabilities is None
    np.save("c.npy", SHARES * 10)
    found = read_predictions(Path("c.npy"))
    assert (found.labels, found.predicted.tolist(), found.probabilities) == (None, [0, 1, 0, 1], None)


def test_tables_hold_classes_names_or_shares(write):
    numbers = read_predictions(
        write("a.csv", table("id,y_true,y_pred", zip("wxyz", LABELS, [0, 1, 0, 1], strict=True)))
    )
    assert (numbers.predicted.tolist(), numbers.class_names) == ([0, 1, 0, 1], ())
    words = read_predictions(write("b.csv", "label;prediction\ncat;dog\ndog;dog\n"))
    assert (words.labels.tolist(), words.predicted.tolist(), words.class_names) == ([0, 1], [1, 1], ("cat", "dog"))
    shares = read_predictions(
        write("c.csv", table("label,p_0,p_1,p_2", [(label, *row) for label, row in zip(LABELS, SHARES, strict=True)]))
    )
    assert shares.probabilities == pytest.approx(SHARES)


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        (
            {"labels": LABELS, "x": SHARES},
            "a.npz must hold predictions, as `y_pred` or `probabilities`, but it holds 'labels', 'x'. "
            "Save them under such a name, with the labels as `y_true`.",
        ),
        (
            {"labels": LABELS[:3], "y_pred": LABELS},
            "labels and predictions must speak of the same images, but a.npz has 3 labels and 4 predictions. "
            "Save both for the same images.",
        ),
        (
            {"labels": LABELS, "y_pred": np.array([0.2, 0.7, 0.1, 0.3])},
            "predictions must be class numbers from 0, shape (images,), but those of a.npz are float64 of shape (4,). "
            "These look like the probability of one class: give the class.",
        ),
        (
            {"labels": -LABELS, "y_pred": LABELS},
            "labels must be class numbers from 0, shape (images,), but those of a.npz are int64 of shape (4,). "
            "Save one whole number per image.",
        ),
        (
            {"labels": LABELS, "y_pred": SHARES * np.nan},
            "scores must be finite, one row per image, but those of a.npz are not. Predict again.",
        ),
    ],
)
def test_arrays_that_are_no_predictions_are_refused(arrays, sentence):
    np.savez("a.npz", **arrays)
    with pytest.raises(DataError) as refusal:
        read_predictions(Path("a.npz"))
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "label,foo\n1,2\n",
            "a.csv must have a column of predictions, such as `y_pred`, but it has 'label', 'foo'. Rename the column.",
        ),
        ("label,y_pred\n1,\n", "'y_pred' must name a class in every row, but line 2 of a.csv is empty. Fill it in."),
        (
            "label,p_0,p_1\n1,x,0.5\n",
            "'p_0' must hold numbers, but line 2 of a.csv has 'x'. Write one score per class and image.",
        ),
    ],
)
def test_tables_that_are_no_predictions_are_refused(write, text, sentence):
    with pytest.raises(DataError) as refusal:
        read_predictions(write("a.csv", text))
    assert str(refusal.value) == sentence


def test_a_single_array_is_read_without_objects():
    np.save("a.npy", np.array([{}], dtype=object), allow_pickle=True)
    Path("b.npy").write_bytes(b"\x93NUMPY\x01\x00")
    for name in ("a.npy", "b.npy"):
        with pytest.raises(DataError) as refusal:
            read_predictions(Path(name))
        assert str(refusal.value) == (
            f"{name} must be an array of numbers as numpy.save writes it, but it is damaged or holds objects. "
            "Save it again."
        )
    np.save("c.npy", np.array(["x"]))
    with pytest.raises(DataError) as refusal:
        read_predictions(Path("c.npy"))
    assert str(refusal.value) == "c.npy must hold numbers, but its type is <U1. Save plain numbers."


def test_networks_are_runs_of_arms_by_their_files():
    for name, answers in {
        "a_seed0": [0, 1, 2, 1],
        "a_seed1": [0, 1, 2, 0],
        "b_seed0": [0, 0, 0, 0],
        "b_seed1": [0, 1, 0, 0],
    }.items():
        np.savez(f"{name}.npz", labels=LABELS, y_pred=np.array(answers))
    results = read_results(sorted(Path().glob("*.npz")), ReadingOptions())
    assert [(row.arm, row.seed, row.figure) for row in results.rows] == [
        ("a", "0", 1.0), ("a", "1", 0.75), ("b", "0", 0.25), ("b", "1", 0.5),
    ]  # fmt: skip
    assert results.paired
    assert results.correct["b"].tolist() == [[True, False, False, False], [True, True, False, False]]


def test_networks_of_other_images_or_without_labels_are_refused():
    np.savez("a.npz", labels=LABELS, y_pred=LABELS)
    np.savez("b.npz", labels=LABELS[::-1].copy(), y_pred=LABELS)
    with pytest.raises(DataError) as refusal:
        read_results([Path("a.npz"), Path("b.npz")], ReadingOptions())
    assert str(refusal.value) == (
        "all networks must have predicted the same images in the same order, but the labels of b.npz are not those of "
        "a.npz. Predict the same images with all."
    )
    for name in ("a.npy", "b.npy"):
        np.save(name, LABELS)
    with pytest.raises(DataError) as refusal:
        read_results([Path("a.npy"), Path("b.npy")], ReadingOptions())
    assert str(refusal.value) == (
        "predictions can be judged with labels only, but a.npy holds none. "
        "Save the true classes beside them, as `y_true`."
    )


def test_predictions_in_json_are_judged_as_those_in_a_table(write):
    for number, right in enumerate((30, 36)):
        answers = [(label, label if place < right else 1 - label) for place, label in enumerate([0, 1] * 20)]
        write(f"net{number}.csv", table("y_true,y_pred", answers))
        write(f"net{number}.json", json.dumps([{"y_true": label, "y_pred": answer} for label, answer in answers]))
    of_tables, of_json = (
        read_results([Path(f"net0.{kind}"), Path(f"net1.{kind}")], ReadingOptions()) for kind in ("csv", "json")
    )
    assert of_json.rows == of_tables.rows
    assert sorted(row.figure for row in of_json.rows) == [30 / 40, 36 / 40]
