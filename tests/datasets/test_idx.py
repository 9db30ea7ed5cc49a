from __future__ import annotations

import contextlib
import gzip
import hashlib
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classlab.datasets import load
from classlab.datasets.safe_read import limits
from classlab.datasets.safe_read.idx import idx_digest, read_idx, to_idx
from classlab.errors import ClasslabError, DataError, StorageError

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
GOOD = bytes.fromhex("00000803000000020000000300000004") + IMAGES.tobytes()


@pytest.mark.parametrize("packed", [False, True])
def test_values_and_digest_of_a_good_file(tmp_path, packed):
    path = tmp_path / "images"
    path.write_bytes(gzip.compress(GOOD, mtime=0) if packed else GOOD)
    values, digest = read_idx(path, kind="images")
    assert (values == IMAGES).all()
    assert digest == hashlib.sha256(GOOD).hexdigest() == idx_digest(IMAGES)
    assert to_idx(IMAGES) == GOOD


def _refusal(path, content, kind="images"):
    path.write_bytes(content)
    with pytest.raises(DataError) as refusal:
        read_idx(path, kind=kind)
    return str(refusal.value).replace(str(path), "FILE")


CUT = "FILE is cut short: its header promises 2 x 3 x 4 = 24 bytes, but 23 follow. Get the file again."
UNPACKED = "FILE is damaged: its gzip data end early or do not unpack. Get the file again."
HUGE = struct.pack(">HBBIII", 0, 8, 3, 2**20, 2**20, 2**20)
BOMB = gzip.compress(struct.pack(">HBBIII", 0, 8, 3, 100, 1024, 1024) + bytes(100 * 2**20), 9, mtime=0)


@pytest.mark.parametrize(
    ("content", "kind", "sentence"),
    [
        (GOOD[:-1], "images", CUT),
        (gzip.compress(GOOD[:-1], mtime=0), "images", CUT),
        (gzip.compress(GOOD, mtime=0)[:-9], "images", UNPACKED),
        (gzip.compress(GOOD, mtime=0)[:-8] + b"\xff" * 8, "images", UNPACKED),
        (b"", "images", "FILE is damaged: it ends within its header. Get the file again."),
        (GOOD[:9], "images", "FILE is damaged: it ends within its header. Get the file again."),
        (GOOD + b"x", "images", "FILE is damaged: it goes on after the 24 values its header promises. Get the file "
         "again."),
        (b"<htm" + GOOD, "images", "an IDX file of images must begin with 00000803, but FILE begins with 3c68746d. It "
         "is another kind of file, or it is damaged."),
        (GOOD, "labels", "an IDX file of labels must begin with 00000801, but FILE begins with 00000803. It is another "
         "kind of file, or it is damaged."),
        (b"\0\0\x0d\x03" + GOOD[4:], "images", "an IDX file of images must begin with 00000803, but FILE begins with "
         "00000d03. It is another kind of file, or it is damaged."),
        (HUGE, "images", "an array must not be larger than 4 GiB, but the header of FILE claims over 1,000 TiB. The "
         "file is damaged, or holds more images than fit: get it again or use fewer."),
    ],
)  # fmt: skip
def test_broken_files_are_refused(tmp_path, content, kind, sentence):
    assert _refusal(tmp_path / "file", content, kind) == sentence


def test_a_decompression_bomb_is_refused_before_it_is_unpacked(tmp_path):
    assert _refusal(tmp_path / "file", BOMB) == (
        f"a compressed file must not grow more than 100 times, but FILE claims to grow from {limits.amount(len(BOMB))} "
        "to 100 MiB. Get the file again, or store it without compression."
    )


def test_a_file_that_is_too_large_is_refused_unopened(tmp_path):
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(5 * 2**30)
    with pytest.raises(DataError) as refusal:
        read_idx(path, kind="images")
    assert str(refusal.value) == (
        f"{path} must not be larger than 4,294,967,296 bytes, but it has 5,368,709,120. "
        "Use a smaller selection of images."
    )


def test_a_missing_file_is_a_matter_of_storage(tmp_path):
    with pytest.raises(StorageError) as refusal:
        read_idx(tmp_path / "none", kind="images")
    assert str(refusal.value) == (
        f"{tmp_path / 'none'} must be readable, but the system says: No such file or directory. "
        "Check the path and its permissions."
    )


def test_a_folder_is_not_read_as_a_file(tmp_path):
    with pytest.raises(DataError) as refusal:
        read_idx(tmp_path, kind="images")
    assert str(refusal.value) == f"{tmp_path} must be a regular file, but it is a folder. Give the name of a file."


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60), st.integers(0, 39), st.booleans())
def test_any_bytes_give_values_or_one_sentence(tmp_path, noise, place, packed):
    content = GOOD[:place] + noise + GOOD[place + len(noise) :]
    path = tmp_path / "fuzz"
    path.write_bytes(gzip.compress(content) if packed else content)
    with contextlib.suppress(ClasslabError):
        values, _ = read_idx(path, kind="images")
        assert values.dtype == np.uint8


@pytest.mark.parametrize("packed", [False, True])
def test_a_folder_of_idx_files_is_a_dataset(tmp_path, write_idx, idx_arrays, packed):
    folder = write_idx(tmp_path / "own", packed=packed)
    dataset = load(str(folder))
    assert (dataset.train.images[..., 0] == idx_arrays["train-images-idx3-ubyte"]).all()
    assert (dataset.class_names, dataset.source) == (("0", "1"), f"the IDX files in {folder}")


def test_a_missing_idx_file_is_named(tmp_path, write_idx):
    folder = write_idx(tmp_path / "own")
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError) as refusal:
        load(str(folder))
    assert str(refusal.value) == (
        f"{folder} must hold the four files of MNIST's format, but t10k-labels-idx1-ubyte (or "
        "t10k-labels-idx1-ubyte.gz) is missing. Add it."
    )


def test_the_dotted_spelling_of_the_official_names_is_read(tmp_path, write_idx):
    folder = write_idx(tmp_path / "own", packed=False)
    for path in list(folder.iterdir()):
        path.rename(folder / path.name.replace("-idx", ".idx"))
    assert len(load(str(folder)).train) == 20
