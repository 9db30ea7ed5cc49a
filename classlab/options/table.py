"""The table: every option of a training and of a study, said once.

An entry is a key of a typed dictionary, so that `fit(**options)` is checked where it is written; what stands beside
the type is what everybody else asks. A key's place is its place in grids: the last one varies fastest.
"""

# Annotations are read when this module is loaded, so they are not postponed as elsewhere.
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict, get_args

from classlab.options.kinds import Number, Option, Seeds, Switch, Text, Whole, WholeList, Word
from classlab.options.words import (
    MODEL_NAMES,
    ActivationName,
    LossName,
    Monitor,
    OptimizerName,
    Precision,
    Preprocessing,
    ScheduleName,
    Selection,
    Start,
)

if TYPE_CHECKING:
    from classlab.records import EarlyStopping, Loss
    from classlab.records.optimizers import Optimizer
    from classlab.records.schedules import Schedule

MOST_RUNS = 10_000  # a sweep of so many linear runs takes about an hour; more is almost always a slip in a grid

_HIDDEN = {"model": tuple(name for name in MODEL_NAMES if name != "linear")}
_ANY_OPTIMIZER = {"optimizer": get_args(OptimizerName)}
_ANY_SCHEDULE = {"schedule": get_args(ScheduleName)}
_STEP = {"schedule": ("step",)}


class ModelOption(TypedDict, total=False):
    """The network."""

    model: Annotated[
        Any,
        Text(
            help="a built-in name (linear, mlp, cnn, cnn-small, lenet5) or a .keras file",
            rule="a built-in model's name or the path of a .keras file",
            metavar="NAME|FILE.keras",
            default="mlp",
            example="mlp",
            ready=True,
        ),
    ]


class NetworkOptions(TypedDict, total=False):
    """What belongs to the network rather than to its training."""

    start: Annotated[
        Start | None,
        Word(
            words=get_args(Start),
            help="weights of a Keras model or file: drawn anew by every seed, or its own",
            otherwise="one training starts from its own, several seeds draw anew",
            example="given",
        ),
    ]
    units: Annotated[
        Sequence[int] | None,
        WholeList(
            help="hidden widths",
            rule="widths of the hidden layers, whole numbers of at least 1",
            largest=1_000_000,
            metavar="N,N,...",
            default=(128, 64),
            example=(128, 64),
            only_with={"model": ("mlp",)},
        ),
    ]
    activation: Annotated[
        ActivationName | str | None,
        Word(
            words=get_args(ActivationName),
            help="activation of the hidden layers",
            default="relu",
            example="relu",
            only_with=_HIDDEN,
        ),
    ]
    dropout: Annotated[
        float | None,
        Number(
            help="share of values dropped while training",
            least=0,
            below=1,
            unit="share",
            metavar="SHARE",
            default=0.0,
            example=0.2,
            only_with=_HIDDEN,
        ),
    ]


class OptimizerOption(TypedDict, total=False):
    """The update rule."""

    optimizer: Annotated[
        "str | Optimizer | None",
        Word(
            words=get_args(OptimizerName),
            help="update rule",
            default="adam",
            otherwise="adam, or what a Keras model was compiled with",
            example="adam",
            ready=True,
        ),
    ]


class OptimizerSettings(TypedDict, total=False):
    """Settings of the update rule."""

    learning_rate: Annotated[
        float | None,
        Number(
            help="learning rate",
            above=0,
            metavar="RATE",
            otherwise="Keras's default of the optimizer",
            example=0.001,
            only_with=_ANY_OPTIMIZER,
        ),
    ]
    momentum: Annotated[
        float | None,
        Number(
            help="momentum",
            least=0,
            below=1,
            metavar="M",
            default=0.0,
            example=0.9,
            only_with={"optimizer": ("sgd", "rmsprop")},
        ),
    ]
    nesterov: Annotated[
        bool | None,
        Switch(
            help="Nesterov's momentum",
            default=False,
            example=True,
            only_with={"optimizer": ("sgd",), "momentum": ()},
        ),
    ]
    weight_decay: Annotated[
        float | None,
        Number(
            help="decoupled weight decay per step, times the learning rate",
            least=0,
            metavar="D",
            otherwise="none; 0.004 of adamw",
            example=0.004,
            only_with=_ANY_OPTIMIZER,
        ),
    ]
    clipnorm: Annotated[
        float | None,
        Number(
            help="largest norm of one weight's gradient",
            above=0,
            metavar="C",
            otherwise="none",
            example=1.0,
            only_with=_ANY_OPTIMIZER,
            one_of="gradient clipping",
        ),
    ]
    clipvalue: Annotated[
        float | None,
        Number(
            help="largest absolute value in a gradient",
            above=0,
            metavar="C",
            otherwise="none",
            example=1.0,
            only_with=_ANY_OPTIMIZER,
            one_of="gradient clipping",
        ),
    ]
    global_clipnorm: Annotated[
        float | None,
        Number(
            help="largest norm of all gradients together",
            above=0,
            metavar="C",
            otherwise="none",
            example=1.0,
            only_with=_ANY_OPTIMIZER,
            one_of="gradient clipping",
        ),
    ]


