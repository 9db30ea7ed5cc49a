"""Whether `.keras` files that are written and read without Keras are Keras's own.

    python -m benchmarks.keras_files [--networks 100] [--page docs/evidence/keras-files.md]

Random built-in networks, chains and graphs are written without Keras and opened by `keras.models.load_model`, whose
scores are compared with the engine's. Keras then saves what it opened, and that file is read without Keras: its weights
must be those of `get_weights()`, bit for bit, and its scores the same. The networks are those of the tests, which open
every fourth.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from benchmarks.measure import versions
from benchmarks.page import replace_between, table
from classlab.models.export_proof import TOLERANCE
from classlab.models.keras_archive import packed
from classlab.models.keras_file import load_keras_file
from classlab.models.keras_order import ordered_model
from classlab.models.keras_runtime import keras
from classlab.models.keras_writing import archive_of
from classlab.records.layers import Rescaling
from classlab.training import predict
from tests.models.random_architectures import random_network, random_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.records.architecture import Architecture

IMAGES = 8  # on which scores are compared
Kind = Literal["built in", "chain", "graph"]


@dataclass(frozen=True, kw_only=True)
class Trip:
    """One network, out to Keras and back.

    Args:
        kind: of what kind it is.
        out: largest difference between a score of Keras and of the engine, of the file written here.
        back: the same of the file that Keras saved, read here.
        same_weights: whether the weights that were read are those that Keras has.
    """

    kind: Kind
    out: float
    back: float
    same_weights: bool

    @property
    def agrees(self) -> bool:
        """Whether both files hold the network."""
        return self.out <= TOLERANCE and self.back <= TOLERANCE and self.same_weights


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=int, default=100)
    parser.add_argument("--page", type=Path, help="Markdown page whose part between the markers is replaced")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        found = [trip(number, Path(folder)) for number in range(options.networks)]
    said = text(found)
    print(said)
    if options.page is not None:
        replace_between(options.page, "keras-files", said)


def trip(number: int, folder: Path) -> Trip:
    """Writes a network, lets Keras open and save it, and reads that."""
    network = random_network(number)
    weights, layer = random_weights(network), Rescaling(scale=1 / 255)
    pixels = np.random.default_rng(number).integers(0, 256, (IMAGES, *network.input_shape), dtype=np.uint8)
    expected = predict(network, weights, pixels, input_layer=layer)
    ours, theirs = folder / "ours.keras", folder / "theirs.keras"
    ours.write_bytes(packed(archive_of(ordered_model(network, weights, input_layer=layer))))
    model = keras().models.load_model(ours)
    model.save(theirs)
    read = load_keras_file(theirs)
    again = predict(read.architecture, read.weights, pixels, input_layer=Rescaling(scale=1.0))
    return Trip(
        kind=kind_of_network(network, number),
        out=largest(np.asarray(model.predict(pixels, verbose=0)), expected),
        back=largest(again, expected),
        same_weights=_bits(read.weights.values()) == _bits(model.get_weights()),
    )


def text(found: Sequence[Trip]) -> str:
    """The table, and what it was made with."""
    rows = []
    for kind in ("built in", "chain", "graph"):
        trips = [each for each in found if each.kind == kind]
        if trips:
            out, back = max(each.out for each in trips), max(each.back for each in trips)
            agreeing = sum(each.agrees for each in trips)
            rows.append([kind, str(len(trips)), str(agreeing), f"{out:.1e}", f"{back:.1e}"])
    header = ["networks", "number", "agree", "largest difference in Keras", "largest difference read back"]
    names = versions("keras", "torch", "numpy", "h5py")
    made = ", ".join(f"{name} {version}" for name, version in names.items())
    agreeing = sum(each.agrees for each in found)
    said = (
        f"{agreeing} of {len(found)} networks agree: scores within {TOLERANCE:.0e} on {IMAGES} random images, weights"
    )
    return f"{table(header, rows)}\n\n{said} bit for bit. Made with {made}."


def kind_of_network(network: Architecture, number: int) -> Kind:
    """Of what kind a random network is."""
    if network.inputs is not None:
        return "graph"
    return "chain" if network.name == f"random_{number}" else "built in"


def largest(scores: NDArray[Any], expected: NDArray[np.float32]) -> float:
    """The largest difference."""
    return float(np.abs(scores - expected).max())


def _bits(arrays: Any) -> Counter[bytes]:
    return Counter(np.asarray(array, np.float32).tobytes() for array in arrays)


if __name__ == "__main__":
    main()
