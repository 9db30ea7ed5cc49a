from __future__ import annotations

import gzip
import pickle
import struct
import zipfile

import h5py
import numpy as np
import pytest
import scipy.io

from classlab.datasets import load
from classlab.datasets.safe_read import hdf5
from classlab.datasets.safe_read.idx import to_idx
from classlab.errors import DataError

RNG = np.random.default_rng(6)
IMAGES = RNG.integers(0, 256, (40, 6, 6), np.uint8)
IMAGES[0, 0, :2] = (0, 255)
LABELS = np.arange(40) % 4
TEST, ANSWERS = RNG.integers(0, 256, (12, 6, 6), np.uint8), LABELS[:12][::-1]


def _refusal(path):
    with pytest.raises(DataError) as refusal:
        load(str(path))
    return str(refusal.value).replace(str(path), "FILE").replace(str(path.parent), "FOLDER")


def _is_whole(dataset, *, names=("0", "1", "2", "3")):
    assert (dataset.train.images[..., 0] == IMAGES).all()
    assert (dataset.test.images[..., 0] == TEST).all()
    assert dataset.train.labels.tolist() == LABELS.tolist()
    assert dataset.class_names == tuple(names)


def test_medmnist_with_its_own_validation_images(tmp_path):
    np.savez(
        tmp_path / "a.npz",
        **{f"train_{what}": each for what, each in (("images", IMAGES), ("labels", LABELS[:, None]))},
        **{f"val_{what}": each for what, each in (("images", 255 - IMAGES[:8]), ("labels", LABELS[:8, None]))},
        **{f"test_{what}": each for what, each in (("images", TEST), ("labels", ANSWERS[:, None]))},
    )
    dataset = load(str(tmp_path / "a.npz"))
    _is_whole(dataset)
    assert (dataset.divide().validation.images[..., 0] == 255 - IMAGES[:8]).all()
    assert dataset.notes == ()


def _write_npy(folder, kind):
    np.save(folder / f"x_{kind}.npy", IMAGES if kind == "train" else TEST)
    np.save(folder / f"y_{kind}.npy", LABELS if kind == "train" else ANSWERS)
    return folder / f"x_{kind}.npy"


def _write_kmnist(folder, kind):
    np.savez(folder / f"kmnist-{kind}-imgs.npz", IMAGES if kind == "train" else TEST)
    np.savez(folder / f"kmnist-{kind}-labels.npz", LABELS if kind == "train" else ANSWERS)
    return folder / f"kmnist-{kind}-imgs.npz"


