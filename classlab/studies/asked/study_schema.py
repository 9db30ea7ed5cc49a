"""What a study file may hold: keys, types, bounds, and the words that explain each of them.

A field's description is the rule that an error quotes, and its first example is the next step that it suggests.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from classlab.records.layers import ActivationName  # noqa: TC001  (pydantic reads it at run time)
from classlab.records.optimizers import OptimizerName  # noqa: TC001  (pydantic reads it at run time)
from classlab.records.run import LossName, Precision, Preprocessing, Start  # noqa: TC001  (pydantic reads it at run time)
from classlab.records.schedules import ScheduleName  # noqa: TC001  (pydantic reads it at run time)
from classlab.records.study import Selection  # noqa: TC001  (pydantic reads it at run time)

MOST_RUNS = 10_000  # a sweep of so many linear runs takes about an hour; more is almost always a slip in a grid

Monitor = Literal["val_loss", "val_accuracy", "loss", "accuracy"]
Value = TypeVar("Value")


class OneOrMany:
    """Marks an option whose value may be one value or a list of them, which then expands into a grid.

    Args:
        depth: 1 where one value is no list; 2 where it is one, as the widths of hidden layers are.
    """

    def __init__(self, depth: Literal[1, 2] = 1) -> None:
        self.depth = depth

    def is_many(self, value: Any) -> bool:
        """Whether a value, as it is written in the file, is a list of values."""
        return isinstance(value, list) and (self.depth == 1 or any(isinstance(each, list) for each in value))

    def as_list(self, value: Any) -> list[Any]:
        """The value as a list of values."""
        return value if self.is_many(value) else [value]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.as_list, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        many = handler(schema)
        return {"anyOf": [many["items"], many]}


Many = Annotated[list[Value], Field(min_length=1, max_length=MOST_RUNS), OneOrMany()]
ManyLists = Annotated[list[Value], Field(min_length=1, max_length=MOST_RUNS), OneOrMany(depth=2)]
Count = Annotated[int, Field(ge=1, le=10_000_000)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(gt=0, lt=1)]
Widths = Annotated[list[Annotated[int, Field(ge=1, le=1_000_000)]], Field(min_length=1, max_length=1000)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Name = Annotated[str, Field(pattern=r"^[^/\\\x00-\x1f\x7f]{1,80}$")]


def option(rule: str, *examples: Any) -> Any:
    """A key that may be left out."""
    return Field(default_factory=list, description=rule, examples=list(examples))


class OptionsDocument(BaseModel):
    """Every option that determines a run; one value, or a list that expands into a grid."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, protected_namespaces=())

    model: Many[str] = option("a built-in model's name or the path of a .keras file", "mlp")
    start: Many[Start] = option("fresh or given", "given")
    units: ManyLists[Widths] = option("widths of the hidden layers, whole numbers of at least 1", [128, 64])
    activation: Many[ActivationName] = option("one of the activation functions", "relu")
    dropout: Many[Annotated[float, Field(ge=0, lt=1)]] = option("a share from 0 to below 1", 0.2)
    optimizer: Many[OptimizerName] = option("one of the optimizers", "adam")
    learning_rate: Many[Positive] = option("a positive number", 0.001)
    momentum: Many[Annotated[float, Field(ge=0, lt=1)]] = option("a number from 0 to below 1", 0.9)
    nesterov: Many[bool] = option("true or false", True)
    weight_decay: Many[NotNegative] = option("a number that is not negative", 0.004)
    clipnorm: Many[Positive] = option("a positive number", 1.0)
    clipvalue: Many[Positive] = option("a positive number", 1.0)
    global_clipnorm: Many[Positive] = option("a positive number", 1.0)
    schedule: Many[ScheduleName] = option("one of the schedules", "cosine")
    step_epochs: Many[Positive] = option("a positive number of epochs", 10)
    step_factor: Many[Positive] = option("a positive number", 0.1)
    warmup_epochs: Many[NotNegative] = option("a number of epochs that is not negative", 1)
    loss: Many[LossName] = option("one of the losses", "sparse_categorical_crossentropy")
    top_k: Many[Count] = option("a whole number of at least 1", 3)
    early_stopping: Many[Annotated[int, Field(ge=0)]] = option("a patience in epochs, a whole number from 0", 5)
    monitor: Many[Monitor] = option("one of the figures", "val_loss")
    epochs: Many[Count] = option("a whole number of at least 1", 5)
    batch_size: Many[Count] = option("a whole number of at least 1", 128)
    validation: Many[Share | Literal["test"]] = option("a share between 0 and 1, or the word test", 0.1)
    limit: Many[Annotated[int, Field(ge=2)]] = option("a whole number of at least 2 images", 10_000)
    preprocessing: Many[Preprocessing] = option("one of the kinds of preprocessing", "unit")
    precision: Many[Precision] = option("one of the kinds of arithmetic", "float32")


class ArmDocument(OptionsDocument):
    """One table `[[arms]]`: options that are its own, and perhaps a name."""

    name: Name = Field(default="", description="1 to 80 characters without slashes", examples=["sgd with momentum"])


class StudyDocument(OptionsDocument):
    """A study file. Options at the top level are defaults of every arm; without `[[arms]]` their grid is the arms."""

    model_config = ConfigDict(title="classlab study")

    name: Name = Field(description="1 to 80 characters without slashes", examples=["optimizers"])
    question: Annotated[str, Field(max_length=2000)] = Field(
        default="", description="a sentence", examples=["Which optimizer suits a linear classifier?"]
    )
    data: str = Field(min_length=1, description="a dataset's name or path", examples=["mnist5k"])
    size: Annotated[list[Count], Field(min_length=2, max_length=2)] | None = Field(
        default=None, description="height and width, two whole numbers", examples=[[28, 28]]
    )
    seeds: (
        Annotated[int, Field(ge=1, le=MOST_RUNS)] | Annotated[list[Seed], Field(min_length=1, max_length=MOST_RUNS)]
    ) = Field(default=5, description="a number of seeds, at least 1, or a list of seeds", examples=[5])
    select: Selection = Field(
        default="val_accuracy", description="one of the figures on validation images", examples=["val_accuracy"]
    )
    margin: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.002, description="a share from 0 to below 1", examples=[0.002]
    )
    confidence: Annotated[float, Field(ge=0.5, lt=1)] = Field(
        default=0.95, description="a share from 0.5 to below 1", examples=[0.95]
    )
    arms: list[ArmDocument] = Field(
        default_factory=list,
        max_length=MOST_RUNS,
        description="tables, each written as [[arms]]",
        examples=[[{"optimizer": "sgd"}]],
    )


OPTIONS: tuple[str, ...] = tuple(OptionsDocument.model_fields)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a study file, for editors that complete and check TOML."""
    schema = StudyDocument.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
