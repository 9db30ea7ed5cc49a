from __future__ import annotations

import numpy as np
import pytest

from classlab.datasets import from_arrays
from classlab.errors import DataError

_RAW = (
    "Pass the pixels as they came, as uint8 from 0 to 255: scaling is the preprocessing's work and part of the model."
)
PIXELS = np.random.default_rng(1).integers(0, 256, (40, 5, 4), np.uint8)
PIXELS[0, 0, 0] = 255
LABELS = np.arange(40) % 4
OTHERS = 255 - PIXELS  # no copies of them


def _refusal(*arguments, **options):
    with pytest.raises(DataError) as refusal:
        from_arrays(*arguments, **options)
    return str(refusal.value)


def test_uint8_images_pass_unchanged():
    dataset = from_arrays(PIXELS, LABELS, OTHERS[:8], LABELS[:8])
    assert (dataset.train.images[..., 0] == PIXELS).all()
    assert (dataset.image_shape, dataset.class_names, dataset.notes) == ((5, 4, 1), ("0", "1", "2", "3"), ())
    assert (dataset.source, dataset.name) == ("arrays passed from Python", "arrays")
    assert dataset.train.labels.dtype == np.int64


@pytest.mark.parametrize("channels", [1, 3])
def test_a_channel_axis_is_kept(channels):
    images = np.repeat(PIXELS[..., None], channels, axis=3)
    assert from_arrays(images, LABELS, images, LABELS).image_shape == (5, 4, channels)


@pytest.mark.parametrize(
    ("images", "came"),
    [
        (PIXELS.astype(np.float16) / 255, "float16, divided by 255,"),
        (PIXELS.astype(np.float32) / 255, "float32, divided by 255,"),
        (PIXELS / 255, "float64, divided by 255,"),
        (PIXELS.astype(np.float32) * np.float32(1 / 255), "float32, divided by 255,"),
        (PIXELS.astype(np.float32), "float32"),
        (PIXELS.astype(np.int64), "int64"),
    ],
)
def test_exact_pixel_values_are_turned_back(images, came):
    dataset = from_arrays(images, LABELS, OTHERS, LABELS)
    assert (dataset.train.images[..., 0] == PIXELS).all()
    assert dataset.notes == (f"x_train came as {came} and was turned back to uint8.",)


def test_the_same_images_have_the_same_digest_whatever_type_they_came_in():
    assert from_arrays(PIXELS, LABELS).digest == from_arrays(PIXELS / 255, LABELS.astype(np.uint8)).digest


def test_every_value_of_a_pixel_survives_the_division():
    ramp = np.arange(256, dtype=np.uint8).reshape(4, 8, 8)
    dataset = from_arrays(ramp.astype(np.float32) / 255, [0, 1, 0, 1], ramp, [0, 1, 0, 1])
    assert (dataset.train.images[..., 0] == ramp).all()


@pytest.mark.parametrize("name", [1, None, "\ud800"])
def test_class_names_that_are_no_text_are_refused(name):
    with pytest.raises(DataError) as refusal:
        from_arrays(PIXELS, LABELS, class_names=["even", name])
    assert str(refusal.value) == (f"class names must be text that UTF-8 can hold, but got {name!r}. Rename the class.")


def test_images_divided_twice_are_refused():
    assert _refusal(PIXELS / 255 / 255, LABELS) == (
        "pixels must lie between 0 and 255, or between 0 and 1, but x_train runs from 0 to 0.00392: it seems to have "
        f"been divided by 255 twice. {_RAW}"
    )


