"""Data by name and by file: Keras's data sets, label encodings, and pictures that are read one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from classlab.doctor.audit.facts import Facts
from classlab.doctor.audit.library.request import table
from classlab.doctor.audit.rows import Fragment, SplitName
from classlab.doctor.audit.values import NONE, UNKNOWN, Array, Const, Items, Value, text_of, whole_of

if TYPE_CHECKING:
    from classlab.doctor.audit.library.request import Request, Table

# Classes, shape of an image, training rows, test rows.
ImageSet = tuple[int, tuple[int, ...], int, int]
IMAGE_SETS: dict[str, ImageSet] = {
    "mnist": (10, (28, 28), 60_000, 10_000),
    "fashion_mnist": (10, (28, 28), 60_000, 10_000),
    "cifar10": (10, (32, 32, 3), 50_000, 10_000),
    "cifar100": (100, (32, 32, 3), 50_000, 10_000),
}


IDENTITIES = ("numpy.eye", "numpy.identity", "keras.ops.eye", "tensorflow.eye")  # `np.eye(10)[y]` is one-hot


def _dataset(request: Request) -> Value:
    """`keras.datasets.NAME.load_data()`: two pairs of images and labels."""
    name = request.name.split(".")[-2]
    source = (name, request.interpreter.mark())
    halves: list[Value] = []
    splits: tuple[SplitName, ...] = ("train", "test")
    for split in splits:
        loaded = Facts(rows=(Fragment(source, split),), origin=request.location, name=name)
        known = IMAGE_SETS.get(name)
        if known is None:
            pair = (loaded, replace(loaded, kind="labels"))
        else:
            count = known[2] if split == "train" else known[3]
            pair = (_images(loaded, known, count), _labels(request, loaded, known, count))
        halves.append(Items(tuple(Array(facts) for facts in pair), "tuple"))
    return Items(tuple(halves), "tuple")


def _images(loaded: Facts, known: ImageSet, count: int) -> Facts:
    """Pixels, as whole numbers from 0 to 255."""
    return replace(loaded, kind="images", low=0.0, high=255.0, shape=(count, *known[1]), whole_numbers=True)


def _labels(request: Request, loaded: Facts, known: ImageSet, count: int) -> Facts:
    """Class numbers from 0; CIFAR's stand in a column."""
    classes: int | None = known[0]
    mode = request.get(0, "label_mode") if loaded.name == "cifar100" else None
    if mode not in (None, Const("fine")):
        classes = 20 if mode == Const("coarse") else None
    return replace(
        loaded,
        kind="labels",
        low=0.0,
        high=None if classes is None else classes - 1.0,
        classes=classes,
        one_hot=False,
        whole_numbers=True,
        shape=(count, 1) if loaded.name.startswith("cifar") else (count,),
    )


def one_hot(request: Request) -> Value:
    """`to_categorical(y, 10)`: one row of 0 and 1 per label."""
    array = request.array()
    if array is None:
        return UNKNOWN
    if array.facts.one_hot and array.facts.kind == "labels":
        request.interpreter.trace.one_hot_twice.append(request.location)
    given = request.get(1, "num_classes", "depth")
    return one_hot_rows(array, array.facts.classes if given is None or given == NONE else whole_of(given))


def one_hot_rows(array: Array, classes: int | None) -> Array:
    """Labels as rows of 0 and 1."""
    facts = replace(array.facts, one_hot=True, shape=None, kind="labels", classes=classes, low=None, high=None)
    if any(step.kind == "multiply" and abs(step.factor) != 1 for step in facts.steps):
        return Array(facts)
    return Array(replace(facts, whole_numbers=None))


def _identity(request: Request) -> Value:
    return request.made()


PICTURE: Final = "a picture"  # the data set's name of one
# Methods of PIL's images that leave the range of values as it is.
KEPT_BY: Final = ("convert", "resize", "crop", "rotate", "transpose", "filter", "copy", "getdata", "reduce")


def _read(request: Request) -> Value:
    rows = (Fragment((PICTURE, request.interpreter.mark()), "all"),)
    pixels = Facts(
        kind="images", rows=rows, low=0.0, high=255.0, whole_numbers=True, origin=request.location, name=PICTURE
    )
    if request.name.startswith("matplotlib."):
        path = text_of(request.get(0, "fname")) or ""
        ends = (0.0, 1.0) if path.lower().endswith(".png") else (0.0, 255.0) if path.lower().endswith(".jpg") else None
        pixels = replace(pixels, low=ends[0] if ends else None, high=ends[1] if ends else None)
    return Array(pixels)


def _threshold(request: Request) -> Value:
    """`cv2.threshold(picture, 127, 255, ...)`: the level, and a picture of the same ends."""
    value = request.first()
    same = isinstance(value, Array) and request.get(2, "maxval") == Const(255)
    return Items((UNKNOWN, Array(value.facts) if same and isinstance(value, Array) else UNKNOWN), "tuple")


NAMES: Table = table(
    *(
        (_dataset, f"keras.datasets.{name}.load_data")
        for name in (*IMAGE_SETS, "imdb", "reuters", "boston_housing", "california_housing")
    ),
    (one_hot, "keras.utils.to_categorical keras.ops.one_hot tensorflow.one_hot"),
    (_identity, " ".join(IDENTITIES)),
    (_read, "cv2.imread PIL.Image.open keras.utils.load_img keras.preprocessing.image.load_img imageio.imread"),
    (_read, "matplotlib.pyplot.imread matplotlib.image.imread imageio.v2.imread imageio.v3.imread"),
    (_read, "tensorflow.io.decode_png tensorflow.io.decode_jpeg tensorflow.io.decode_image"),
    (_read, "tensorflow.image.decode_png tensorflow.image.decode_jpeg tensorflow.image.decode_image"),
    (_threshold, "cv2.threshold"),
)
