"""Findings of one kind on many arms, told once.

A study of dozens of arms may have the same finding dozens of times, with other numbers. A diagnosis keeps them all;
whoever shows one to a reader shows these.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from classlab.records.finding import Evidence, Finding, Place

NAMED = 3  # arms that are named where a finding is told; the rest is counted
# A number that was measured. Names in quotes, numbers within words, and the number of a layer say which, not how much.
_MEASURED = re.compile(
    r"'[^']*'|\blayers? \d+|(?P<number>(?<![\w.])[-\u2212]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?(?!\w|[.,]\d))"
)


def merge_alike(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Makes one finding of those that differ in nothing but their arms and the numbers measured.

    The merged finding stands where the first of its kind stood, has all their places, and says the range of every
    number that differs. It is for reading: a cause's `change` is that of the first.

    Args:
        findings: in the order in which they are to be shown.

    Example:
        >>> from classlab.records.finding import Finding, Place
        >>> finding = Finding(rule="I13", name="under-trained", severity="INFO", kind="symptom", text="Fell by 3.2%.")
        >>> a = replace(finding, place=Place(arm="a"))
        >>> b = replace(finding, place=Place(arm="b"), text="Fell by 24.7%.")
        >>> merge_alike([a, b])[0].text
        'Fell by 3.2\u201324.7%.'
    """
    kinds: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        kinds.setdefault(_kind(finding), []).append(finding)
    return tuple(_merged(same) for same in kinds.values())


def arms_of(finding: Finding) -> tuple[str, ...]:
    """The arms on which a finding was made, each once; empty where it is about no arm in particular."""
    return tuple(dict.fromkeys(place.arm for place in _places(finding) if place.arm))


def seeds_by_arm(finding: Finding) -> dict[str, tuple[int, ...]]:
    """The seeds of each arm on which a finding was made, in ascending order."""
    found: dict[str, set[int]] = {}
    for place in _places(finding):
        if place.arm:
            found.setdefault(place.arm, set()).update(() if place.seed is None else (place.seed,))
    return {arm: tuple(sorted(seeds)) for arm, seeds in found.items()}


def arms_in_words(arms: Sequence[str]) -> str:
    """Arms named where they are few, as in `a; b`, and otherwise the first of them and a count.

    Example:
        >>> arms_in_words(["a", "b"]), arms_in_words(["a", "b", "c", "d", "e"])
        ('a; b', 'a; b; c and 2 more arms')
    """
    more = len(arms) - NAMED
    if more < 1:
        return "; ".join(arms)
    return f"{'; '.join(arms[:NAMED])} and {more} more arm{'' if more == 1 else 's'}"


def _places(finding: Finding) -> tuple[Place, ...]:
    return (finding.place, *finding.also)


def _kind(finding: Finding) -> tuple[object, ...]:
    """What findings share that one sentence can tell; of those without an arm the numbers are part of it."""
    text = _skeleton(finding.text) if finding.place.arm else finding.text
    causes = tuple((cause.text, cause.remedy) for cause in finding.causes)
    return (finding.rule, finding.severity, finding.kind, text, causes, finding.limits)


def _skeleton(text: str) -> str:
    return _MEASURED.sub(lambda found: found[0] if found["number"] is None else "#", text)


def _merged(same: Sequence[Finding]) -> Finding:
    if len(same) == 1:
        return same[0]
    places = tuple(dict.fromkeys(place for finding in same for place in _places(finding)))
    return replace(
        same[0],
        text=_range_of_texts([finding.text for finding in same]),
        evidence=_evidence(same),
        place=places[0],
        also=places[1:],
    )


def _range_of_texts(texts: Sequence[str]) -> str:
    columns = zip(*([found["number"] for found in _MEASURED.finditer(text)] for text in texts), strict=True)
    ranges = iter([_range([number for number in column if number is not None]) for column in columns])

    def fill(found: re.Match[str]) -> str:
        written = next(ranges)
        return found[0] if found["number"] is None else written

    return _MEASURED.sub(fill, texts[0])


def _range(numbers: Sequence[str]) -> str:
    """The smallest and the largest of some written numbers, as they were written."""
    if not numbers:
        return ""
    low, high = (pick(numbers, key=_value) for pick in (min, max))
    return low if _value(low) == _value(high) else f"{low}\u2013{high}"  # "to" is in many of the sentences already


def _value(number: str) -> float:
    return float(number.replace(",", "").replace("\u2212", "-"))


def _evidence(same: Sequence[Finding]) -> tuple[Evidence, ...]:
    """Each measurement once: its range over the findings, or how many different answers there were."""
    by_name: dict[str, list[Evidence]] = {}
    for finding in same:
        for each in finding.evidence:
            by_name.setdefault(each.name, []).append(each)
    return tuple(replace(each[0], found=_found(each), expected=_expected(each)) for each in by_name.values())


def _found(measured: Sequence[Evidence]) -> str | int | float:
    values = list(dict.fromkeys(each.found for each in measured))
    if len(values) == 1:
        return values[0]
    numbers = [value for value in values if not isinstance(value, str)]
    if len(numbers) == len(values):
        return f"{min(numbers):g}\u2013{max(numbers):g}"
    return " or ".join(map(str, values)) if len(values) <= NAMED else f"{len(values)} different values"


def _expected(measured: Sequence[Evidence]) -> str:
    values = dict.fromkeys(each.expected for each in measured if each.expected)
    return " or ".join(values) if len(values) <= NAMED else f"{len(values)} different bounds"
