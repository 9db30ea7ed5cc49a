"""Which arm other reasonable rules would put first."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum, isfinite
from typing import TYPE_CHECKING, Literal

from classlab.analysis.samples import ended_well
from classlab.records.base import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from classlab.analysis.judgement import Judgement
    from classlab.records import RunRecord, StudyRecord

Rule = Literal[
    "accuracy at the end",
    "loss at the end",
    "accuracy of the best epoch",
    "loss of the best epoch",
    "balanced accuracy",
]
_LOWER: frozenset[Rule] = frozenset({"loss at the end", "loss of the best epoch"})


@dataclass(frozen=True, kw_only=True)
class OtherWinner(Record):
    """An arm that another rule would put first.

    Args:
        rule: what it would rank by, on the validation images: `balanced accuracy` is the mean over classes of the
            share that is recognised.
        arm: position of the arm.
        figure: its mean by that rule, over seeds.
        first_figure: that of the study's own first arm.
    """

    rule: Rule
    arm: int
    figure: float
    first_figure: float


def other_winners(study: StudyRecord, judgement: Judgement) -> tuple[OtherWinner, ...]:
    """Ranks the arms whose every run ended well by other rules, and names the winners that differ.

    Losses are compared only where all arms have the same one; a rule needs its figure of every run.

    Args:
        study: the record.
        judgement: by the study's own rule.
    """
    whole = [arm for arm in judgement.ranking.order if all(ended_well(run) for run in study.runs_of(arm))]
    if len(whole) < 2 or judgement.first not in whole:
        return ()
    own: Rule = "accuracy at the end" if study.spec.select == "val_accuracy" else "loss at the end"
    one_loss = len({arm.spec.loss for arm in study.spec.arms}) == 1
    found = []
    for rule, read in _RULES.items():
        if rule == own or (rule in _LOWER and not one_loss):
            continue
        means = {arm: _mean([read(run) for run in study.runs_of(arm)]) for arm in whole}
        known = {arm: mean for arm, mean in means.items() if mean is not None}
        if len(known) < len(whole):
            continue
        sign = -1.0 if rule in _LOWER else 1.0
        best = max(known, key=lambda arm: sign * known[arm])
        if sign * known[best] > sign * known[judgement.first]:
            found.append(OtherWinner(rule=rule, arm=best, figure=known[best], first_figure=known[judgement.first]))
    return tuple(found)


def _mean(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None and isfinite(value)]
    return fsum(there) / len(there) if values and len(there) == len(values) else None


def _balanced(run: RunRecord) -> float | None:
    noted = run.diagnostics
    if noted is None or not noted.unseen_present or not noted.unseen_right:
        return None
    shares = [right / there for right, there in zip(noted.unseen_right, noted.unseen_present, strict=True) if there]
    return fsum(shares) / len(shares) if shares else None


def _best(run: RunRecord, name: str, choose: Callable[[Sequence[float]], float]) -> float | None:
    history = [figure for figure in run.history.get(name, ()) if isfinite(figure)]
    return choose(history) if history else None


_RULES: dict[Rule, Callable[[RunRecord], float | None]] = {
    "accuracy at the end": lambda run: run.validation.accuracy if run.validation else None,
    "loss at the end": lambda run: run.validation.loss if run.validation else None,
    "accuracy of the best epoch": lambda run: _best(run, "val_accuracy", max),
    "loss of the best epoch": lambda run: _best(run, "val_loss", min),
    "balanced accuracy": _balanced,
}
