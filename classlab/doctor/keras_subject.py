"""What does not change while a Keras model trains: the model as compiled, and the arrays that were handed over."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.doctor import thresholds as at
from classlab.doctor.keras_answers import AnswerFacts, answer_facts
from classlab.doctor.keras_blind import NO_IMAGES, UNFIT, blind_rules
from classlab.doctor.keras_data import class_numbers, label_facts, nearest_centroid_accuracy, own_centroid_accuracies
from classlab.doctor.keras_head import known_layers
from classlab.doctor.keras_input import entrance, split_facts
from classlab.doctor.keras_setup import KerasSetup, keras_setup, reported_by
from classlab.doctor.symptoms.misleading_metric import EQUAL_NUMBERS, MISLEADING
from classlab.measures.keras_layers import keras_layers
from classlab.measures.keras_probe import HandedSplit, KerasProbe, classes_said, keras_probe
from classlab.measures.plan import GRADIENT_IMAGES, probe_positions, probe_size
from classlab.measures.splits import overlaps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from classlab.doctor.case import LabelFacts
    from classlab.doctor.layer_facts import LayerFacts
    from classlab.records.diagnostics import SplitFacts

_PER_CLASS = 20  # images per unit of the head: with fewer, a class may be missing from the labels by chance
# Names that Keras gives to models by itself.
_NAMED_BY_KERAS = re.compile(r"(sequential|functional|model)(_\d+)?")


@dataclass(frozen=True, kw_only=True, eq=False)
class KerasSubject:
    """One model at the beginning of one `fit`.

    Args:
        model: the model.
        setup: how it was compiled.
        layers: its layers, as far as they are known.
        probe: the network opened for the probe images.
        classes: how many classes there are; 2 where the model does not name classes.
        names_classes: whether the model names one class per image.
        splits: what was handed over, as the first layer with weights meets it.
        labels: the training labels.
        overlap: exact duplicates between splits; None where fewer than two were handed over.
        validation_is_test: whether validation and test images are the same.
        baseline_accuracy: of a nearest-centroid rule.
        own_accuracy: the same within each split.
        recomputed_accuracy: share of probe images whose most probable class is right, before the first step.
        reported_accuracy: the model's metric on the same, where it can be made anew.
        input_shape: of one image; () where it is not fixed.
        answers: what the answers to the probe images show before the first step.
        sorted_labels: whether the training rows are in the order of their classes.
        label: what the user calls the training.
        continued: whether the user says that it goes on from an earlier one.
        blind: rules that cannot be checked, with the reason.
        out_of_reach: fields of a case that are missing, with the reason.
    """

    model: Any
    setup: KerasSetup
    layers: tuple[LayerFacts, ...]
    probe: KerasProbe
    classes: int
    names_classes: bool
    splits: Mapping[str, SplitFacts]
    labels: LabelFacts | None
    overlap: Mapping[str, int] | None
    validation_is_test: bool
    baseline_accuracy: float | None
    own_accuracy: Mapping[str, float]
    recomputed_accuracy: float | None
    reported_accuracy: float | None
    answers: AnswerFacts
    sorted_labels: bool
    input_shape: tuple[int, ...]
    label: str
    continued: bool
    blind: Mapping[str, str]
    out_of_reach: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the diagnosis is about, in words."""
        return f"the training of {self.label or self.model.name}"

    @property
    def asks(self) -> bool:
        """Whether the network can be asked about probe images."""
        probe = self.probe
        return self.names_classes and probe.numbers is not None and self.setup.loss_function is not None

    @property
    def accuracy_name(self) -> str:
        """Keras's name of the figure that is the share of images whose most probable class is right; "" for none."""
        kind, name = self.setup.metric
        return "" if (kind in MISLEADING and self.classes > 2) or self._misled else name

    @property
    def _misled(self) -> bool:
        """Whether what the model reports was seen to be something else."""
        both = self.reported_accuracy, self.recomputed_accuracy
        return None not in both and abs(both[0] - both[1]) > at.METRIC_DIFFERENCE  # type: ignore[operator]


def keras_subject(model: Any, handed: Mapping[str, HandedSplit], *, label: str, continued: bool) -> KerasSubject:
    """Looks at a model and at what was handed over, before the first step.

    Args:
        model: a built and compiled model.
        handed: the splits that were handed over, by name: train, validation, test.
        label: what the user calls the training; "" for the model's own name.
        continued: whether the training goes on from an earlier one on purpose.
    """
    setup, found = keras_setup(model), keras_layers(model)
    said = _predictions(model, found, setup, handed.get("train"))
    if setup.width is None and said is not None and said.ndim == 2:  # a subclassed model shows its width only here
        setup = replace(setup, width=said.shape[1])
    missing = UNFIT if handed.get("train") and said is None else NO_IMAGES
    handed = {} if said is None else handed
    train = handed.get("train")
    facts = None if train is None else label_facts(_all_labels(handed))
    layers = known_layers(model, found, width=setup.width, predictions=said)
    classes = _classes(setup, facts, layers, 0 if train is None else len(train.images))
    probe, met = _probe(model, found, setup, train, classes or 2), entrance(model) if handed else None
    reported, recomputed = _accuracies(probe, setup, said, classes)
    return KerasSubject(
        model=model,
        setup=setup,
        layers=layers,
        probe=probe,
        classes=classes or 2,
        names_classes=classes is not None,
        splits={name: split_facts(split, met, classes=classes or 2) for name, split in handed.items()},
        labels=facts,
        overlap=overlaps({name: split.images for name, split in handed.items()}) if len(handed) > 1 else None,
        validation_is_test=_same(handed.get("validation"), handed.get("test")),
        baseline_accuracy=None
        if train is None or classes is None
        else nearest_centroid_accuracy(train, handed.get("validation")),
        own_accuracy={}
        if train is None or classes is None or "validation" not in handed
        else own_centroid_accuracies(train, handed["validation"]),
        recomputed_accuracy=recomputed,
        reported_accuracy=reported,
        answers=answer_facts(probe, said),
        sorted_labels=train is not None and _sorted(class_numbers(train.labels)),
        input_shape=_input_shape(model),
        label=label or ("" if _NAMED_BY_KERAS.fullmatch(model.name) else model.name),
        continued=continued,
        blind=blind_rules(
            found,
            layers,
            names_classes=classes is not None,
            read=bool(probe.read),
            met=met is not None,
            handed=handed,
            missing=missing,
        ),
        out_of_reach=dict.fromkeys(("splits", "labels", "probes", "overlap", "baseline_accuracy"), missing)
        if train is None
        else {},
    )


