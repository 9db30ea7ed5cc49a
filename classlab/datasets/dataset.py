"""A dataset in memory: images, labels, class names and the official split, and its division for training."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from classlab.datasets.mapped_pixels import joined, taken
from classlab.datasets.splits import stratified, stratified_folds
from classlab.errors import DataError, SpecError
from classlab.options import check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.datasets.left_out import LeftOut
    from classlab.options.words import ValidationWord
    from classlab.records import DataSpec
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
        images: uint8, `(images, height, width, channels)`; in a training of heads the float32 features of a backbone,
            `(images, 1, 1, features)`.
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
        return self.at(np.flatnonzero(chosen))

    def spread(self, most: int) -> Split:
        """At most so many images, evenly spaced over the split, so that images sorted by class give every class."""
        images = len(self)
        if images <= most:
            return self
        return self.at(np.arange(most) * images // most)

    def at(self, places: NDArray[np.intp]) -> Split:
        """The images at these positions, in this order."""
        files = None if self.files is None else tuple(self.files[place] for place in places.tolist())
        return replace(self, images=taken(self.images, places), labels=self.labels[places], files=files)


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

    def _repr_html_(self) -> str:
        from classlab.datasets.shown import dataset_html

        return dataset_html(
            repr(self),
            self.class_names,
            images=self.train.images,
            labels=self.train.labels,
            test_labels=self.test.labels,
        )

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
            images=joined([part.images for part in both]),
            labels=np.concatenate([part.labels for part in both]),
            files=files,
        )

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """`(height, width, channels)` of every image."""
        height, width, channels = self.train.images.shape[1:]
        return (height, width, channels)

    def divided_as(self, data: DataSpec) -> Division:
        """Divides the images as a run's specification says; see `divide`."""
        return self.divide(
            validation=data.validation, limit=data.limit, folds=data.folds, fold=data.fold, leave_out=data.leave_out
        )

    def divide(
        self,
        *,
        validation: float | ValidationWord | None = None,
        limit: int | None = None,
        folds: int | None = None,
        fold: int | None = None,
        leave_out: Sequence[int] = (),
    ) -> Division:
        """Sets validation images aside: stratified by class, fixed by the dataset and not by any run's seed.

        Every class keeps at least one training and one validation image. The images stay in their official order.

        Args:
            validation: share of the training images, "test" to validate on the test images, or "own" for those that
                the source brings along; left out, its own where it has any, else a tenth.
            limit: use only this many training images, chosen by class before the validation share is taken.
            folds: divide the training images into so many folds instead, one of which validates; over all folds each
                training image validates once, and `validation` has no effect.
            fold: which one, from 0.
            leave_out: positions of training images that are used for nothing. They are left out at the end, so that no
                other image moves from one split to another.

        Raises:
            DataError: a class has too few images, `limit` is too small for the number of classes, there are no
                validation images of its own, there are fewer images than folds, or too many are left out.
            SpecError: `validation` is not a share between 0 and 1, or `fold` none of the folds.
        """
        if folds is not None or fold is not None:
            used, chosen = self._fold(folds, fold, limit=limit)
        else:
            validation = self.usual_validation if validation is None else validation
            check("validation", validation)
            used = self._limited(limit, each=1 if isinstance(validation, str) else 2)
            if isinstance(validation, str):
                train = self._taken(used, leave_out)
                return Division(train=train, validation=self._ready_validation(validation), test=self.test)
            labels = self._divisible(used)
            total = round(len(used) * validation)
            chosen = stratified(labels, total=total, least=1, spare=1, seed=f"{self.digest} validation")
        train, held = self._taken(used[~chosen], leave_out), self._taken(used[chosen], leave_out, validate=True)
        return Division(train=train, validation=held, test=self.test)

    def fold_positions(
        self, folds: int, *, limit: int | None = None, leave_out: Sequence[int] = ()
    ) -> list[NDArray[np.intp]]:
        """Positions among the training images of those that each fold validates on, as `divide` takes them."""
        pairs = (self._fold(folds, fold, limit=limit) for fold in range(folds))
        return [found[~np.isin(found, leave_out)] for found in (used[chosen] for used, chosen in pairs)]

    @property
    def usual_validation(self) -> float | ValidationWord:
        """How it is divided where nobody says: its own validation images where it has any, else a share."""
        return VALIDATION_SHARE if self.validation is None else "own"

    def unused_validation(self, validation: float | ValidationWord, *, folds: int | None = None) -> tuple[str, ...]:
        """Says that validation images which come with the data are not used, where that is so."""
        if self.validation is None or (validation == "own" and folds is None):
            return ()
        why = f"`validation` is {validation}" if folds is None else f"{folds} folds of the training images validate"
        count = len(self.validation)
        return (
            f"The {count:,} validation image{'s' * (count > 1)} that {self.name} brings along "
            f"{'are' if count > 1 else 'is'} not used, because {why}.",
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

    def _fold(
        self, folds: int | None, fold: int | None, *, limit: int | None
    ) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Positions of the images that are used, and which of them are in the fold."""
        check("folds", folds)
        if fold is None or folds is None or not 0 <= fold < folds:
            raise SpecError(
                f"`fold` must be one of the {folds} folds, counted from 0, but got fold={fold}. Write for example "
                "fold=0."
            )
        used = self._limited(limit, each=2)
        labels = self._divisible(used)
        if folds > len(used):
            raise DataError(
                f"every fold must have an image, but got folds={folds} of {len(used)} training images. Take "
                f"{len(used)} folds at most."
            )
        return used, stratified_folds(labels, folds=folds, seed=f"{self.digest} {folds} folds") == fold

    def _taken(self, positions: NDArray[np.intp], leave_out: Sequence[int], *, validate: bool = False) -> Split:
        """The training images at these positions but for those that are left out, in their order."""
        kept = positions[~np.isin(positions, leave_out)] if leave_out else positions
        left = np.bincount(self.train.labels[kept], minlength=len(self.class_names))
        before = np.bincount(self.train.labels[positions], minlength=len(self.class_names))
        gone = np.flatnonzero((left == 0) & (before > 0))
        if len(gone) and not validate:
            raise DataError(
                f"what is left out must leave every class an image to train on, but of {self.name} it leaves none of "
                f"class {self.class_names[gone[0]]!r}. Leave fewer images out."
            )
        if not len(kept):
            raise DataError(
                f"what is left out must leave images to validate on, but of {self.name} it leaves none. Leave fewer "
                "images out."
            )
        return self.train if len(kept) == len(self.train) else self.train.at(kept)

    def _limited(self, limit: int | None, *, each: int) -> NDArray[np.intp]:
        """Positions of the training images that are used, in their order."""
        if limit is None or limit >= len(self.train):
            return np.arange(len(self.train))
        classes = len(self.class_names)
        if limit < each * classes:
            raise DataError(
                f"`limit` must leave at least {each} training image{'s' * (each > 1)} to each of the {classes} classes "
                f"of {self.name}, but got limit={limit}. Give {each * classes} or more."
            )

        chosen = stratified(self.train.labels, total=limit, least=each, spare=0, seed=f"{self.digest} limit")
        return np.flatnonzero(chosen)

    def _divisible(self, used: NDArray[np.intp]) -> NDArray[np.int64]:
        """The labels of these images, of which every class has enough to be divided."""
        labels = self.train.labels[used]
        sizes = np.bincount(labels, minlength=len(self.class_names))
        if sizes.min() < 2:
            short = self.class_names[int(sizes.argmin())]
            raise DataError(
                "every class must have at least 2 training images, one to train on and one to validate on, but got "
                f"{sizes.min()} of class {short!r} in {self.name}. Add images, or validate on the test images "
                "(validation='test')."
            )
        return labels
