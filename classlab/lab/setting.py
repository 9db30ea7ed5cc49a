"""The size of a lab: images, seeds and epochs, and what a reader must know about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted, listed
from classlab.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from classlab.datasets.dataset import Dataset

PUBLISHED_CNN_EPOCHS = 20
# What a person waits for: six runs of five epochs on the complete images take about half an hour on two cores without
# AMX; the published twenty are there on request.
_LARGE_CNN_EPOCHS = 5
_SEEDS = 5
_CNN_SEEDS = 3
CONVOLUTION_STEP = 7
ALL_STEPS = range(1, CONVOLUTION_STEP + 1)
_DIGIT_STEPS = range(1, 6)
_QUICK_EPOCHS = 2
# Measured: 0.25 s per 100 images and epoch on one core without AMX; these keep step 7 to about a minute on two cores.
_SMALL_CNN_EPOCHS = 4
_SMALL_CNN_IMAGES = 1500
_QUICK_CNN_IMAGES = 600


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
        return not self._missing(ALL_STEPS)

    def statement(self, steps: Collection[int] = ALL_STEPS) -> tuple[str, ...]:
        """What a reader of these steps must know about the images, as sentences."""
        first = [number for number in _DIGIT_STEPS if number in steps]
        said = [f"{_numbered(first)} {_described(self.digits)}."] if first else []
        if 6 in steps:
            said.append(f"Step 6 uses {_described(self.clothes)}.")
        if CONVOLUTION_STEP in steps:
            said.append(f"Step 7 uses {_described(self.pictures)}.")
        missing = self._missing(steps)
        if missing:
            one = len(missing) == 1
            commands = " and ".join(f"`classlab data {name}`" for name in missing)
            said.append(
                f"The complete {' and '.join(missing.values())} {'is' if one else 'are'} not used here, so "
                "figures on the smaller images stand beside the published ones without a difference: they answer the "
                "same questions on other data. The lab uses the complete data sets where it finds them; "
                f"{commands} {'fetches' if one else 'fetch'} them."
            )
        return tuple(said)

    def _missing(self, steps: Collection[int]) -> dict[str, str]:
        """The data sets of the course that these steps do without, by name, with their titles."""
        wanted = {
            "mnist": (self.digits, "MNIST", _DIGIT_STEPS),
            "fashion_mnist": (self.clothes, "Fashion-MNIST", range(6, CONVOLUTION_STEP + 1)),
        }
        return {
            name: title
            for name, (used, title, where) in wanted.items()
            if used.name != name and any(number in steps for number in where)
        }


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


@dataclass(frozen=True, kw_only=True, eq=False)
class Setting:
    """What every step of the lab has in common.

    Args:
        images: the data sets.
        seeds: runs of every arm; None for 5, and 3 of the convolutional network.
        quick: a rehearsal: at most two epochs everywhere.
        cnn_epochs: passes of the convolutional network; None for 5 on the complete images and 4 on the small ones.
        image: number of the training and the test image that steps 1 and 4 look at; None for those of the course.
    """

    images: Images
    seeds: int | None = None
    quick: bool = False
    cnn_epochs: int | None = None
    image: int | None = None

    def __post_init__(self) -> None:
        last = len(self.images.digits.test) - 1
        if self.image is not None and not 0 <= self.image <= last:
            raise SpecError(
                f"`image` must be the number of a test image of {self.images.digits.name}, from 0 to {last}, but got "
                f"image={self.image}. Give a smaller one, or leave it out for those of the course."
            )
        for name, value in (("seeds", self.seeds), ("cnn_epochs", self.cnn_epochs)):
            if value is not None and value < 1:
                raise SpecError(
                    f"`{name}` must be at least 1, but got {name}={value}. Leave it out for the usual number."
                )

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

    def about(self, steps: Collection[int] = ALL_STEPS) -> tuple[str, ...]:
        """What a reader of these steps must know about images and sizes, as sentences."""
        return (*self.images.statement(steps), *self.statement(steps))

    def statement(self, steps: Collection[int] = ALL_STEPS) -> tuple[str, ...]:
        """What a reader of these steps must know about sizes, as sentences."""
        convolution = CONVOLUTION_STEP in steps
        usual = CONVOLUTION_STEP if tuple(steps) == (CONVOLUTION_STEP,) else 2
        said = [f"Every arm is trained with {counted(len(self.run_seeds(usual)), 'seed')}."]
        if self.seeds is None and convolution and usual == 2:
            said = [f"{said[0][:-1]}, those of the convolutional network with {_CNN_SEEDS}."]
        if self.seeds == 1:
            said.append(
                "One seed gives no interval over seeds: nothing here says how much a run differs from the next."
            )
        if self.quick:
            said.append(
                f"This is a rehearsal: no study is longer than {_QUICK_EPOCHS} epochs; its figures answer nothing."
            )
        if not convolution:
            return tuple(said)
        after = counted(self.convolution_epochs, "epoch")
        if self.convolution_limit is not None:
            said.append(
                f"The convolutional network sees only {self.convolution_limit:,} training images "
                f"for {after}, so that the lab ends within minutes."
            )
        elif self.convolution_epochs != PUBLISHED_CNN_EPOCHS:
            said.append(
                f"The convolutional network is trained for {after} instead of the "
                f"{PUBLISHED_CNN_EPOCHS} of the course, which `--cnn-epochs {PUBLISHED_CNN_EPOCHS}` gives."
            )
        return tuple(said)


def _numbered(steps: list[int]) -> str:
    """These steps, as the beginning of a sentence."""
    if len(steps) == 1:
        return f"Step {steps[0]} uses"
    whole = steps == list(range(steps[0], steps[-1] + 1)) and len(steps) > 2
    return f"Steps {f'{steps[0]} to {steps[-1]}' if whole else listed([str(each) for each in steps])} use"


def _described(dataset: Dataset) -> str:
    return f"{dataset.name} ({len(dataset.train):,} training and {len(dataset.test):,} test images)"
