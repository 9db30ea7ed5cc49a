"""Plants faults in files, values, folders and streams, and counts how many end as documented.

    python -m benchmarks.reliability                       # this tree
    python -m benchmarks.reliability --python OTHER/bin/python --installed -o before.json
    python -m benchmarks.reliability --before before.json --page docs/reliability.md

Right is: refused by a sentence with the documented exit code, or done and readable again; nothing hangs, no traceback,
no link or device replaced.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.page import replace_between, table
from benchmarks.reliability import flips, folders, special, streams, values
from benchmarks.reliability.command import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Trials = Iterable[tuple[str, bool]]

ROOT = Path(__file__).resolve().parents[2]


def odd_values(subject: Subject, folder: Path) -> Trials:
    """All odd values, in one process of the package under test."""
    script = shutil.copy(values.__file__, folder / "odd_values.py")  # alone, so that no other package comes first
    done = subprocess.run(
        [subject.python, script],
        env={
            "PATH": "/usr/bin:/bin",
            "CLASSLAB_DATA": "",
            **({"PYTHONPATH": str(subject.tree)} if subject.tree else {}),
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return [(f"{what}: {found}", found in ("refused", "reopened")) for what, found in json.loads(done.stdout)]


KINDS: dict[str, Callable[[Subject, Path], Trials]] = {
    "bits flipped in a checkpoint": lambda subject, folder: flips.trials(subject, folder, 20),
    "odd values from Python": odd_values,
    "names that lead to no file": special.trials,
    "run folders of a stranger": folders.trials,
    "closed, full and abandoned streams": streams.trials,
}


def main() -> None:
    """Runs the kinds that were asked for, prints n of N, and writes what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="interpreter with the package or its dependencies")
    parser.add_argument("--installed", action="store_true", help="test what that interpreter has, not this tree")
    parser.add_argument("--kinds", default=",".join(map(str, range(1, len(KINDS) + 1))), help="numbers of kinds (all)")
    parser.add_argument("--before", type=Path, help="figures to show beside these, as -o wrote them")
    parser.add_argument("--page", type=Path, help="page whose table is written")
    parser.add_argument("-o", "--output", type=Path, help="figures as JSON")
    options = parser.parse_args()
    subject = Subject(python=options.python, tree=None if options.installed else ROOT)
    chosen = [list(KINDS)[int(number) - 1] for number in options.kinds.split(",")]
    found: dict[str, list[int]] = {}
    for kind in chosen:
        with tempfile.TemporaryDirectory() as folder:
            tried = list(KINDS[kind](subject, Path(folder)))
        found[kind] = [sum(right for _, right in tried), len(tried)]
        print(f"{kind}: {found[kind][0]} of {found[kind][1]}", flush=True)
        for what, right in tried:
            if not right:
                print(f"  wrong: {what}", flush=True)
    if options.output:
        options.output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if options.page:
        before = json.loads(options.before.read_text(encoding="utf-8")) if options.before else {}
        rows = [[kind, _share(before.get(kind)), _share(found[kind])] for kind in chosen]
        replace_between(options.page, "reliability", table(["fault", "version 0.1.0", "now"], rows))


def _share(figures: list[int] | None) -> str:
    return "-" if figures is None else f"{figures[0]} of {figures[1]}"


if __name__ == "__main__":
    main()
