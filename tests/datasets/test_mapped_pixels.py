"""Pictures that are too many to be held come to the same dataset, bit by bit, as those that are held."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest
from PIL import Image

import classlab
from classlab.datasets import load, mapped_pixels
from classlab.errors import DataError
from classlab.files.mapped_file import is_mapped
from classlab.records import identity


def _kind(number):
    """Grey, colour or twelve of sixteen bits, in turn."""
    random = np.random.default_rng(number)
    if number % 3 == 2:
        return Image.fromarray(random.integers(0, 4096, (6, 5)).astype(np.uint16))
    return Image.fromarray(random.integers(0, 256, (6, 5, 3) if number % 3 else (6, 5), np.uint8))


@pytest.fixture(params=["mixed", "grey"])
def folder(request, tmp_path):
    """Ten pictures of each of three classes, of 30 or 90 bytes."""
    for number in range(30):
        path = tmp_path / "pictures" / "abc"[number % 3] / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        _kind(number if request.param == "mixed" else 3 * number).save(path)
    return tmp_path / "pictures"


@pytest.fixture
def hold(monkeypatch, tmp_path):
    """Says how many bytes of pictures are held."""
    monkeypatch.setenv("CLASSLAB_CACHE", str(tmp_path / "cache"))
    return lambda most: monkeypatch.setattr(mapped_pixels, "IN_MEMORY_BYTES", most)


def _equal(one, other):
    assert (one.images.dtype, one.images.shape) == (other.images.dtype, other.images.shape)
    assert (one.images == other.images).all()
    assert (one.labels == other.labels).all()
    assert one.files == other.files


@pytest.mark.parametrize("archive", [False, True])
@pytest.mark.parametrize("held", [40, 500])
def test_the_dataset_is_the_same(folder, hold, archive, held):
    if archive:
        with zipfile.ZipFile(folder.with_suffix(".zip"), "w") as file:
            for path in sorted(folder.rglob("*.png")):
                file.write(path, path.relative_to(folder))
        folder = folder.with_suffix(".zip")
    usual = load(str(folder))
    hold(held)
    found = load(str(folder))
    assert (found.digest, found.notes, found.reading) == (usual.digest, usual.notes, usual.reading)
    assert is_mapped(found.train.images)
    assert not is_mapped(usual.train.images)
    _equal(found.train, usual.train)
    _equal(found.test, usual.test)
    _equal(found.everything, usual.everything)
    assert is_mapped(found.everything.images)
    for own, theirs in ((found.divide(), usual.divide()), (found.divide(limit=12), usual.divide(limit=12))):
        for split in ("train", "validation", "test"):
            _equal(getattr(own, split), getattr(theirs, split))
    assert is_mapped(found.divide().train.images)


@pytest.mark.light
@pytest.mark.parametrize("folder", ["grey"], indirect=True)
def test_a_training_ends_in_the_same_bits(folder, hold):
    usual = classlab.fit(str(folder), "mlp", units=(8,), epochs=3)
    hold(40)
    found = classlab.fit(str(folder), "mlp", units=(8,), epochs=3)
    assert identity(found.record.spec) == identity(usual.record.spec)
    assert found.record.test == usual.record.test
    for name, values in usual.weights.items():
        np.testing.assert_array_equal(found.weights[name], values)


def test_more_than_a_file_may_hold_is_refused(folder, hold, monkeypatch):
    hold(40)
    monkeypatch.setattr(mapped_pixels, "FILE_BYTES", 200)
    with pytest.raises(DataError) as refusal:
        load(str(folder))
    assert str(refusal.value) == (
        f"pictures must not need more than 200 bytes once they are decoded, but {folder} holds more. Give a smaller "
        "size, as in size=(64, 64)."
    )
