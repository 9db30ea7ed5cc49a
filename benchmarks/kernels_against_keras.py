"""Fifty steps of every built-in network in the compiled kernels and in Keras: how far the weights end apart.

    python -m benchmarks.kernels_against_keras -o kernels.json --page docs/evidence/kernels-against-keras.md
    python -m benchmarks.kernels_against_keras -o kernels.json --networks cnn --minutes 60

Every network, activation, update rule and loss is trained from the same weights on the same batches of real images:
in the kernels, by classlab on PyTorch, by Keras, and in float64 as the truth. What float32 itself does not hold shows
in Keras's own distance from the truth; where it does not show there, PyTorch trains from first weights that are moved
by a rounding. A later call with the same file goes on where an earlier one stopped; the network of four convolutions
takes most of the time.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict, fields
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.journal import Journal
from benchmarks.kernels_against_keras_text import causes_of, text
from benchmarks.machine import describe_machine
from benchmarks.measure import versions
from benchmarks.page import replace_between
from benchmarks.trial import Deadline
from tests.contracts.in_keras import BATCH, STEPS
from tests.contracts.several_ways import DATA, LOSSES, RULES, Case, differences, moved

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classlab.options.words import ActivationName, ModelName

NETWORKS: tuple[ModelName, ...] = ("linear", "mlp", "lenet5", "cnn-small", "cnn")  # quickest first
ACTIVATIONS: tuple[ActivationName, ...] = ("relu", "tanh")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True, help="JSON file of all differences")
    parser.add_argument("--page", type=Path, help="Markdown page whose part between the markers is replaced")
    parser.add_argument("--networks", default=",".join(NETWORKS), help="only these (all)")
    parser.add_argument("--minutes", type=float, help="begin nothing after so long")
    options = parser.parse_args(arguments)
    settings = {"steps": STEPS, "batch": BATCH, "data": DATA}
    facts = {"machine": describe_machine(), "versions": versions("keras", "torch", "numpy")}
    journal = Journal(options.output, settings=settings, facts=facts, resume=True)
    deadline = Deadline(options.minutes)
    for case in cases():
        if case.network not in options.networks.split(",") or journal.find(asdict(case)) or not deadline.allows():
            continue
        found = {**asdict(case), **asdict(differences(case))}
        journal.add(found)
        print(", ".join(str(value) for value in found.values()), file=sys.stderr, flush=True)
    for row in journal.measurements:
        if "unexplained" in causes_of(row) and "moved" not in row and deadline.allows():
            row["moved"] = moved(Case(**{field.name: row[field.name] for field in fields(Case)}))
            journal.write()
    if len(journal.measurements) == len(list(cases())):
        journal.finish()
    said = text(journal.document, whole=len(list(cases())))
    print(said)
    if options.page is not None:
        replace_between(options.page, "kernels-against-keras", said)


def cases() -> Iterator[Case]:
    """All of them; a network without hidden layers has no activation to vary."""
    for network, loss in product(NETWORKS, LOSSES):
        for activation, rule in product(ACTIVATIONS[: 1 if network == "linear" else None], RULES):
            yield Case(network=network, activation=activation, rule=rule, loss=loss)


if __name__ == "__main__":
    main()
