"""How near the engine comes to its machine: operations and bytes per second beside a matrix product's and a copy's.

    python -m benchmarks.roofline -o roofline.json --page docs/performance.md

In every round the machine's speed is measured first, with one thread and with all, and then the engine's, so that both
meet the same machine. The peak is the quickest round's large product.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.arithmetic import step_products
from benchmarks.arrays import write_arrays
from benchmarks.journal import Journal
from benchmarks.machine import describe_machine, warn_if_busy
from benchmarks.measure import Job
from benchmarks.page import replace_between
from benchmarks.peers import OURS, PEERS
from benchmarks.roofline_text import LARGE, figures_text
from benchmarks.trial import NO_TIME, Deadline, interrupt_on_terminate, run_worker
from benchmarks.workers.machine_speed import Question
from benchmarks.workloads import BATCH_SIZE, WORKLOADS, LayeredName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.journal import Measurement

POPULATIONS: tuple[tuple[LayeredName, int], ...] = (("linear", 7), ("mlp", 4), ("mlp", 8), ("cnn", 1))
COPIES = {"256 MiB, in memory": 2**28, "256 KiB, in a near cache": 2**18}


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    interrupt_on_terminate()
    machine = describe_machine(options.threads)
    warn_if_busy(machine)
    settings = {
        name: getattr(options, name) for name in ("images", "cnn_images", "epochs", "threads", "size", "seconds")
    }
    journal = Journal(Path(options.output), settings=settings, facts={"machine": machine}, resume=not options.anew)
    with tempfile.TemporaryDirectory() as folder:
        _measure_all(options, journal, Path(folder))
    journal.finish()
    text = figures_text(journal.document)
    print(text)
    if options.page:
        replace_between(Path(options.page), "roofline", text)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", default=3, type=int)
    parser.add_argument("--epochs", default=3, type=int)
    parser.add_argument("--images", default=60_000, type=int, help="training images of linear and mlp")
    parser.add_argument("--cnn-images", default=1_920, type=int, help="training images of cnn")
    parser.add_argument("--size", default=2048, type=int, help="rows and columns of the large product")
    parser.add_argument("--seconds", default=0.2, type=float, help="how long each product is repeated, five times over")
    parser.add_argument("--threads", default=2, type=int)
    parser.add_argument("--minutes", type=float, help="begin nothing later than this")
    parser.add_argument("--timeout", default=3600, type=float, help="seconds after which a measurement is given up")
    parser.add_argument("--anew", action="store_true", help="do not go on with the measurements in the file")
    parser.add_argument("--page", help="Markdown page whose tables are replaced")
    parser.add_argument("-o", "--output", default="roofline.json")
    return parser.parse_args(arguments)


def _measure_all(options: argparse.Namespace, journal: Journal, folder: Path) -> None:
    deadline = Deadline(options.minutes)
    for turn in range(options.rounds):
        for key in _keys(options):
            if journal.find({**key, "round": turn}):
                continue
            if not deadline.allows():
                if turn == 0:
                    journal.add({**key, "round": turn, **NO_TIME})
                continue
            worker, asked = _question(key, options, folder)
            result = run_worker(worker, asked, timeout=options.timeout)
            journal.add({**result, **key, "round": turn})
            named = ", ".join(str(value) for value in key.values())
            print(f"round {turn + 1} {named}: {result.get('error', 'done')}", file=sys.stderr, flush=True)


def _keys(options: argparse.Namespace) -> list[Measurement]:
    """What a round consists of, each by what it is found again by."""
    machine = [{"what": "machine", "threads": threads} for threads in dict.fromkeys((1, options.threads))]
    return [*machine, *({"what": "engine", "network": name, "members": count} for name, count in POPULATIONS)]


def _question(key: Measurement, options: argparse.Namespace, folder: Path) -> tuple[str, Job | Question]:
    """The worker, and what it is asked."""
    if key["what"] == "machine":
        return "machine_speed", Question(
            threads=key["threads"], products=shapes(options.size), copies=COPIES, seconds=options.seconds
        )
    network: LayeredName = key["network"]
    images = options.cnn_images if network == "cnn" else options.images
    return PEERS[OURS].worker, Job(
        network=network,
        arms=WORKLOADS[network].arms(key["members"]),
        epochs=options.epochs,
        data=str(write_arrays(folder, "mnist", images)),
        threads=options.threads,
    )


def shapes(size: int) -> dict[str, tuple[int, int, int, int, str]]:
    """The products to measure: large ones, the first layer of many members as one, and each of a perceptron's step."""
    wide = 10 * 7  # ten scores of seven members
    found = {
        LARGE: (1, size, size, size, "float32"),
        "large, bfloat16": (1, size // 2, size // 2, size // 2, "bfloat16"),
        "seven linear members forward": (1, BATCH_SIZE, 784, wide, "float32"),
        "seven linear members, gradient": (1, 784, BATCH_SIZE, wide, "float32"),
        "four perceptrons, first layer": (1, BATCH_SIZE, 784, 4 * 128, "float32"),
        "four perceptrons, second layer": (4, BATCH_SIZE, 128, 64, "float32"),
    }
    for product in step_products("mlp"):
        found[f"perceptron {product.rows} x {product.inner} x {product.columns}"] = (1, *product, "float32")
    return found


if __name__ == "__main__":
    main()
