"""What is to be trained (`RunSpec`) and what came of it (`RunRecord`)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from classlab.errors import SpecError
from classlab.options.words import LossName as LossName
from classlab.options.words import Monitor, ValidationWord
from classlab.options.words import Precision as Precision
from classlab.options.words import Preprocessing as Preprocessing
from classlab.options.words import RunState as RunState
from classlab.records.architecture import Architecture, ImageShape, KerasArchitecture
from classlab.records.augmentation import Augmentation
from classlab.records.backbone import Backbone, FineTuning
from classlab.records.base import CheckedRecord
from classlab.records.bounds import Asked, Bounds, not_negative
from classlab.records.diagnostics import Diagnostics
from classlab.records.layers import Normalization, Rescaling
from classlab.records.optimizers import Adam, Optimizer
from classlab.records.outcomes import RunOutcomes
from classlab.records.picture_reading import PictureReading
from classlab.records.preparation import Preparation
from classlab.records.schedules import Constant, Schedule

ClassWeights: TypeAlias = Literal["balanced"] | tuple[float, ...]

# 2: what a run made of each image is on record; the ledger counts trainings and evaluations too.
# 3: the files of studies and of unfinished trainings carry a digest; a probe says by which measure it was
# taken, see `Probe.measure`.
# 4: architectures may branch and join (`Architecture.inputs`), and have more kinds of layers.
SCHEMA_VERSION = 4


@dataclass(frozen=True, kw_only=True)
class DataSpec(CheckedRecord):
    """Which images, and how they are divided.

    Args:
        name: dataset name, or the path it was loaded from.
        digest: SHA-256 of images and labels, so that the same name cannot mean other images.
        validation: share of the training images set aside, "test" to validate on the test images, or "own" for
            the validation images that the dataset brings along.
        limit: use only this many training images (stratified), before the validation share is taken.
        preprocessing: what turns uint8 pixels into the network's input.
        backbone: the frozen network whose features of the images the trained one takes; None where it takes the images.
        folds: into how many folds the training images are divided for cross-validation; `validation` then has no
            effect. None where a share validates.
        fold: the one whose images validate, from 0; None without folds.
        leave_out: positions of training images that are used for nothing, as a list of `classlab clean` says.
    """

    name: str
    digest: str = ""
    validation: Annotated[float | ValidationWord, Asked()] = 0.1
    limit: Annotated[int | None, Asked()] = None
    preprocessing: Annotated[Preprocessing, Asked()] = "unit"
    backbone: Backbone | None = None
    folds: Annotated[int | None, Asked()] = None
    fold: Annotated[int | None, Bounds(rule="a whole number from 0", example=0, least=0)] = None
    leave_out: Annotated[tuple[int, ...], Bounds(rule="positions of images, from 0", example=(3, 8), least=0)] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.folds is None) != (self.fold is None) or (self.fold or 0) >= (self.folds or 1):
            raise SpecError(
                f"`fold` must be one of the folds, counted from 0, but got folds={self.folds}, fold={self.fold}. "
                "Write for example folds=5, fold=0."
            )


@dataclass(frozen=True, kw_only=True)
class Loss(CheckedRecord):
    """The loss; `from_logits` says that the network ends in raw scores rather than probabilities."""

    name: Annotated[LossName, Asked("loss")] = "sparse_categorical_crossentropy"
    from_logits: bool = False


@dataclass(frozen=True, kw_only=True)
class EarlyStopping(CheckedRecord):
    """Stop when the monitored figure has not improved for `patience` epochs, as in Keras."""

    monitor: Annotated[Monitor, Asked()] = "val_loss"
    patience: Annotated[int, Asked("early_stopping")] = 5
    min_delta: Annotated[float, not_negative(0.001)] = 0.0
    restore_best_weights: bool = True


@dataclass(frozen=True, kw_only=True)
class RunSpec(CheckedRecord):
    """One arm with one seed: everything that determines a run.

    Args:
        data: images and their division.
        architecture: the network.
        loss: what is minimised.
        optimizer: update rule and its settings.
        schedule: factor on the learning rate over time.
        epochs: passes over the training images.
        batch_size: images per step; the last batch of an epoch may be smaller.
        seed: decides initial weights (where none are given), order of batches, augmentation and dropout, and nothing
            else.
        early_stopping: rule for ending before `epochs`, or None.
        top_k: also measure top-k accuracy for this k.
        precision: float32; bfloat16 for the convolutions' arithmetic; auto takes bfloat16 where the processor gains
            from it; float64 for checking, several times slower.
        initial_weights: digest of the weights the run starts from where they were given, None where the seed
            draws them.
        augmentation: how training images are changed at random; None where they are taken as they are.
        class_weights: what the training loss of each class's images is multiplied by: one number per class, or
            `balanced`, in inverse proportion to the class's training images; None where all images count alike.
        fine_tuning: how the last layers of the backbone go on learning once the head is trained; None where they rest.
    """

    data: DataSpec
    architecture: Annotated[Architecture | KerasArchitecture, Field(discriminator="kind")]
    loss: Loss = field(default_factory=Loss)
    optimizer: Annotated[Optimizer, Field(discriminator="kind")] = field(default_factory=Adam)
    schedule: Annotated[Schedule, Field(discriminator="kind")] = field(default_factory=Constant)
    epochs: Annotated[int, Asked()] = 10
    batch_size: Annotated[int, Asked()] = 128
    seed: Annotated[int, Asked()] = 0
    early_stopping: EarlyStopping | None = None
    top_k: Annotated[int | None, Asked()] = None
    precision: Annotated[Precision, Asked()] = "float32"
    initial_weights: str | None = None
    augmentation: Augmentation | None = None
    class_weights: Annotated[ClassWeights | None, Asked()] = None
    fine_tuning: FineTuning | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.fine_tuning is not None and self.data.backbone is None:
            raise SpecError(
                "`fine_tuning` must be left out where there is no backbone, but got "
                f"{self.fine_tuning.layers} layers to fine-tune. Give a backbone, or leave it out."
            )

    @property
    def image_shape(self) -> ImageShape:
        """`(height, width, channels)` of the images themselves, which a backbone's head does not take."""
        backbone = self.data.backbone
        return self.architecture.input_shape if backbone is None else backbone.input_shape

    @property
    def needed_weights(self) -> str | None:
        """Digest of the weights that must be at hand to begin: all of them, or those that no seed draws."""
        return self.initial_weights or getattr(self.architecture, "kept_weights", None)

    @property
    def draw_words(self) -> str:
        """What tells the run from the others of its arm, for people: `seed 3`, or `seed 3, fold 0`."""
        return f"seed {self.seed}" + ("" if self.data.fold is None else f", fold {self.data.fold}")

    def drawn(self, *, seed: int, fold: int = 0) -> RunSpec:
        """The same run with another seed and, where there are folds, with another fold to validate on."""
        data = self.data if self.data.folds is None else replace(self.data, fold=fold)
        return replace(self, seed=seed, data=data)


