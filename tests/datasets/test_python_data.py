from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from classlab.datasets import from_arrays, python_arrays
from classlab.datasets.python_data import from_python
from classlab.errors import DataError

IMAGES = np.random.default_rng(10).integers(0, 256, (40, 6, 6), np.uint8)
IMAGES[0, 0, :2] = (0, 255)
LABELS = np.arange(40) % 4
TEST, ANSWERS = IMAGES[:12], LABELS[:12]


def _refusal(data):
    with pytest.raises(DataError) as refusal:
        from_python(data)
    return str(refusal.value)


def _all(dataset):
    return sorted(map(bytes, np.concatenate([dataset.train.images, dataset.test.images])[..., 0]))


class Samples:
    """A dataset of PyTorch: one image at a time, and no end when it is walked."""

    classes = ("ant", "bee", "cat", "dog")

    def __len__(self):
        return 40

    def __getitem__(self, place):
        return IMAGES[place % 40][None] / np.float32(255), int(LABELS[place % 40])


class Batches:
    """Keras's PyDataset and its kin."""

    def __len__(self):
        return 5

    def __getitem__(self, place):
        return IMAGES[8 * place : 8 * place + 8], LABELS[8 * place : 8 * place + 8]


class Stream:
    """A dataset of TensorFlow: it is walked, and has no length that can be trusted."""

    element_spec = ()
    class_names = ("ant", "bee", "cat", "dog")

    def as_numpy_iterator(self):
        yield from zip(IMAGES[..., None], LABELS, strict=True)


class Loader:
    def __init__(self, dataset):
        self.dataset = dataset

    def __iter__(self):
        yield from (Batches()[place] for place in range(5))


@pytest.mark.parametrize(
    "data",
    [
        (IMAGES, LABELS),
        [IMAGES, LABELS],
        [list(IMAGES), list(LABELS)],
        ([Image.fromarray(each) for each in IMAGES], LABELS.tolist()),
        {"x_train": IMAGES, "y_train": LABELS},
        {"pictures": IMAGES, "kinds": LABELS},
        list(zip(IMAGES, LABELS, strict=True)),
        [Batches()[place] for place in range(5)],
        Samples(),
        Batches(),
        Stream(),
        Loader(Samples()),
    ],
)
def test_one_pair_comes_in_many_forms(data):
    assert _all(from_python(data)) == sorted(map(bytes, IMAGES))


@pytest.mark.parametrize(
    "data",
    [
        ((IMAGES, LABELS), (TEST, ANSWERS)),
        [(IMAGES, LABELS), (TEST, ANSWERS)],
        (IMAGES, LABELS, TEST, ANSWERS),
        (Samples(), list(zip(TEST, ANSWERS, strict=True))),
        {"x_train": IMAGES, "y_train": LABELS, "x_test": TEST, "y_test": ANSWERS},
    ],
    ids=range(5),
)
def test_two_pairs_are_training_and_test_images(data):
    if isinstance(data[0] if not isinstance(data, dict) else None, Samples):
        data = (data[0], Samples())
    dataset = from_python(data)
    assert (dataset.train.images[..., 0] == IMAGES).all()
    assert len(dataset.test) in (12, 40)


def test_three_pairs_have_the_validation_images_in_the_middle():
    dataset = from_python(((IMAGES, LABELS), (IMAGES[:8], LABELS[:8]), (TEST, ANSWERS)))
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (40, 8, 12)


@pytest.mark.parametrize("data", [Samples(), Stream(), Loader(Samples())])
def test_names_of_classes_come_along(data):
    assert from_python(data).class_names == ("ant", "bee", "cat", "dog")


