"""The figures that one course hand-in published for the steps of the lab.

Each is a single run: no seeds, no intervals, trained on all 60,000 training images and validated on the test images.
A right implementation lands near them (linear and perceptron arms within about one percentage point of accuracy, the
arms with plain SGD within about two); they are no targets. Training accuracy is Keras's running average over the last
epoch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SOURCE_NOTE = (
    "The published figures are single runs from one course hand-in: no other seeds, no interval, trained on all "
    "60,000 training images and validated on the test images. They say where a right implementation lands, and are "
    "no targets. Training accuracy is the running average over the last epoch, as Keras prints it."
)

Exercise = Literal["five epochs", "twenty epochs", "perceptrons", "clothes", "convolution"]
DatasetName = Literal["mnist", "fashion_mnist"]


@dataclass(frozen=True, kw_only=True)
class PublishedFigure:
    """One arm of the hand-in.

    Args:
        arm: the name of the lab's arm that trains the same configuration.
        train: published training accuracy.
        test: published test accuracy.
        labelled: what the hand-in called the arm where that is not what its code trained; else "".
        defect: what the reader must know about the run, as a clause; else "".
    """

    arm: str
    train: float
    test: float
    labelled: str = ""
    defect: str = ""


@dataclass(frozen=True, kw_only=True)
class PublishedExercise:
    """The arms of one exercise.

    Args:
        data: the dataset they were trained on.
        epochs: passes over the training images.
        figures: one per published run.
    """

    data: DatasetName
    epochs: int
    figures: tuple[PublishedFigure, ...]

    def of(self, arm: str) -> tuple[PublishedFigure, ...]:
        """What was published for an arm of the lab; nothing where it was never trained there."""
        return tuple(figure for figure in self.figures if figure.arm == arm)


PUBLISHED: dict[Exercise, PublishedExercise] = {
    "five epochs": PublishedExercise(
        data="mnist",
        epochs=5,
        figures=(
            PublishedFigure(arm="SGD 0.001", train=0.7672, test=0.7900),
            PublishedFigure(arm="SGD 0.01", train=0.8753, test=0.8855),
            PublishedFigure(arm="SGD 0.1", train=0.9117, test=0.9166),
            PublishedFigure(arm="Adam 0.001", train=0.9215, test=0.9236),
            PublishedFigure(arm="Adam 0.01", train=0.9247, test=0.9205),
            PublishedFigure(arm="RMSprop 0.001", train=0.9226, test=0.9247),
            PublishedFigure(arm="RMSprop 0.01", train=0.9228, test=0.9110),
        ),
    ),
    "twenty epochs": PublishedExercise(
        data="mnist",
        epochs=20,
        figures=(
            PublishedFigure(arm="Adam 0.001", train=0.9339, test=0.9276),
            PublishedFigure(arm="Adam 0.01", train=0.9287, test=0.9226),
            PublishedFigure(arm="Adam 0.001", train=0.9319, test=0.9295, labelled="RMSprop 0.001"),
            PublishedFigure(arm="Adam 0.01", train=0.9300, test=0.9210, labelled="RMSprop 0.01"),
        ),
    ),
    "perceptrons": PublishedExercise(
        data="mnist",
        epochs=10,
        figures=(
            PublishedFigure(arm="relu with Adam", train=0.9935, test=0.9764),
            PublishedFigure(arm="relu with SGD", train=0.9308, test=0.9331),
            PublishedFigure(arm="sigmoid with Adam", train=0.9854, test=0.9741),
            PublishedFigure(arm="sigmoid with SGD", train=0.7496, test=0.7696),
        ),
    ),
    "clothes": PublishedExercise(
        data="fashion_mnist",
        epochs=20,
        figures=(
            PublishedFigure(arm="128-64-10 relu with RMSprop", train=0.9085, test=0.8805),
            PublishedFigure(
                arm="128-10 sigmoid with Adam",
                train=0.9147,
                test=0.8854,
                defect="the exercise asks for three layers; the hand-in's model has two",
            ),
        ),
    ),
    "convolution": PublishedExercise(
        data="fashion_mnist",
        epochs=20,
        figures=(
            PublishedFigure(
                arm="scaled twice",
                train=0.0969,
                test=0.1000,
                defect="the images were divided by 255 twice, and the loss stayed at 2.3026 = ln 10",
            ),
        ),
    ),
}
