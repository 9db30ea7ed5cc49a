"""A run as one HTML file: its weights and facts, the script that computes with them, and nothing from outside."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.errors import ExportError, SpecError
from classlab.files.atomic_file import write_atomically
from classlab.models.export_proof import REPORT, Proof, largest_difference
from classlab.offline.package_text import package_text
from classlab.offline.script import script
from classlab.models.weights import weight_specs
from classlab.offline.words import terms, title, unlike_words
from classlab.records import Architecture, to_plain
from classlab.records.codec import from_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from classlab.datasets.ink_style import InkStyle
    from classlab.records import KerasArchitecture, RunRecord
    from classlab.records.preparation import Preparation

    Weights = Mapping[str, NDArray[np.float32]]

PROBES = 2  # images of noise on which the page compares itself with the run when it is opened


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
        likeness: what tells pictures unlike the training images, as arrays by name; None where nothing does.
        false_alarms: the share of validation images that count as unlike.
        untold: why they are not told, as a sentence; None where they are.
        predict: class probabilities of raw images by a network with weights, as the run predicts.
    """

    record: RunRecord
    network: Architecture | KerasArchitecture
    weights: Weights
    preparation: Preparation
    style: InkStyle | None
    border: float | None
    likeness: Weights | None
    false_alarms: float
    untold: str | None
    predict: Callable[[Architecture, Weights, NDArray[np.uint8]], NDArray[np.float32]]


def write_page(path: Path, run: OfflineRun, *, images: NDArray[np.uint8]) -> Proof:
    """Writes the page, after what it holds was read back and compared with the run.

    That the page's script computes the same is found by the page itself, whenever it is opened: it answers nothing
    where its scores of two images of noise are not the run's within 1e-4.

    Args:
        path: the file.
        run: the run.
        images: uint8, `(images, height, width, channels)`, on which the page's network must agree with the run's.

    Raises:
        ExportError: the page holds another network.
        SpecError: the network has a layer that only Keras computes.
        StorageError: the file cannot be written.
    """
    if not isinstance(run.network, Architecture):
        raise SpecError(
            f"a page computes the layers that classlab's engine knows, but {run.network.name!r} trains through Keras: "
            f"{run.network.reason}. Export it for Keras with `--to keras`."
        )
    text = page_text(run, run.network)
    network, weights = _read(text)
    same = weights.keys() == run.weights.keys() and all(np.array_equal(weights[key], run.weights[key]) for key in weights)
    if network != run.network or not same:
        raise ExportError(f"{path} must hold the run's layers and weights, but reading it gives others. {REPORT}")
    difference = largest_difference(
        path, run.predict(network, weights, images), run.predict(run.network, run.weights, images)
    )
    write_atomically(path, text.encode("utf-8", "replace"))
    return Proof(max_difference=difference, images=len(images), by="classlab")


def page_text(run: OfflineRun, network: Architecture) -> str:
    """The page as text.

    Args:
        run: the run.
        network: its own.
    """
    from jinja2 import Environment, StrictUndefined

    height, width = run.preparation.size
    numbers = Numbers()
    facts = _facts(run, network, numbers)
    styles = package_text("classlab.reports", "templates", "style.css") + package_text(
        "classlab.offline", "templates", "offline.css"
    )
    code = script("page.js")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(package_text("classlab.offline", "templates", "offline.html")).render(
        title=title(run.record),
        terms=terms(run.record, untold=run.untold),
        size=f"{width}x{height}",
        facts=_in_html(facts),
        numbers=base64.b64encode(numbers.all().tobytes()).decode(),
        script=code,
        script_hash=_hash(code),
        style=styles,
        style_hash=_hash(styles),
    )


def probe(shape: tuple[int, int, int], number: int) -> NDArray[np.uint8]:
    """Noise that needs no storing, `(height, width, channels)`: the page's script makes the same.

    Args:
        shape: of an image.
        number: of the image, from 0.

    References:
        Knuth, The Art of Computer Programming 3, 6.4: multiplicative hashing by the golden ratio.
    """
    size = int(np.prod(shape))
    places = np.arange(1, size + 1, dtype=np.uint64) + np.uint64(number * size)
    return ((places * np.uint64(2654435761) & np.uint64(0xFFFFFFFF)) >> np.uint64(24)).astype(np.uint8).reshape(shape)


class Numbers:
    """Arrays, one behind the other, as the page carries them: float32, the low byte first."""

    def __init__(self) -> None:
        self._parts: list[NDArray[np.float32]] = []
        self._length = 0

    def add(self, arrays: Weights) -> dict[str, tuple[int, int]]:
        """Takes arrays by name, and says where each begins and how long it is."""
        places = {}
        for name, array in arrays.items():
            flat = np.asarray(array, "<f4").ravel()
            places[name] = (self._length, flat.size)
            self._parts.append(flat)
            self._length += flat.size
        return places

    def all(self) -> NDArray[np.float32]:
        """One behind the other."""
        return np.concatenate([*self._parts, np.zeros(0, "<f4")])


def _facts(run: OfflineRun, network: Architecture, numbers: Numbers) -> dict[str, Any]:
    record, style = run.record, run.style
    probes = np.stack([probe(network.input_shape, number) for number in range(PROBES)])
    reading = record.reading
    return {
        "network": {
            "architecture": to_plain(network),
            "input_layer": to_plain(record.input_layer),
            "from_logits": record.spec.loss.from_logits,
            "weights": numbers.add(run.weights),
            "features": _feature_layer(network),
        },
        "proof": run.predict(network, run.weights, probes).tolist(),
        "classes": record.class_names,
        "preparation": to_plain(run.preparation),
        "paper": None if reading is None else reading.paper,
        "style": None if style is None else json.loads(style.to_json()),
        "border": run.border,
        "likeness": None if run.likeness is None else numbers.add(run.likeness),
        "unlike": None if run.likeness is None else unlike_words(run.likeness, run.false_alarms),
    }


def _feature_layer(network: Architecture) -> int:
    """The layer whose values enter the last one that has weights: by them likeness is measured, see `views_of`."""
    last = len(network.layers) - 1
    while last > 0 and network.layers[last].kind == "Activation":
        last -= 1
    return last - 1


def _read(text: str) -> tuple[Architecture, dict[str, NDArray[np.float32]]]:
    """The network that a page holds."""
    facts, numbers = (
        re.search(rf'<script type="[^"]*" id="{name}">([^<]*)</script>', text) for name in ("facts", "numbers")
    )
    if facts is None or numbers is None:
        raise ExportError(f"the page must hold facts and numbers, but reading it finds none. {REPORT}")
    held = json.loads(facts[1])["network"]
    values = np.frombuffer(base64.b64decode(numbers[1]), "<f4")
    network = from_plain(Architecture, held["architecture"])
    shapes = {spec.key: spec.shape for spec in weight_specs(network)}
    return network, {
        name: values[start : start + length].reshape(shapes[name]) for name, (start, length) in held["weights"].items()
    }


def _in_html(facts: dict[str, Any]) -> str:
    """JSON that no HTML begins or ends in."""
    text = json.dumps(facts, separators=(",", ":"))
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
