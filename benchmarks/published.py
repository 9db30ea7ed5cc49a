"""The lab's steps as one course hand-in trained them, on all images, with the figures that it published.

The figures are those of `classlab.lab.published`: single runs without seeds or intervals, and no targets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from classlab.lab.published import PUBLISHED, PublishedFigure

if TYPE_CHECKING:
    from benchmarks.workloads import OptimizerName

SectionName = Literal[
    "exercise-2", "exercise-2-twenty-epochs", "exercise-4", "fashion-perceptron", "exercise-5", "exercise-6"
]


@dataclass(frozen=True, kw_only=True)
class LabArm:
    """One arm of the lab with what was published for it.

    Args:
        optimizer: Keras's name, lower case.
        learning_rate: None for Keras's default.
        activation: of the hidden layers.
        train: published training accuracy; None where nothing comparable was published.
        test: published test accuracy; likewise.
        remark: what the reader must know about the published figure.
    """

    optimizer: OptimizerName
    learning_rate: float | None = None
    activation: Literal["relu", "sigmoid"] = "relu"
    train: float | None = None
    test: float | None = None
    remark: str = ""

    @property
    def title(self) -> str:
        """What the arm is called in the table."""
        rate = "" if self.learning_rate is None else f" {self.learning_rate:g}"
        return f"{self.optimizer}{rate}"


@dataclass(frozen=True, kw_only=True)
class Section:
    """One step of the lab.

    Args:
        title: heading of its table.
        data: dataset.
        model: built-in architecture.
        units: hidden layers of `mlp`.
        epochs: passes over all 60,000 training images.
        batch_size: images per step.
        arms: what was compared.
        remark: what the reader must know about the published figures, as sentences.
    """

    title: str
    data: Literal["mnist", "fashion_mnist"]
    model: Literal["linear", "mlp", "cnn"]
    units: tuple[int, ...] = (128, 64)
    epochs: int
    batch_size: int = 128
    arms: tuple[LabArm, ...]
    remark: str = ""


def _arm(figure: PublishedFigure) -> LabArm:
    """The configuration that an arm's name spells out, as in `relu with Adam` or `SGD 0.01`."""
    found = re.search(r"(?:(relu|sigmoid) with )?(SGD|Adam|RMSprop)(?: ([\d.]+))?$", figure.arm)
    if found is None:
        raise ValueError(f"the name of an arm must end in its optimizer, but got {figure.arm!r}. Name it so.")
    activation, optimizer, rate = found.groups()
    return LabArm(
        optimizer=cast("OptimizerName", optimizer.lower()),
        learning_rate=None if rate is None else float(rate),
        activation=activation or "relu",
        train=figure.train,
        test=figure.test,
        remark=f"published as {figure.labelled.split()[0]}" if figure.labelled else "",
    )


_CLOTHES = [_arm(figure) for figure in PUBLISHED["other-images"].figures]
SECTIONS: dict[SectionName, Section] = {
    "exercise-2": Section(
        title="A linear classifier, seven arms (exercise 2)",
        data="mnist",
        model="linear",
        epochs=5,
        arms=tuple(_arm(figure) for figure in PUBLISHED["optimizers"].figures),
    ),
    "exercise-2-twenty-epochs": Section(
        title="The same for 20 epochs (exercise 2)",
        data="mnist",
        model="linear",
        epochs=20,
        remark="The hand-in's arms called RMSprop trained Adam; its Adam arms were run twice under two names.",
        arms=(
            *(_arm(figure) for figure in sorted(PUBLISHED["more-epochs"].figures, key=lambda figure: figure.arm)),
            LabArm(optimizer="rmsprop", learning_rate=0.001, remark="never trained there"),
            LabArm(optimizer="rmsprop", learning_rate=0.01, remark="never trained there"),
        ),
    ),
    "exercise-4": Section(
        title="Perceptrons 128-64-10 (exercise 4)",
        data="mnist",
        model="mlp",
        epochs=10,
        arms=tuple(_arm(figure) for figure in PUBLISHED["perceptrons"].figures),
    ),
    "fashion-perceptron": Section(
        title="Fashion-MNIST, perceptron 128-64-10",
        data="fashion_mnist",
        model="mlp",
        epochs=20,
        batch_size=32,
        arms=(_CLOTHES[0],),
    ),
    "exercise-5": Section(
        title="Fashion-MNIST, perceptron 128-10 (exercise 5)",
        data="fashion_mnist",
        model="mlp",
        units=(128,),
        epochs=20,
        remark="The exercise asks for three layers; the hand-in's model, trained here too, has two.",
        arms=(_CLOTHES[1],),
    ),
    "exercise-6": Section(
        title="Fashion-MNIST, convolutional network (exercise 6)",
        data="fashion_mnist",
        model="cnn",
        epochs=20,
        remark=(
            "The hand-in divided its images by 255 twice and stayed at chance level (training 0.0969, test 0.1000); "
            "here they are scaled once, so there is nothing to compare with."
        ),
        arms=(LabArm(optimizer="rmsprop"),),
    ),
}
