"""A11: random changes after which an image is no longer one of its class, as a mirrored digit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.values import number_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.trainings import Fit, Trace

RULES = ("A11",)
_DIGITS: Final = ("mnist", "digits")
_MIRRORS: Final = (
    "RandomFlip", "horizontal_flip", "vertical_flip", "random_flip_left_right", "random_flip_up_down",
)  # fmt: skip
_QUARTER: Final = 0.25  # of a full turn: a 6 is on its way to a 9


def check(trace: Trace) -> Iterator[Draft]:
    """Looks at the random changes of handwritten digits, before the network and inside it."""
    for fit in trace.fits:
        if fit.images is None or fit.images.name not in _DIGITS:
            continue
        for name, location in dict(_changes(fit)).items():
            yield Draft(
                rule="A11",
                name="label-changing-augmentation",
                severity="WARN",
                text=f"`{name}` mirrors or turns digits, and a digit that is mirrored or upside down is another sign.",
                location=location,
                also=(fit.location,),
                cause="The network learns signs that nobody writes, and that a 6 upside down is a 6 and not a 9.",
                remedy="Shift, zoom and turn digits by a few degrees only.",
            )


def _changes(fit: Fit) -> Iterator[tuple[str, Location]]:
    if fit.images is not None:
        yield from (each for each in fit.images.augmented if each[0] in _MIRRORS)
    for layer in fit.network.layers:
        turn = number_of(layer.argument("factor", 0)) if layer.kind == "RandomRotation" else None
        if layer.kind in _MIRRORS or (turn is not None and abs(turn) >= _QUARTER):
            yield layer.kind, layer.location
