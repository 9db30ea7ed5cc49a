"""The healthy runs in which faults are planted: small, and long enough for at least two hundred steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tests.planted_faults.pictures import pictures
from tests.planted_faults.setup import Setup, healthy

if TYPE_CHECKING:
    from tests.planted_faults.case import Dial
    from tests.planted_faults.pictures import Pictures

Family = Literal["linear", "mlp", "cnn", "lab"]
_EPOCHS: dict[tuple[str, str], int] = {("digits", "cnn"): 8, ("digits", "mlp"): 6, ("digits", "linear"): 6}
_SETTINGS: dict[Family, dict[str, Any]] = {
    "linear": {"model": "linear", "optimizer": "adam", "learning_rate": 0.005},
    "mlp": {"model": "mlp", "optimizer": "adam"},
    "cnn": {"model": "cnn-small", "optimizer": "adam", "limit": 2000, "epochs": 5},
    "lab": {"model": "cnn", "optimizer": "rmsprop", "limit": 2000, "epochs": 4},
}
_UNITS = {"digits": (48, 24), "mnist5k": (128, 64), "fashion": (96, 48)}


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Images, a network and settings with which it learns.

    Args:
        family: linear, a perceptron, a small convolutional network, or that of the lab.
        images: the dataset's name.
        part: which slice of it.
        options: settings beside the family's own.
    """

    family: Family
    images: Pictures
    part: int = 0
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What tables call it."""
        part = f" ({self.part + 1})" if self.part else ""
        return f"{self.family}, {self.images}{part}"

    def setup(self, dial: Dial, **options: Any) -> Setup:
        """The run, ready to be trained or spoiled.

        Args:
            dial: draws the seed, and with it widths that nobody has looked at.
            **options: in place of the ground's own.
        """
        chosen: dict[str, Any] = {
            "batch_size": 32,
            "epochs": _EPOCHS.get((self.images, self.family), 3),
            **_SETTINGS[self.family],
            **self.options,
        }
        if self.family == "mlp":
            width = dial.whole(_UNITS[self.images][0], 40, 160)
            chosen.setdefault("units", _UNITS[self.images] if dial.rng is None else (width, width // 2))
        chosen |= options
        model = chosen.pop("model")
        return healthy(pictures(self.images, part=self.part), model, seed=dial.seed(), **chosen)


def ground(words: str, *, part: int = 0, **options: Any) -> Ground:
    """A ground from two words, as in `ground("mlp mnist5k")`."""
    family, images = words.split()
    return Ground(family=family, images=images, part=part, options=options)  # type: ignore[arg-type]
