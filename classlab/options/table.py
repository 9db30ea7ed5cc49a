"""The table: every option of a training and of a study, said once.

An entry is a key of a typed dictionary, so that `fit(**options)` is checked where it is written; what stands beside
the type is what everybody else asks: meaning, bounds, unit, default, example, and with what it has an effect.
A key's place is its place in grids: the last one varies fastest.
"""

# Annotations are read when this module is loaded, so they are not postponed as elsewhere.
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypedDict, get_args

from classlab.options.class_weights import WEIGHT_RULE, WEIGHT_WORDS
from classlab.options.option import Option, joined
from classlab.options.words import (
    MODEL_NAMES,
    NO_BACKBONE,
    ActivationName,
    Fit,
    FlipName,
    LossName,
    Monitor,
    OptimizerName,
    PoolName,
    Precision,
    Preprocessing,
    Sampler,
    ScheduleName,
    SecondObjective,
    Selection,
    Start,
    ValidationWord,
)

if TYPE_CHECKING:
    from classlab.options.ready import ReadyLoss, ReadyOptimizer, ReadySchedule, ReadyStopping

MOST_RUNS = 10_000  # a sweep of so many linear runs takes about an hour; more is almost always a slip in a grid

_HIDDEN = {"model": tuple(name for name in MODEL_NAMES if name != "linear")}
_MLP = {"model": ("mlp",)}
_CNN = {"model": ("cnn",)}
_ANY_OPTIMIZER = {"optimizer": get_args(OptimizerName)}
_MOMENTUM = {"optimizer": ("sgd", "rmsprop")}
_NESTEROV = {"optimizer": ("sgd",), "momentum": ()}
_ANY_SCHEDULE = {"schedule": get_args(ScheduleName)}
_STEP = {"schedule": ("step",)}
_STOPPING = {"early_stopping": ()}
_AUGMENTED = {"least": 0, "below": 1, "unit": "share", "metavar": "SHARE", "default": 0.0}
_BACKBONE = {"backbone": ()}
_FINE_TUNE = {"fine_tune": ()}
_CLIP = {"metavar": "C", "otherwise": "none", "only_with": _ANY_OPTIMIZER, "one_of": "gradient clipping"}
# A leading hyphen would be read as an option, and of names without letters no file can be named; ☃ passes for one.
_NAME = r"(?!-)(?=.*[^ -/:-@\[-`{-~])[^/\\\x00-\x1f\x7f]{1,80}"
_COMPILED = "or what a Keras model was compiled with"


# A table of two or three lines a row; the formatter would make ten of them.
# fmt: off
class NetworkOptions(TypedDict, total=False):
    """What belongs to the network rather than to its training."""

    start: Annotated[Start | None, Option("word",
        "weights of a Keras model or file: drawn anew by every seed, or its own", words=get_args(Start),
        otherwise="one training starts from its own, several seeds draw anew", example="given")]
    backbone: Annotated[str | None, Option("text",
        "network whose features of the pictures the model takes: a name of keras.applications, or a .keras file; none "
        "for the pixels", rule="none, a name of keras.applications or the path of a .keras file",
        metavar="none|NAME|FILE.keras", default=NO_BACKBONE, example="mobilenet_v2")]
    backbone_weights: Annotated[str | None, Option("text",
        "weights of a backbone of keras.applications: imagenet from Keras's cache, none for random ones, or a file",
        rule="imagenet, none or the path of a file of weights", metavar="imagenet|none|FILE", otherwise="imagenet",
        example="imagenet", only_with=_BACKBONE)]
    units: Annotated[Sequence[int] | None, Option("list", "hidden widths",
        rule="widths of the hidden layers, whole numbers of at least 1", largest=1_000_000, metavar="N,N,...",
        default=(128, 64), example=(128, 64), only_with=_MLP)]
    activation: Annotated[ActivationName | str | None, Option("word", "activation of the hidden layers",
        words=get_args(ActivationName), default="relu", example="relu", only_with=_HIDDEN)]
    dropout: Annotated[float | None, Option("number", "share of values dropped while training", least=0, below=1,
        unit="share", metavar="SHARE", default=0.0, example=0.2, only_with=_HIDDEN)]


