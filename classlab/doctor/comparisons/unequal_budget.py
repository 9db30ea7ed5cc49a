"""C7: arms that were not given the same chance: steps, or learning rates tried."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Place, Unchecked

if TYPE_CHECKING:
    from classlab.records.study import Arm, StudyRecord

RULE = "C7"
NAME = NAMES[RULE]
_BUDGET = ("epochs", "batch_size", "limit")


def check(study: StudyRecord) -> tuple[Finding, ...] | Unchecked:
    """Compares epochs over batch size, and the learning rates that each optimizer was given."""
    arms = study.spec.arms
    if len(arms) < 2:
        return Unchecked(rule=RULE, reason="there is only one arm")
    return (*_steps(arms), *_rates(arms))


def _steps(arms: tuple[Arm, ...]) -> tuple[Finding, ...]:
    """Where the budget is the only thing that differs, or is crossed with all the rest, it is the question."""
    steps = {arm.name: _relative_steps(arm) for arm in arms}
    most, least = max(steps, key=lambda name: steps[name]), min(steps, key=lambda name: steps[name])
    if steps[most] <= (1 + at.BUDGET_DIFFERENCE) * steps[least]:
        return ()
    fair = _crossed(arms)
    return (
        Finding(
            rule=RULE,
            name=NAME,
            severity="INFO" if fair else "WARN",
            kind="fact",
            text=f"The arms are not trained equally long: {most!r} takes {steps[most] / steps[least]:.3g} times the "
            f"steps of {least!r}.",
            evidence=(
                measured("most over fewest steps", steps[most] / steps[least], f"at most {1 + at.BUDGET_DIFFERENCE:g}"),
            ),
            causes=(
                Cause(
                    rule=RULE,
                    text="A longer training can win by its length alone.",
                    remedy="Train all arms for the same number of steps, or cross length with every other setting.",
                    change={"epochs": max(arm.spec.epochs for arm in arms)},
                ),
            ),
            place=Place(arm=most),
            also=(Place(arm=least),),
        ),
    )


def _relative_steps(arm: Arm) -> float:
    return arm.spec.epochs * (arm.spec.data.limit or 1) / arm.spec.batch_size


def _crossed(arms: tuple[Arm, ...]) -> bool:
    """Whether every budget comes with the same other settings."""
    by_budget: dict[float, Counter[str]] = {}
    for arm in arms:
        others = repr(sorted((key, value) for key, value in arm.settings.items() if key not in _BUDGET))
        by_budget.setdefault(_relative_steps(arm), Counter())[others] += 1
    first, *rest = by_budget.values()
    return all(other == first for other in rest)


def _rates(arms: tuple[Arm, ...]) -> tuple[Finding, ...]:
    rates: dict[str, set[float]] = {}
    for arm in arms:
        rates.setdefault(arm.spec.optimizer.kind, set()).add(arm.spec.optimizer.learning_rate)
    counts = {kind: len(found) for kind, found in rates.items()}
    if len(counts) < 2 or min(counts.values()) == max(counts.values()):
        return ()
    most, least = max(counts, key=lambda kind: counts[kind]), min(counts, key=lambda kind: counts[kind])
    return (
        Finding(
            rule=RULE,
            name="unequal-tuning",
            severity="INFO",
            kind="fact",
            text=f"{most} was tried with {counts[most]} learning rates, {least} with {counts[least]}.",
            evidence=(measured("most over fewest learning rates", counts[most] / counts[least], "1"),),
            causes=(
                Cause(
                    rule=RULE,
                    text="An optimizer with more learning rates has more chances to come out first.",
                    remedy="Try as many learning rates with every optimizer.",
                ),
            ),
        ),
    )
