"""Seconds per epoch of classlab and of what a user would take instead, on the same arrays, turn by turn.

    python -m benchmarks.compare_training -o compare.json --page docs/evidence/performance.md
    python -m benchmarks.compare_training --suite a,mlp-fashion --rounds 2 --images 6400 --peers classlab,torch-loop
    python -m benchmarks.compare_training --suite e,f --isa avx2 --marker networks-avx2 -o networks-avx2.json

All tools must be installed in one environment: `pip install -r benchmarks/requirements.txt` and `pip install -e .`; one
that is missing is left out and named. `--isa avx2` holds all of them, classlab too, to the instructions of an older
processor; its figures belong in a file of their own.

Every measurement is one process of its own. The tools take turns (A B C, A B C, ...) for a number of rounds, so that a
machine that slows down slows all of them. Times of training leave loading out; times of whole processes have imports,
loading and compilation in them. The file is written after every measurement, and a call with the same settings goes on
where an earlier one stopped.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.arrays import write_arrays
from benchmarks.claims import claims_text
from benchmarks.instructions import LIMITS
from benchmarks.journal import Journal, Measurement
from benchmarks.machine import describe_machine, provenance, warn_if_busy
from benchmarks.measure import Job
from benchmarks.networks.saved import save_network
from benchmarks.page import replace_between
from benchmarks.peers import OURS, PEERS
from benchmarks.suites import SELECTIONS, SUITES, Selection, selected
from benchmarks.summary import as_markdown, lines_of
from benchmarks.trial import NO_TIME, Deadline, interrupt_on_terminate, run_worker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.instructions import Isa
    from benchmarks.workloads import Arm

MARKERS = ("figures", "networks", "networks-avx2")


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    interrupt_on_terminate()
    machine = describe_machine(options.threads, options.isa)
    warn_if_busy(machine)
    journal = Journal(
        Path(options.output), settings=_settings(options), facts={"machine": machine}, resume=not options.anew
    )
    with tempfile.TemporaryDirectory() as folder:
        _measure_all(options, journal, Path(folder))
    text = figures_text(journal.document)
    journal.finish(left_out=[one["error"] for one in journal.measurements if one.get("again")])
    print(text)
    if options.page:
        replace_between(Path(options.page), options.marker, text)


def figures_text(document: dict[str, Any]) -> str:
    """What the page shows of one file: provenance, what is claimed, and a table per selection."""
    lines = lines_of(document["measurements"])
    tables = as_markdown(
        document["measurements"], settings=document["settings"], units=document["machine"].get("units", [])
    )
    return "\n\n".join(part for part in (provenance(document), claims_text(lines), tables) if part)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    def listed(text: str) -> list[str]:
        return text.split(",")

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--suite",
        default=["a", "b", "c"],
        type=listed,
        help=f"what to compare on: {', '.join(SUITES)}, or {', '.join(SELECTIONS)}",
    )
    parser.add_argument("--peers", default=list(PEERS), type=listed, help=f"of {', '.join(PEERS)}")
    parser.add_argument("--once", default=[], type=listed, help="those of them that the first round alone measures")
    parser.add_argument("--isa", default="native", choices=LIMITS, help="the widest vector instructions of all tools")
    parser.add_argument("--rounds", default=3, type=int)
    parser.add_argument("--epochs", type=int, help="in place of each selection's own")
    parser.add_argument("--images", default=60_000, type=int, help="training images of linear and mlp")
    parser.add_argument("--cnn-images", default=6_400, type=int, help="training images of all other networks")
    parser.add_argument(
        "--test-images", type=int, help="images that every trained network is evaluated on (default: all)"
    )
    parser.add_argument("--peer-arms", type=int, help="arms that a tool trains one after another (default: the sweep)")
    parser.add_argument("--members", type=lambda text: [int(n) for n in text.split(",")], help="population sizes")
    parser.add_argument("--threads", default=2, type=int)
    parser.add_argument("--minutes", type=float, help="begin no measurement that would end later than this")
    parser.add_argument("--timeout", default=3600, type=float, help="seconds after which a measurement is given up")
    parser.add_argument("--anew", action="store_true", help="do not go on with the measurements in the file")
    parser.add_argument("--page", help="Markdown page whose figures are replaced, as docs/evidence/performance.md")
    parser.add_argument("--marker", default="figures", choices=MARKERS, help="where on the page")
    parser.add_argument("-o", "--output", default="compare_training.json")
    options = parser.parse_args(arguments)
    try:
        options.selections = selected(options.suite)
    except ValueError as problem:
        parser.error(str(problem))
    for name in (*options.peers, *options.once):
        if name not in PEERS:
            parser.error(f"there is no peer {name!r}. Choose from {', '.join(PEERS)}.")
    return options


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """What all measurements of one file have in common; images and epochs per selection."""
    chosen = {name: SELECTIONS[name] for name in options.selections}
    return {
        "images": {
            name: options.images if each.network in ("linear", "mlp") else options.cnn_images
            for name, each in chosen.items()
        },
        "epochs": {name: options.epochs or each.epochs for name, each in chosen.items()},
        "test_images": options.test_images,
        "threads": options.threads,
        "peer_arms": options.peer_arms,
        "members": options.members,
        "isa": options.isa,
    }


def _measure_all(options: argparse.Namespace, journal: Journal, folder: Path) -> None:
    """Round after round, so that a lack of time costs rounds of all selections rather than some selections.

    Within a selection the tools take turns. A tool that failed once is not tried again.
    """
    deadline = Deadline(options.minutes)
    settings = journal.document["settings"]
    for turn in range(options.rounds):
        for name in options.selections:
            for peer, arms in line_up(options, SELECTIONS[name]):
                key = {"workload": name, "peer": peer, "asked": len(arms)}
                once = turn > 0 and peer in options.once
                if once or journal.find({**key, "round": turn}) or _failed(journal, key):
                    continue
                arrays = write_arrays(
                    folder, SELECTIONS[name].data, settings["images"][name], test_images=options.test_images
                )
                save_network(folder, SELECTIONS[name].network)
                job = Job(
                    network=SELECTIONS[name].network,
                    arms=arms,
                    epochs=settings["epochs"][name],
                    data=str(arrays),
                    threads=options.threads,
                    batch_size=SELECTIONS[name].batch_size,
                    options=PEERS[peer].options,
                )
                result = _measure(
                    peer, job, options.timeout, isa=options.isa, journal=journal, key=key, deadline=deadline
                )
                if turn and result.get("again"):
                    continue  # earlier rounds are in the table, which says how many
                journal.add({**key, "round": turn, "members": len(arms), **result})
                _narrate(turn, key, result)


def line_up(options: argparse.Namespace, selection: Selection) -> Iterator[tuple[str, list[Arm]]]:
    """Who is measured on this selection, with which arms."""
    for name in options.peers:
        peer = PEERS[name]
        if name == OURS:
            sizes = tuple(options.members or selection.members)
        elif peer.kind == "population":
            sizes = selection.members[-1:]
        else:
            sizes = (options.peer_arms or selection.peer_arms,)
        for size in dict.fromkeys(min(size, len(selection.arms)) for size in sizes):
            arms = list(selection.arms[:size])
            if peer.takes_part(selection.network, arms):
                yield name, arms


def _failed(journal: Journal, key: Measurement) -> bool:
    """Whether this tool could not be measured here before."""
    return any("error" in one and key.items() <= one.items() for one in journal.measurements)


def _measure(
    peer: str, job: Job, timeout: float, *, isa: Isa, journal: Journal, key: Measurement, deadline: Deadline
) -> Measurement:
    if missing := PEERS[peer].missing:
        return {"error": f"{missing} is not installed", "again": True}
    earlier = [one.get("process_seconds", 0.0) for one in journal.measurements if key.items() <= one.items()]
    if not deadline.allows(max(earlier, default=0.0)):
        return NO_TIME
    return run_worker(PEERS[peer].worker, job, timeout=timeout, isa=isa)


def _narrate(turn: int, key: Measurement, result: Measurement) -> None:
    what = result.get("error") or f"{result['training_seconds']:.2f} s of {result['process_seconds']:.2f} s"
    line = f"round {turn + 1} {key['workload']} {key['peer']} x{key['asked']}: {what}"
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
