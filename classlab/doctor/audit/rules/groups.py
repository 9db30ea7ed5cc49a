"""Trainings that are compared with one another: kept side by side, drawn into one figure, or chosen from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.doctor.audit.trainings import Curve, Fit, History, Logs, Model, Score, Scores

if TYPE_CHECKING:
    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.trainings import Trace
    from classlab.doctor.audit.values import Value


@dataclass(frozen=True)
class Member:
    """One training of a group, under the name that it has there."""

    fit: Fit
    key: object
    location: Location


def groups_of(trace: Trace, *, figures: bool = True) -> list[list[Member]]:
    """The groups of at least two trainings.

    Args:
        trace: what was met.
        figures: whether curves that are drawn into one figure are a group.
    """
    found: dict[object, list[Member]] = {}
    for kept in trace.kept:
        if isinstance(kept.container, tuple) and not figures:
            continue
        for fit in fits_of(kept.value)[-1:]:
            name = kept.container if isinstance(kept.container, tuple) else id(kept.container)
            found.setdefault(name, []).append(Member(fit, kept.key, kept.location))
    for place, choice in enumerate(trace.choices):
        members = [Member(fit, None, choice.location) for score in choice.scores for fit in score.fits[-1:]]
        found[("choice", place)] = members
    groups = []
    for members in found.values():
        unique = list({id(member.fit): member for member in reversed(members)}.values())
        if len(unique) > 1:
            groups.append(list(reversed(unique)))
    return groups


def fits_of(value: Value) -> tuple[Fit, ...]:
    """The trainings that a result comes from."""
    if isinstance(value, History | Logs | Curve):
        return (value.fit,)
    if isinstance(value, Score | Scores | Model):
        return value.fits
    return ()


def together(one: Fit, other: Fit) -> bool:
    """Whether two trainings can both happen: not in the two branches of one `if`."""
    taken = dict(one.path)
    return all(taken.get(place, branch) == branch for place, branch in other.path)
