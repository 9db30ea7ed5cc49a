"""What a store of many runs costs to list, filter, rank and report on: seconds and memory of whole commands.

    python -m benchmarks.store_of_many --folder /tmp/stores -o store-of-many.json --page docs/evidence/store-of-many.md

Stores of each size are made first, by `benchmarks.made_store`, and kept in the folder; 100,000 runs take a few
minutes and 6 GB. Every command is a process of its own. Commands take turns for a number of rounds; in the first turn,
which is not counted, files come from the disk.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.journal import Journal
from benchmarks.machine import describe_machine, provenance, warn_if_busy
from benchmarks.made_store import make_store
from benchmarks.measure import versions
from benchmarks.page import replace_between, table
from benchmarks.trial import NO_TIME, Deadline, interrupt_on_terminate, worker_environment

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = (2_000, 10_000, 100_000)
RUNS = 500  # of each study
_PEAK = """
import resource
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""
_CLASSLAB = """
import sys
from classlab.cli.main import main
if main():
    sys.exit("it refused")
"""
_ADD = """
import sys
from dataclasses import replace
from pathlib import Path
from classlab.records import identity
from classlab.studies.store import open_store
with open_store(Path(sys.argv[2]), write=True) as store:
    one = store.stored(store.identities(study="study 0", state="finished", limit=1)[0])
    specs = [replace(one.record.spec, epochs=7, seed=seed) for seed in range(35)]
    runs = [replace(one, record=replace(one.record, spec=spec, identity=identity(spec))) for spec in specs]
    store.add(runs, opening=None)
    store.remove([run.record.identity for run in runs])
"""


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command on a store.

    Args:
        title: its name in the table.
        words: what follows `classlab`, or a program of its own.
        code: what Python runs.
        anew: whether what is known of the database's being whole is forgotten before, so that all of it is read.
    """

    title: str
    words: tuple[str, ...] = ()
    code: str = _CLASSLAB
    anew: bool = False


COMMANDS: dict[str, Command] = {
    "studies-anew": Command(title="`runs studies`, all of the database checked", words=("runs", "studies"), anew=True),
    "studies": Command(title="`runs studies`", words=("runs", "studies")),
    "runs": Command(title="`runs`, the newest hundred", words=("runs",)),
    "whole": Command(title="`runs --limit 1000000`, all of them", words=("runs", "--limit", "1000000")),
    "filter": Command(
        title="`runs --optimizer sgd --min-accuracy 0.93`",
        words=("runs", "--optimizer", "sgd", "--min-accuracy", "0.93"),
    ),
    "ranking": Command(
        title="`runs --sort accuracy --limit 10`", words=("runs", "--sort", "accuracy", "--limit", "10")
    ),
    "study": Command(title="`runs --study`, of 500 runs", words=("runs", "--study", "study 1", "--limit", "500")),
    "json": Command(title="`runs --study --json`, 500 records", words=("runs", "--study", "study 1", "--json")),
    "show": Command(title="`runs show`", words=("runs", "show", "{run}")),
    "report": Command(title="`report`, a study of 500 runs", words=("report", "study 0", "-o", "report.html")),
    "add": Command(title="35 runs added and removed", words=("add",), code=_ADD),
    "whole-json": Command(title="`runs --json`, all records", words=("runs", "--json")),
}


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    interrupt_on_terminate()
    stores = {size: _store(options.folder, size) for size in options.sizes}
    machine = describe_machine()
    warn_if_busy(machine)
    settings = {"rounds": options.rounds}
    journal = Journal(Path(options.output), settings=settings, facts={"machine": machine}, resume=not options.anew)
    _measure_all(options, stores, journal)
    journal.finish()
    text = figures_text(journal.document)
    print(text)
    if options.page:
        replace_between(Path(options.page), "store-of-many", text)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where the stores lie, or are made")
    parser.add_argument("--sizes", default=SIZES, type=lambda text: tuple(map(int, text.split(","))))
    parser.add_argument("--only", type=lambda text: text.split(","), help=f"of {', '.join(COMMANDS)}")
    parser.add_argument("--rounds", default=3, type=int)
    parser.add_argument("--minutes", type=float, help="begin nothing later than this")
    parser.add_argument("--timeout", default=1800, type=float, help="seconds after which a command is given up")
    parser.add_argument("--anew", action="store_true", help="do not go on with the measurements in the file")
    parser.add_argument("--page", help="Markdown page whose table is replaced")
    parser.add_argument("-o", "--output", default="store-of-many.json")
    options = parser.parse_args(arguments)
    for name in options.only or ():
        if name not in COMMANDS:
            parser.error(f"there is no command {name!r}. Choose from {', '.join(COMMANDS)}.")
    return options


def _store(folder: Path, size: int) -> Path:
    """The store of so many runs; made under another name, so that half of one is never taken for it."""
    place = folder.absolute() / f"runs-{size}"
    if not place.exists():
        part = place.with_name(f"{place.name}-being-made-{os.getpid()}")
        make_store(part, studies=max(1, size // RUNS), runs=min(size, RUNS))
        part.rename(place)
    return place


def _measure_all(options: argparse.Namespace, stores: dict[int, Path], journal: Journal) -> None:
    deadline = Deadline(options.minutes)
    for turn in range(-1, options.rounds):
        for size, store in stores.items():
            for name in options.only or COMMANDS:
                key = {"size": size, "command": name}
                failed = any("error" in one and key.items() <= one.items() for one in journal.measurements)
                once = name == "whole-json" and turn != 0  # minutes, which nothing from a disk makes longer
                if failed or once or journal.find({**key, "round": turn}):
                    continue
                found = _run(COMMANDS[name], store, options.timeout) if deadline.allows() else NO_TIME
                journal.add({**key, "round": turn, **found, "versions": versions("classlab")})
                print(f"round {turn + 1}, {size} runs, {name}: {found}", file=sys.stderr, flush=True)


def _run(command: Command, store: Path, timeout: float) -> dict[str, Any]:
    """Seconds and largest memory of one process, in an empty folder of its own."""
    if command.anew:
        (store / ".store-checked.json").unlink(missing_ok=True)
    words = [word.format(run=next((store / "runs").iterdir()).name) for word in command.words]
    arguments = [*words, str(store)] if command.code is _ADD else [*words, "--store", str(store)]
    program = [sys.executable, "-c", command.code + _PEAK, *arguments]
    with tempfile.TemporaryDirectory() as folder, Path(os.devnull).open("w") as nowhere:
        began = time.perf_counter()
        try:
            done = subprocess.run(
                program, cwd=folder, env=worker_environment(), stdout=nowhere, stderr=subprocess.PIPE, text=True,
                timeout=timeout, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return {"error": f"it took longer than {timeout:g} s"}
        seconds = time.perf_counter() - began
    said = done.stderr.strip().splitlines() or ["no message"]
    if done.returncode != 0:
        return {"error": f"it failed: {' '.join(said[-2:])[:300].rstrip('.')}"}
    return {"seconds": seconds, "memory_bytes": 1024 * int(said[-1])}  # Linux counts in KiB


def figures_text(document: dict[str, Any]) -> str:
    """Provenance, the table, and what was left out with its reason."""
    good = [one for one in document["measurements"] if "error" not in one and one["round"] >= 0]
    sizes = sorted({one["size"] for one in good})
    rows = []
    for name, command in COMMANDS.items():
        cells = [_cells([one for one in good if (one["size"], one["command"]) == (size, name)]) for size in sizes]
        if any(cells):
            rows.append([command.title, *(cell or "-" for cell in cells)])
    left_out = dict.fromkeys(
        f"- {COMMANDS[one['command']].title} of {one['size']:,} runs: left out, {one['error']}."
        for one in document["measurements"]
        if "error" in one
    )
    tables = table(["command", *(f"{size:,} runs" for size in sizes)], rows) if rows else ""
    note = "Median seconds of the rounds, and the largest memory of the process in MiB."
    return "\n\n".join(part for part in (provenance(document), tables, note, "\n".join(left_out)) if part)


def _cells(found: list[dict[str, Any]]) -> str:
    if not found:
        return ""
    memory = max(one["memory_bytes"] for one in found) / 2**20
    return f"{median(one['seconds'] for one in found):.2f} s, {memory:.0f} MiB"


if __name__ == "__main__":
    main()
