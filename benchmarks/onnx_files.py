"""Whether ONNX files that are written without Keras and PyTorch mean what the engine computes.

    python -m benchmarks.onnx_files [--networks 100] [--page docs/evidence/onnx-files.md]

Random built-in networks, chains and graphs are written as ONNX, checked by onnx's checker, and computed by onnxruntime,
whose probabilities are compared with the engine's. The networks are those of the tests, which write twenty.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benchmarks.keras_files import IMAGES, kind_of_network, largest
from benchmarks.measure import versions
from benchmarks.page import replace_between, table
from classlab.models.export_proof import TOLERANCE
from classlab.models.onnx_export import onnx_model, onnx_scores
from classlab.records.layers import Rescaling
from classlab.training import predict
from tests.models.random_architectures import random_network, random_weights

if TYPE_CHECKING:
    from collections.abc import Sequence


class Trip(NamedTuple):
    """One network.

    Args:
        kind: of what kind it is.
        difference: largest one between a score of onnxruntime and of the engine.
    """

    kind: str
    difference: float

    @property
    def agrees(self) -> bool:
        """Whether the file holds the network."""
        return self.difference <= TOLERANCE


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=int, default=100)
    parser.add_argument("--page", type=Path, help="Markdown page whose part between the markers is replaced")
    options = parser.parse_args(arguments)
    said = text([trip(number) for number in range(options.networks)])
    print(said)
    if options.page is not None:
        replace_between(options.page, "onnx-files", said)


def trip(number: int) -> Trip:
    """Writes a network, checks the file, and has it computed."""
    import onnx

    network = random_network(number)
    weights, layer = random_weights(network), Rescaling(scale=1 / 255)
    pixels = np.random.default_rng(number).integers(0, 256, (IMAGES, *network.input_shape), dtype=np.uint8)
    model = onnx_model(network, weights, input_layer=layer, from_logits=False, metadata={})
    onnx.checker.check_model(model, full_check=True)
    expected = predict(network, weights, pixels, input_layer=layer)
    found = onnx_scores(model.SerializeToString(), pixels)
    return Trip(kind=kind_of_network(network, number), difference=largest(found, expected))


def text(found: Sequence[Trip]) -> str:
    """The table, and what it was made with."""
    rows = []
    for kind in ("built in", "chain", "graph"):
        trips = [each for each in found if each.kind == kind]
        if trips:
            most = max(each.difference for each in trips)
            rows.append([kind, str(len(trips)), str(sum(each.agrees for each in trips)), f"{most:.1e}"])
    made = ", ".join(f"{name} {version}" for name, version in versions("onnx", "onnxruntime", "torch", "numpy").items())
    agreeing = sum(each.agrees for each in found)
    said = (
        f"{agreeing} of {len(found)} networks agree within {TOLERANCE:.0e} on {IMAGES} random images. Made with {made}."
    )
    return f"{table(['networks', 'number', 'agree', 'largest difference'], rows)}\n\n{said}"


if __name__ == "__main__":
    main()
