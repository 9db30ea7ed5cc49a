"""A2: pixels from 0 to 255 that reach the first layer with weights as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.network import PLAIN_WEIGHTS, reaching

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.trainings import Trace

RULES = ("A2",)


def check(trace: Trace) -> Iterator[Draft]:
    """Looks at the largest value that can reach the first layer, where the range is known."""
    for fit in trace.fits:
        if fit.images is None or fit.images.kind != "images" or fit.images.high is None:
            continue
        facts, layer = reaching(fit.network, fit.images)
        if facts.opaque or layer is None or layer.kind not in PLAIN_WEIGHTS or facts.high is None or facts.low is None:
            continue
        largest = max(abs(facts.low), abs(facts.high))
        if largest <= at.UNSCALED_MAXIMUM:
            continue
        yield Draft(
            rule="A2",
            name="missing-normalisation",
            severity="WARN",
            text=f"The training images reach the first layer with weights with values up to {largest:.4g}; "
            "nothing scales them.",
            location=fit.location,
            also=tuple(location for location in (fit.images.origin, layer.location) if location is not None),
            evidence=(("largest input value", round(largest, 4), "about 1"),),
            cause="The network meets numbers far beyond the few units that its initial weights are made for.",
            remedy="Divide the images by 255, or begin the network with Rescaling(1 / 255).",
            limits="A small network may learn all the same, only worse.",
        )
