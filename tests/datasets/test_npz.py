from __future__ import annotations

import contextlib
import io
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classlab.datasets import load
from classlab.datasets.safe_read import limits
from classlab.datasets.safe_read.npz import array_names, read_arrays
from classlab.errors import ClasslabError, DataError

IMAGES = np.random.default_rng(5).integers(0, 256, (30, 4, 5), np.uint8)
LABELS = np.arange(30) % 3


def _npy(values, **options):
    buffer = io.BytesIO()
    np.save(buffer, values, **options)
    return buffer.getvalue()


def _header(text, version=b"\x01\x00"):
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text.encode()


def _zip(path, members, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return path


def _refusal(path):
    with pytest.raises(DataError) as refusal:
        load(str(path))
    return str(refusal.value).replace(str(path), "FILE")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_keras_names_are_read(tmp_path, save):
    save(tmp_path / "a.npz", x_train=IMAGES, y_train=LABELS, x_test=255 - IMAGES[:6], y_test=LABELS[:6])
    dataset = load(str(tmp_path / "a.npz"))
    assert (dataset.train.images[..., 0] == IMAGES).all()
    assert (dataset.test.labels == LABELS[:6]).all()
    assert (dataset.class_names, dataset.notes) == (("0", "1", "2"), ())
    assert dataset.source == f"the file {tmp_path / 'a.npz'}"


def test_images_and_labels_are_read_and_a_test_set_made(tmp_path):
    np.savez(tmp_path / "a.npz", images=IMAGES, labels=LABELS, other=np.zeros(3))
    dataset = load(str(tmp_path / "a.npz"))
    assert (len(dataset.train), len(dataset.test)) == (24, 6)


def test_training_arrays_alone_are_enough(tmp_path):
    np.savez(tmp_path / "a.npz", x_train=IMAGES, y_train=LABELS)
    assert len(load(str(tmp_path / "a.npz")).test) == 6


@pytest.mark.parametrize("values", [np.asfortranarray(IMAGES), IMAGES.astype(">i4"), IMAGES / 255, IMAGES[:0]])
def test_arrays_come_back_as_numpy_wrote_them(tmp_path, values):
    np.savez_compressed(tmp_path / "a.npz", values=values)
    assert array_names(tmp_path / "a.npz") == ("values",)
    back = read_arrays(tmp_path / "a.npz", ["values"])["values"]
    assert back.dtype == values.dtype
    np.testing.assert_array_equal(back, values)


def test_messages_name_the_file_and_the_array(tmp_path):
    np.savez(tmp_path / "a.npz", images=IMAGES / 255 / 255, labels=LABELS)
    assert _refusal(tmp_path / "a.npz").startswith(
        "pixels must lie between 0 and 255, or between 0 and 1, but images of FILE runs from 0 to 0.00392: it seems"
    )


def test_an_array_that_is_not_there_is_named(tmp_path):
    np.savez(tmp_path / "a.npz", x=IMAGES, y=LABELS)
    with pytest.raises(DataError) as refusal:
        read_arrays(tmp_path / "a.npz", ["x_train"])
    assert str(refusal.value).replace(str(tmp_path), "FOLDER") == (
        "FOLDER/a.npz must hold the array 'x_train', but it holds x, y. Save x_train, y_train, x_test and y_test, or "
        "images and labels."
    )


class _Canary:
    def __reduce__(self):
        return (pytest.fail, ("foreign code ran",))


def test_objects_are_refused_and_no_foreign_code_runs(tmp_path):
    objects = _npy(np.zeros(1, object), allow_pickle=True)
    hostile = objects[: objects.index(b"\n") + 1] + pickle.dumps(np.array([_Canary()], dtype=object))
    path = _zip(tmp_path / "a.npz", {"images.npy": hostile, "labels.npy": _npy(LABELS)})
    assert _refusal(path) == (
        "'images' in FILE holds Python objects, and reading those could run foreign code. Save plain numbers: images "
        "of one size as uint8, labels as integers."
    )


HUGE = _header("{'descr': '|u1', 'fortran_order': False, 'shape': (1048576, 1048576), }")
LONG = b"\x93NUMPY\x02\x00" + (50_000).to_bytes(4, "little") + b" " * 50_000
AGREE = "the header of 'images' in FILE must agree with its data, but it promises {} bytes and {} follow. Save the " + (
    "arrays again."
)
NO_HEADER = "'images' in FILE has no NumPy header that can be trusted. Save the arrays again."


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (HUGE, "an array must not be larger than 4 GiB, but the header of 'images' in FILE claims 1 TiB. The file is "
         "damaged, or holds more images than fit: get it again or use fewer."),
        (_npy(IMAGES)[:-1], AGREE.format("600", "599")),
        (_npy(IMAGES) + b"x", AGREE.format("600", "601")),
        (b"", NO_HEADER),
        (b"not an array at all", NO_HEADER),
        (LONG, NO_HEADER),
        (_header("{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 5), }") + b"12345", NO_HEADER),
        (_header("{'descr': '|u1', 'fortran_order': False, 'shape': (True, 5), }") + b"12345", NO_HEADER),
        (_header("__import__('os').abort()"), NO_HEADER),
        (_header("{" * 3000), NO_HEADER),
        (_header("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", b"\x03\x00"), NO_HEADER),
    ],
    ids=range(11),
)  # fmt: skip
def test_damaged_arrays_are_refused(tmp_path, content, sentence):
    path = _zip(tmp_path / "a.npz", {"images.npy": content, "labels.npy": _npy(LABELS)})
    assert _refusal(path) == sentence