@dataclass(frozen=True, kw_only=True)
class Figures(CheckedRecord):
    """Loss and accuracies over one set of images.

    Args:
        images: how many images are behind the figures.
        loss: mean loss per image, penalties of regularizers included (nats for the cross-entropies).
        accuracy: share of images whose most probable class is the label.
        top_k_accuracy: share whose label is among the k most probable, where asked for.
        balanced_accuracy: mean over classes of the share of their images that is recognised; None where the class of
            each image was not looked at, as in running averages and earlier records.
        macro_f1: mean over classes of 2 right / (images of the class + images taken for it); None as above.
    """

    images: int
    loss: float
    accuracy: float
    top_k_accuracy: float | None = None
    balanced_accuracy: float | None = None
    macro_f1: float | None = None


@dataclass(frozen=True, kw_only=True)
class Environment(CheckedRecord):
    """Where a run was trained."""

    classlab: str
    python: str
    platform: str
    processor: str
    device: str
    threads: int
    precision: Literal["float32", "bfloat16", "float64"]
    packages: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RunRecord(CheckedRecord):
    """What came of one run: its specification, its curves, its figures and where it was trained.

    Args:
        spec: what was asked for.
        identity: hash of the canonical specification, data digest included.
        state: how the run ended.
        reason: why it ended that way, as a sentence, where it did not simply finish.
        epochs_done: epochs that completed with finite loss.
        history: one figure per epoch under Keras's names: loss, accuracy, val_loss, val_accuracy,
            learning_rate.
        training: running average over the last epoch, as Keras prints it.
        fitted: on training images (the first 10,000 of them at most) after the last epoch: what the gap to
            unseen images is measured from, because the running average lags behind and is taken with dropout.
        validation: on the validation images after the last epoch.
        test: on the test images after the last epoch; None where no weights were good.
        parameters: number of weights, trainable or not.
        seconds: wall time of the training of this run's population, in seconds.
        input_layer: the preprocessing as a layer, its statistics included.
        path: `engine`, or `keras` for a model that trains through Keras itself.
        notes: remarks a reader of the figures must know, each a sentence.
        class_names: names of the classes, in label order.
        environment: where the run was trained.
        created: ISO 8601 time in UTC.
        command: what reproduces the run.
        diagnostics: what training noted for the doctor; None where nothing was.
        outcomes: what it made of each validation and test image; None where no weights were good, and in records of
            layout 1.
        preparation: how the training pictures were brought to one size; None where they came in it.
        reading: how deep and transparent training pictures were read; None where the images were no pictures.
        version: version of this record's layout.
    """

    spec: RunSpec
    identity: str
    state: RunState
    reason: str | None
    epochs_done: int
    history: dict[str, tuple[float, ...]]
    training: Figures | None
    validation: Figures | None
    test: Figures | None
    parameters: int
    seconds: float
    input_layer: Annotated[Rescaling | Normalization, Field(discriminator="kind")]
    path: Literal["engine", "keras"]
    class_names: tuple[str, ...]
    environment: Environment
    created: str
    command: str
    notes: tuple[str, ...] = ()
    fitted: Figures | None = None
    diagnostics: Diagnostics | None = None
    outcomes: RunOutcomes | None = None
    preparation: Preparation | None = None
    reading: PictureReading | None = None
    version: int = SCHEMA_VERSION
