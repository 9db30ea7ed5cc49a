"""A10: pixels from 0 to 255 that are cut off at 1 before they are scaled, which leaves black and white."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.rules.double_normalization import scaled_twice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.trainings import Trace

RULES = ("A10",)


def check(trace: Trace) -> Iterator[Draft]:
    """Looks for training images whose first step cuts them off; where they are scaled after that, A1 speaks."""
    for fit in trace.fits:
        facts = fit.images
        steps = [step for step in facts.steps if step.kind != "shift"] if facts is not None else []
        if facts is None or facts.kind != "images" or not steps or steps[0].kind != "clip" or scaled_twice(facts):
            continue
        yield Draft(
            rule="A10",
            name="clipped-pixels",
            severity="WARN",
            text=f"The training images are cut off at 1 before anything scales them: `{steps[0].words}`.",
            location=steps[0].location,
            also=(*(() if facts.origin is None else (facts.origin,)), fit.location),
            cause="All pixels from 1 to 255 become 1, so that the images are black and white without a shade.",
            remedy="Divide the images by 255 first and cut them off afterwards.",
            limits="Images that are meant to be black and white.",
        )
