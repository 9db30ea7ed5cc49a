"""C2: two arms that are one configuration, or that differ in more than they say."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from classlab.analysis.numbers import listed
from classlab.doctor.catalogue import NAMES
from classlab.doctor.wording import measured
from classlab.records.codec import to_plain
from classlab.records.configuration import nameless
from classlab.records.finding import Cause, Finding, Place, Unchecked

if TYPE_CHECKING:
    from classlab.records.study import Arm, StudyRecord

RULE = "C2"
NAME = NAMES[RULE]
# Which words of a study file stand for a part of the specification.
_DECLARED_BY = {
    "architecture": ("model", "units", "activation", "dropout"),
    "optimizer": ("optimizer",),
    "schedule": ("schedule", "step_epochs", "step_factor", "warmup_epochs"),
    "early_stopping": ("early_stopping", "monitor"),
    "augmentation": ("shift", "rotate", "zoom", "flip", "cutout", "brightness"),
}


def check(study: StudyRecord) -> tuple[Finding, ...] | Unchecked:
    """Compares the arms' specifications with each other, and their differences with the settings they declare."""
    arms = study.spec.arms
    if len(arms) < 2:
        return Unchecked(rule=RULE, reason="there is only one arm")
    found = [_identical(names) for names in _groups(arms)]
    for arm in arms[1:]:
        hidden = _undeclared(arms[0], arm)
        if hidden:
            found.append(_more_than_said(arms[0], arm, hidden))
    return tuple(found)


def _groups(arms: tuple[Arm, ...]) -> list[tuple[str, ...]]:
    by_spec: dict[str, list[str]] = {}
    for arm in arms:
        by_spec.setdefault(json.dumps(_plain(arm), sort_keys=True), []).append(arm.name)
    return [tuple(names) for names in by_spec.values() if len(names) > 1]


def _plain(arm: Arm) -> dict[str, Any]:
    """The specification without what names it: the seed's place and the names in the network."""
    spec = arm.run_spec(0)
    plain: dict[str, Any] = to_plain(replace(spec, architecture=nameless(spec.architecture)))
    return plain


def _undeclared(first: Arm, other: Arm) -> list[str]:
    """Parts of the specification that differ without a setting that says so."""
    mine, theirs = _plain(first), _plain(other)
    said = {key for key in {*first.settings, *other.settings} if first.settings.get(key) != other.settings.get(key)}
    found = []
    for part in mine:
        if mine[part] == theirs[part] or said.intersection(_DECLARED_BY.get(part, (part,))):
            continue
        leaves = _leaves(mine[part], theirs[part])
        found += [f"{part}.{leaf}" if leaf else part for leaf in leaves if leaf not in said]
    return found


def _leaves(one: Any, other: Any) -> list[str]:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return [""]
    return [key for key in {**one, **other} if one.get(key) != other.get(key)]


def _identical(names: tuple[str, ...]) -> Finding:
    return Finding(
        rule=RULE,
        name=NAME,
        severity="INVALID",
        kind="fact",
        text=f"The arms {listed([repr(name) for name in names[:5]])} are one and the same configuration.",
        evidence=(measured("settings in which they differ", 0, "at least 1"),),
        causes=(
            Cause(
                rule=RULE,
                text="A setting that was to tell the arms apart was not passed on.",
                remedy="Pass it on, or drop one of the arms.",
            ),
        ),
        place=Place(arm=names[1]),
        also=(Place(arm=names[0]),),
    )


def _more_than_said(first: Arm, other: Arm, hidden: list[str]) -> Finding:
    return Finding(
        rule=RULE,
        name="undeclared-difference",
        severity="INVALID" if len(hidden) > 1 else "WARN",
        kind="fact",
        text=f"The arms {first.name!r} and {other.name!r} also differ in {listed(hidden[:5])}, which their settings do "
        "not say.",
        evidence=(measured("undeclared differences", len(hidden), "0"),),
        causes=(
            Cause(
                rule=RULE,
                text="Something beside the setting in question differs between the arms.",
                remedy="Make it equal, or name it as a setting.",
            ),
        ),
        place=Place(arm=other.name),
        also=(Place(arm=first.name),),
    )
