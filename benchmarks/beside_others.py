"""How much slower a training is while other programs compute on the same cores: classlab by route, and a plain loop.

    python -m benchmarks.beside_others -o beside.json --page docs/evidence/performance.md
    python -m benchmarks.beside_others --networks mlp,vgg --rounds 1 --images 320 -o beside.json

Each case is measured quietly, beside two plainly busy processes, and beside two PyTorch trainings, each of two threads
that spin while they wait, which is the worst neighbor. The three follow each other within a round. A case that takes
more than ten times its quiet time is given up, and the table says so.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from benchmarks.arrays import write_arrays
from benchmarks.journal import Journal
from benchmarks.machine import describe_machine, provenance, warn_if_busy
from benchmarks.measure import Job
from benchmarks.page import replace_between, table
from benchmarks.peers import OURS, PEERS
from benchmarks.suites import SELECTIONS
from benchmarks.trial import NO_TIME, ROOT, Deadline, end, interrupt_on_terminate, run_worker, worker_environment
from benchmarks.workloads import Arm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.journal import Measurement
    from benchmarks.workloads import WorkloadName

Condition = Literal["quiet", "busy", "training"]
CONDITIONS: tuple[Condition, ...] = get_args(Condition)
NEIGHBORS = 2
PATIENCE = 10.0  # times the quiet process's time
LEAST = 30.0  # seconds that a case may take at any rate
LOOP = "torch-loop"
MARKER = "beside-others"
# Networks, and the route that their training takes.
ROUTES: dict[WorkloadName, str] = {
    "mlp": "dense kernels",
    "cnn": "engine, convolutions",
    "vgg": "engine, a brought network",
    "own-layer": "Keras's layers, a layer of the author's own",
}
DENSE_FACTOR = 10  # an epoch of the perceptron is so much shorter that it takes more images
HEADER = ["route", "network", "tool", "runs", "quiet, s", "two busy programs", "two spinning trainings", "rounds"]


class Case(NamedTuple):
    """One training: who trains which network, with how many runs."""

    network: WorkloadName
    peer: str
    members: int


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    interrupt_on_terminate()
    machine = describe_machine(options.threads)
    warn_if_busy(machine)
    settings = {name: getattr(options, name) for name in ("images", "epochs", "threads")}
    journal = Journal(Path(options.output), settings=settings, facts={"machine": machine}, resume=not options.anew)
    _measure_all(options, journal)
    journal.finish()
    text = figures_text(journal.document)
    print(text)
    if options.page:
        replace_between(Path(options.page), MARKER, text)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--networks", default=list(ROUTES), type=lambda text: text.split(","), help=f"of {', '.join(ROUTES)}"
    )
    parser.add_argument("--members", default="1,4", type=lambda text: [int(n) for n in text.split(",")])
    parser.add_argument("--rounds", default=3, type=int)
    parser.add_argument(
        "--images", default=1280, type=int, help=f"training images; {DENSE_FACTOR} times as many of mlp"
    )
    parser.add_argument("--epochs", default=2, type=int)
    parser.add_argument("--threads", default=2, type=int)
    parser.add_argument("--minutes", type=float, help="begin no measurement that would end later than this")
    parser.add_argument("--anew", action="store_true", help="do not go on with the measurements in the file")
    parser.add_argument("--page", help="Markdown page whose table is replaced")
    parser.add_argument("-o", "--output", default="beside_others.json")
    options = parser.parse_args(arguments)
    for name in options.networks:
        if name not in ROUTES:
            parser.error(f"there is no network {name!r} here. Choose from {', '.join(ROUTES)}.")
    return options


def cases(networks: Sequence[WorkloadName], members: Sequence[int]) -> list[Case]:
    """Every network under classlab with every number of runs, and under the plain loop with one."""
    return [
        Case(network, peer, count)
        for network in networks
        for peer, counts in ((OURS, members), (LOOP, (1,)))
        for count in counts
    ]


def _measure_all(options: argparse.Namespace, journal: Journal) -> None:
    deadline = Deadline(options.minutes)
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(options.rounds):
            for case in cases(options.networks, options.members):
                for condition in CONDITIONS:
                    key = {**case._asdict(), "condition": condition, "round": turn}
                    if journal.find(key):
                        continue
                    quiet = journal.find({**key, "condition": "quiet"})
                    result = _measure(_job(case, options, Path(folder)), case, condition, quiet, deadline)
                    journal.add({**result, **key})
                    what = result.get("error") or f"{result['training_seconds']:.2f} s"
                    print(f"round {turn + 1} {' '.join(map(str, case))} {condition}: {what}", file=sys.stderr)


def _job(case: Case, options: argparse.Namespace, folder: Path) -> Job:
    images = options.images * (DENSE_FACTOR if case.network == "mlp" else 1)
    selection = next(each for each in SELECTIONS.values() if each.network == case.network)
    return Job(
        network=case.network,
        arms=[Arm("adam", 0.001, seed=seed) for seed in range(case.members)],
        epochs=options.epochs,
        data=str(write_arrays(folder, selection.data, images)),
        threads=options.threads,
        batch_size=selection.batch_size,
        options=PEERS[case.peer].options,
    )


def _measure(job: Job, case: Case, condition: Condition, quiet: Measurement | None, deadline: Deadline) -> Measurement:
    if not deadline.allows():
        return NO_TIME
    if condition != "quiet" and (quiet is None or "error" in quiet):
        return {"error": "its quiet time is not known", "again": True}
    timeout = 3600.0 if quiet is None else max(LEAST, PATIENCE * quiet["process_seconds"])
    with neighbors(condition, threads=job.threads):
        result = run_worker(PEERS[case.peer].worker, job, timeout=timeout)
    return {name: value for name, value in result.items() if name != "arms"}


@contextmanager
def neighbors(condition: Condition, *, threads: int) -> Iterator[None]:
    """The other programs: begun in earnest before the body, ended after it."""
    started: list[subprocess.Popen[str]] = []
    try:
        for _ in range(0 if condition == "quiet" else NEIGHBORS):
            command = [sys.executable, "-m", "benchmarks.workers.neighbor", condition, str(threads), str(os.getpid())]
            started.append(
                subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env=worker_environment(),
                    stdout=subprocess.PIPE,
                    text=True,
                    start_new_session=True,
                )
            )
        for process in started:
            if process.stdout is None or not process.stdout.readline():
                raise SystemExit(f"the {condition} neighbor did not begin. Its reason stands above.")
        yield
    finally:
        for process in started:
            end(process)


def figures_text(document: dict[str, Any]) -> str:
    """Provenance, the table of slow-downs, and how to read it."""
    settings = document["settings"]
    groups: dict[Case, dict[int, dict[str, Measurement]]] = {}
    for one in document["measurements"]:
        case = Case(one["network"], one["peer"], one["members"])
        groups.setdefault(case, {}).setdefault(one["round"], {})[one["condition"]] = one
    rows = [_row(case, list(rounds.values())) for case, rounds in groups.items()]
    reading = (
        f"{settings['images']:,} training images ({DENSE_FACTOR} times as many for the perceptron), "
        f"{settings['epochs']} epochs, Adam at 0.001, {settings['threads']} threads. *Quiet* is the median of the "
        "seconds that training takes by itself, imports and loading left out; the next two columns say how many times "
        f"as long the same training took beside {NEIGHBORS} other programs, in the same round: the median, then the "
        "least and the most. A fair share of two cores is a half beside two threads that keep "
        "them busy, and a third beside four: 2 to 3 is what sharing alone costs."
    )
    return "\n\n".join((provenance(document), table(HEADER, rows), reading))


def _row(case: Case, rounds: list[dict[str, Measurement]]) -> list[str]:
    quiet = [one["quiet"]["training_seconds"] for one in rounds if "training_seconds" in one.get("quiet", {})]
    return [
        ROUTES[case.network],
        case.network,
        PEERS[case.peer].title,
        str(case.members),
        f"{median(quiet):.2f}" if quiet else "",
        *(slow_down(rounds, condition) for condition in ("busy", "training")),
        str(len(quiet)),
    ]


def slow_down(rounds: list[dict[str, Measurement]], condition: str) -> str:
    """Times beside others over quiet times, paired by round; a round that was given up is more than its limit."""
    ratios: list[float] = []
    given_up = 0
    for one in rounds:
        quiet, beside = one.get("quiet", {}), one.get(condition, {})
        if "training_seconds" not in quiet:
            continue
        if "training_seconds" in beside:
            ratios.append(beside["training_seconds"] / quiet["training_seconds"])
        elif "longer than" in beside.get("error", ""):
            given_up += 1
    above = f"given up after {PATIENCE:g} times in {given_up} of {given_up + len(ratios)} rounds"
    if not ratios:
        return above if given_up else ""
    measured = f"{median(ratios):.2f} ({min(ratios):.2f} .. {max(ratios):.2f})"
    return f"{measured}; {above}" if given_up else measured


if __name__ == "__main__":
    main()
