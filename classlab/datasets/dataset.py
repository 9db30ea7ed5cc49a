"""A dataset in memory: images, labels, class names and the official split, and its division for training."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from classlab.datasets.splits import stratified
from classlab.errors import DataError
from classlab.options import check

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.datasets.left_out import LeftOut
    from classlab.options.words import ValidationWord
    from classlab.records.picture_reading import PictureReading
    from classlab.records.preparation import Preparation

VALIDATION_SHARE = 0.1  # of the training images, where nobody says otherwise


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Whose test images a split holds, so that measuring them can be counted.

    Args:
        name: the dataset's name.
        digest: SHA-256 of its images, labels and class names.
    """

    name: str
    digest: str


def _size_words(split: Split) -> str:
    return " x ".join(map(str, split.images.shape[1:]))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Split:
    """Images with their labels.

    Args:
        images: uint8, `(images, height, width, channels)`.
        labels: int64, `(images,)`, each the position of a class name.
        test_of: whose test images they are; None for all others. A dataset marks its own.
        files: the file that each image came from, relative to the dataset's folder or archive; None for arrays.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    test_of: HeldOut | None = None
    files: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"Split({len(self):,} images of {_size_words(self)})"

    def where(self, chosen: NDArray[np.bool_]) -> Split:
        """Keeps the images for which `chosen`, `(images,)`, is true, in their order."""
        return self._taken(np.flatnonzero(chosen))

    def spread(self, most: int) -> Split:
        """At most so many images, evenly spaced over the split, so that images sorted by class give every class."""
        images = len(self)
        if images <= most:
            return self
        return self._taken(np.arange(most) * images // most)

    def _taken(self, places: NDArray[np.intp]) -> Split:
        files = None if self.files is None else tuple(self.files[place] for place in places.tolist())
        return replace(self, images=self.images[places], labels=self.labels[places], files=files)


@dataclass(frozen=True, kw_only=True, eq=False)
class Division:
    """The three splits of one training: what is fitted, what chooses, what is opened for the finish."""

    train: Split
    validation: Split
    test: Split

    @property
    def labels(self) -> int:
        """One more than the largest label of any split."""
        return 1 + max(int(split.labels.max()) for split in (self.train, self.validation, self.test))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Dataset:
    """A dataset as it came from its source.

    Args:
        name: what the user calls it.
        train: official training images.
        test: official test images, or a stratified fifth of the images where the source has no test set.
        validation: validation images that the source brings along, if it has any.
        class_names: one name per label.
        source: where the bytes were found, as a clause for people.
        digest: SHA-256 of images, labels and class names.
        notes: remarks a reader of figures must know (test set made here, files left out), each a sentence.
        left_out: files of the source that did not become images, each with the reason.
        reading: how deep and transparent pictures were read; None where the source is not made of pictures.
        preparation: how its pictures were brought to one size, None where they came in it.
        own_test: whether the test images came as such, and were not set aside of all images.
    """

    name: str
    train: Split
    test: Split
    class_names: tuple[str, ...]
    source: str
    digest: str
    notes: tuple[str, ...] = ()
    validation: Split | None = None
    left_out: tuple[LeftOut, ...] = ()
    reading: PictureReading | None = None
    preparation: Preparation | None = None
    own_test: bool = True

    def __post_init__(self) -> None:
        marked = replace(self.test, test_of=HeldOut(name=self.name, digest=self.digest))
        object.__setattr__(self, "test", marked)  # the way into a frozen dataclass

    def __repr__(self) -> str:
        counts = f"{len(self.train):,} training and {len(self.test):,} test images of {_size_words(self.train)}"
        return f"Dataset({self.name!r}, {counts}, {len(self.class_names)} classes)"

    @property
    def everything(self) -> Split:
        """All its images but those for validation, as test images: the training images, then the test images."""
        if self.train.images is self.test.images:  # data to measure that could not be divided
            return self.test
        both = (self.train, self.test)
        files = None
        if self.train.files is not None and self.test.files is not None:
            files = self.train.files + self.test.files
        return replace(
            self.test,
            images=np.concatenate([part.images for part in both]),
            labels=np.concatenate([part.labels for part in both]),
            files=files,
        )

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """`(height, width, channels)` of every image."""
        height, width, channels = self.train.images.shape[1:]
        return (height, width, channels)

    def divide(self, *, validation: float | ValidationWord | None = None, limit: int | None = None) -> Division:
        """Sets validation images aside: stratified by class, fixed by the dataset and not by any run's seed.

        Every class keeps at least one training and one validation image. The images stay in their official order.

        Args:
            validation: share of the training images, "test" to validate on the test images, or "own" for those that
                the source brings along; left out, its own where it has any, else a tenth.
            limit: use only this many training images, chosen by class before the validation share is taken.

        Raises:
            DataError: a class has too few images, `limit` is too small for the number of classes, or there are no
                validation images of its own.
            SpecError: `validation` is not a share between 0 and 1.
        """
        validation = self.usual_validation if validation is None else validation
        check("validation", validation)
        train = self._limited(limit, each=1 if isinstance(validation, str) else 2)
        if isinstance(validation, str):
            return Division(train=train, validation=self._ready_validation(validation), test=self.test)
        self._check_divisible(train)

        total = round(len(train) * validation)
        chosen = stratified(train.labels, total=total, least=1, spare=1, seed=f"{self.digest} validation")
        return Division(train=train.where(~chosen), validation=train.where(chosen), test=self.test)

    @property
    def usual_validation(self) -> float | ValidationWord:
        """How it is divided where nobody says: its own validation images where it has any, else a share."""
        return VALIDATION_SHARE if self.validation is None else "own"

    def unused_validation(self, validation: float | ValidationWord) -> tuple[str, ...]:
        """Says that validation images which come with the data are not used, where that is so."""
        if self.validation is None or validation == "own":
            return ()
        count = len(self.validation)
        return (
            f"The {count:,} validation image{'s' * (count > 1)} that {self.name} brings along "
            f"{'are' if count > 1 else 'is'} not used, because `validation` is {validation}.",
        )

    def _ready_validation(self, word: ValidationWord) -> Split:
        if word == "test":
            return self.test
        if self.validation is None:
            raise DataError(
                f"`validation` own needs validation images that come with the data, but {self.name} has none. Give a "
                "share of the training images, as in validation=0.1."
            )
        return self.validation

    def _limited(self, limit: int | None, *, each: int) -> Split:
        if limit is None or limit >= len(self.train):
            return self.train
        classes = len(self.class_names)
        if limit < each * classes:
            raise DataError(
                f"`limit` must leave at least {each} training image{'s' * (each > 1)} to each of the {classes} classes "
                f"of {self.name}, but got limit={limit}. Give {each * classes} or more."
            )

        chosen = stratified(self.train.labels, total=limit, least=each, spare=0, seed=f"{self.digest} limit")
        return self.train.where(chosen)

    def _check_divisible(self, train: Split) -> None:
        sizes = np.bincount(train.labels, minlength=len(self.class_names))
        if sizes.min() < 2:
            short = self.class_names[int(sizes.argmin())]
            raise DataError(
                "every class must have at least 2 training images, one to train on and one to validate on, but got "
                f"{sizes.min()} of class {short!r} in {self.name}. Add images, or validate on the test images "
                "(validation='test')."
            )