@pytest.mark.parametrize("values", [np.array(["a", "b"]), np.zeros(2, np.complex64)])
def test_what_is_no_number_is_refused_where_numbers_are_needed(tmp_path, values):
    np.savez(tmp_path / "a.npz", images=values)
    with pytest.raises(DataError) as refusal:
        read_arrays(tmp_path / "a.npz", ["images"])
    assert str(refusal.value) == (
        f"'images' in {tmp_path / 'a.npz'} must hold numbers, but its type is {values.dtype}. Save images and labels "
        "as integers."
    )


def test_what_another_method_is_said_to_have_packed_is_damaged(tmp_path):
    path = _zip(tmp_path / "a.npz", {"images.npy": _npy(IMAGES), "labels.npy": _npy(LABELS)})
    content = bytearray(path.read_bytes())
    for start in (content.find(b"PK\x03\x04") + 8, content.find(b"PK\x01\x02") + 10):
        content[start] = zipfile.ZIP_BZIP2
    path.write_bytes(content)
    assert _refusal(path) == "'images' in FILE is damaged or packed in an unknown way. Save the arrays again."


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    shape = (100, 1024, 1024)
    bomb = _header(f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}") + bytes(100 * 2**20)
    path = _zip(tmp_path / "a.npz", {"images.npy": bomb, "labels.npy": _npy(LABELS)})
    with zipfile.ZipFile(path) as archive:
        stored = archive.infolist()[0].compress_size
    assert _refusal(path) == (
        "a compressed file must not grow more than 100 times, but 'images' in FILE claims to grow from "
        f"{limits.amount(stored)} to 100 MiB. Get the file again, or store it without compression."
    )


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"text"])
def test_what_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    assert _refusal(tmp_path / "a.npz") == (
        "FILE is not an .npz archive, or it is damaged. Write it with numpy.savez_compressed."
    )


def test_a_wrong_checksum_is_noticed(tmp_path):
    np.savez(tmp_path / "a.npz", images=IMAGES, labels=LABELS)
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[content.index(IMAGES.tobytes()) + 7] ^= 1
    (tmp_path / "a.npz").write_bytes(content)
    assert _refusal(tmp_path / "a.npz") == (
        "'images' in FILE is damaged or packed in an unknown way. Save the arrays again."
    )


def test_a_locked_archive_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", images=IMAGES, labels=LABELS)
    content = (
        (tmp_path / "a.npz").read_bytes().replace(b"PK\x01\x02\x2d\x03\x2d\x00\x00", b"PK\x01\x02\x2d\x03\x2d\x00\x01")
    )
    (tmp_path / "a.npz").write_bytes(content)
    assert _refusal(tmp_path / "a.npz") == (
        "'images' in FILE is damaged or packed in an unknown way. Save the arrays again."
    )


def test_too_many_arrays_are_refused(tmp_path):
    path = _zip(tmp_path / "a.npz", {f"{number}.npy": b"" for number in range(10_001)})
    assert _refusal(path) == "an .npz archive must not hold more than 10,000 arrays, but FILE does. Use fewer."


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=12), st.floats(0, 1))
def test_any_bytes_give_a_dataset_or_one_sentence(tmp_path, noise, place):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, images=IMAGES, labels=LABELS)
    content = bytearray(buffer.getvalue())
    start = int(place * len(content))
    content[start : start + len(noise)] = noise
    path = tmp_path / "fuzz.npz"
    path.write_bytes(content)
    with contextlib.suppress(ClasslabError):
        assert load(str(path)).image_shape
