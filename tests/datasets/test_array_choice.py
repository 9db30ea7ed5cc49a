from __future__ import annotations

import pytest

from classlab.datasets.array_choice import Held, choose_arrays
from classlab.errors import DataError

X = Held(shape=(60, 28, 28), kind="u")
Y = Held(shape=(60,), kind="i")
XT = Held(shape=(20, 28, 28), kind="u")
YT = Held(shape=(20, 1), kind="u")


def _choice(**held):
    return choose_arrays("FILE", held, asked={})


@pytest.mark.parametrize(
    "names",
    [
        ("x_train", "y_train", "x_test", "y_test"),
        ("X_train", "Y_train", "X_test", "Y_test"),
        ("train_images", "train_labels", "test_images", "test_labels"),
        ("trainX", "trainY", "testX", "testY"),
        ("xtr", "ytr", "xte", "yte"),
        ("train/data", "train/target", "test/data", "test/target"),
        ("train_set_x", "train_set_y", "test_set_x", "test_set_y"),
        ("dataset.train.images", "dataset.train.labels", "dataset.test.images", "dataset.test.labels"),
        ("x_training", "y_training", "x_testing", "y_testing"),
    ],
)
def test_names_of_splits_are_known_in_all_their_spellings(names):
    choice = _choice(**dict(zip(names, (X, Y, XT, YT), strict=True)))
    assert (choice.parts, choice.said) == ({"train": names[:2], "test": names[2:]}, "")


def test_validation_arrays_are_found():
    choice = _choice(train_images=X, train_labels=Y, val_images=XT, val_labels=YT, test_images=XT, test_labels=YT)
    assert choice.parts["validation"] == ("val_images", "val_labels")
    assert _choice(x_train=X, y_train=Y, x_val=XT, y_val=YT).parts["validation"] == ("x_val", "y_val")


@pytest.mark.parametrize("names", [("X", "y"), ("data", "target"), ("images", "labels"), ("image", "label")])
def test_one_pair_needs_no_split(names):
    choice = _choice(**dict(zip(names, (X, Y), strict=True)))
    assert (choice.parts, choice.said) == ({"train": names}, "")


def test_any_names_will_do_where_shapes_tell():
    choice = _choice(foo=X, bar=Y)
    assert choice.parts == {"train": ("foo", "bar")}
    assert choice.said == "FILE: foo was read as the images and bar as their labels."


@pytest.mark.parametrize("order", [("arr_0", "arr_1", "arr_2", "arr_3"), ("arr_2", "arr_3", "arr_0", "arr_1")])
def test_numbered_arrays_are_paired_and_the_smaller_pair_is_the_test(order):
    held = dict(sorted(zip(order, (X, Y, XT, YT), strict=True)))
    choice = _choice(**held)
    assert choice.parts == {"train": (order[0], order[1]), "test": (order[2], order[3])}
    assert choice.said == (
        f"FILE: {order[0]} and {order[1]} were read as training images and labels, {order[2]} and {order[3]} as those "
        "of the test."
    )


def test_numbered_arrays_may_come_as_images_first():
    assert _choice(arr_0=X, arr_1=XT, arr_2=Y, arr_3=YT).parts == {
        "train": ("arr_0", "arr_2"),
        "test": ("arr_1", "arr_3"),
    }


def test_one_hot_rows_are_labels_and_flat_images_are_not():
    hot = Held(shape=(60, 10), kind="f")
    assert _choice(a=X, b=hot).parts == {"train": ("a", "b")}
    assert _choice(x=Held(shape=(60, 784), kind="u"), y=hot).parts == {"train": ("x", "y")}


def test_arrays_of_other_sizes_and_objects_are_passed_over():
    other = Held(shape=(3,), kind="f")
    assert _choice(images=X, labels=Y, mean=other, thing=Held(shape=(), kind="O")).parts == {
        "train": ("images", "labels")
    }


def test_names_of_classes_are_found():
    choice = _choice(X=X, y=Y, class_names=Held(shape=(10,), kind="U"))
    assert (choice.class_names, choice.parts) == ("class_names", {"train": ("X", "y")})


def test_two_answers_are_asked_about():
    with pytest.raises(DataError) as refusal:
        _choice(a=X, b=X, y=Y)
    assert str(refusal.value) == (
        "it must be clear which array holds the images, but a and b of FILE may be. Say it behind the name of the "
        "file, as in 'FILE#images=a,labels=y'."
    )
    with pytest.raises(DataError) as refusal:
        _choice(images=X, fine=Y, coarse=Y)
    assert str(refusal.value) == (
        "it must be clear which array holds the labels, but fine and coarse of FILE may be. Say it behind the name of "
        "the file, as in 'FILE#images=images,labels=fine'."
    )


def test_nothing_that_fits_is_refused_with_what_is_there():
    with pytest.raises(DataError) as refusal:
        _choice(a=Held(shape=(3,), kind="f"), b=Held(shape=(3,), kind="f"))
    assert str(refusal.value) == (
        "FILE must hold images, (images, height, width), and their labels, (images,), but it holds a (3,), b (3,). Say "
        "which they are behind the name of the file, as in 'FILE#images=a,labels=b'."
    )


def test_what_the_user_says_counts():
    held = {"a": X, "b": X, "c": Y, "d": Y}
    asked = {"images": "b", "labels": "d", "test_images": "a", "test_labels": "c", "validation_images": "a"}
    choice = choose_arrays("FILE", held, asked=asked)
    assert choice.parts == {"train": ("b", "d"), "validation": ("a", None), "test": ("a", "c")}


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            {"images": "z"},
            "FILE must hold the array 'z' that was asked for as images, but it holds a, b. Name one of these.",
        ),
        (
            {"test_images": "a"},
            "images must be named, as in 'FILE#images=a,labels=b', but only others are. Add them.",
        ),
    ],
)
def test_what_the_user_says_must_be_there(asked, sentence):
    with pytest.raises(DataError) as refusal:
        choose_arrays("FILE", {"a": X, "b": Y}, asked=asked)
    assert str(refusal.value) == sentence
