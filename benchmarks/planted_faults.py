"""Plants faults in small healthy runs, asks the doctor, and counts how often it is right; healthy controls beside them.

    python -m benchmarks.planted_faults -o faults.json --page docs/evidence/doctor.md
    python -m benchmarks.planted_faults --part published --only A6
    python -m benchmarks.planted_faults --keep trained      # stop and start again; ask again without training

Two sets come from the same recipes. The published set has written numbers. The held-out set has other grounds, other
slices of Fashion-MNIST, and widths, rates, amounts and seeds that are drawn (`--draw` decides which); no threshold was
chosen by it. The further set has other recipes: faults and controls of kinds, on images and with networks that the two
others do not have, written when the checks were finished. Needs CLASSLAB_DATA with Fashion-MNIST, or the network. The
same version gives the same table.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.machine import describe_machine
from benchmarks.page import replace_between
from tests.planted_faults import comparisons, facts, healthy, symptoms
from tests.planted_faults.further.set import further_cases
from tests.planted_faults.grading import Grade, grade, summary
from tests.planted_faults.kept import kept
from tests.planted_faults.recipe import all_cases
from tests.planted_faults.refusals import refusals
from tests.planted_faults.table import page_text

if TYPE_CHECKING:
    from tests.planted_faults.case import Case
    from tests.planted_faults.recipe import Part, Recipe, StudyRecipe

PARTS: tuple[Part, ...] = ("published", "held out", "further")
MARKERS = "planted-faults"


def cases_of(part: Part, draw: int) -> list[Case]:
    """Every fault and control of a set.

    Args:
        part: which set.
        draw: decides the held-out set's numbers.
    """
    if part == "further":
        return further_cases()
    recipes: tuple[Recipe | StudyRecipe, ...] = (*facts.RECIPES, *comparisons.RECIPES, *symptoms.RECIPES)
    found = [*all_cases(recipes, part, draw), *healthy.controls(part, draw)]
    return [*found, *refusals()] if part == "published" else found


def main() -> None:
    options = _options()
    grades: dict[Part, list[Grade]] = {}
    for part in [options.part] if options.part else PARTS:
        chosen = [case for case in cases_of(part, options.draw) if _is_wanted(case, options.only)]
        if options.keep:
            chosen = [kept(case, options.keep, words=f"{part} {options.draw}") for case in chosen]
        grades[part] = [_told(grade(case)) for case in chosen]
    report = {
        "machine": describe_machine(),
        "draw": options.draw,
        "summary": {part: summary(found) for part, found in grades.items()},
        "grades": {part: [asdict(each) for each in found] for part, found in grades.items()},
    }
    if options.output:
        options.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    if options.page:
        replace_between(options.page, MARKERS, page_text(grades, report["machine"]))
    for part, kinds in report["summary"].items():
        for kind, counts in kinds.items():
            print(f"{part}, {kind}: {counts['right']} of {counts['cases']} right")
    sys.exit(not _reaches_targets(report["summary"]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, help="write every grade as JSON")
    parser.add_argument("--page", type=Path, help="write the tables between this page's markers")
    parser.add_argument("--part", choices=PARTS, help="one set only")
    parser.add_argument("--only", metavar="WORD", help="cases with this rule, or with this word in their name")
    parser.add_argument("--draw", type=int, default=1, help="decides the numbers of the held-out set (1)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep trained runs here, and take them from here")
    return parser.parse_args()


def _is_wanted(case: Case, word: str | None) -> bool:
    return word is None or word in case.expected or word in case.name or word == case.kind


def _told(given: Grade) -> Grade:
    mark = "right" if given.right else "WRONG"
    accuracy = "" if given.accuracy is None else f" ({given.accuracy:.2f})"
    said = "; ".join(given.said) or "nothing"
    wanted = " or ".join(given.expected) or "nothing"
    print(f"{mark}: {given.name}, {given.ground}{accuracy}: wanted {wanted}, said {said}", flush=True)
    return given


def _reaches_targets(counts: dict[Part, dict[str, dict[str, Any]]]) -> bool:
    """Facts and controls without a miss, symptoms at least four in five, in every set."""
    wanted = {"fact": 1.0, "refused": 1.0, "healthy": 1.0, "symptom": 0.8}
    return all(
        found["right"] >= wanted[kind] * found["cases"] for kinds in counts.values() for kind, found in kinds.items()
    )


if __name__ == "__main__":
    main()
