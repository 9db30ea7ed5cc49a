"""The tables of a page from the grades of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.planted_faults.grading import summary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.planted_faults.grading import Grade
    from tests.planted_faults.recipe import Part

_KINDS = {
    "fact": "facts that must be found",
    "refused": "faults that must be refused before training",
    "symptom": "symptoms whose first cause must be right",
    "healthy": "healthy controls that must get no finding above INFO",
}
_TITLES: dict[str, str] = {
    "fact": "Facts",
    "symptom": "Symptoms",
    "refused": "Refused before training (the words that the refusal must hold stand as the ground)",
    "healthy": "Healthy controls",
}
_LISTED: tuple[Part, ...] = ("published", "further")  # the held-out set is the published one with other numbers


def page_text(grades: Mapping[Part, Sequence[Grade]], machine: Mapping[str, Any]) -> str:
    """Counts of every set, every fault of the published and the further set, and every miss.

    Args:
        grades: by set.
        machine: where they were measured.
    """
    seconds = sum(each.seconds for found in grades.values() for each in found)
    parts = [
        f"{seconds:.0f} s of training on {machine['processor']} ({machine['cores']} cores), Python "
        f"{machine['python']}, {machine['measured'][:10]}.",
        _counts(grades),
    ]
    parts += [_misses(part, found) for part, found in grades.items()]
    for part in _LISTED:
        parts += _listing(part, grades.get(part, ()))
    return "\n\n".join(parts)


def _listing(part: Part, found: Sequence[Grade]) -> list[str]:
    """A set's cases by kind."""
    parts = [f"### The {part} set"] if found else []
    for kind, title in _TITLES.items():
        chosen = [each for each in found if each.kind == kind]
        if chosen:
            parts += [f"**{title}**", _cases(chosen)]
    return parts


def _counts(grades: Mapping[Part, Sequence[Grade]]) -> str:
    counted = {part: summary(list(found)) for part, found in grades.items()}
    rows = []
    for kind, words in _KINDS.items():
        cells = [counted[part].get(kind) for part in counted]
        if any(cells):
            rows.append([words, *("-" if cell is None else f"{cell['right']} of {cell['cases']}" for cell in cells)])
    return _table(["right", *counted], rows)


def _cases(found: Sequence[Grade]) -> str:
    """One row per fault: the grounds on which it was planted, and what came first."""
    groups: dict[str, list[Grade]] = {}
    for each in found:
        groups.setdefault(each.name, []).append(each)
    rows = []
    for name, same in groups.items():
        grounds = "; ".join(each.ground for each in same)
        said = "; ".join(dict.fromkeys(_first(each) for each in same))
        right = f"{sum(each.right for each in same)} of {len(same)}"
        rows.append([name, " or ".join(same[0].expected) or "nothing", grounds, said, right])
    return _table(["what was done", "expected", "grounds", "said first", "right"], rows)


def _first(given: Grade) -> str:
    if given.kind == "refused":
        return "refused" if given.right else "nothing"
    hit = next((said for said in given.said if set(said.replace("<-", "").split()) & set(given.expected)), None)
    return (hit if given.right and hit else None) or next(iter(given.said), "nothing")


def _misses(part: Part, found: Sequence[Grade]) -> str:
    missed = [each for each in found if not each.right]
    if not missed:
        return f"No miss in the {part} set."
    lines = (
        f"- {each.name}, {each.ground}: expected {' or '.join(each.expected) or 'nothing'}, "
        f"said {'; '.join(each.said) or 'nothing'}"
        for each in missed
    )
    return f"Missed in the {part} set:\n\n" + "\n".join(lines)


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