@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        (PIXELS.astype(np.int64) ** 2, "pixels must lie between 0 and 255, but x_train runs from 0 to 65025. Bring "
         "them there first, as in (images / images.max() * 255).astype(numpy.uint8)."),
        (np.full_like(PIXELS, 300, np.int64), "pixels must lie between 0 and 255, but x_train runs from 300 to 300. "
         "Bring them there first, as in (images / images.max() * 255).astype(numpy.uint8)."),
        (np.sqrt(PIXELS) - 3, f"images must be whole pixel values, or those scaled by one rule, but x_train runs from "
         f"-3 to 13 and holds values in between. {_RAW}"),
        (np.where(PIXELS == 3, np.nan, PIXELS), f"images must be finite, but x_train holds NaN or infinity. {_RAW}"),
        (np.where(PIXELS == 3, np.inf, PIXELS), f"images must be finite, but x_train holds NaN or infinity. {_RAW}"),
        (PIXELS.astype(str), f"images must be numbers, but x_train is of type <U3. {_RAW}"),
        (PIXELS.astype(object), f"images must be numbers, but x_train is of type object. {_RAW}"),
    ],
)  # fmt: skip
def test_what_is_not_pixels_is_refused(images, sentence):
    assert _refusal(images, LABELS) == sentence


@pytest.mark.parametrize(
    "labels",
    [
        LABELS.tolist(),
        LABELS[:, None],
        np.eye(4)[LABELS],
        np.eye(4, dtype=bool)[LABELS],
        LABELS.astype(np.uint8),
        LABELS.astype(np.uint64),
    ],
)
def test_labels_in_other_forms_mean_the_same(labels):
    assert from_arrays(PIXELS, labels, PIXELS, LABELS).train.labels.tolist() == LABELS.tolist()


def _changed(row, value):
    hot = np.eye(4)[LABELS]
    hot[row] = value
    return hot


@pytest.mark.parametrize("labels", [_changed(3, 0), _changed(3, 1), _changed(3, [0.5, 0.5, 0, 0]), _changed(3, np.nan)])
def test_rows_that_are_not_one_hot_are_refused(labels):
    assert _refusal(PIXELS, labels) == (
        "one-hot labels must have a single 1 in each row and 0 elsewhere, but y_train has other rows. "
        "Pass the class numbers."
    )


def test_labels_of_more_axes_are_refused():
    assert _refusal(PIXELS, np.zeros((40, 2, 2), int)) == (
        "labels must be whole numbers or words, (images,), or one-hot rows, but y_train is of type int64 with shape "
        "(40, 2, 2). Give one label per image."
    )


def test_a_label_beyond_every_integer_is_refused():
    assert _refusal(PIXELS, np.full(40, 2**64 - 1, np.uint64)) == (
        "labels must number the classes from 0, but y_train goes up to 18446744073709551615. Number them anew."
    )


def test_ragged_images_are_refused():
    assert _refusal([[1, 2], [3]], [0, 1]).startswith(
        "`x_train` must be an array of numbers, but it cannot be made into one ("
    )


def test_half_a_test_set_is_refused():
    assert _refusal(PIXELS, LABELS, PIXELS) == (
        "`x_test` and `y_test` must be given together, but got only one of them. Give both or neither."
    )


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        ((PIXELS, LABELS[:39]), {}, "there must be one label per image, but arrays has 40 training images and 39 "
         "labels. Check that both come from the same set."),
        ((PIXELS[:0], LABELS[:0]), {}, "arrays has no training images. Check that the path leads to the right place."),
        ((PIXELS, LABELS, PIXELS[:0], LABELS[:0]), {}, "arrays has no test images. Check that the path leads to the "
         "right place."),
        ((PIXELS[:, :0], LABELS), {}, "images must have pixels, but those of arrays have the shape (0, 4, 1)."),
        ((PIXELS, LABELS), {"class_names": ["a", "b"]}, "labels must lie between 0 and 1, one for each class of "
         "arrays, but its training labels run from 0 to 3. Number the classes from 0, or name every class."),
        ((PIXELS, LABELS * 0), {}, "a classifier needs at least 2 classes, but arrays has only '0'. Add images of "
         "another class."),
        ((PIXELS, LABELS), {"class_names": list("abcdefghijk")}, "every class must have training images, but arrays "
         "has none of 'e', 'f', 'g', 'h', 'i' and 2 more. Add images of it, or take it out of the classes."),
        ((PIXELS, LABELS, PIXELS[:, :4], LABELS), {}, "training and test images must have the same height, width and "
         "channels, but arrays has (5, 4, 1) and (4, 4, 1). Bring them to one shape."),
        ((PIXELS[:4], LABELS[:4]), {}, "every class must have at least 2 images, one to train on and one to test on, "
         "but got 1 of class '0' in arrays. Add images."),
    ],
)  # fmt: skip
def test_what_makes_no_dataset_is_refused(arguments, options, sentence):
    assert _refusal(*arguments, **options) == sentence


