"""Writes the table of faults into its page, from the count that the tests keep.

pytest -m faults --faults full --faults-json faults.json
python -m benchmarks.fault_table faults.json --page docs/reliability.md
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine
from benchmarks.page import replace_between, table
from tests.faults.table import FAULTS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("counts", type=Path, nargs="+", help="what --faults-json wrote")
    parser.add_argument("--page", type=Path, help="page whose table is written; printed where it is not given")
    options = parser.parse_args()
    counts = [json.loads(path.read_text(encoding="utf-8")) for path in options.counts]
    text = page_text(counts, describe_machine())
    if options.page:
        replace_between(options.page, "faults", text)
    else:
        print(text)


def page_text(counts: list[dict[str, Any]], machine: dict[str, Any]) -> str:
    """The table: one row for each fault, n of N; a fault that was not tried says so."""
    rows = []
    for number, fault in FAULTS.items():
        found = [each["faults"][number] for each in counts]
        tried, right = (sum(each[part] for each in found) for part in ("trials", "passes"))
        figures = f"{right:,} of {tried:,}" if tried else "not tried"
        rows.append([f"{number}: {fault.fault}", fault.outcome, figures])
    place = f"{machine['processor']}, {machine['cores']} cores, {machine['platform']}"
    sets = " and ".join(sorted({each["set"] for each in counts}))
    made = f"The {sets} set, made {machine['measured'][:10]} on {place}."
    for part, number in sorted({(tuple(each["part"]), name) for each in counts for name, _ in _tried(each)}):
        if part[1] > 1:
            made += f" Of {number}, part {part[0]} of {part[1]} of the cases that are listed."
    return f"{table(['fault', 'what shall become of it', 'as it shall be'], rows)}\n\n{made}"


def _tried(count: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(name, found) for name, found in count["faults"].items() if found["trials"]]


if __name__ == "__main__":
    main()