class ScheduleOptions(TypedDict, total=False):
    """The learning rate over time."""

    schedule: Annotated[
        "str | Schedule",
        Word(
            words=get_args(ScheduleName),
            help="learning rate over time",
            default="constant",
            example="cosine",
            ready=True,
        ),
    ]
    step_epochs: Annotated[
        float | None,
        Number(
            help="epochs between two steps of the rate",
            above=0,
            unit="epochs",
            default=10.0,
            example=10,
            only_with=_STEP,
        ),
    ]
    step_factor: Annotated[
        float | None,
        Number(help="factor at each step", above=0, metavar="F", default=0.1, example=0.1, only_with=_STEP),
    ]
    warmup_epochs: Annotated[
        float,
        Number(
            help="epochs over which the rate rises from 0 first",
            least=0,
            unit="epochs",
            default=0.0,
            example=1,
            only_with=_ANY_SCHEDULE,
        ),
    ]


class CourseOptions(TypedDict, total=False):
    """Loss, length and end of the training."""

    loss: Annotated[
        "str | Loss | None",
        Word(
            words=get_args(LossName),
            help="loss, by Keras's name",
            default="sparse_categorical_crossentropy",
            otherwise="sparse_categorical_crossentropy, or what a Keras model was compiled with",
            example="sparse_categorical_crossentropy",
            ready=True,
        ),
    ]
    top_k: Annotated[
        int | None, Whole(help="also measure top-k accuracy", metavar="K", otherwise="not measured", example=3)
    ]
    early_stopping: Annotated[
        "int | EarlyStopping | None",
        Whole(
            help="stop after so many epochs without gain, and keep the best weights",
            rule="a patience in epochs, a whole number from 0",
            least=0,
            unit="epochs",
            metavar="PATIENCE",
            otherwise="all epochs are trained",
            example=5,
            ready=True,
        ),
    ]
    monitor: Annotated[
        Monitor | str | None,
        Word(
            words=get_args(Monitor),
            help="the figure that early stopping watches",
            default="val_loss",
            example="val_loss",
            only_with={"early_stopping": ()},
        ),
    ]
    epochs: Annotated[int, Whole(help="passes over the training images", default=10, example=5)]
    batch_size: Annotated[int, Whole(help="images per step", unit="images", default=128, example=128)]


class DataOptions(TypedDict, total=False):
    """Which images, and how they enter the network."""

    validation: Annotated[
        float | Literal["test"],
        Number(
            help="share of the training images set aside, or test to validate on the test images",
            above=0,
            below=1,
            word="test",
            unit="share",
            metavar="SHARE|test",
            default=0.1,
            example=0.1,
        ),
    ]
    limit: Annotated[
        int | None,
        Whole(
            help="use only so many training images",
            rule="a whole number of at least 2 images",
            least=2,
            most=2**63 - 1,
            unit="images",
            otherwise="all",
            example=10_000,
        ),
    ]
    preprocessing: Annotated[
        Preprocessing,
        Word(
            words=get_args(Preprocessing),
            help="scaling of the pixels, which becomes part of the model",
            default="unit",
            example="unit",
        ),
    ]


class PrecisionOption(TypedDict, total=False):
    """The arithmetic."""

    precision: Annotated[
        Precision,
        Word(
            words=get_args(Precision),
            help="arithmetic: bfloat16 is for convolutions, auto takes it where the processor gains, float64 is slow",
            default="float32",
            example="float32",
        ),
    ]