def test_a_test_set_is_made_where_there_is_none():
    dataset = from_arrays(PIXELS, LABELS)
    assert np.bincount(dataset.test.labels).tolist() == [2, 2, 2, 2]
    assert dataset.notes == (
        "arrays has no test set of its own: 8 of its 40 images, a stratified fifth fixed by the images themselves, "
        "were set aside as test images.",
    )
    joined = np.concatenate([dataset.train.images, dataset.test.images]).reshape(40, -1)
    assert sorted(map(bytes, joined)) == sorted(map(bytes, PIXELS.reshape(40, -1)))


def test_the_digest_depends_on_pixels_labels_names_and_shapes():
    def digest(images=PIXELS, labels=LABELS, names="abcd"):
        return from_arrays(images, labels, PIXELS, LABELS, class_names=list(names)).digest

    changed = PIXELS.copy()
    changed[-1, -1, -1] ^= 1
    wide = from_arrays(*([PIXELS.reshape(40, 4, 5), LABELS] * 2), class_names=list("abcd")).digest
    assert digest() == digest()
    assert len({digest(), digest(changed), digest(labels=LABELS[::-1]), digest(names="abce"), wide}) == 5


def test_copies_are_counted_and_said():
    twice = np.concatenate([PIXELS, PIXELS[:3]])
    labels = np.concatenate([LABELS, LABELS[:3]])
    found = from_arrays(twice, labels, np.concatenate([OTHERS, PIXELS[:2]]), np.concatenate([LABELS, LABELS[:2]]))
    assert found.notes == (
        "2 of the 42 test images also occur among the training images, pixel for pixel.",
        "3 of the 43 training images equal an earlier one, pixel for pixel; where validation images are drawn, copies "
        "fall on both sides.",
    )
    own = from_arrays(twice, labels, OTHERS, LABELS, x_val=PIXELS[:4], y_val=LABELS[:4])
    assert own.notes == (
        "4 of the 4 validation images also occur among the training images, pixel for pixel.",
        "3 of the 43 training images equal an earlier one, pixel for pixel.",
    )


def test_classes_without_test_or_validation_images_are_said():
    some = LABELS < 2
    found = from_arrays(PIXELS, LABELS, OTHERS[some], LABELS[some], x_val=OTHERS[~some], y_val=LABELS[~some])
    assert found.notes == ("There are no test images of '2', '3'.", "There are no validation images of '0', '1'.")


def test_masked_values_are_refused():
    hidden = np.ma.masked_greater(PIXELS, 250)
    count = int((PIXELS > 250).sum())
    assert count
    assert _refusal(hidden, LABELS) == (
        f"`x_train` must have every value, but it is a masked array, of which {count:,} are hidden. Fill them, as with "
        "`.filled(0)`, or leave their images out."
    )
    assert from_arrays(np.ma.masked_array(PIXELS), LABELS).image_shape == from_arrays(PIXELS, LABELS).image_shape


def test_validation_images_are_given_with_their_labels():
    assert len(from_arrays(PIXELS, LABELS, OTHERS, LABELS, x_val=OTHERS[:7], y_val=LABELS[:7]).divide().validation) == 7
    assert _refusal(PIXELS, LABELS, x_val=OTHERS) == (
        "`x_val` and `y_val` must be given together, but got only one of them. Give both or neither."
    )
    assert _refusal(None, LABELS) == "`x_train` must be an array, but got None. Give the images and their labels."