def _write_idx(folder, kind):
    images, labels = (IMAGES, LABELS) if kind == "train" else (TEST, ANSWERS)
    (folder / f"my-{kind}-images-idx3-ubyte").write_bytes(to_idx(images))
    (folder / f"my-{kind}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(to_idx(labels.astype(np.uint8))))
    return folder / f"my-{kind}-images-idx3-ubyte"


@pytest.mark.parametrize("write", [_write_npy, _write_kmnist, _write_idx])
def test_the_files_that_belong_together_are_found_from_any_of_them_and_from_their_folder(tmp_path, write):
    given = [write(tmp_path, "train"), write(tmp_path, "test")]
    np.save(tmp_path / "other.npy", np.zeros(3))
    for path in given:
        _is_whole(load(str(path)))
    (tmp_path / "other.npy").unlink()
    _is_whole(load(str(tmp_path)))


def test_labels_alone_and_images_alone_say_what_is_missing(tmp_path):
    np.save(tmp_path / "x.npy", IMAGES)
    assert _refusal(tmp_path / "x.npy") == (
        "the images of FILE must have labels, but no file beside it holds one for each. Put them there as y.npy."
    )
    (tmp_path / "x.npy").unlink()
    np.save(tmp_path / "y.npy", LABELS)
    assert _refusal(tmp_path / "y.npy") == (
        "the labels of FILE must have images, but no file beside it holds any. Put them there as x.npy."
    )
    np.savez(tmp_path / "kmnist-train-imgs.npz", IMAGES)
    assert _refusal(tmp_path / "kmnist-train-imgs.npz") == (
        "the images of FILE must have labels, but no file beside it holds one for each. Put them there as "
        "kmnist-train-labels.npz."
    )


def test_images_without_labels_in_a_file_of_several_arrays_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", images=IMAGES, other=np.zeros(3))
    assert _refusal(tmp_path / "a.npz") == (
        "the 40 training images of FILE, images, must have labels, but no array of the file has one entry for each. "
        "Save them with their labels."
    )


def test_images_and_labels_under_any_names_are_a_pair_by_their_shapes(tmp_path):
    np.save(tmp_path / "faces.npy", IMAGES)
    np.save(tmp_path / "who.npy", LABELS)
    for given in (tmp_path, tmp_path / "faces.npy", tmp_path / "who.npy"):
        dataset = load(str(given))
        assert (len(dataset.everything), dataset.class_names) == (40, ("0", "1", "2", "3"))
    np.save(tmp_path / "where.npy", LABELS[::-1])
    for given in (tmp_path, tmp_path / "faces.npy"):
        assert _refusal(given).replace("FOLDER/FILE", "FOLDER").replace("FILE", "FOLDER").replace(
            "FOLDER/faces.npy", "FOLDER"
        ).replace("FOLDER#", "#") == (
            "it must be clear which file holds the labels of FOLDER, but where.npy, who.npy may. Say it behind the "
            "name of the folder, as in '#images=faces.npy,labels=where.npy'."
        )
    assert load(f"{tmp_path}#images=faces.npy,labels=who.npy").digest == dataset.digest


def test_one_class_is_enough_to_measure(tmp_path):
    np.savez(tmp_path / "a.npz", x=IMAGES, y=np.full(40, 3))
    assert load(str(tmp_path / "a.npz"), to_measure=True).class_names == ("3",)
    assert _refusal(tmp_path / "a.npz").startswith("a classifier needs at least 2 classes, but FILE has only '3'.")


def test_several_sets_in_one_folder_are_asked_about(tmp_path):
    for name in ("cats", "dogs"):
        np.save(tmp_path / f"{name}_x.npy", IMAGES)
        np.save(tmp_path / f"{name}_y.npy", LABELS)
    assert _refusal(tmp_path) == (
        "FILE must hold the files of one set of images, but it holds 2: cats_x.npy, dogs_x.npy. Give one of them, "
        "as in FILE/cats_x.npy; those that belong to it are found."
    )
    assert len(load(str(tmp_path / "cats_x.npy")).train) == 32


@pytest.mark.parametrize("names", ["emnist", "mnist"])
def test_emnist_is_turned_upright_and_its_labels_begin_at_1(tmp_path, names):
    folder = tmp_path / "emnist-letters"
    folder.mkdir()
    for kind, images, labels in (("train", IMAGES, LABELS), ("test", TEST, ANSWERS)):
        stem = f"emnist-letters-{kind}" if names == "emnist" else {"train": "train", "test": "t10k"}[kind]
        (folder / f"{stem}-images-idx3-ubyte").write_bytes(to_idx(images.transpose(0, 2, 1)))
        (folder / f"{stem}-labels-idx1-ubyte").write_bytes(to_idx((labels + 1).astype(np.uint8)))
    dataset = load(str(folder))
    _is_whole(dataset, names="1234")
    assert dataset.notes == (
        "Rows and columns of the images were exchanged, as EMNIST keeps them.",
        "Labels 1 to 4 became classes 0 to 3; their names are the labels as they came.",
    )
    path = next(folder.glob("*train-images*"))
    as_they_lie = load(f"{path}#transposed=no").train.images[..., 0]
    assert (as_they_lie == IMAGES.transpose(0, 2, 1)).all()


def test_emnist_s_mapping_beside_its_images_names_the_classes(tmp_path):
    _write_idx(tmp_path, "train").rename(tmp_path / "emnist-letters-train-images-idx3-ubyte")
    (tmp_path / "my-train-labels-idx1-ubyte.gz").rename(tmp_path / "emnist-letters-train-labels-idx1-ubyte.gz")
    lines = [f"{code} {65 + code} {97 + code}" for code in range(26)]
    (tmp_path / "emnist-letters-mapping.txt").write_text("\n".join(lines))
    path = tmp_path / "emnist-letters-train-images-idx3-ubyte"
    assert load(str(path)).class_names == ("A/a", "B/b", "C/c", "D/d")
    (tmp_path / "emnist-letters-mapping.txt").write_text("no numbers")
    assert load(str(path)).class_names == ("0", "1", "2", "3")


def test_own_files_under_the_names_of_mnist_may_have_labels_from_1(tmp_path):
    for stem, images, labels in (("train", IMAGES, LABELS), ("t10k", TEST, ANSWERS)):
        (tmp_path / f"{stem}-images-idx3-ubyte").write_bytes(to_idx(images))
        (tmp_path / f"{stem}-labels-idx1-ubyte").write_bytes(to_idx((labels + 1).astype(np.uint8)))
    _is_whole(load(str(tmp_path)), names="1234")


def test_hdf5_is_read_in_groups_and_with_names_of_classes(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["train/data"], file["train/target"] = IMAGES.reshape(40, 36) / 255, LABELS
        file["test/data"], file["test/target"] = TEST.reshape(12, 36) / 255, ANSWERS
        file["list_classes"] = [b"ant", b"bee", b"cat", b"dog"]
        file["away"] = h5py.ExternalLink("/etc/hostname", "x")
    _is_whole(load(str(tmp_path / "a.h5")), names=("ant", "bee", "cat", "dog"))


def test_hdf5_without_an_ending_is_known_by_its_content(tmp_path):
    with h5py.File(tmp_path / "data", "w") as file:
        file["images"], file["labels"] = IMAGES, LABELS
    assert len(load(str(tmp_path / "data")).train) == 32


@pytest.mark.parametrize("cut", [100, 900])
def test_damaged_hdf5_is_refused(tmp_path, cut):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["images"], file["labels"] = IMAGES, LABELS
    (tmp_path / "a.h5").write_bytes((tmp_path / "a.h5").read_bytes()[:cut])
    assert _refusal(tmp_path / "a.h5") == (
        "FILE cannot be read as HDF5. It is damaged or of a kind that h5py does not read. Get the file again, or save "
        "the arrays as .npz."
    )


@pytest.mark.parametrize("name", ["mnist.pkl.gz", "own.pkl"])
def test_pickles_are_refused_with_what_works_instead(tmp_path, name):
    content = pickle.dumps((IMAGES, LABELS))
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    instead = "Give the name mnist, or save" if "mnist" in name else "Where you trust it, load it and save"
    assert _refusal(tmp_path / name) == (
        f"FILE holds Python objects (pickle), and reading those could run foreign code. {instead} its arrays by "
        "numpy.savez_compressed('data.npz', x_train=..., y_train=...)."
    )


def test_the_folder_of_cifar_for_python_is_refused(tmp_path):
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    (folder / "data_batch_1").write_bytes(pickle.dumps({}))
    assert "Give the name cifar10, or save its arrays by" in _refusal(folder)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "a.zip",
            b"PK\x05\x06" + bytes(18),
            "a zip archive must hold pictures in class folders, but FILE holds no files. Unpack it, and give what "
            "holds the images.",
        ),
        (
            "a.tar",
            bytes(257) + b"ustar" + bytes(250),
            "FILE is an archive that holds no arrays of NumPy. Unpack it, and give the folder or file that you get.",
        ),
        (
            "cat.png",
            b"\x89PNG\r\n\x1a\n",
            "FILE is a single picture, and a dataset needs pictures of every class. Put them into one folder per "
            "class, and give the folder around these.",
        ),
        ("nothing", b"", "FILE must hold images and labels, but it is empty. Get the file again."),
        (
            "weights.bin",
            b"\x07\0\x01",
            "FILE is of no kind that is read: a folder of pictures, .npz, .npy, IDX, HDF5, MATLAB's .mat, CSV or "
            "Parquet. Save its arrays by numpy.savez_compressed('data.npz', x_train=..., y_train=...).",
        ),
    ],
)
def test_other_files_are_refused_with_what_works_instead(tmp_path, name, content, sentence):
    (tmp_path / name).write_bytes(content)
    assert _refusal(tmp_path / name) == sentence


