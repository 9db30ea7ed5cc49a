"""A backbone: a frozen network whose features stand in for the images of a training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from classlab.records.architecture import ImageShape
from classlab.records.base import CheckedRecord
from classlab.records.bounds import Asked, size


@dataclass(frozen=True, kw_only=True)
class Backbone(CheckedRecord):
    """What turns each picture into a row of features before the head of a run sees it.

    Args:
        name: what the user calls it: one of `keras.applications`, or a file's name; no part of a run's identity.
        digest: SHA-256 of its layers and weights, the cut and its own preprocessing included.
        input_shape: `(height, width, channels)` of the pictures that it takes.
        features: numbers that it makes of one picture.
        weights: what was asked for of a network by name: imagenet, none, or a file; "" for a file's own. No part of a
            run's identity either: the digest says what they are.
        scaled_by: the layer by which it scales pixels itself; "" where it does not.
    """

    name: str
    digest: str
    input_shape: ImageShape
    features: Annotated[int, size(1280)]
    weights: str = ""
    scaled_by: str = ""


@dataclass(frozen=True, kw_only=True)
class FineTuning(CheckedRecord):
    """A second stage: once a head is trained, the last layers of the whole network go on learning, on the pictures.

    Args:
        layers: how many of the last layers with weights, the head's among them; batch normalizations rest and do not
            count.
        epochs: passes over the training images.
        learning_rate: of Adam, which trains this stage whatever trained the head.
    """

    layers: Annotated[int, size(3)]
    epochs: Annotated[int, Asked("fine_tune_epochs")] = 5
    learning_rate: Annotated[float, Asked("fine_tune_rate")] = 1e-5
