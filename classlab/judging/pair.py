"""Two trained networks compared image by image: counts, sentences and rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlab.analysis.numbers import count, counted, ends, percent, points
from classlab.analysis.sentences.comparison import comparison_sentence, quoted
from classlab.errors import DataError
from classlab.records.base import Record
from classlab.statistics.comparison import Comparison  # noqa: TC001  (pydantic reads the annotations when a record is written)
from classlab.statistics.mcnemar import compare_predictions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.judging.predictions import NetworkPredictions
    from classlab.statistics import Interval


@dataclass(frozen=True, kw_only=True)
class ClassDifference(Record):
    """One class.

    Args:
        name: of the class.
        images: of it.
        first_right: how many of them the first network gets right.
        second_right: how many the second.
        first_only: how many the first alone.
        second_only: how many the second alone.
        comparison: of the two shares; its interval holds for all classes at once.
    """

    name: str
    images: int
    first_right: int
    second_right: int
    first_only: int
    second_only: int
    comparison: Comparison


@dataclass(frozen=True, kw_only=True)
class NetworkPair(Record):
    """Two networks.

    Args:
        first: name of one.
        second: name of the other.
        images: how many both have predicted.
        both_right: images that both get right.
        first_only: images that the first alone gets right.
        second_only: images that the second alone gets right.
        both_wrong: images that neither gets right.
        same_mistake: those of `both_wrong` for which both give the same class.
        comparison: of the two accuracies; it is about these networks and not about their arms.
        classes: those with images, the largest difference first.
    """

    first: str
    second: str
    images: int
    both_right: int
    first_only: int
    second_only: int
    both_wrong: int
    same_mistake: int
    comparison: Comparison
    classes: tuple[ClassDifference, ...]

    @property
    def accuracies(self) -> tuple[float, float]:
        """Of the first and of the second."""
        return (self.both_right + self.first_only) / self.images, (self.both_right + self.second_only) / self.images


def same_labels(first: NetworkPredictions, second: NetworkPredictions) -> NDArray[np.int64]:
    """The labels of the images that both have predicted, `(images,)`.

    That the images are the same cannot be seen from predictions; equal labels in equal order are what can be.

    Raises:
        DataError: there are no labels, or those of the two differ.
    """
    labels = second.labels if first.labels is None else first.labels
    if labels is None:
        raise DataError(
            f"one of the two must hold the true classes, but neither {first.name!r} nor {second.name!r} does. "
            "Save them beside the predictions, as `y_true`, or name the images with --data."
        )
    for each in (first, second):
        if len(each.predicted) != len(labels):
            raise DataError(
                f"both networks must have predicted the same images, but {first.name!r} has predicted "
                f"{len(first.predicted):,} and {second.name!r} {len(second.predicted):,} for {len(labels):,} labels. "
                "Predict the same images with both."
            )
        if each.labels is not None and (each.labels != labels).any():
            differ = int((each.labels != labels).sum())
            raise DataError(
                f"both networks must have predicted the same images in the same order, but {differ:,} of "
                f"{len(labels):,} labels differ. Predict the same images with both."
            )
    if first.class_names and second.class_names and first.class_names != second.class_names:
        raise DataError(
            f"both networks must know the same classes, but {first.name!r} and {second.name!r} name them differently. "
            "Predict the same images with both."
        )
    return labels


def compare_networks(
    first: NetworkPredictions,
    second: NetworkPredictions,
    *,
    class_names: Sequence[str] = (),
    confidence: float = 0.95,
    margin: float = 0.0,
) -> NetworkPair:
    """Counts where two networks differ, and what that shows about images not yet seen.

    Args:
        first: one network's predictions.
        second: the other's, on the same images.
        class_names: in label order; numbers where empty.
        confidence: of the interval; and that those of all classes hold at once.
        margin: differences of this size or less do not matter.

    Raises:
        DataError: they have not predicted the same images.
        SpecError: `confidence` or `margin` makes no sense.
    """
    labels = same_labels(first, second)
    one, two = first.predicted == labels, second.predicted == labels
    wrong = ~one & ~two
    present = [label for label, many in enumerate(np.bincount(labels)) if many > 1]  # one image shows no spread
    names = tuple(class_names) or first.class_names or second.class_names
    classes = [
        _class(
            names[label] if label < len(names) else str(label),
            one[labels == label],
            two[labels == label],
            confidence=confidence,
            classes=len(present),
        )
        for label in present
    ]
    return NetworkPair(
        first=first.name,
        second=second.name,
        images=len(labels),
        both_right=int((one & two).sum()),
        first_only=int((one & ~two).sum()),
        second_only=int((two & ~one).sum()),
        both_wrong=int(wrong.sum()),
        same_mistake=int((wrong & (first.predicted == second.predicted)).sum()),
        comparison=compare_predictions(one, two, confidence=confidence, margin=margin),
        classes=tuple(sorted(classes, key=lambda found: -abs(found.comparison.difference or 0.0))),
    )


def only_one_right(
    wrong: NetworkPredictions, right: NetworkPredictions, labels: NDArray[np.int64], *, most: int
) -> list[int]:
    """Images that only `right` gets right, those first of which `wrong` was surest."""
    places = np.flatnonzero((right.predicted == labels) & (wrong.predicted != labels))
    if wrong.probabilities is not None:
        places = places[np.argsort(-wrong.probabilities[places].max(axis=1), kind="stable")]
    return [int(place) for place in places[:most]]


def _class(
    name: str, one: NDArray[np.bool_], two: NDArray[np.bool_], *, confidence: float, classes: int
) -> ClassDifference:
    return ClassDifference(
        name=name,
        images=len(one),
        first_right=int(one.sum()),
        second_right=int(two.sum()),
        first_only=int((one & ~two).sum()),
        second_only=int((two & ~one).sum()),
        comparison=compare_predictions(one, two, confidence=confidence, comparisons=classes),
    )


def pair_sentences(pair: NetworkPair) -> tuple[str, ...]:
    """What may be said, the answer first."""
    (one, two), first, second = pair.accuracies, quoted(pair.first), quoted(pair.second)
    names, found = (pair.first, pair.second), pair.comparison
    if found.verdict == "worse":
        names, found = (pair.second, pair.first), found.reversed()
    alone = pair.first_only + pair.second_only
    said = [
        comparison_sentence(*names, found),
        f"Of {counted(pair.images, 'image')} {first} gets {percent(one)} right and {second} {percent(two)}.",
        f"On {counted(alone, 'image')} exactly one of them is right: {first} on {count(pair.first_only)}, {second} on "
        f"{count(pair.second_only)}."
        if alone
        else "There is no image that only one of them gets right.",
    ]
    if pair.both_wrong:
        said.append(
            f"Both are wrong on {counted(pair.both_wrong, 'image')}, and give the same wrong class for "
            f"{'all of them' if pair.same_mistake == pair.both_wrong else count(pair.same_mistake)}."
        )
    return (
        *said,
        *_class_sentence(pair),
        "This is about these two trained networks, not about their arms: with another seed the same arm is another "
        "network, and often differs from itself by as much.",
    )


def _class_sentence(pair: NetworkPair) -> list[str]:
    """The class on which the two differ most; nothing where they differ on none."""
    top = pair.classes[0] if pair.classes else None
    if top is None or not top.comparison.difference:
        return []
    family = counted(len(pair.classes), "class", "classes")
    told = "" if top.comparison.told_apart else "; that may be chance"
    return [
        f"They differ most on the class {quoted(top.name)}: of {counted(top.images, 'image')} {quoted(pair.first)} "
        f"gets {count(top.first_right)} right and {quoted(pair.second)} {count(top.second_right)} (difference "
        f"{points(top.comparison.difference, sign=True)} points, {100 * top.comparison.confidence:g} % interval "
        f"{_interval(top.comparison.interval)}, corrected for {family}){told}."
    ]


def count_rows(pair: NetworkPair) -> tuple[tuple[str, ...], ...]:
    """Header, and how many images both, one, or none of the two get right."""
    return (
        ("images", "count", "share"),
        *(
            (name, count(number), percent(number / pair.images))
            for name, number in (
                ("both right", pair.both_right),
                (f"only {pair.first} right", pair.first_only),
                (f"only {pair.second} right", pair.second_only),
                ("both wrong", pair.both_wrong),
            )
        ),
    )


def class_rows(pair: NetworkPair) -> tuple[tuple[str, ...], ...]:
    """Header, then one row per class, the largest difference first."""
    header = (
        "class", "images", f"{pair.first} right", f"{pair.second} right", "difference (points)", "interval (points)",
    )  # fmt: skip
    return (
        header,
        *(
            (
                each.name,
                count(each.images),
                count(each.first_right),
                count(each.second_right),
                points(each.comparison.difference, sign=True),
                _interval(each.comparison.interval),
            )
            for each in pair.classes
        ),
    )


def _interval(interval: Interval | None) -> str:
    return "none" if interval is None else " to ".join(ends(interval, points, sign=True))