NPY = b"\x93NUMPY\x01\x00"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (NPY, "FILE has no NumPy header that can be trusted. Save the arrays again."),
        (
            NPY + struct.pack("<H", 61) + b"{'descr': '|u1', 'fortran_order': False, 'shape': (9, 2, 2)}\n" + b"x" * 35,
            "the header of FILE must agree with its data, but it promises 36 bytes and 35 follow. Save the arrays "
            "again.",
        ),
        (
            NPY + struct.pack("<H", 61) + b"{'descr': '|O', 'fortran_order': False, 'shape': (9, 2, 2), }" + b"x",
            "FILE holds Python objects, and reading those could run foreign code. Save plain numbers: images of one "
            "size as uint8, labels as integers.",
        ),
    ],
)
def test_damaged_npy_files_are_refused(tmp_path, content, sentence):
    (tmp_path / "x.npy").write_bytes(content)
    np.save(tmp_path / "y.npy", np.arange(9))
    assert _refusal(tmp_path / "x.npy") == sentence


def test_hdf5_files_that_hold_too_much_or_no_numbers_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["images"] = np.zeros(3, [("a", "i4"), ("b", "f4")])
        file["labels"] = [1, 2, 3]
    with pytest.raises(DataError) as refusal:
        load(f"{path}#images=images,labels=labels")
    assert str(refusal.value) == (
        f"'images' in {path} must hold numbers or text, but its type is [('a', '<i4'), ('b', '<f4')]. Save it as "
        "numbers."
    )
    monkeypatch.setattr(hdf5, "_MAX_OBJECTS", 1)
    assert _refusal(path) == (
        "an HDF5 file must not hold more than 1 objects in 16 levels, but FILE does. Save its images and labels as "
        ".npz."
    )


