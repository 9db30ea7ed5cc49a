"""The lab with PyTorch, without it, and with the compiled kernels left aside: whether its studies say the same.

    python -m benchmarks.lab_both_ways -o lab-ways --page docs/evidence/kernels-against-keras.md
    python -m benchmarks.lab_both_ways -o lab-ways --quick

`classlab lab --embedded` runs three times, each into a store of its own: as installed; with the packages of the extras
blocked; and with `CLASSLAB_KERNELS=off`, where PyTorch trains everything. Studies are compared by what they say and in
which order they rank their arms, runs by the bits of their weights. A lab that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from benchmarks.machine import describe_machine
from benchmarks.measure import versions
from benchmarks.page import replace_between, table
from classlab.analysis import analyse
from classlab.studies.store import open_store
from tests.packaging.test_light_core import CODE as BLOCKED_CODE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classlab.studies.runs.run import Run
    from classlab.studies.store.store import Store

Way = Literal["installed", "blocked", "off"]
WAYS: dict[Way, str] = {
    "installed": "kernels, and PyTorch there",
    "blocked": "kernels, and PyTorch blocked",
    "off": "PyTorch alone",
}
PLAIN_CODE = "import sys\nfrom classlab.cli.main import main\nsys.exit(main())"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A study in another way than as installed.

    Args:
        study: its name.
        way: the other.
        runs: how many.
        same_bits: how many of them end with the same weights, bit for bit.
        accuracy: largest difference of a run's accuracy on validation or test images.
        same_candidates: whether the same arms may be the best.
        same_order: whether arms are ranked alike.
        same_sentences: whether every sentence is the same.
    """

    study: str
    way: Way
    runs: int
    same_bits: int
    accuracy: float
    same_candidates: bool
    same_order: bool
    same_sentences: bool


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the three labs")
    parser.add_argument("--page", type=Path, help="Markdown page whose part between the markers is replaced")
    parser.add_argument("--quick", action="store_true", help="the lab's rehearsal")
    parser.add_argument("--only", help="steps of the lab, as in 2,5 (all)")
    options = parser.parse_args(arguments)
    words = [*(["--quick"] if options.quick else []), *(["--only", options.only] if options.only else [])]
    for way in WAYS:
        run_lab(way, options.output, words)
    found = list(compared(options.output))
    said = text(found)
    print(said)
    if options.page is not None:
        replace_between(options.page, "lab-both-ways", said)


def run_lab(way: Way, folder: Path, words: Sequence[str]) -> None:
    """Runs one lab, or what is left of it.

    Raises:
        SystemExit: it failed.
    """
    code = BLOCKED_CODE if way == "blocked" else PLAIN_CODE
    environment = {**os.environ, "CLASSLAB_KERNELS": "off" if way == "off" else "on"}
    place = folder / way
    asked = ["lab", "--embedded", "--quiet", *words, "-o", str(place / "lab"), "--store", str(place / "store")]
    done = subprocess.run([sys.executable, "-c", code, *asked], env=environment, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise SystemExit(f"the lab with {WAYS[way]} ended with exit code {done.returncode}.")


def compared(folder: Path) -> Iterator[Comparison]:
    """Every study in the two other ways, beside how it is as installed."""
    for way in ("blocked", "off"):
        with (
            open_store(folder / "installed" / "store", write=False) as ours,
            open_store(folder / way / "store", write=False) as theirs,
        ):
            for entry in sorted(ours.studies(), key=lambda each: each.name):
                yield _compare(entry.name, way, ours, theirs)


def text(found: Sequence[Comparison]) -> str:
    """The table, a sentence for each way, and what it was made with."""
    header = ["study", "compared with", "runs", "same bits", "accuracy", "candidates", "order", "sentences"]
    rows = [
        [
            each.study,
            WAYS[each.way],
            str(each.runs),
            str(each.same_bits),
            f"{100 * each.accuracy:.2f}",
            *("same" if same else "other" for same in (each.same_candidates, each.same_order, each.same_sentences)),
        ]
        for each in found
    ]
    said = [_counted([each for each in found if each.way == way]) for way in ("blocked", "off")]
    machine = describe_machine()
    names = versions("torch", "numpy")
    made = ", ".join(f"{name} {version}" for name, version in names.items())
    processor = f"{machine['processor']} ({', '.join(machine['units'])})"
    return f"{table(header, rows)}\n\n{' '.join(said)}\n\nMade with {made}, on {processor}."


def _counted(found: Sequence[Comparison]) -> str:
    """A sentence on one way."""
    runs, same = (sum(getattr(each, name) for each in found) for name in ("runs", "same_bits"))
    return (
        f"With {WAYS[found[0].way]}, {same} of {runs} runs "
        f"end with the same bits; of {len(found)} studies {sum(each.same_candidates for each in found)} have the same "
        f"candidates, {sum(each.same_order for each in found)} the same order and "
        f"{sum(each.same_sentences for each in found)} the same sentences."
    )


def _compare(name: str, way: Way, ours: Store, theirs: Store) -> Comparison:
    first, second = ours.study(name), theirs.study(name)
    pairs = [(ours.run(one.identity), theirs.run(one.identity)) for one in first.runs]
    said, other = analyse(first), analyse(second)
    return Comparison(
        study=name,
        way=way,
        runs=len(pairs),
        same_bits=sum(_same_bits(*pair) for pair in pairs),
        accuracy=max(_apart(*pair) for pair in pairs),
        same_candidates=set(said.candidates) == set(other.candidates),
        same_order=said.order == other.order,
        same_sentences=(said.sentences, said.notices) == (other.sentences, other.notices),
    )


def _same_bits(one: Run, other: Run) -> bool:
    return {key: array.tobytes() for key, array in one.weights.items()} == {
        key: array.tobytes() for key, array in other.weights.items()
    }


def _apart(one: Run, other: Run) -> float:
    """Largest difference of the two accuracies by which runs are judged; `inf` where one has none."""
    pairs = [(getattr(one.record, split), getattr(other.record, split)) for split in ("validation", "test")]
    return max(inf if None in pair else abs(pair[0].accuracy - pair[1].accuracy) for pair in pairs)


if __name__ == "__main__":
    main()
