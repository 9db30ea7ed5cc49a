from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from classlab.errors import DataError
from classlab.judging.results import ReadingOptions
from classlab.judging.sources import read_results

RIGHT = {"adam": np.array([[1, 1, 1, 0], [1, 1, 0, 0]]), "sgd": np.array([[1, 0, 0, 0], [1, 0, 1, 0]])}


def read(path):
    return read_results([Path(path)], ReadingOptions())


@pytest.mark.parametrize("kind", [np.bool_, np.uint8, np.float32])
def test_one_array_per_arm_is_read_with_its_figures(save, kind):
    results = read(save(**{arm: right.astype(kind) for arm, right in RIGHT.items()}))
    assert [(row.arm, row.figure, row.images) for row in results.rows] == [
        ("adam", 0.75, 4), ("adam", 0.5, 4), ("sgd", 0.25, 4), ("sgd", 0.5, 4),
    ]  # fmt: skip
    assert not results.paired
    for arm, right in RIGHT.items():
        assert np.array_equal(results.correct[arm], right)
        assert results.correct[arm].dtype == np.bool_


def test_a_block_with_names_and_seeds_is_paired(save):
    results = read(save(correct=np.stack(list(RIGHT.values())), arms=np.array(list(RIGHT)), seeds=np.array([7, 9])))
    assert results.paired
    assert (results.arms, results.seeds, results.images) == (("adam", "sgd"), ("7", "9"), 4)
    assert np.array_equal(results.correct["sgd"], RIGHT["sgd"])


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        (
            {"a": np.array([[0.2, 0.9]]), "b": np.array([[1, 0]])},
            "'a' in right.npz must be 0 or 1 for each run and image, shape (seeds, images), but it is float64 of shape "
            "(1, 2). Save predicted == labels.",
        ),
        (
            {"a": np.ones((2, 3)), "b": np.ones((2, 4))},
            "all arms of right.npz must be measured on the same images, but 'a' has 3, 'b' has 4. "
            "Predict the same images with all.",
        ),
        (
            {"a": np.ones((2, 3)), "b": np.ones((2, 3)), "seeds": np.arange(3)},
            "`seeds` in right.npz must name each run of 'a', but it has 3 names for 2 runs. Save one seed per run.",
        ),
        (
            {"correct": np.ones((2, 2, 3))},
            "`correct` in right.npz must have the shape (arms, seeds, images) and `arms` one name for each arm, but "
            "got shape=(2, 2, 3), arms=none. Save both.",
        ),
        (
            {"seeds": np.arange(3)},
            "right.npz must hold an array of 0 and 1 per arm, shape (seeds, images), but it holds none. "
            "Save one array per arm, named for it.",
        ),
        (
            {"a": np.ones((2, 3))},
            "there must be two arms or more to compare, but there is only 'a', with 2 runs. Add the results of another "
            "arm, or name the columns that tell the arms apart with --arm.",
        ),
    ],
)
def test_arrays_that_make_no_sense_are_refused(save, arrays, sentence):
    with pytest.raises(DataError) as refusal:
        read(save(**arrays))
    assert str(refusal.value) == sentence


def test_objects_are_refused_and_never_loaded(save):
    with pytest.raises(DataError, match="holds Python objects, and reading those could run foreign code"):
        read(save(a=np.array([[1, {}]], dtype=object), b=np.ones((1, 2))))


def test_correctness_beside_a_table_is_refused(save, write):
    path = save(**RIGHT)
    with pytest.raises(DataError) as refusal:
        read_results([Path(path), write("runs.csv", "arm,acc\na,1\n")], ReadingOptions())
    assert str(refusal.value) == (
        "correctness of images (.npz) can only be judged with files of its own kind, but runs.csv is of another. "
        "Judge them one after the other."
    )
