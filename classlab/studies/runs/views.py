"""A run's three views of images, and what its training images have in common in them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from classlab.datasets.appearance import forms, ground_of, thumbnails
from classlab.datasets.dataset import Split
from classlab.records import Architecture, Loss
from classlab.records.layers import Activation, Dense
from classlab.studies.runs.likeness import LEAST_IMAGES, Views, fit_likeness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.datasets.dataset import Division
    from classlab.records import RunRecord
    from classlab.studies.runs.run_folder import Predictions, StoredRun
    from classlab.training import Weights

_TRAINING_IMAGES = 2000  # of all classes together; 5,000 flag the same, see docs/evidence/own-pictures.md
_VALIDATION_IMAGES = 2000  # the share above the threshold is known to half a percent


def views_of(images: NDArray[np.uint8], record: RunRecord, weights: Weights, *, ground: float) -> Views:
    """What a run's network and two plain looks make of images.

    Args:
        images: uint8, `(images, height, width, channels)`.
        record: of the run.
        weights: its weights.
        ground: the training images' `ground_of`.
    """
    return Views(
        features=_features(images, record, weights),
        thumbnails=thumbnails(images),
        forms=forms(images, ground=ground),
    )


def with_likeness(stored: StoredRun, division: Division) -> StoredRun:
    """Adds to a run what its training images have in common, where that can be measured.

    Single trainings have it done at their end. Of a study only the run that is asked needs it: see `Run.calibrate`.

    Args:
        stored: the run.
        division: its images.
    """
    if stored.predictions is None or why_no_likeness(stored.record, division) is not None:
        return stored
    classes = len(stored.record.class_names)
    train, validation = division.train.spread(_TRAINING_IMAGES), division.validation.spread(_VALIDATION_IMAGES)
    ground = ground_of(train.images)
    known, others = (
        views_of(split.images, stored.record, stored.weights, ground=ground) for split in (train, validation)
    )
    if not (np.isfinite(known.features).all() and np.isfinite(others.features).all()):
        return stored  # the weights of a run that was about to diverge
    likeness = fit_likeness(
        known, train.labels, others, _named(stored.predictions, len(validation)), classes=classes, ground=ground
    )
    return replace(stored, likeness=likeness)


def why_no_likeness(record: RunRecord, division: Division | None = None) -> str | None:
    """Why a run's images cannot calibrate a score, as a clause; None where they can.

    Args:
        record: of the run.
        division: its images; without them only the record's figures are looked at.
    """
    if record.validation is None:
        return "it has no usable weights"
    if record.validation.images < LEAST_IMAGES:
        return (
            f"its {record.validation.images} validation images are fewer than the {LEAST_IMAGES} that a threshold needs"
        )
    if division is not None and len(np.unique(division.train.spread(_TRAINING_IMAGES).labels)) < len(
        record.class_names
    ):
        return "its training images lack a class"
    return None


def _named(predictions: Predictions, images: int) -> NDArray[np.int64]:
    """The classes that the network named of as many validation images, spread as `Split.spread` spreads them."""
    probabilities, labels = predictions.on_validation()
    classes = probabilities.argmax(axis=1).astype(np.int64)
    return np.take(classes, [place * len(labels) // images for place in range(images)])


def _features(images: NDArray[np.uint8], record: RunRecord, weights: Weights) -> NDArray[np.float32]:
    """The values that enter the last Dense layer, `(images, features)`; no columns where the engine cannot see them."""
    from classlab.models.shapes import output_shapes
    from classlab.training import measure

    none = np.zeros((len(images), 0), np.float32)
    architecture = record.spec.architecture
    if not isinstance(architecture, Architecture) or architecture.inputs is not None or not len(images):
        return none
    if record.spec.data.backbone is not None:  # whose head does not take images
        return none
    layers = list(architecture.layers)
    while layers and isinstance(layers[-1], Activation):
        layers.pop()
    last = len(layers) - 1
    body = {key: value for key, value in weights.items() if int(key.split(".")[0]) < last}
    if last < 1 or not isinstance(layers[last], Dense) or not body:
        return none
    network = replace(architecture, layers=tuple(layers[:last]))
    if len(output_shapes(network)[-1]) != 1:
        return none
    split = Split(images=images, labels=np.zeros(len(images), np.int64))
    # With this loss outputs are handed on as they are: no softmax is applied to them.
    loss = Loss(name="mean_squared_error")
    (measured,) = measure(network, [body], split, input_layer=record.input_layer, loss=loss)
    return np.asarray(measured.probabilities, np.float32)
