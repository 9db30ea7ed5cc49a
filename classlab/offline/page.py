"""A run as one HTML file: its weights and facts, the script that computes with them, and nothing from outside."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.errors import ExportError, SpecError
from classlab.files.atomic_file import write_atomically
from classlab.models.export_proof import REPORT, Proof, largest_difference
from classlab.offline.facts import Numbers, facts_of, network_in
from classlab.offline.package_text import package_text
from classlab.offline.script import script
from classlab.offline.words import terms, title
from classlab.records import Architecture

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from classlab.offline.facts import OfflineRun, Predictor


def write_page(path: Path, run: OfflineRun, *, images: NDArray[np.uint8], predict: Predictor) -> Proof:
    """Writes the page once the network that it holds was read back and said what the run's says.

    That the script computes the same is found by the page itself, whenever it is opened: where its scores of images of
    noise are not the run's within 1e-4 it says so and answers nothing.

    Args:
        path: the file.
        run: the run.
        images: uint8, `(images, height, width, channels)`, on which both must agree.
        predict: computes class probabilities.

    Raises:
        ExportError: the page holds another network.
        SpecError: the network has a layer that only Keras computes, or its scores are no numbers.
        StorageError: the file cannot be written.
    """
    if not isinstance(run.network, Architecture):
        raise SpecError(
            f"a page must have layers that classlab's engine knows, but {run.network.name!r} trains through Keras: "
            f"{run.network.reason}. Export it with `--to keras`."
        )
    record = run.record

    def said(network: Architecture, weights: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        return predict(
            network, weights, images, input_layer=record.input_layer, from_logits=record.spec.loss.from_logits
        )

    expected = said(run.network, run.weights)
    if not np.isfinite(expected).all():
        raise SpecError(
            "a page must have a network whose scores are numbers, but this run's weights are beyond all numbers. "
            "Train it anew, for example with a smaller learning rate."
        )
    text = page_text(run, run.network, predict=predict)
    network, weights = _read(text)
    same = all(np.array_equal(weights[name], array) for name, array in run.weights.items())
    if network != run.network or not same:
        raise ExportError(f"{path} must hold the run's layers and weights, but reading it gives others. {REPORT}")
    difference = largest_difference(path, said(network, weights), expected)
    write_atomically(path, text.encode())
    return Proof(max_difference=difference, images=len(images), by="classlab")


def page_text(run: OfflineRun, network: Architecture, *, predict: Predictor) -> str:
    """The page.

    Args:
        run: the run.
        network: its own.
        predict: computes class probabilities.
    """
    from jinja2 import Environment, StrictUndefined

    numbers = Numbers()
    facts = facts_of(run, network, numbers, predict=predict)
    code, style = script("page.js"), _style()
    height, width = run.preparation.size
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(package_text("offline", "templates", "offline.html")).render(
        title=title(run.record),
        terms=terms(run.record, untold=run.untold),
        size=f"{width}x{height}",
        facts=_in_html(facts),
        numbers=base64.b64encode(numbers.all().tobytes()).decode(),
        script=code,
        script_hash=_hash(code),
        style=style,
        style_hash=_hash(style),
    )


def _style() -> str:
    """The colours and type of reports, and what a page has beside them."""
    return package_text("reports", "templates", "style.css") + package_text("offline", "templates", "offline.css")


def _read(text: str) -> tuple[Architecture, dict[str, NDArray[np.float32]]]:
    """The network that a page holds."""
    facts, numbers = (re.search(rf'id="{name}">([^<]*)</script>', text) for name in ("facts", "numbers"))
    if facts is None or numbers is None:
        raise ExportError(f"the page must hold facts and numbers, but reading it finds none. {REPORT}")
    return network_in(json.loads(facts[1]), np.frombuffer(base64.b64decode(numbers[1]), "<f4"))


def _in_html(facts: dict[str, Any]) -> str:
    """JSON in ASCII, in which no tag begins or ends."""
    text = json.dumps(facts, separators=(",", ":"))
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