class FineTuningOptions(TypedDict, total=False):
    """The second stage of a training on a backbone."""

    fine_tune: Annotated[int | None, Option("whole",
        "once the head is trained, let so many of the last layers with weights, the head's among them, go on learning",
        rule="a number of layers, a whole number from 0", least=0, most=10_000, otherwise="none", example=3,
        only_with=_BACKBONE)]
    fine_tune_epochs: Annotated[int | None, Option("whole", "passes over the training images in that second stage",
        unit="epochs", default=5, example=5, only_with=_FINE_TUNE)]
    fine_tune_rate: Annotated[float | None, Option("number", "Adam's learning rate in that second stage", above=0,
        metavar="RATE", default=1e-5, example=1e-5, only_with=_FINE_TUNE)]


class OptimizerOptions(TypedDict, total=False):
    """The update rule and its settings."""

    optimizer: Annotated["str | ReadyOptimizer | None", Option("word", "update rule", words=get_args(OptimizerName),
        default="adam", otherwise=f"adam, {_COMPILED}", example="adam", ready=True)]
    learning_rate: Annotated[float | None, Option("number", "learning rate", above=0, metavar="RATE",
        otherwise="Keras's default of the optimizer", example=0.001, only_with=_ANY_OPTIMIZER)]
    momentum: Annotated[float | None, Option("number", "momentum", least=0, below=1, metavar="M", default=0.0,
        example=0.9, only_with=_MOMENTUM)]
    nesterov: Annotated[bool | None, Option("switch", "Nesterov's momentum", default=False, example=True,
        only_with=_NESTEROV)]
    weight_decay: Annotated[float | None, Option("number", "decoupled weight decay per step, times the learning rate",
        least=0, metavar="D", otherwise="none; 0.004 of adamw", example=0.004, only_with=_ANY_OPTIMIZER)]
    clipnorm: Annotated[float | None, Option("number", "largest norm of one weight's gradient", above=0, example=1.0,
        **_CLIP)]
    clipvalue: Annotated[float | None, Option("number", "largest absolute value in a gradient", above=0, example=1.0,
        **_CLIP)]
    global_clipnorm: Annotated[float | None, Option("number", "largest norm of all gradients together", above=0,
        example=1.0, **_CLIP)]


class ScheduleOptions(TypedDict, total=False):
    """The learning rate over time."""

    schedule: Annotated["str | ReadySchedule", Option("word", "learning rate over time", words=get_args(ScheduleName),
        default="constant", example="cosine", ready=True)]
    step_epochs: Annotated[float | None, Option("number", "epochs between two steps of the rate", above=0,
        unit="epochs", default=10.0, example=10, only_with=_STEP)]
    step_factor: Annotated[float | None, Option("number", "factor at each step", above=0, metavar="F", default=0.1,
        example=0.1, only_with=_STEP)]
    warmup_epochs: Annotated[float, Option("number", "epochs over which the rate rises from 0 first", least=0,
        unit="epochs", default=0.0, example=1, only_with=_ANY_SCHEDULE)]


class CourseOptions(TypedDict, total=False):
    """Loss, length and end of the training."""

    loss: Annotated["str | ReadyLoss | None", Option("word", "loss, by Keras's name", words=get_args(LossName),
        default="sparse_categorical_crossentropy", otherwise=f"sparse_categorical_crossentropy, {_COMPILED}",
        example="sparse_categorical_crossentropy", ready=True)]
    class_weights: Annotated[str | Sequence[float] | Mapping[Any, float] | None, Option("weights",
        "what the training loss of each class's images is multiplied by: balanced, numbers by class, or one for each",
        words=WEIGHT_WORDS, rule=WEIGHT_RULE, metavar="balanced|CLASS:W,...", default="none", example="balanced")]
    top_k: Annotated[int | None, Option("whole", "also measure top-k accuracy", metavar="K", otherwise="not measured",
        example=3)]
    early_stopping: Annotated["int | ReadyStopping | None", Option("whole",
        "stop after so many epochs without gain, and keep the best weights", least=0, unit="epochs", ready=True,
        rule="a patience in epochs, a whole number from 0", metavar="PATIENCE", otherwise="never", example=5)]
    monitor: Annotated[Monitor | str | None, Option("word", "the figure that is watched", words=get_args(Monitor),
        default="val_loss", example="val_loss", only_with=_STOPPING)]
    epochs: Annotated[int, Option("whole", "passes over the training images", unit="epochs", default=10, example=5)]
    batch_size: Annotated[int, Option("whole", "images per step", unit="images", default=128, example=128)]


