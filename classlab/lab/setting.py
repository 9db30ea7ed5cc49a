"""How large the lab is made: images, seeds, epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.errors import SpecError

if TYPE_CHECKING:
    from classlab.lab.images import Images

PUBLISHED_CNN_EPOCHS = 20
# What a person waits for: six runs of five epochs on the complete images take about half an hour on two cores without
# AMX; the published twenty are there on request.
_LARGE_CNN_EPOCHS = 5
_SEEDS = 5
_CNN_SEEDS = 3
CONVOLUTION_STEP = 7
_QUICK_EPOCHS = 2
# Measured: 0.25 s per 100 images and epoch on one core without AMX; these keep step 7 to about a minute on two cores.
_SMALL_CNN_EPOCHS = 4
_SMALL_CNN_IMAGES = 1500
_QUICK_CNN_IMAGES = 600


@dataclass(frozen=True, kw_only=True, eq=False)
class Setting:
    """What every step of the lab has in common.

    Args:
        images: the data sets.
        seeds: runs of every arm; None for 5, and 3 of the convolutional network.
        quick: a rehearsal: at most two epochs everywhere.
        cnn_epochs: passes of the convolutional network; None for 5 on the complete images and 4 on the small ones.
    """

    images: Images
    seeds: int | None = None
    quick: bool = False
    cnn_epochs: int | None = None

    def __post_init__(self) -> None:
        for name, value in (("seeds", self.seeds), ("cnn_epochs", self.cnn_epochs)):
            if value is not None and value < 1:
                raise SpecError(f"`{name}` must be at least 1, but got {name}={value}. Give more.")

    def run_seeds(self, step: int) -> tuple[int, ...]:
        """The seed of each run of an arm of one of the lab's steps."""
        usual = _CNN_SEEDS if step == CONVOLUTION_STEP else _SEEDS
        return tuple(range(usual if self.seeds is None else self.seeds))

    def epochs(self, published: int) -> int:
        """Epochs of a study that the course trains for so many."""
        return min(published, _QUICK_EPOCHS) if self.quick else published

    @property
    def convolution_epochs(self) -> int:
        """Epochs of step 7."""
        if self.cnn_epochs is not None:
            return self.cnn_epochs
        return self.epochs(_LARGE_CNN_EPOCHS if self._large_pictures else _SMALL_CNN_EPOCHS)

    @property
    def convolution_limit(self) -> int | None:
        """Training images of step 7 before the validation share is taken; None for all."""
        if self.quick:
            return _QUICK_CNN_IMAGES
        return None if self._large_pictures else _SMALL_CNN_IMAGES

    @property
    def _large_pictures(self) -> bool:
        return self.images.pictures.name in ("fashion_mnist", "mnist")

    def study_name(self, step: int, topic: str, data: str) -> str:
        """Name of a study in the store: what it is about, and on which images."""
        return f"lab-{step}-{topic}-{data.replace('_', '-')}{'-quick' * self.quick}"

    def statement(self) -> tuple[str, ...]:
        """What a reader must know about sizes, as sentences."""
        said = [f"Every arm is trained with {_count(len(self.run_seeds(2)), 'seed')}."]
        if self.seeds is None:
            said = [f"{said[0][:-1]}, those of the convolutional network with {_CNN_SEEDS}."]
        if self.seeds == 1:
            said.append(
                "One seed gives no interval over seeds: nothing here says how much a run differs from the next."
            )
        if self.quick:
            said.append(
                f"This is a rehearsal: no study is longer than {_QUICK_EPOCHS} epochs; its figures answer nothing."
            )
        if self.convolution_limit is not None:
            said.append(
                f"The convolutional network sees only {self.convolution_limit:,} training images "
                f"for {_count(self.convolution_epochs, 'epoch')}, so that the lab ends within minutes."
            )
        elif self.convolution_epochs != PUBLISHED_CNN_EPOCHS:
            said.append(
                f"The convolutional network is trained for {_count(self.convolution_epochs, 'epoch')} instead of the "
                f"{PUBLISHED_CNN_EPOCHS} of the course, which `--cnn-epochs {PUBLISHED_CNN_EPOCHS}` gives."
            )
        return tuple(said)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
