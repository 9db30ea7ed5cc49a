"""What one epoch made of a population's members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.training.loop.schedules import rate_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records.diagnostics import Probe
    from classlab.training.loop.member import Member


@dataclass(frozen=True)
class EpochFigures:
    """Figures of one pass over a split, one number per member.

    Args:
        loss: mean over images.
        accuracy: share of images whose highest score is the label's.
        top_k: share whose label is among the k highest scores, where asked for.
        first_bad_step: step at which the loss was first not finite, or -1.
    """

    loss: list[float]
    accuracy: list[float]
    top_k: list[float] | None
    first_bad_step: list[int]


@dataclass(frozen=True, kw_only=True)
class EpochResult:
    """One member's figures of training and validation, and a look inside.

    Args:
        figures: under Keras's names.
        first_bad_step: step of the epoch at which the loss was first not finite, from 0; -1 where none was.
        probe: what was measured for the doctor after the epoch; None where nothing was.
    """

    figures: dict[str, float]
    first_bad_step: int
    probe: Probe | None


def epoch_results(
    members: Sequence[Member],
    training: EpochFigures,
    validation: EpochFigures,
    probes: Sequence[Probe | None],
    *,
    number: int,
    steps: int,
) -> list[EpochResult]:
    """Each member's result.

    Args:
        members: in the order of their seats, as everything here.
        training: running averages over the epoch.
        validation: figures at its end.
        probes: what was measured for the doctor.
        number: epochs done before this one.
        steps: steps in an epoch.
    """
    last = (number + 1) * steps - 1
    return [
        EpochResult(
            figures=_named(training, "", seat, member.spec.top_k)
            | _named(validation, "val_", seat, member.spec.top_k)
            | {"learning_rate": rate_at(member.spec, last, steps_per_epoch=steps)},
            first_bad_step=training.first_bad_step[seat],
            probe=probes[seat],
        )
        for seat, member in enumerate(members)
    ]


def _named(figures: EpochFigures, prefix: str, seat: int, top_k: int | None) -> dict[str, float]:
    named = {f"{prefix}loss": figures.loss[seat], f"{prefix}accuracy": figures.accuracy[seat]}
    if figures.top_k is not None:
        named[f"{prefix}top_{top_k}_accuracy"] = figures.top_k[seat]
    return named
