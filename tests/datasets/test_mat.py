from __future__ import annotations

import contextlib
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classlab.datasets import load
from classlab.datasets.safe_read import mat
from classlab.datasets.safe_read.mat import read_mat
from classlab.errors import ClasslabError, DataError

scipy_io = pytest.importorskip("scipy.io")

IMAGES = np.random.default_rng(6).integers(0, 256, (40, 6, 6), np.uint8)
LABELS = np.arange(40) % 4
VALUES = {
    "bytes": IMAGES,
    "doubles": np.random.default_rng(7).normal(size=(3, 4)),
    "singles": np.float32([[1.5], [2.5]]),
    "whole": np.array([[70_000, -3]], np.int64),
    "yes": np.array([[True, False]]),
    "inner": {"one": {"two": np.array([[5]], np.uint16)}},
}
CLASS_NAMES = "abcd"


@pytest.mark.parametrize("packed", [False, True])
def test_arrays_come_back_as_scipy_wrote_them(tmp_path, packed):
    scipy_io.savemat(tmp_path / "a.mat", VALUES | {"cell": np.array(["a", 1], object)}, do_compression=packed)
    found = read_mat(tmp_path / "a.mat")
    theirs = scipy_io.loadmat(tmp_path / "a.mat")
    assert sorted(found) == sorted([*(set(VALUES) - {"inner"}), "inner.one.two"])
    for name in set(VALUES) - {"inner"}:
        np.testing.assert_array_equal(found[name], theirs[name])
    assert found["inner.one.two"].tolist() == [[5]]


def test_text_is_read_row_by_row(tmp_path):
    scipy_io.savemat(tmp_path / "a.mat", {"names": np.array(["cat", "dögs"])})
    assert read_mat(tmp_path / "a.mat")["names"].tolist() == ["cat", "dögs"]


@pytest.mark.parametrize("packed", [False, True])
def test_emnist_is_read_from_its_nested_structure(tmp_path, packed):
    def part(images, labels):
        return {"images": images.transpose(0, 2, 1).reshape(len(images), -1), "labels": labels[:, None] + 1}

    mapping = np.array([[label + 1, 65 + label, 97 + label] for label in range(4)])
    whole = {"train": part(IMAGES, LABELS), "test": part(IMAGES[:8], LABELS[:8]), "mapping": mapping}
    scipy_io.savemat(tmp_path / "letters.mat", {"dataset": whole}, do_compression=packed)
    dataset = load(str(tmp_path / "letters.mat"))
    assert (dataset.train.images[..., 0] == IMAGES).all()
    assert dataset.class_names == ("A/a", "B/b", "C/c", "D/d")
    assert dataset.test.labels.tolist() == LABELS[:8].tolist()


def test_images_along_the_last_axis_are_those_of_svhn(tmp_path):
    colour = np.repeat(IMAGES[..., None], 3, axis=3)
    scipy_io.savemat(tmp_path / "a.mat", {"X": colour.transpose(1, 2, 3, 0), "y": LABELS[:, None] + 1})
    dataset = load(str(tmp_path / "a.mat"))
    assert dataset.image_shape == (6, 6, 3)
    assert dataset.notes[0].startswith("X of ")


def test_the_newer_format_is_hdf5_with_shapes_turned_around(tmp_path):
    import h5py

    with h5py.File(tmp_path / "a.mat", "w", userblock_size=512) as file:
        file["X"], file["y"] = IMAGES.transpose(2, 1, 0), LABELS[None]
    content = bytearray((tmp_path / "a.mat").read_bytes())
    content[:10] = b"MATLAB 7.3"
    (tmp_path / "a.mat").write_bytes(content)
    dataset = load(str(tmp_path / "a.mat"))
    joined = np.concatenate([dataset.train.images, dataset.test.images])[..., 0]
    assert sorted(map(bytes, joined)) == sorted(map(bytes, IMAGES))


def test_a_bomb_is_refused_while_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(mat, "ALWAYS_BYTES", 1000)
    scipy_io.savemat(tmp_path / "a.mat", {"x": np.zeros((1000, 1000), np.uint8)}, do_compression=True)
    stored = (tmp_path / "a.mat").stat().st_size
    with pytest.raises(DataError) as refusal:
        read_mat(tmp_path / "a.mat")
    assert str(refusal.value) == (
        f"{tmp_path / 'a.mat'} must not unpack to more than {mat.amount(100 * stored)}, but does. Save it without "
        "compression, or fewer images."
    )


@pytest.mark.parametrize("change", [lambda it: it[:200], lambda it: it[:140] + b"\xff" * 8 + it[148:]])
def test_damaged_files_are_refused(tmp_path, change):
    scipy_io.savemat(tmp_path / "a.mat", {"x": IMAGES, "y": LABELS})
    (tmp_path / "a.mat").write_bytes(change((tmp_path / "a.mat").read_bytes()))
    with pytest.raises(DataError) as refusal:
        read_mat(tmp_path / "a.mat")
    assert str(refusal.value) == (
        f"{tmp_path / 'a.mat'} cannot be read as a MATLAB file of version 5 to 7.3; it is damaged or of another kind. "
        "Save it again by save(..., '-v7')."
    )


def test_a_claim_beyond_the_limit_is_refused(tmp_path):
    scipy_io.savemat(tmp_path / "a.mat", {"x": IMAGES})
    content = (tmp_path / "a.mat").read_bytes()
    shape = struct.pack("<3i", 40, 6, 6)
    (tmp_path / "a.mat").write_bytes(content.replace(shape, struct.pack("<3i", 2**20, 2**20, 6)))
    with pytest.raises(DataError, match="an array must not be larger than 4 GiB, but the header of 'x' in"):
        read_mat(tmp_path / "a.mat")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=12), st.floats(0, 1), st.booleans())
def test_any_bytes_give_arrays_or_one_sentence(tmp_path, noise, place, packed):
    path = tmp_path / "fuzz.mat"
    scipy_io.savemat(path, {"s": {"x": IMAGES[:3]}, "y": LABELS}, do_compression=packed)
    content = bytearray(path.read_bytes())
    start = int(place * len(content))
    content[start : start + len(noise)] = noise
    path.write_bytes(content)
    with contextlib.suppress(ClasslabError):
        read_mat(path)
