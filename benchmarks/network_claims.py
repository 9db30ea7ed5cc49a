"""What may be said of classlab on the networks that people bring, from the files of one or several comparisons.

    python -m benchmarks.network_claims networks.json networks-avx2.json --page docs/evidence/performance.md

classlab with `precision="auto"` stands against the best PyTorch loop that a user would write, bfloat16 and compilation
included, and against the best of Keras on TensorFlow: for one run, for five seeds and for four rates with three seeds.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

from benchmarks.instructions import computed_with
from benchmarks.machine import provenance
from benchmarks.page import replace_between, table
from benchmarks.peers import OURS, OURS_AUTO, PEERS
from benchmarks.suites import ENDINGS, NETWORKS, alone, title_of
from benchmarks.summary import lines_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.summary import Line

Figure = Literal["epoch", "process"]
Side = Literal["PyTorch loop", "Keras on TensorFlow"]
MARKER = "network-claims"
HEADER = ["network", "runs", "figure", "arithmetic", "against", "ratio", "min .. max", "rounds", "accuracy, points"]
FIGURES: dict[str, tuple[Figure, ...]] = {"e": ("epoch", "process"), "g": ("process",), "f": ("process",)}


@dataclass(frozen=True, kw_only=True)
class NetworkClaim:
    """One ratio of times, theirs over classlab's.

    Args:
        network: what was trained.
        members: how many runs.
        figure: seconds per run and epoch without first epochs, or of the whole process.
        side: whom classlab stands against.
        ours: classlab's figures.
        theirs: those of the best of that side, by its median.
        ratios: by round in which both were measured; at least one.
    """

    network: str
    members: int
    figure: Figure
    side: Side
    ours: Line
    theirs: Line
    ratios: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median over rounds; above 1 classlab is quicker."""
        return median(self.ratios)

    @property
    def accuracy(self) -> float:
        """Accuracy after as many epochs, ours minus theirs, of the arm that both trained, in points."""
        return 100 * (self.ours.accuracy - self.theirs.accuracy)


def network_claims(lines: list[Line]) -> list[NetworkClaim]:
    """Every ratio for which both sides were measured in the same round.

    A tool that was not measured with several runs is taken from the comparison of one run, on the same images and
    epochs: what it did there would be repeated.
    """
    found = []
    for network in NETWORKS:
        single = [line for line in lines if line.workload == alone(network)]
        for suite in FIGURES:
            name = f"{alone(network)}{ENDINGS[suite]}"  # type: ignore[index]  # the same letters
            here = [line for line in lines if line.workload == name]
            ours = next((line for peer in (OURS_AUTO, OURS) for line in here if line.peer == peer), None)
            if ours is None:
                continue
            measured = {line.peer for line in here}
            candidates = [*here, *(line for line in single if line.peer not in measured)]
            found += [
                claim
                for figure in FIGURES[suite]
                for side in _SIDES
                if (claim := _claim(network, ours, candidates, figure, side)) is not None
            ]
    return found


_SIDES: dict[Side, tuple[str, str]] = {
    "PyTorch loop": ("torch_loop", "torch-loop"),
    "Keras on TensorFlow": ("keras_fit", "keras-tensorflow"),
}


def _claim(network: str, ours: Line, candidates: list[Line], figure: Figure, side: Side) -> NetworkClaim | None:
    own = _seconds(ours, figure, ours.members)
    worker, beginning = _SIDES[side]
    rivals = {
        line.peer: _seconds(line, figure, ours.members)
        for line in candidates
        if PEERS[line.peer].worker == worker and line.peer.startswith(beginning)
    }
    rivals = {peer: seconds for peer, seconds in rivals.items() if own.keys() & seconds.keys()}
    if not rivals:
        return None
    best = min(rivals, key=lambda peer: median(rivals[peer].values()))
    return NetworkClaim(
        network=network,
        members=ours.members,
        figure=figure,
        side=side,
        ours=ours,
        theirs=next(line for line in candidates if line.peer == best),
        ratios=tuple(rivals[best][turn] / own[turn] for turn in sorted(own.keys() & rivals[best].keys())),
    )


def _seconds(line: Line, figure: Figure, members: int) -> dict[int, float]:
    return line.steady if figure == "epoch" else line.process_for(members)


def claims_text(documents: Sequence[dict[str, Any]]) -> str:
    """All documents' ratios side by side in one table, then each document's own with whom they are against."""
    by_document = [network_claims(lines_of(document["measurements"])) for document in documents]
    together = _together(documents, by_document)
    parts = [
        f"{provenance(document)}\n\n{_table_of(claims, document['machine'].get('units', []))}"
        for document, claims in zip(documents, by_document, strict=True)
        if claims
    ]
    reading = (
        "A ratio is their time over classlab's in the same round: the median over rounds, then the least and the most. "
        "Above 1 classlab is quicker. *Epoch* is seconds per run and epoch without first epochs, *process* the wall "
        "time of one process that trains all runs, with imports, loading, compilation and the evaluation on the test "
        "images. Where a tool trained fewer runs, each further one counts as its last, training and evaluation; a "
        "tool that was measured with one run only stands in with that. The last column is classlab's "
        "test accuracy minus theirs, after as many epochs, for one seed: it varies with the order of the images by "
        "more than the tools differ."
    )
    return "\n\n".join(part for part in (together, reading, *parts) if part)


def _together(documents: Sequence[dict[str, Any]], by_document: list[list[NetworkClaim]]) -> str:
    """Rows of networks, runs and figures; a column for every document and side."""
    names = [_widest(document) for document in documents]
    columns = [(place, side) for place in range(len(documents)) for side in _SIDES]
    rows: dict[tuple[str, int, str], dict[tuple[int, Side], str]] = {}
    for place, claims in enumerate(by_document):
        for claim in claims:
            row = rows.setdefault((claim.network, claim.members, claim.figure), {})
            row[place, claim.side] = f"{claim.ratio:.2f}"
    if not rows:
        return ""
    return table(
        ["network", "runs", "figure", *(f"{side}, {names[place]}" for place, side in columns)],
        [
            [title_of(network), str(members), figure, *(row.get(column, "") for column in columns)]  # type: ignore[arg-type]
            for (network, members, figure), row in rows.items()
        ],
    )


def _widest(document: dict[str, Any]) -> str:
    if (isa := document["machine"].get("isa", "native")) != "native":
        return str(isa).upper()
    found = document["machine"].get("units", [])
    return f"up to {found[-1]}" if found else "native"


def _table_of(claims: list[NetworkClaim], units: list[str]) -> str:
    return table(
        HEADER,
        [
            [
                title_of(claim.network),  # type: ignore[arg-type]  # of `NETWORKS`
                str(claim.members),
                claim.figure,
                computed_with(claim.ours.arithmetic, units),
                f"{PEERS[claim.theirs.peer].title} ({computed_with(claim.theirs.arithmetic, units)})",
                f"{claim.ratio:.2f}",
                f"{min(claim.ratios):.2f} .. {max(claim.ratios):.2f}",
                str(len(claim.ratios)),
                f"{claim.accuracy:+.2f}",
            ]
            for claim in claims
        ],
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, help="what `compare_training` wrote, as native and as AVX2")
    parser.add_argument("--page", type=Path, help="Markdown page whose table is replaced")
    options = parser.parse_args(arguments)
    text = claims_text([json.loads(path.read_text(encoding="utf-8")) for path in options.files])
    print(text)
    if options.page:
        replace_between(options.page, MARKER, text)


if __name__ == "__main__":
    main()