def test_an_idx_file_of_other_values_is_refused(tmp_path):
    (tmp_path / "a-images").write_bytes(b"\0\0\x08\x07" + bytes(40))
    assert _refusal(tmp_path / "a-images") == (
        "an IDX file of images or labels must begin with 00000801, but FILE begins with 00000807. It is another kind "
        "of file, or it is damaged."
    )


def _save_npz(path, images, labels):
    np.savez(path.with_suffix(".npz"), x=images, y=labels)


def _save_mat(path, images, labels):
    scipy.io.savemat(path.with_suffix(".mat"), {"X": np.moveaxis(images, 0, -1), "y": labels[:, None]})


def _save_hdf5(path, images, labels):
    with h5py.File(path.with_suffix(".h5"), "w") as file:
        file[f"{path.stem[:-4]}_set_x"], file[f"{path.stem[:-4]}_set_y"] = images, labels
        file["list_classes"] = np.array([b"a", b"b", b"c", b"d"])


@pytest.mark.parametrize("asked", ["", "train", "test"])
@pytest.mark.parametrize(
    ("save", "names"), [(_save_npz, "0123"), (_save_mat, "0123"), (_save_hdf5, "abcd")], ids=["npz", "mat", "hdf5"]
)
def test_a_file_of_arrays_for_each_split_is_one_dataset(tmp_path, save, names, asked):
    save(tmp_path / "train_6x6", IMAGES, LABELS)
    save(tmp_path / "test_6x6", TEST, ANSWERS)
    save(tmp_path / "notes", IMAGES[:5], LABELS[:5])  # has no part in it
    place = tmp_path / next(each.name for each in tmp_path.glob(f"{asked}_6x6.*")) if asked else tmp_path
    if not asked:
        next(tmp_path.glob("notes.*")).unlink()
    _is_whole(load(str(place)), names=names)


