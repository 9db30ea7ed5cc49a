"""The batches of a training as PyTorch hands them to the loss: images, labels and answers, where no arrays were given.

Keras gives a callback no data. On the PyTorch backend a model's public `compute_loss` is called with every batch, in
training as in validation; here it is called through, until the training ends. Elsewhere that function is traced
once, and nothing is seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from classlab.doctor import thresholds as at
from classlab.doctor.keras_data import (
    class_numbers,
    covers,
    finite,
    label_facts,
    nearest_centroid_accuracy,
    own_centroid_accuracies,
)
from classlab.doctor.keras_input import entrance, split_facts
from classlab.measures.keras_probe import HandedSplit
from classlab.records.diagnostics import SplitFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from classlab.doctor.case import LabelFacts
    from classlab.doctor.keras_input import Entrance

Phase = Literal["train", "validation"]
_NAMES = ("x", "y", "y_pred", "sample_weight", "training")  # of the arguments of Keras's `compute_loss`
_BATCHES = 16  # whose values are looked at
_IMAGES = 1024  # that are kept for the rule without training
_ASKED = 256  # of them at once
_VALUES = 20_000_000  # of their pixels, 80 MB


@dataclass(frozen=True, kw_only=True)
class StreamFacts:
    """What an epoch of batches has shown.

    Args:
        labels: form and range of the training labels.
        counts: images per class by split; empty where labels are no classes.
        unseen_right: validation images per class that were given to their class.
        baseline_accuracy: of a nearest-centroid rule on the first batches of both splits.
        own_accuracy: of such a rule within each split, by split.
        one_class_batches: share of the training batches whose images are all of one class.
        batches: what reached the first layer with weights, by split and batch.
    """

    labels: LabelFacts | None = None
    counts: dict[str, tuple[int, ...]] = field(default_factory=dict)
    unseen_right: tuple[int, ...] = ()
    baseline_accuracy: float | None = None
    own_accuracy: dict[str, float] = field(default_factory=dict)
    one_class_batches: float = 0.0
    batches: dict[str, tuple[SplitFacts, ...]] = field(default_factory=dict)

    def splits(self) -> dict[str, SplitFacts]:
        """Each split as a whole, as far as its first batches show it."""
        return {split: _together(found, self.counts.get(split, ())) for split, found in self.batches.items()}


def _together(batches: tuple[SplitFacts, ...], counts: tuple[int, ...]) -> SplitFacts:
    sizes = np.array([each.images for each in batches], float)
    means, deviations = (np.array([getattr(each, name) for each in batches]) for name in ("mean", "deviation"))
    mean = float(sizes @ means / sizes.sum())
    return SplitFacts(
        images=sum(counts) or int(sizes.sum()),
        minimum=min(each.minimum for each in batches),
        maximum=max(each.maximum for each in batches),
        mean=mean,
        deviation=float(np.sqrt(sizes @ (deviations**2 + (means - mean) ** 2) / sizes.sum())),
        class_counts=counts,
    )


@dataclass(kw_only=True, eq=False)
class Stream:
    """What has passed.

    Args:
        model: the model that trains.
        classes: units of its head.
        met: what turns images into what the first layer with weights meets; None where that is not known.
        phase: which images pass now; None after something passed that cannot be looked at.
        alarm: called when the first labels are known, before the loss meets them.
        labels: form and range of the training labels so far.
        kept: the first batches of each split.
        facts: the values of those.
        passed: labels and named classes of every batch of this epoch, still where they were computed.
        baseline: of a nearest-centroid rule on what was kept.
        within: of such a rule within each split of it.
        own: what stands before the model's loss.
    """

    model: Any
    classes: int
    met: Entrance | None
    phase: Phase | None = "train"
    alarm: Callable[[], None] = lambda: None
    labels: LabelFacts | None = None
    kept: dict[str, list[HandedSplit]] = field(default_factory=dict)
    facts: dict[str, list[SplitFacts]] = field(default_factory=dict)
    passed: dict[str, list[tuple[Any, Any]]] = field(default_factory=dict)
    baseline: float | None = None
    within: dict[str, float] = field(default_factory=dict)
    own: Any = None

    @classmethod
    def begin(cls, model: Any, *, classes: int) -> Stream:
        """Stands between a model and its loss.

        Args:
            model: a model on PyTorch that is about to train.
            classes: units of its head.
        """
        stream, computed = cls(model=model, classes=classes, met=entrance(model)), model.compute_loss

        def compute_loss(*given: Any, **options: Any) -> Any:
            stream._pass(dict(zip(_NAMES, given, strict=False)) | options)
            return computed(*given, **options)

        model.compute_loss = stream.own = compute_loss
        return stream

    def close(self) -> None:
        """Lets the model call its own again; where another doctor stands before it, that one does so."""
        self.phase = None
        if vars(self.model).get("compute_loss") is self.own:
            del self.model.compute_loss

    def epoch(self) -> StreamFacts:
        """What the epoch that ended has shown; the next one is counted anew."""
        counted = {split: _counted(pairs, self.classes) for split, pairs in self.passed.items()}
        if self.labels is not None and not self.labels.one_hot and "train" in self.passed:
            self.labels = label_facts(np.concatenate([_array(labels) for labels, _ in self.passed["train"]]))
        alone = _one_class(labels for labels, _ in self.passed.get("train", ()))
        self.passed = {}
        if self.baseline is None and {"train", "validation"} <= set(self.kept):
            train, validation = (_joined(self.kept[split]) for split in ("train", "validation"))
            if covers(train, validation):  # the first images of sorted rows stand for none of the others
                self.baseline = nearest_centroid_accuracy(train, validation)
                self.within = own_centroid_accuracies(train, validation)
        present = {split: tuple(counts[0].tolist()) for split, counts in counted.items() if counts is not None}
        seen = counted.get("validation")
        return StreamFacts(
            labels=self.labels,
            counts=present,
            unseen_right=() if seen is None else tuple(seen[1].tolist()),
            baseline_accuracy=self.baseline,
            own_accuracy=self.within,
            one_class_batches=alone,
            batches={split: tuple(found) for split, found in self.facts.items() if found},
        )

    def fitted_accuracy(self, said: Callable[[NDArray[Any]], NDArray[np.int64]]) -> float | None:
        """Share of the kept training images that are named rightly; None where there are none, or no classes.

        Args:
            said: names the class of each of some images, `(images, ...)`.
        """
        if not self.kept.get("train"):
            return None
        images, numbers = (joined := _joined(self.kept["train"])).images, class_numbers(joined.labels)
        if numbers is None:
            return None
        parts = range(0, len(images), _ASKED)
        named = np.concatenate([said(images[start : start + _ASKED]) for start in parts])
        return float((named == numbers).mean())

    def _pass(self, given: dict[str, Any]) -> None:
        """Takes one batch; whatever it is, training goes on."""
        if self.phase is None:
            return
        try:
            self._note(self.phase, given["x"], given["y"], given["y_pred"])
        except Exception:  # noqa: BLE001  (a batch may be anything: nested, ragged, without labels)
            self.phase = None

    def _note(self, split: Phase, images: Any, labels: Any, answers: Any) -> None:
        wide = labels.ndim == 2 and labels.shape[1] > 1
        named = answers.argmax(-1) if answers.shape[-1] > 1 else None
        self.passed.setdefault(split, []).append((labels.argmax(-1) if wide else labels.reshape(-1), named))
        if split == "train" and self.labels is None:
            self.labels = label_facts(_array(labels))
            self.alarm()
        if len(self.facts.setdefault(split, [])) < _BATCHES:
            self._keep(split, HandedSplit(images=_array(images), labels=_array(labels)))

    def _keep(self, split: Phase, batch: HandedSplit) -> None:
        """The first batches' values, and their images for the rule without training."""
        held = self.kept.setdefault(split, [])
        if sum(len(each.images) for each in held) < _IMAGES and sum(each.images.size for each in held) < _VALUES:
            held.append(batch)
        if self.met is not None and finite(batch):
            found = split_facts(replace(batch, labels=np.zeros(len(batch.images), np.int64)), self.met, classes=1)
            self.facts[split].append(replace(found, class_counts=()))


