"""B8: a learning rate below 0, with which every step makes the loss larger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.values import CallResult, number_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.trainings import Trace

RULES = ("B8",)


def check(trace: Trace) -> Iterator[Draft]:
    """Looks at the rates of the optimizers that are trained with."""
    for fit in trace.fits:
        optimizer = fit.compiled.optimizer if fit.compiled is not None else None
        if not isinstance(optimizer, CallResult) or not optimizer.name.startswith("keras.optimizers."):
            continue
        rate = number_of(optimizer.argument("learning_rate", 0) or optimizer.argument("lr"))
        if rate is not None and rate < 0:
            yield Draft(
                rule="B8",
                name="maximised-loss",
                severity="FAIL",
                text=f"The learning rate is {rate:g}: every step makes the loss larger.",
                location=optimizer.location,
                also=(fit.location,),
                evidence=(("learning rate", rate, "above 0"),),
                cause="A step against the sign of the rate goes uphill.",
                remedy=f"Take {-rate:g}.",
            )