class DataOptions(TypedDict, total=False):
    """Which images, and how they enter the network."""

    validation: Annotated[float | ValidationWord, Option("number",
        "share of the training images set aside, test to validate on the test images, or own for those that the data "
        "set brings along", above=0, below=1, words=get_args(ValidationWord), unit="share", metavar="SHARE|test|own",
        default=0.1, otherwise="own where the data set has any, else 0.1", example=0.1)]
    limit: Annotated[int | None, Option("whole", "use only so many training images",
        rule="a whole number of at least 2 images", least=2, most=2**63 - 1, unit="images", otherwise="all",
        example=10_000)]
    leave_out: Annotated[str | None, Option("text",
        "leave out the training images that a list names; `classlab clean` writes one", rule="the path of a list",
        metavar="LIST.csv", otherwise="none", example="suspects/leave-out.csv")]
    preprocessing: Annotated[Preprocessing, Option("word", "scaling of the pixels, which becomes part of the model",
        words=get_args(Preprocessing), default="unit", example="unit")]


class AugmentationOptions(TypedDict, total=False):
    """How training images are changed at random, each anew in every epoch; shares mean what they mean in Keras."""

    shift: Annotated[float, Option("number",
        "move training images by up to this share of their height and width, either way", example=0.1, **_AUGMENTED)]
    rotate: Annotated[float, Option("number",
        "turn training images by up to this share of a whole turn, either way (0.1 is 36 degrees)", example=0.05,
        **_AUGMENTED)]
    zoom: Annotated[float, Option("number",
        "zoom training images in or out by up to this share of their size", example=0.1, **_AUGMENTED)]
    flip: Annotated[FlipName, Option("word", "mirror every second training image, on average", words=get_args(FlipName),
        default="none", example="horizontal")]
    cutout: Annotated[float, Option("number",
        "set a rectangle of training images to 0, with this share of their height and width", example=0.25,
        **_AUGMENTED)]
    brightness: Annotated[float, Option("number",
        "make training images brighter or darker by up to this share of 255", example=0.2, **_AUGMENTED)]


class TrainingOptions(
    FineTuningOptions, OptimizerOptions, ScheduleOptions, CourseOptions, DataOptions, AugmentationOptions, total=False
):
    """Every option of a training but those of its network; one that is absent has its default."""

    precision: Annotated[Precision, Option("word",
        "arithmetic: bfloat16 is for convolutions and LSTM, auto takes it where the processor gains, float64 is slow",
        words=get_args(Precision), default="float32", example="float32", absent={
            "float16": "float16 is not offered, because its gradients need a scale of their own; bfloat16 takes as "
            "little memory and needs none."
        })]


class FitOptions(NetworkOptions, TrainingOptions, total=False):
    """Every option of a training."""


class StudySettings(TypedDict, total=False):
    """What may be changed of a study without changing its arms."""

    name: Annotated[str, Option("text", "the study's name",
        rule="1 to 80 characters without slashes, one of them a letter or digit, the first no hyphen", pattern=_NAME,
        metavar="NAME", otherwise="required; a command line without one makes it of what varies",
        example="optimizers")]
    question: Annotated[str, Option("text", "what the study is to answer", rule="a sentence", pattern="(?s).*",
        most=2000, metavar="SENTENCE", default="", otherwise="none",
        example="Which optimizer suits a linear classifier?")]
    seeds: Annotated[int | Sequence[int], Option("seeds", "a number of seeds, counted from 0, or a list of them",
        most=MOST_RUNS, metavar="N|A,B,...", rule="a number of seeds, at least 1, or a list of seeds", default=5,
        example=5)]
    folds: Annotated[int | None, Option("whole",
        "cross-validation: divide the training images into so many folds, each validating once", least=2, most=1000,
        rule="a number of folds, a whole number from 2 to 1,000", otherwise="one share of the images validates",
        example=5)]
    select: Annotated[Selection, Option("word", "the figure on validation images by which arms are ranked",
        words=get_args(Selection), default="val_accuracy", example="val_accuracy")]
    margin: Annotated[float, Option("number",
        "a difference in the share that ranks too small to matter; where losses rank, it does not count", least=0,
        below=1, unit="share", metavar="SHARE", default=0.002, example=0.002)]
    confidence: Annotated[float, Option("number", "of every interval and of the family of comparisons", least=0.5,
        below=1, unit="share", metavar="SHARE", default=0.95, example=0.95)]


