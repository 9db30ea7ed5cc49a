from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from dataclasses import replace

import numpy as np
import pytest

from classlab.datasets import load
from classlab.datasets.known import CIFAR10, FASHION_MNIST, IDX_FILES, KMNIST, MNIST, PUBLISHED
from classlab.datasets.published import places
from classlab.datasets.safe_read.cifar import read_cifar
from classlab.datasets.safe_read.idx import to_idx
from classlab.errors import DataError
from classlab.files.cache_folder import cache_folder

_KERAS = ("x_train", "y_train", "x_test", "y_test")


@pytest.fixture
def small(monkeypatch, isolated, idx_arrays):
    """MNIST as four small files of known content, and no mirror to get it from."""
    content = {name: hashlib.sha256(to_idx(values)).hexdigest() for name, values in idx_arrays.items()}
    known = replace(MNIST, class_names=("0", "1"), content=content, mirrors=())
    monkeypatch.setitem(PUBLISHED, "mnist", known)
    return known


def _load(name="mnist"):
    said = []
    return load(name, say=said.append), said


@pytest.mark.parametrize("folder", ["mnist", "MNIST/raw"])
@pytest.mark.parametrize("packed", [True, False])
def test_the_folder_named_by_the_user_comes_first(isolated, small, monkeypatch, write_idx, folder, packed):
    monkeypatch.setenv("CLASSLAB_DATA", str(isolated / "mine"))
    write_idx(isolated / "keras_home" / "datasets" / "mnist")
    write_idx(isolated / "mine" / folder, packed=packed)
    dataset, said = _load()
    assert dataset.source == f"the folder named by CLASSLAB_DATA: {isolated / 'mine' / folder}"
    assert said == [f"Read mnist from {dataset.source}."]


def test_keras_archive_is_found_by_its_content(isolated, small, idx_arrays):
    path = isolated / "keras_home" / "datasets" / "mnist.npz"
    path.parent.mkdir(parents=True)
    np.savez_compressed(path, **dict(zip(_KERAS, idx_arrays.values(), strict=True)))
    dataset, _ = _load()
    assert dataset.source == f"Keras's cache: {path}"
    assert (dataset.train.images[..., 0] == idx_arrays["train-images-idx3-ubyte"]).all()


def test_keras_folder_is_found(isolated, small, monkeypatch, write_idx):
    monkeypatch.setitem(PUBLISHED, "mnist", replace(small, keras="fashion-mnist"))
    folder = write_idx(isolated / "keras_home" / "datasets" / "fashion-mnist")
    assert _load()[0].source == f"Keras's cache: {folder}"


@pytest.mark.parametrize("root", ["cwd/data", "torch_home"])
@pytest.mark.parametrize("packed", [True, False])
def test_torchvision_folders_are_found(isolated, small, write_idx, root, packed):
    write_idx(isolated / root / "MNIST" / "raw", packed=packed)
    shown = "data/MNIST/raw" if root == "cwd/data" else isolated / root / "MNIST/raw"
    assert _load()[0].source == f"torchvision's folder: {shown}"


def test_our_own_cache_is_found(isolated, small, write_idx):
    folder = write_idx(isolated / "classlab_cache" / "mnist")
    assert _load()[0].source == f"classlab's cache: {folder}"
    assert load("mnist", cache=write_idx(isolated / "other" / "mnist").parent).source.endswith("other/mnist")


def test_the_same_images_are_the_same_dataset_wherever_they_lie(isolated, small, write_idx):
    folder = write_idx(isolated / "classlab_cache" / "mnist")
    first = _load()[0].digest
    write_idx(isolated / "torch_home" / "MNIST" / "raw", packed=False)
    assert _load()[0].digest == first
    assert folder.exists()


def test_the_order_of_places():
    owners = [place.owner for place in places(MNIST, cache=cache_folder())]
    wanted = ["Keras's cache", "torchvision's folder", "torchvision's folder", "classlab's cache"]
    assert [owner for owner in owners if "CLASSLAB_DATA" not in owner] == wanted


def test_a_wrong_file_in_the_folder_named_by_the_user_is_an_error(isolated, small, monkeypatch, write_idx, idx_arrays):
    monkeypatch.setenv("CLASSLAB_DATA", str(isolated / "mine"))
    folder = write_idx(isolated / "mine" / "mnist")
    path = folder / "t10k-labels-idx1-ubyte.gz"
    wrong = to_idx(1 - idx_arrays["t10k-labels-idx1-ubyte"])
    path.write_bytes(gzip.compress(wrong))
    with pytest.raises(DataError) as refusal:
        _load()
    assert str(refusal.value) == (
        f"{path} must be the official file of mnist (SHA-256 {small.content[path.stem][:12]}...), but its digest is "
        f"{hashlib.sha256(wrong).hexdigest()[:12]}.... Delete it or get it again; to use other images, pass their "
        "folder as a path."
    )