def test_of_splits_in_two_files_only_those_that_name_the_training_are_taken_together(tmp_path):
    for name in ("test.npz", "val.npz"):
        np.savez(tmp_path / name, x=IMAGES, y=LABELS)
    assert len(load(str(tmp_path / "val.npz")).train) == 32  # of 40; a fifth was set aside


def test_labels_may_have_as_many_axes_as_images(tmp_path):
    for name, held in (("x", IMAGES[..., None]), ("y", LABELS[:, None, None, None])):
        with h5py.File(tmp_path / f"patches_{name}.h5", "w") as file:
            file[name] = held
    dataset = load(str(tmp_path / "patches_x.h5"))
    joined = np.concatenate([dataset.train.images, dataset.test.images])[..., 0]
    assert sorted(map(bytes, joined)) == sorted(map(bytes, IMAGES))
    assert dataset.class_names == tuple("0123")


def test_objects_are_refused_as_such(tmp_path):
    np.save(tmp_path / "dict.npy", {"x": IMAGES, "y": LABELS}, allow_pickle=True)
    assert _refusal(tmp_path / "dict.npy") == (
        "FILE holds Python objects, and reading those could run foreign code. Save plain numbers: images of one size "
        "as uint8, labels as integers."
    )
    with zipfile.ZipFile(tmp_path / "training.pt", "w") as file:  # as torch.save makes them
        file.writestr("training/data.pkl", pickle.dumps(1))
        file.writestr("training/data/0", b"")
    assert _refusal(tmp_path / "training.pt") == (
        "FILE holds Python objects (pickle), and reading those could run foreign code. Where you trust it, load it and "
        "save its arrays by numpy.savez_compressed('data.npz', x_train=..., y_train=...)."
    )


@pytest.mark.parametrize("called", ["{}.npy", "full_bitmap_{}.npy"])
def test_a_file_for_each_class_is_a_dataset_of_classes(tmp_path, called):
    for number, name in enumerate(("ant", "big bee", "bat")):
        np.save(tmp_path / called.format(name), IMAGES[number::4].reshape(10, 36))
    dataset = load(str(tmp_path))
    assert dataset.class_names == ("ant", "bat", "big bee")
    for split in (dataset.train, dataset.test):
        for image, label in zip(split.images[..., 0], split.labels, strict=True):
            (place,) = np.flatnonzero((image == IMAGES).all(axis=(1, 2)))
            assert place % 4 == (0, 2, 1)[label]
    assert f"Each of the 3 files of {tmp_path} was read as the images of a class." in dataset.notes


def test_images_beside_something_else_of_their_shape_are_no_two_classes(tmp_path):
    np.save(tmp_path / "images.npy", IMAGES)
    np.save(tmp_path / "masks.npy", IMAGES)
    assert _refusal(tmp_path).startswith("FILE must hold the files of one set of images, but it holds 2:")


def test_labels_that_are_objects_are_not_said_to_be_missing(tmp_path):
    path = tmp_path / "words.npz"
    np.savez(path, x=np.zeros((20, 4, 4), np.uint8), y=np.array(["cat", "dog"] * 10, dtype=object))
    with pytest.raises(DataError) as refusal:
        load(str(path))
    assert str(refusal.value) == (
        f"'y' in {path} holds Python objects, and reading those could run foreign code. Save plain numbers: images of "
        "one size as uint8, labels as integers."
    )