class ShapeOptions(TypedDict, total=False):
    """What a search builds networks of: of `mlp` how many hidden layers, of `cnn` blocks of convolutions."""

    layers: Annotated[int, Option("whole", "hidden layers, each with a width of its own from the range of units",
        most=50, default=2, otherwise="the widths in units say it", example=2, only_with=_MLP)]
    blocks: Annotated[int, Option("whole", "blocks of convolutions, each with its pooling behind it", most=20,
        default=2, example=3, only_with=_CNN)]
    filters: Annotated[int, Option("whole", "filters of a block's convolutions; every block draws its own", most=10_000,
        default=32, example=32, only_with=_CNN)]
    kernel: Annotated[int, Option("whole", "height and width of the convolutions' windows", most=100, unit="pixels",
        default=3, example=3, only_with=_CNN)]
    convolutions: Annotated[int, Option("whole", "convolutions in a block", most=20, default=1, example=2,
        only_with=_CNN)]
    batch_norm: Annotated[bool, Option("switch", "batch normalisation behind every convolution", default=False,
        example=True, only_with=_CNN)]
    pool: Annotated[PoolName, Option("word", "pooling behind every block", words=get_args(PoolName), default="max",
        example="max", only_with=_CNN)]
    dense: Annotated[int, Option("whole", "width of the hidden layer behind the blocks, 0 for none", least=0,
        rule="a whole number from 0", default=64, example=64, only_with=_CNN)]


class SearchSettings(TypedDict, total=False):
    """How a search goes about it, and what it may cost."""

    minutes: Annotated[float | None, Option("number", "budget: wall time of search and finalists together", above=0,
        unit="minutes", otherwise="10, where runs and total_epochs are not given either", example=10)]
    runs: Annotated[int | None, Option("whole", "budget: candidates", otherwise="no limit", example=200)]
    total_epochs: Annotated[int | None, Option("whole", "budget: epochs of all candidates together", unit="epochs",
        otherwise="no limit", example=1000)]
    sampler: Annotated[Sampler, Option("word", "how candidates are drawn: by what earlier ones reached, or at random",
        words=get_args(Sampler), default="tpe", example="random")]
    reduction: Annotated[int, Option("whole", "at each rung one of so many candidates goes on", least=2, most=100,
        rule="a whole number from 2 to 100", default=3, example=3)]
    second: Annotated[SecondObjective | None, Option("word", "what is to be small besides",
        words=get_args(SecondObjective), otherwise="nothing", example="parameters")]
    finalists: Annotated[int, Option("whole", "candidates that are trained again from fresh seeds, 0 for none",
        least=0, most=100, rule="a whole number from 0 to 100", default=3, example=3)]


_UNTYPED: dict[str, Option] = {  # arguments of their own wherever Python takes them
    "model": Option("text", "a built-in name (linear, mlp, cnn, cnn-small, lenet5) or a .keras file",
        metavar="NAME|FILE.keras", ready=True, rule="a built-in model's name or the path of a .keras file",
        default="mlp", example="mlp"),
    "data": Option("text", "dataset name, or the path of a folder or file", rule="a dataset's name or path",
        metavar="NAME|PATH", otherwise="required", example="mnist5k"),
    "size": Option("list", "bring the pictures of a folder to this height and width",
        rule="height and width, two whole numbers", separator="x", least=2, most=2, largest=4096, metavar="HxW",
        otherwise="theirs", example=(28, 28)),
    "fit": Option("word", "what is done to pictures of other proportions: distorted, cut, or added to",
        words=get_args(Fit), otherwise="stretch", example="crop", only_with={"size": ()}),
    "seed": Option("whole", "decides initial weights, order of batches, augmentation and dropout",
        rule="a whole number from 0 to 2**63 - 1", least=0, most=2**63 - 1, default=0, example=0),
}
# fmt: on


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
        elif words != TABLE[other].words:
            conditions.append(f"for {joined(words)}")
    return f"{option.help}, {' '.join(conditions)}" if conditions else option.help


OPTIONS: Mapping[str, Option] = {"model": _UNTYPED["model"], **options_of(FitOptions)}  # a list of values is a grid
STUDY_SETTINGS: Mapping[str, Option] = options_of(StudySettings)
STUDY_KEYS: Mapping[str, Option] = {
    **STUDY_SETTINGS,
    "data": _UNTYPED["data"],
    "size": _UNTYPED["size"],
    "fit": _UNTYPED["fit"],
}
SHAPE: Mapping[str, Option] = options_of(ShapeOptions)  # what candidates of a search have besides
SEARCH_SETTINGS: Mapping[str, Option] = {**options_of(SearchSettings), "seed": _UNTYPED["seed"]}
TABLE: Mapping[str, Option] = {**OPTIONS, **STUDY_KEYS, **SHAPE, **SEARCH_SETTINGS}
OPTIMIZER_SETTINGS = tuple(name for name in options_of(OptimizerOptions) if name != "optimizer")
CLIPS = tuple(name for name in OPTIMIZER_SETTINGS if TABLE[name].one_of)  # limits of gradients, by Keras's names
