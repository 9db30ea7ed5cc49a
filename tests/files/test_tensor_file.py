from __future__ import annotations

import numpy as np
import pytest
import safetensors.numpy

from classlab.errors import RecordError, StorageError
from classlab.files.tensor_file import digest, read_arrays, read_facts, write_arrays

ARRAYS = {"0.kernel": np.arange(6, dtype=np.float32).reshape(2, 3), "0.bias": np.zeros(3, np.float32)}


def test_arrays_and_facts_come_back(tmp_path):
    path = tmp_path / "a.safetensors"
    write_arrays(path, ARRAYS, {"record": "abc"})
    arrays, facts = read_arrays(path)
    assert facts == {"record": "abc"}
    assert read_facts(path)["record"] == "abc"
    assert {name: array.tolist() for name, array in arrays.items()} == {n: a.tolist() for n, a in ARRAYS.items()}


def test_a_stranger_reads_the_file_too(tmp_path):
    path = tmp_path / "a.safetensors"
    write_arrays(path, {"w": np.asfortranarray(ARRAYS["0.kernel"])}, {})
    assert safetensors.numpy.load_file(path)["w"].tolist() == ARRAYS["0.kernel"].tolist()


def test_no_arrays_at_all_is_a_file_too(tmp_path):
    write_arrays(tmp_path / "a", {}, {"x": "y"})
    assert read_arrays(tmp_path / "a") == ({}, {"x": "y"})


def test_every_flipped_bit_is_noticed(tmp_path):
    path = tmp_path / "a.safetensors"
    write_arrays(path, ARRAYS, {"record": "abc"})
    whole = path.read_bytes()
    values_begin = len(whole) - 36
    for position in range(values_begin, len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << (position % 8)
        path.write_bytes(damaged)
        with pytest.raises(RecordError, match="its values do not match its own digest"):
            read_arrays(path)


def test_every_shortened_file_is_noticed(tmp_path):
    path = tmp_path / "a.safetensors"
    write_arrays(path, ARRAYS, {"record": "abc"})
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(RecordError, match=r"is damaged: .*Restore the file or train the run again\."):
            read_arrays(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(StorageError, match=r"gone must be readable, but the system says: No such file"):
        read_arrays(tmp_path / "gone")


def test_the_digest_ignores_order_and_sees_everything_else():
    turned = dict(reversed(ARRAYS.items()))
    assert digest(turned) == digest(ARRAYS)
    assert digest({**ARRAYS, "0.bias": np.zeros(3, np.float64)}) != digest(ARRAYS)
    assert digest({**ARRAYS, "0.kernel": ARRAYS["0.kernel"].reshape(3, 2)}) != digest(ARRAYS)
    assert digest({"1.kernel": ARRAYS["0.kernel"], "0.bias": ARRAYS["0.bias"]}) != digest(ARRAYS)