def _array(tensor: Any) -> NDArray[Any]:
    values: NDArray[Any] = tensor.detach().cpu().numpy()
    return values


def _one_class(batches: Iterable[Any]) -> float:
    """Share of the batches that are large enough to tell and hold one class only."""
    held = [labels for labels in map(_array, batches) if len(labels) >= at.BATCH_IMAGES]
    return float(np.mean([bool((labels == labels[0]).all()) for labels in held])) if held else 0.0


def _joined(batches: list[HandedSplit]) -> HandedSplit:
    return HandedSplit(
        images=np.concatenate([each.images for each in batches]),
        labels=np.concatenate([each.labels for each in batches]),
    )


def _counted(pairs: list[tuple[Any, Any]], classes: int) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Images per class, and those that were given to it; None where labels are no classes of the head."""
    numbers = class_numbers(np.concatenate([_array(labels) for labels, _ in pairs]))
    if numbers is None or not len(numbers) or numbers.max() >= max(2, classes):
        return None
    named = [_array(named) for _, named in pairs if named is not None]
    right = np.concatenate(named) == numbers if len(named) == len(pairs) else np.zeros(len(numbers), bool)
    width = max(2, classes)
    return np.bincount(numbers, minlength=width), np.bincount(numbers[right], minlength=width)
