"""Which images the lab works on: the complete data sets where this machine has them, else those that travel along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from classlab.datasets.dataset import Dataset


@dataclass(frozen=True, kw_only=True, eq=False)
class Images:
    """The lab's data sets.

    Args:
        digits: for steps 1 to 5: MNIST, or the 5,000 digits of `mnist5k`.
        clothes: for step 6: Fashion-MNIST, or `digits`, whose images are other than those of the steps before.
        pictures: for the convolutional network of step 7: Fashion-MNIST, or the digits of steps 1 to 5, whose
            28 x 28 pixels its windows need.
    """

    digits: Dataset
    clothes: Dataset
    pictures: Dataset

    @property
    def complete(self) -> bool:
        """Whether these are the data sets of the course."""
        return self.digits.name == "mnist" and self.clothes.name == "fashion_mnist"

    def statement(self) -> tuple[str, ...]:
        """What a reader must know about the images, as sentences."""
        said = [
            f"Steps 1 to 5 use {_described(self.digits)}.",
            f"Step 6 uses {_described(self.clothes)}.",
            f"Step 7 uses {_described(self.pictures)}.",
        ]
        missing = [
            title
            for title, here in (
                ("MNIST", self.digits.name == "mnist"),
                ("Fashion-MNIST", self.clothes.name == "fashion_mnist"),
            )
            if not here
        ]
        if missing:
            said.append(
                f"The complete {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not used here, so "
                "figures on the smaller images stand beside the published ones without a difference: they answer the "
                "same questions on other data. " + _advice(missing)
            )
        return tuple(said)


def find_images(*, embedded: bool = False, say: Callable[[str], None] | None = None) -> Images:
    """Looks for the complete data sets on this machine; downloads nothing.

    Args:
        embedded: take the small data sets even where the complete ones are here.
        say: takes what was found, as sentences; silent where left out.

    Raises:
        DataError: the folder named by CLASSLAB_DATA holds a wrong or damaged file.
        StorageError: a file there cannot be read.
    """
    from classlab.datasets.catalogue import find, load

    mnist = None if embedded else find("mnist", say=say)
    fashion = None if embedded else find("fashion_mnist", say=say)
    digits = mnist or load("mnist5k", say=say)
    return Images(digits=digits, clothes=fashion or load("digits", say=say), pictures=fashion or digits)


def _advice(missing: Sequence[str]) -> str:
    fetch = {"MNIST": "`classlab data mnist`", "Fashion-MNIST": "`classlab data fashion_mnist`"}
    commands = " and ".join(fetch[title] for title in missing)
    verb = "fetches" if len(missing) == 1 else "fetch"
    return f"The lab uses the complete data sets where it finds them; {commands} {verb} them."


def _described(dataset: Dataset) -> str:
    return f"{dataset.name} ({len(dataset.train):,} training and {len(dataset.test):,} test images)"
