"""What a page carries of a run: facts as JSON, and weights as numbers that the facts point into."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from classlab.errors import ExportError
from classlab.models.export_proof import REPORT
from classlab.models.weights import weight_specs
from classlab.offline.words import unlike_words
from classlab.records import Architecture, to_plain
from classlab.records.codec import from_plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from classlab.datasets.ink_style import InkStyle
    from classlab.records import KerasArchitecture, RunRecord
    from classlab.records.architecture import ImageShape
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.preparation import Preparation

    Floats = NDArray[np.float32]

_PROBES = 2  # images of noise on which the page compares itself with the run when it is opened


class Predictor(Protocol):
    """What computes class probabilities, as `classlab.training.predict` does."""

    def __call__(
        self,
        architecture: Architecture,
        weights: dict[str, Floats],
        images: NDArray[np.uint8],
        *,
        input_layer: Rescaling | Normalization,
        from_logits: bool,
    ) -> Floats:
        """Of raw pixels, `(images, classes)`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class OfflineRun:
    """What a page needs of a run.

    Args:
        record: the run's.
        network: from the images to the scores.
        weights: of the network, by layer position and name.
        preparation: what brings a picture to the network's images.
        style: how the training images were made where they are centred ink; else None.
        border: mean brightness of the training images' outermost pixels, in [0, 1]; None where it is not known.
        likeness: what tells pictures unlike the training images, arrays by name; None where nothing does.
        false_alarms: the share of validation images that count as unlike.
        untold: why unlike pictures are not told, as a clause; None where they are.
    """

    record: RunRecord
    network: Architecture | KerasArchitecture
    weights: dict[str, Floats]
    preparation: Preparation
    style: InkStyle | None
    border: float | None
    likeness: dict[str, Floats] | None
    false_alarms: float
    untold: str | None


class Numbers:
    """Arrays, one behind the other, as float32 with the low byte first."""

    def __init__(self) -> None:
        self._parts: list[Floats] = []
        self._length = 0

    def add(self, arrays: Mapping[str, Floats]) -> dict[str, tuple[int, int]]:
        """Takes arrays by name, and says where each begins and how long it is."""
        places = {}
        for name, array in arrays.items():
            flat = np.asarray(array, "<f4").ravel()
            places[name] = (self._length, flat.size)
            self._parts.append(flat)
            self._length += flat.size
        return places

    def all(self) -> Floats:
        """Every number, `(numbers,)`."""
        return np.concatenate(self._parts)


def facts_of(run: OfflineRun, network: Architecture, numbers: Numbers, *, predict: Predictor) -> dict[str, Any]:
    """Everything that the page's script is told, as JSON holds it.

    Args:
        run: the run.
        network: its own.
        numbers: takes the arrays.
        predict: computes what the page must find of noise.
    """
    record, style, likeness = run.record, run.style, run.likeness
    probes = np.stack([probe(network.input_shape, number) for number in range(_PROBES)])
    from_logits = record.spec.loss.from_logits
    expected = predict(network, run.weights, probes, input_layer=record.input_layer, from_logits=from_logits)
    return {
        "network": {
            "architecture": to_plain(network),
            "input_layer": to_plain(record.input_layer),
            "from_logits": from_logits,
            "weights": numbers.add(run.weights),
            "features": _features(network),
        },
        "proof": expected.tolist(),
        "classes": record.class_names,
        "preparation": to_plain(run.preparation),
        "paper": None if record.reading is None else record.reading.paper,
        "style": None if style is None else json.loads(style.to_json()),
        "border": run.border,
        "likeness": None if likeness is None else numbers.add(likeness),
        "unlike": None if likeness is None else unlike_words(likeness, run.false_alarms),
    }


def network_in(facts: dict[str, Any], numbers: Floats) -> tuple[Architecture, dict[str, Floats]]:
    """The network and the weights that facts and numbers hold.

    Args:
        facts: as `facts_of` gives them, out of JSON.
        numbers: as `Numbers.all` gives them.

    Raises:
        ExportError: they do not fit.
    """
    held = facts["network"]
    network = from_plain(Architecture, held["architecture"])
    shapes = {spec.key: spec.shape for spec in weight_specs(network)}
    parts = {name: numbers[start : start + length] for name, (start, length) in held["weights"].items()}
    if {name: part.size for name, part in parts.items()} != {name: prod(shape) for name, shape in shapes.items()}:
        raise ExportError(f"the page must hold the weights of its layers, but reading it gives others. {REPORT}")
    return network, {name: part.reshape(shapes[name]) for name, part in parts.items()}


def probe(shape: ImageShape, number: int) -> NDArray[np.uint8]:
    """Noise that needs no storing, `(height, width, channels)`: the page's script makes the same.

    Args:
        shape: of an image.
        number: of the image, from 0.

    References:
        Knuth, The Art of Computer Programming 3, 6.4: multiplicative hashing by the golden ratio.
    """
    size = prod(shape)
    places = np.arange(number * size + 1, (number + 1) * size + 1, dtype=np.uint64)
    return ((places * np.uint64(2654435761) & np.uint64(0xFFFFFFFF)) >> np.uint64(24)).astype(np.uint8).reshape(shape)


def _features(network: Architecture) -> int:
    """The layer whose values enter the last one with weights: by them likeness is measured, see `views_of`."""
    last = len(network.layers) - 1
    while last > 0 and network.layers[last].kind == "Activation":
        last -= 1
    return last - 1
