"""Figures that one introductory course's hand-in published for the steps of the lab.

Each is a single run: no seeds, no intervals, test images used for validation. A right implementation lands near
them; they are no targets. Training accuracy is Keras's running average over the last epoch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

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


SECTIONS: dict[SectionName, Section] = {
    "exercise-2": Section(
        title="A linear classifier, seven arms (exercise 2)",
        data="mnist",
        model="linear",
        epochs=5,
        arms=(
            LabArm(optimizer="sgd", learning_rate=0.001, train=0.7672, test=0.7900),
            LabArm(optimizer="sgd", learning_rate=0.01, train=0.8753, test=0.8855),
            LabArm(optimizer="sgd", learning_rate=0.1, train=0.9117, test=0.9166),
            LabArm(optimizer="adam", learning_rate=0.001, train=0.9215, test=0.9236),
            LabArm(optimizer="adam", learning_rate=0.01, train=0.9247, test=0.9205),
            LabArm(optimizer="rmsprop", learning_rate=0.001, train=0.9226, test=0.9247),
            LabArm(optimizer="rmsprop", learning_rate=0.01, train=0.9228, test=0.9110),
        ),
    ),
    "exercise-2-twenty-epochs": Section(
        title="The same for 20 epochs (exercise 2)",
        data="mnist",
        model="linear",
        epochs=20,
        remark="The hand-in's arms called RMSprop trained Adam; its Adam arms were run twice under two names.",
        arms=(
            LabArm(optimizer="adam", learning_rate=0.001, train=0.9339, test=0.9276),
            LabArm(optimizer="adam", learning_rate=0.001, train=0.9319, test=0.9295, remark="published as RMSprop"),
            LabArm(optimizer="adam", learning_rate=0.01, train=0.9287, test=0.9226),
            LabArm(optimizer="adam", learning_rate=0.01, train=0.9300, test=0.9210, remark="published as RMSprop"),
            LabArm(optimizer="rmsprop", learning_rate=0.001, remark="never trained there"),
            LabArm(optimizer="rmsprop", learning_rate=0.01, remark="never trained there"),
        ),
    ),
    "exercise-4": Section(
        title="Perceptrons 128-64-10 (exercise 4)",
        data="mnist",
        model="mlp",
        epochs=10,
        arms=(
            LabArm(activation="relu", optimizer="adam", train=0.9935, test=0.9764),
            LabArm(activation="relu", optimizer="sgd", train=0.9308, test=0.9331),
            LabArm(activation="sigmoid", optimizer="adam", train=0.9854, test=0.9741),
            LabArm(activation="sigmoid", optimizer="sgd", train=0.7496, test=0.7696),
        ),
    ),
    "fashion-perceptron": Section(
        title="Fashion-MNIST, perceptron 128-64-10",
        data="fashion_mnist",
        model="mlp",
        epochs=20,
        batch_size=32,
        arms=(LabArm(optimizer="rmsprop", train=0.9085, test=0.8805),),
    ),
    "exercise-5": Section(
        title="Fashion-MNIST, perceptron 128-10 (exercise 5)",
        data="fashion_mnist",
        model="mlp",
        units=(128,),
        epochs=20,
        remark="The exercise asks for three layers; the hand-in's model, trained here too, has two.",
        arms=(LabArm(activation="sigmoid", optimizer="adam", train=0.9147, test=0.8854),),
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