def test_real_datasets_and_loaders_of_pytorch_are_drained():
    torch = pytest.importorskip("torch")
    from torch.utils.data import DataLoader, IterableDataset, TensorDataset

    class Walked(IterableDataset):
        def __iter__(self):
            return iter(zip(torch.tensor(IMAGES), torch.tensor(LABELS), strict=True))

    whole = TensorDataset(torch.tensor(IMAGES), torch.tensor(LABELS))
    for data in (whole, DataLoader(whole, 7), Walked(), DataLoader(Walked(), 7)):
        assert _all(from_python(data)) == sorted(map(bytes, IMAGES))
    with_gradient = torch.tensor(IMAGES / 255, requires_grad=True)
    assert _all(from_python((with_gradient, torch.tensor(LABELS)))) == sorted(map(bytes, IMAGES))


def test_a_table_of_pandas_is_read():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(IMAGES.reshape(40, -1), columns=[f"pixel{place}" for place in range(36)])
    table.insert(0, "label", np.array(["ant", "bee", "cat", "dog"])[LABELS])
    dataset = from_python(table)
    assert _all(dataset) == sorted(map(bytes, IMAGES))
    assert dataset.class_names == ("ant", "bee", "cat", "dog")
    both = from_python((table, table.iloc[:12]))
    assert (len(both.train), len(both.test)) == (40, 12)
    apart = from_python((table.drop(columns="label"), table["label"]))
    assert apart.digest == dataset.digest
    assert _refusal(table[["label"]]) == (
        "a table must have a column label and one for each pixel, as in label, pixel0, pixel1 and so on, but it has "
        "label. Give the images and their labels as arrays."
    )


def test_from_arrays_takes_the_same_forms():
    dataset = from_arrays(Samples(), class_names=list("abcd"), name="mine")
    assert (dataset.name, dataset.class_names) == ("mine", ("a", "b", "c", "d"))


def test_draining_ends_at_the_limit(monkeypatch):
    monkeypatch.setattr(python_arrays, "MAX_BYTES", 500)
    assert _refusal(Batches()) == (
        "images must not need more than 500 bytes of memory, but a Batches gives more. Take fewer or smaller images; "
        "one without end must be cut, as in itertools.islice."
    )


class Odd(Samples):
    def __init__(self, given):
        self.given = given

    def __len__(self):
        return len(self.given)

    def __getitem__(self, place):
        return self.given[place]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            (each for each in ()),
            "data must end, but a generator does not say where it does. Give so many of its batches as a list, as in "
            "list(itertools.islice(generator, 100)).",
        ),
        (
            {1, 2},
            "data must give (image, label), but a set gives an int. Give one that gives pairs, or the arrays (images, "
            "labels).",
        ),
        (None, "data must be a dataset's name or path, a Dataset, arrays, a table, or what gives images with their "
         "labels, but got a NoneType. Give for example 'mnist5k'."),
        (
            tuple((IMAGES, LABELS) for _ in range(4)),
            "arrays must come as (images, labels) or as two or three such pairs, but got 4 pairs. Give for example "
            "`keras.datasets.mnist.load_data()`.",
        ),
        (
            (IMAGES, LABELS) * 4,
            "arrays must come as (images, labels) or as two or three such pairs, but got 8 parts. Give for example "
            "`keras.datasets.mnist.load_data()`.",
        ),
        ((IMAGES, None), "`y_train` must be an array, but got None. Give the images and their labels."),
        (
            {"x": IMAGES},
            "the 40 images 'x' must have labels, but no array of the dict has one entry for each. Add them, as in "
            "{'x_train': images, 'y_train': labels}.",
        ),
        (Odd([]), "data must give images with their labels, but an Odd gives nothing. Give one that does."),
        (
            Odd([(IMAGES[0], 0), (IMAGES[0, :3], 1)]),
            "all images must have one size, but an Odd gives (3, 6) and (6, 6). Bring them to one size there.",
        ),
        (
            ([IMAGES[0], IMAGES[1, :3]], [0, 1]),
            "all images of `x_train` must have one size, but it holds (3, 6) and (6, 6). Bring them to one size, or "
            "save them as pictures in one folder per class and give that folder with a size.",
        ),
    ],
)  # fmt: skip
def test_other_data_are_refused_with_what_works(data, sentence):
    assert _refusal(data) == sentence
