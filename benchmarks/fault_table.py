"""Writes the table of faults into its page, and the promises that hold into the README, from the count of the tests.

pytest -m faults --faults full --faults-json faults.json
python -m benchmarks.fault_table faults.json --page docs/reliability.md --promises README.md
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine
from benchmarks.page import replace_between, table
from tests.faults.table import FAULTS, PROMISES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("counts", type=Path, nargs="+", help="what --faults-json wrote, as a whole or in parts")
    parser.add_argument("--page", type=Path, help="page whose table is written; printed where it is not given")
    parser.add_argument("--promises", type=Path, help="page whose promises are written; printed where it is not given")
    options = parser.parse_args()
    counts = [json.loads(path.read_text(encoding="utf-8")) for path in options.counts]
    texts = {"faults": page_text(counts, describe_machine()), "promises": promises_text(counts)}
    for name, page in {"faults": options.page, "promises": options.promises}.items():
        if page:
            replace_between(page, name, texts[name])
        else:
            print(texts[name])


def page_text(counts: list[dict[str, Any]], machine: dict[str, Any]) -> str:
    """The table: one row for each fault, n of N; a fault that was not tried says so."""
    rows = []
    for number, fault in FAULTS.items():
        right, tried = counted(counts, number)
        figures = f"{right:,} of {tried:,}" if tried else "not tried"
        rows.append([f"{number}: {fault.fault}", fault.outcome, figures])
    place = f"{machine['processor']}, {machine['cores']} cores, {machine['platform']}"
    sets = " and ".join(sorted({each["set"] for each in counts}))
    made = f"The {sets} set, made {machine['measured'][:10]} on {place}."
    for number in FAULTS:
        parts = sorted({tuple(each["part"]) for each in counts if "part" in each and _tried(each, number)})
        of = max((of for _, of in parts), default=1)
        if of > 1 and len(parts) < of:
            named = ", ".join(str(part) for part, _ in parts)
            made += f" Of the cases of {number} that are listed: part {named} of {of}."
    return f"{table(['fault', 'what shall become of it', 'as it shall be'], rows)}\n\n{made}"


def promises_text(counts: list[dict[str, Any]]) -> str:
    """The promises of whose faults all were tried and every trial was right, each with its count."""
    lines = []
    for promise, faults in PROMISES.items():
        found = [counted(counts, number) for number in faults]
        if all(tried and right == tried for right, tried in found):
            right, tried = (sum(each) for each in zip(*found, strict=True))
            lines.append(f"- {promise} {right:,} of {tried:,} ({', '.join(faults)}).")
    return "\n".join(lines)


def counted(counts: list[dict[str, Any]], number: str) -> tuple[int, int]:
    """Passes and trials of one fault in all counts together."""
    found = [each["faults"][number] for each in counts]
    return sum(each["passes"] for each in found), sum(each["trials"] for each in found)


def _tried(count: dict[str, Any], number: str) -> bool:
    return bool(count["faults"][number]["trials"])


if __name__ == "__main__":
    main()