def test_a_wrong_file_in_another_cache_is_passed_over_aloud(isolated, small, write_idx):
    bad = write_idx(isolated / "torch_home" / "MNIST" / "raw")
    (bad / "t10k-labels-idx1-ubyte.gz").write_bytes(b"nothing")
    write_idx(isolated / "classlab_cache" / "mnist")
    dataset, said = _load()
    assert dataset.source.startswith("classlab's cache")
    assert said[0] == (
        f"Passing over torchvision's folder: {bad}, because an IDX file of labels must begin with 00000801, but "
        f"{bad / 't10k-labels-idx1-ubyte.gz'} begins with 6e6f7468. It is another kind of file, or it is damaged."
    )


@pytest.mark.parametrize("change", ["type", "values", "missing"])
def test_a_wrong_keras_archive_is_passed_over(isolated, small, write_idx, idx_arrays, change):
    path = isolated / "keras_home" / "datasets" / "mnist.npz"
    path.parent.mkdir(parents=True)
    arrays = dict(zip(_KERAS, idx_arrays.values(), strict=True))
    if change == "type":
        arrays["x_train"] = arrays["x_train"].astype(np.int64)
    elif change == "values":
        arrays["x_test"] = arrays["x_test"] ^ 1
    else:
        del arrays["y_test"]
    np.savez(path, **arrays)
    write_idx(isolated / "classlab_cache" / "mnist")
    dataset, said = _load()
    assert dataset.source.startswith("classlab's cache")
    expected = {
        "type": f"{path} must hold x_train as uint8, but it is int64. Delete the file.",
        "values": f"{path} must be the official file of mnist",
        "missing": f"{path} must hold the array 'y_test', but it holds x_test, x_train, y_train.",
    }[change]
    assert said[0].startswith(f"Passing over Keras's cache: {path}, because {expected}")


def test_a_data_folder_that_does_not_exist_is_mentioned(isolated, small, monkeypatch, write_idx):
    monkeypatch.setenv("CLASSLAB_DATA", str(isolated / "nowhere"))
    write_idx(isolated / "classlab_cache" / "mnist")
    _, said = _load()
    assert said[0] == f"CLASSLAB_DATA names {isolated / 'nowhere'}, which is not a folder; looking elsewhere."


@pytest.fixture
def packed_only(monkeypatch, isolated, write_idx):
    """A dataset of which only the compressed files' digests are known."""
    folder = write_idx(isolated / "classlab_cache" / "kmnist")
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    monkeypatch.setitem(PUBLISHED, "kmnist", replace(KMNIST, class_names=("o", "ki"), packed=digests, mirrors=()))
    return folder


def test_compressed_files_are_checked_where_only_their_digest_is_known(packed_only, isolated):
    dataset = load("kmnist")
    assert (dataset.class_names, dataset.notes) == (("o", "ki"), ())
    path = packed_only / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), 1, mtime=1))
    with pytest.raises(DataError, match="kmnist must come from one of its mirrors"):
        load("kmnist")


def test_unpacked_files_without_a_known_digest_are_noted(packed_only, isolated, write_idx):
    raw = write_idx(isolated / "torch_home" / "KMNIST" / "raw", packed=False)
    dataset = load("kmnist")
    assert dataset.notes[0] == (
        f"{raw / 'train-images-idx3-ubyte'} was not checked against the official kmnist: only the digest of the "
        "compressed file is known."
    )


def _cifar(path, *, images=5, without=(), short=()):
    rng = np.random.default_rng(0)
    parts = {}
    with tarfile.open(path, "w:gz") as archive:
        for name in [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]:
            records = rng.integers(0, 256, (images, 3073), np.uint8)
            records[:, 0] = np.arange(images) % 10
            parts[name] = records
            content = records.tobytes()[: -1 if name in short else None]
            if name not in without:
                entry = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo("../../escape")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return parts