def _all_labels(handed: Mapping[str, HandedSplit]) -> NDArray[np.generic]:
    """The labels of training and validation together, where they have one form: a class may be in one of them alone."""
    train = handed["train"].labels
    others = [handed[name].labels for name in ("validation",) if name in handed]
    alike = [labels for labels in others if labels.shape[1:] == train.shape[1:]]
    return np.concatenate([train, *alike])


def _sorted(numbers: NDArray[np.int64] | None) -> bool:
    return numbers is not None and bool((np.diff(numbers) >= 0).all()) and numbers[0] != numbers[-1]


def _probe(model: Any, found: Any, setup: KerasSetup, train: HandedSplit | None, classes: int) -> KerasProbe:
    sample = None if train is None else _probe_images(train)
    numbers = None if sample is None else class_numbers(sample.labels)
    if numbers is not None and numbers.max() >= classes:
        numbers = None
    return keras_probe(model, found, setup, split=sample, numbers=numbers, classes=classes)


def _probe_images(train: HandedSplit) -> HandedSplit:
    """The images that the network is asked about every time; those whose gradients are measured come first."""
    images, numbers = len(train.images), class_numbers(train.labels)
    labels = np.zeros(images, np.int64) if numbers is None else numbers
    return train.at(probe_positions(labels, most=probe_size(images), leading=GRADIENT_IMAGES))


def _predictions(
    model: Any, found: Any, setup: KerasSetup, train: HandedSplit | None
) -> NDArray[np.floating[Any]] | None:
    """What the model says of the probe images before the first step; None where it cannot be asked."""
    if train is None:
        return None
    try:
        return _probe(model, found, setup, train, 1).predictions()
    except Exception:  # noqa: BLE001  (a model may refuse images that fit would refuse as well)
        return None


def _classes(setup: KerasSetup, labels: LabelFacts | None, layers: tuple[LayerFacts, ...], images: int) -> int | None:
    """Number of classes; None for a model that does not name one class per image."""
    width, task = setup.width, setup.task
    if width is None:
        return None
    counted = 0 if labels is None else labels.width if labels.one_hot else int(max(0.0, labels.maximum)) + 1
    if task == "binary":
        return max(2, counted)
    if task == "classes":
        # Where the labels of thousands of images stop short of the head, it has units to spare.
        seen = labels is not None and not labels.one_hot and labels.whole and images >= _PER_CLASS * width
        return max(2, counted if seen else width, counted)
    asked = setup.metric[0] in ("accuracy", EQUAL_NUMBERS)
    if labels is None:
        probable = bool(layers) and any(layer.activation == "softmax" for layer in layers[-2:])
        own = not setup.loss and asked  # a function of somebody's own says nothing of its labels
        return width if (probable or own) and width > 1 else None
    shares = labels.one_hot and labels.whole and labels.rows_sum_to_one and labels.minimum >= 0
    numbers = not labels.one_hot and labels.whole and labels.minimum >= 0
    # One number per image is a quantity that is estimated, unless its accuracy is asked for.
    return max(width, counted) if (width > 1 or asked) and (shares or numbers) else None


def _accuracies(
    probe: KerasProbe, setup: KerasSetup, said: NDArray[np.floating[Any]] | None, classes: int | None
) -> tuple[float | None, float | None]:
    """What the model's metric makes of the probe images, and accuracy by the most probable class."""
    if setup.metric_config is None or said is None or probe.numbers is None or classes is None or probe.split is None:
        return None, None
    reported = reported_by(setup.metric_config, probe.split.labels, said)
    return (None, None) if reported is None else (reported, float((classes_said(said, setup) == probe.numbers).mean()))


def _same(one: HandedSplit | None, other: HandedSplit | None) -> bool:
    return (
        one is not None
        and other is not None
        and (one.images is other.images or np.array_equal(one.images, other.images))
    )


def _input_shape(model: Any) -> tuple[int, ...]:
    shape = getattr(model, "input_shape", None)
    fixed = isinstance(shape, tuple) and all(isinstance(extent, int) for extent in shape[1:])
    return tuple(shape[1:]) if fixed and shape is not None else ()
