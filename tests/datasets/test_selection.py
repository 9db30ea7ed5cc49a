from __future__ import annotations

import numpy as np
import pytest

from classlab.datasets import load
from classlab.datasets.selection import Selection, parse_selection
from classlab.errors import DataError


def test_what_stands_behind_the_sign_is_read():
    found = parse_selection("images=a/b,labels=c,test_images=d,size=28x20,transposed=yes")
    assert found == Selection(
        arrays={"images": "a/b", "labels": "c", "test_images": "d"}, size=(28, 20), transposed=True
    )
    assert parse_selection("") == Selection()
    assert parse_selection("transposed=no").transposed is False


KEYS = "images, labels, validation_images, validation_labels, test_images, test_labels, class_names, size, transposed"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        *(
            (
                text,
                f"what follows # in a dataset's name must be of the form key=value with one of {KEYS}, but got "
                f"{text!r}. Write for example 'FILE#images=X,labels=y'.",
            )
            for text in ("x", "image=X", "images=")
        ),
        (
            "size=28",
            "`size` behind # must be height and width, but got '28'. Write for example size=28x20.",
        ),
        (
            "transposed=true",
            "`transposed` behind # must be yes or no, but got 'true'. Write for example transposed=no.",
        ),
    ],
)
def test_other_words_are_refused(text, sentence):
    with pytest.raises(DataError) as refusal:
        parse_selection(text)
    assert str(refusal.value) == sentence


def test_it_is_part_of_the_name_by_which_data_are_loaded_again(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (20, 12), np.uint8)
    np.savez(tmp_path / "a.npz", a=images, b=images[::-1], c=np.arange(20) % 2)
    name = f"{tmp_path / 'a.npz'}#images=b,labels=c,size=3x4"
    dataset = load(name)
    assert (dataset.name, dataset.image_shape) == (name, (3, 4, 1))
    assert load(dataset.name).digest == dataset.digest


def test_a_file_may_have_the_sign_in_its_name(tmp_path):
    path = tmp_path / "a#b.npz"
    np.savez(path, x=np.zeros((20, 4, 4), np.uint8), y=np.arange(20) % 2)
    assert load(str(path)).image_shape == (4, 4, 1)