class TrainingOptions(
    OptimizerOption, OptimizerSettings, ScheduleOptions, CourseOptions, DataOptions, PrecisionOption, total=False
):
    """Every option of a training but those of its network; one that is absent has its default."""


class FitOptions(NetworkOptions, TrainingOptions, total=False):
    """Every option of a training."""


class StudySettings(TypedDict, total=False):
    """What may be changed of a study without changing its arms."""

    name: Annotated[
        str,
        Text(
            help="the study's name",
            rule="1 to 80 characters without slashes",
            pattern=r"[^/\\\x00-\x1f\x7f]{1,80}",
            metavar="NAME",
            otherwise="required; on the command line made of what varies",
            example="optimizers",
        ),
    ]
    question: Annotated[
        str,
        Text(
            help="what the study is to answer",
            rule="a sentence",
            pattern="(?s).*",
            most=2000,
            metavar="SENTENCE",
            default="",
            otherwise="none",
            example="Which optimizer suits a linear classifier?",
        ),
    ]
    seeds: Annotated[
        int | Sequence[int],
        Seeds(
            help="a number of seeds, counted from 0, or a list of them",
            rule="a number of seeds, at least 1, or a list of seeds",
            most=MOST_RUNS,
            metavar="N|A,B,...",
            default=5,
            example=5,
        ),
    ]
    select: Annotated[
        Selection,
        Word(
            words=get_args(Selection),
            help="the figure on validation images by which arms are ranked",
            default="val_accuracy",
            example="val_accuracy",
        ),
    ]
    margin: Annotated[
        float,
        Number(
            help="a difference in accuracy too small to matter; where losses rank, it does not count",
            least=0,
            below=1,
            unit="share",
            metavar="SHARE",
            default=0.002,
            example=0.002,
        ),
    ]
    confidence: Annotated[
        float,
        Number(
            help="of every interval and of the family of comparisons",
            least=0.5,
            below=1,
            unit="share",
            metavar="SHARE",
            default=0.95,
            example=0.95,
        ),
    ]


class StudyData(TypedDict, total=False):
    """The images of a study."""

    data: Annotated[
        Any,
        Text(
            help="dataset name, folder, .npz or IDX files",
            rule="a dataset's name or path",
            metavar="NAME|PATH",
            otherwise="required",
            example="mnist5k",
        ),
    ]
    size: Annotated[
        tuple[int, int] | None,
        WholeList(
            help="bring the pictures of a folder to this height and width",
            rule="height and width, two whole numbers",
            separator="x",
            fewest=2,
            most=2,
            largest=4096,
            metavar="HxW",
            otherwise="theirs",
            example=(28, 28),
        ),
    ]


class RunSeed(TypedDict, total=False):
    """The seed of one run; a study has several."""

    seed: Annotated[
        int,
        Whole(
            help="decides initial weights, order of batches and dropout",
            rule="a whole number from 0 to 2**63 - 1",
            least=0,
            most=2**63 - 1,
            default=0,
            example=0,
        ),
    ]


def options_of(*kinds: type) -> dict[str, Option]:
    """The entries of typed dictionaries, in their order.

    Example:
        >>> list(options_of(ScheduleOptions))
        ['schedule', 'step_epochs', 'step_factor', 'warmup_epochs']
    """
    return {name: hint.__metadata__[0] for kind in kinds for name, hint in kind.__annotations__.items()}


def meaning(option: Option) -> str:
    """What an option means, and with what it has an effect where that is not everything."""
    conditions = []
    for other, words in option.only_with.items():
        if not words:
            conditions.append(f"with {other.replace('_', ' ')}")
        elif words != getattr(TABLE[other], "words", None):
            conditions.append(f"for {', '.join(words)}")
    return f"{option.help}, {' '.join(conditions)}" if conditions else option.help


OPTIONS: Mapping[str, Option] = options_of(ModelOption, FitOptions)  # that determine a run; a list makes a grid
STUDY_SETTINGS: Mapping[str, Option] = options_of(StudySettings)
STUDY_KEYS: Mapping[str, Option] = options_of(StudySettings, StudyData)
TABLE: Mapping[str, Option] = {**OPTIONS, **STUDY_KEYS, **options_of(RunSeed)}