def test_cifar_archive_is_read_in_colour_and_never_extracted(tmp_path):
    parts = _cifar(tmp_path / "cifar-10-binary.tar.gz")
    (images, labels), (test_images, _) = read_cifar(tmp_path / "cifar-10-binary.tar.gz", images=5)
    assert (images.shape, labels.shape, test_images.shape) == ((25, 32, 32, 3), (25,), (5, 32, 32, 3))
    record = parts["data_batch_2.bin"][3]
    assert labels[8] == record[0]
    assert images[8, 4, 7].tolist() == [record[1 + plane * 1024 + 4 * 32 + 7] for plane in range(3)]
    assert [path.name for path in tmp_path.iterdir()] == ["cifar-10-binary.tar.gz"]


@pytest.mark.parametrize("damage", [{"without": ("test_batch.bin",)}, {"short": ("test_batch.bin",)}])
def test_a_cifar_archive_without_a_part_is_refused(tmp_path, damage):
    _cifar(tmp_path / "c.tar.gz", **damage)
    with pytest.raises(DataError) as refusal:
        read_cifar(tmp_path / "c.tar.gz", images=5)
    assert str(refusal.value) == (
        f"{tmp_path / 'c.tar.gz'} must hold test_batch.bin with 5 images, but does not. Get the file again."
    )


@pytest.mark.parametrize("keep", [0, 10, 3000])
def test_a_damaged_cifar_archive_is_refused(tmp_path, keep):
    _cifar(tmp_path / "c.tar.gz")
    (tmp_path / "c.tar.gz").write_bytes((tmp_path / "c.tar.gz").read_bytes()[:keep])
    with pytest.raises(DataError) as refusal:
        read_cifar(tmp_path / "c.tar.gz", images=5)
    assert str(refusal.value) == f"{tmp_path / 'c.tar.gz'} is damaged: it does not unpack. Get it again."


def test_cifar10_is_checked_and_loaded_from_the_folder_named_by_the_user(isolated, monkeypatch):
    folder = isolated / "mine" / "cifar10"
    folder.mkdir(parents=True)
    _cifar(folder / "cifar-10-binary.tar.gz", images=10)
    digest = hashlib.sha256((folder / "cifar-10-binary.tar.gz").read_bytes()).hexdigest()
    monkeypatch.setenv("CLASSLAB_DATA", str(isolated / "mine"))
    with pytest.raises(DataError, match="must be the official file of cifar10"):
        load("cifar10")
    monkeypatch.setitem(CIFAR10.packed, "cifar-10-binary.tar.gz", digest)
    with pytest.raises(DataError, match="with 10,000 images, but does not"):
        load("cifar10")
    monkeypatch.setattr("classlab.datasets.published.read_cifar", lambda path: read_cifar(path, images=10))
    dataset = load("cifar10")
    assert (dataset.image_shape, len(dataset.train), len(dataset.test)) == ((32, 32, 3), 50, 10)
    assert dataset.class_names[:2] == ("airplane", "automobile")


def test_every_published_dataset_can_be_checked():
    for known in PUBLISHED.values():
        for file in known.files:
            digest = known.packed.get(file) or known.content[file.removesuffix(".gz")]
            assert len(bytes.fromhex(digest)) == 32
        assert len(set(known.class_names)) == 10
        assert len(known.mirrors) == 2
    assert tuple(MNIST.content) == IDX_FILES


@pytest.mark.full_data
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_the_complete_sets_are_recognised(full_data, name):
    dataset = load(name)
    assert (dataset.train.images.shape, dataset.test.images.shape) == ((60_000, 28, 28, 1), (10_000, 28, 28, 1))
    assert dataset.source == f"the folder named by CLASSLAB_DATA: {full_data / name}"
    division = dataset.divide()
    assert (len(division.train), len(division.validation)) == (54_000, 6_000)


@pytest.mark.full_data
def test_keras_archive_of_the_complete_mnist_is_recognised(full_data, isolated, monkeypatch):
    monkeypatch.setenv("CLASSLAB_DATA", str(full_data))
    ours = load("mnist")
    path = isolated / "keras_home" / "datasets" / "mnist.npz"
    path.parent.mkdir(parents=True)
    splits = (ours.train, ours.test)
    arrays = {f"x_{name}": split.images[..., 0] for name, split in zip(("train", "test"), splits, strict=True)}
    arrays |= {
        f"y_{name}": split.labels.astype(np.uint8) for name, split in zip(("train", "test"), splits, strict=True)
    }
    np.savez(path, **arrays)
    monkeypatch.delenv("CLASSLAB_DATA")
    theirs = load("mnist")
    assert (theirs.source, theirs.digest) == (f"Keras's cache: {path}", ours.digest)


def test_fashion_class_names():
    assert FASHION_MNIST.class_names == (
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    )
