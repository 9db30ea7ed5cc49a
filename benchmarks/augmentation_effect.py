"""Whether augmentation helps a small set: one study with and without, judged by classlab's own verdict.

    python -m benchmarks.augmentation_effect --store effect [--seeds 5] [--page docs/evidence/augmentation.md]

The lab's convolutional network trains on 5,000 images of Fashion-MNIST, and 5,000 further training images validate and
judge; the test images are opened once, for the finish. The arms share seeds, so first weights and order of batches
are the same in each pair. Augmentation, number of seeds and of epochs are decided on before looking. Runs are kept in
the store: an interrupted call, given again, goes on. The images are looked for in the folder named by CLASSLAB_DATA.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import classlab
from benchmarks.machine import describe_machine, provenance
from benchmarks.measure import versions
from benchmarks.page import replace_between, table
from classlab.analysis.table import table_note, text_rows
from classlab.training import environment_facts

if TYPE_CHECKING:
    from collections.abc import Sequence

# Small shifts and mirror images, both of which clothes in a shop's pictures have.
ARMS: tuple[dict[str, Any], ...] = (
    {"name": "plain"},
    {"name": "augmented", "shift": 0.1, "flip": "horizontal"},
)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="fashion_mnist")
    parser.add_argument("--model", default="cnn")
    parser.add_argument("--images", type=int, default=5_000, help="that train, and as many that validate (5000)")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--store", type=Path, help="folder that keeps the runs; in memory where left out")
    parser.add_argument("--page", type=Path, help="Markdown page whose part between the markers is replaced")
    options = parser.parse_args(arguments)
    machine = describe_machine(environment_facts("cpu").threads)
    study = classlab.Study(
        "augmentation",
        data=options.data,
        model=options.model,
        arms=ARMS,
        seeds=options.seeds,
        question="Does augmentation help a small set?",
        limit=2 * options.images,
        validation=0.5,
        epochs=options.epochs,
    )
    found = _text(study.run(options.store, quiet=False), options, machine)
    print(found)
    if options.page is not None:
        replace_between(options.page, "augmentation", found)


def _text(result: Any, options: argparse.Namespace, machine: dict[str, Any]) -> str:
    """The study's table and sentences as the product writes them, and where it was measured."""
    header, *rows = (list(row) for row in text_rows(result.analysis))
    settings = ", ".join(f"{name} {value}" for name, value in ARMS[1].items() if name != "name")
    where = provenance({"machine": machine, "measurements": [{"versions": versions("numpy")}]})
    parts = [
        *(f"Notice: {notice}" for notice in result.notices),
        table(header, rows),
        table_note(result.analysis),
        *result.analysis.sentences,
        f"`{options.model}`, {options.images:,} training images of {options.data} and as many that validate, "
        f"{options.epochs} epochs, {options.seeds} seeds; augmented: {settings}. {where}",
    ]
    return "\n\n".join(parts)


if __name__ == "__main__":
    main()
