"""How a Keras model was compiled, in the doctor's words: optimizer, loss, and whether it names one class per image."""

from __future__ import annotations

import functools
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from classlab.doctor.layer_facts import layer_facts
from classlab.doctor.symptoms.misleading_metric import EQUAL_NUMBERS
from classlab.measures.keras_layers import own_activation
from classlab.options import CLIPS

if TYPE_CHECKING:
    from collections.abc import Mapping

CLASS_LOSSES = frozenset(
    {
        "sparse_categorical_crossentropy",
        "categorical_crossentropy",
        "categorical_focal_crossentropy",
        "categorical_hinge",
    }
)
"""Losses that are about one class out of several, whatever the labels look like."""
Task = Literal["classes", "binary", "other"]


@dataclass(frozen=True, kw_only=True)
class KerasSetup:
    """What `compile` was told.

    Args:
        optimizer: the optimizer's class in small letters.
        learning_rate: its rate now; a schedule's at this step. None where it has none.
        momentum: its momentum; 0.0 where it has none.
        weight_decay: share of the weights, times the rate, that it takes away in each step.
        clips: its limits on gradients by Keras's names; empty for none.
        schedule: the class of the schedule that its rate follows in small letters joined by underscores, or "constant".
        steps_taken: steps that it has taken already.
        loss: the loss in small letters joined by underscores; "" for a function of the user's own.
        from_logits: whether the loss takes raw scores.
        loss_function: the loss as something to call with labels and predictions; None where there is none or several.
        width: numbers that the model says of an image; None where that is not one row of numbers per image.
        metric: class and name of the first metric that is an accuracy; ("", "") where there is none.
        metric_config: what Keras makes that metric from; None where Keras chooses one by loss and labels.
    """

    optimizer: str
    learning_rate: float | None
    momentum: float
    steps_taken: int
    loss: str
    from_logits: bool
    loss_function: Any
    width: int | None
    metric: tuple[str, str]
    metric_config: Any = None
    weight_decay: float = 0.0
    clips: Mapping[str, float] = field(default_factory=dict)
    schedule: str = "constant"

    @property
    def task(self) -> Task:
        """What the loss alone says about the question put to the model."""
        if self.width is None:
            return "other"
        if self.loss in CLASS_LOSSES:
            return "classes"
        return "binary" if self.loss == "binary_crossentropy" and self.width == 1 else "other"


def keras_setup(model: Any) -> KerasSetup:
    """Reads what a compiled model was told.

    Args:
        model: a built and compiled `keras.Model`.
    """
    optimizer = bare_optimizer(model)
    loss, from_logits, function = _loss(model.loss)
    kind, name, config = _accuracy(model)
    return KerasSetup(
        optimizer=type(optimizer).__name__.lower(),
        learning_rate=rate_of(optimizer),
        momentum=float(getattr(optimizer, "momentum", None) or 0.0),
        steps_taken=steps_taken(model),
        loss=loss,
        from_logits=from_logits,
        loss_function=function,
        width=_width(model),
        metric=(kind, name),
        metric_config=config,
        weight_decay=float(getattr(optimizer, "weight_decay", None) or 0.0),
        clips={name: float(bound) for name in CLIPS if (bound := getattr(optimizer, name, None))},
        schedule=_schedule(optimizer),
    )


def bare_optimizer(model: Any) -> Any:
    """A compiled model's optimizer, without what scales losses of half precision around it."""
    return getattr(model.optimizer, "inner_optimizer", model.optimizer)


def passes_by(model: Any) -> bool:
    """Whether every batch passes through Python, where it can be seen: on PyTorch, unless the step is compiled."""
    import keras

    return keras.backend.backend() == "torch" and not getattr(model, "jit_compile", False)


def steps_taken(model: Any) -> int:
    """Steps that a model's optimizer has taken."""
    return int(_number(bare_optimizer(model).iterations) or 0)


def described(layers: Any) -> tuple[Any, ...]:
    """`LayerFacts` of layers found by `keras_layers`; a layer that cannot describe itself has its class alone."""
    facts = []
    for found in layers:
        try:
            config = found.config
            config["activation"] = own_activation(found.layer)
        except Exception:  # noqa: BLE001  (a user's layer may refuse in any way it likes)
            config = {}
        facts.append(layer_facts(found.kind, config, position=found.position))
    return tuple(facts)


def reported_by(config: Any, labels: Any, predictions: Any) -> float | None:
    """What a metric says of predictions; None where it cannot be made, or does not take these labels.

    Args:
        config: what Keras makes it from.
        labels: as they are given to `fit`.
        predictions: `(images, width)`.
    """
    import keras

    try:
        metric = keras.metrics.get(config)
        found = metric(labels, predictions)
        return float(keras.ops.mean(found))
    except Exception:  # noqa: BLE001  (a metric may refuse labels in any way it likes; fit will say so)
        return None


def snake(name: str) -> str:
    """A class name in small letters joined by underscores.

    Example:
        >>> snake("SparseCategoricalCrossentropy")
        'sparse_categorical_crossentropy'
        >>> snake("MeanSquaredError"), snake("KLDivergence")
        ('mean_squared_error', 'kl_divergence')
    """
    joined = ""
    for place, letter in enumerate(name):
        before, after = name[place - 1 : place], name[place + 1 : place + 2]
        starts = letter.isupper() and place and (not before.isupper() or (after and after.islower()))
        joined += f"_{letter.lower()}" if starts else letter.lower()
    return joined


def rate_of(optimizer: Any) -> float | None:
    """An optimizer's rate now; a schedule's at this step. None where it has none."""
    return _number(getattr(optimizer, "learning_rate", None))


def _schedule(optimizer: Any) -> str:
    """What the rate follows; a rate that is a number is one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on JAX NumPy warns of how Keras reads the rate, whoever asks for it
        try:
            given = optimizer.get_config().get("learning_rate")
        except Exception:  # noqa: BLE001  (a user's optimizer may refuse to describe itself)
            return "constant"
    return snake(str(given.get("class_name", ""))) if isinstance(given, dict) else "constant"


def _number(value: Any) -> float | None:
    if value is None:
        return None
    import keras

    plain = value.value if isinstance(value, keras.Variable) else value  # NumPy warns of variables on JAX
    return float(keras.ops.convert_to_numpy(plain))


def _width(model: Any) -> int | None:
    shape = getattr(model, "output_shape", None)
    if not isinstance(shape, tuple) or len(shape) != 2 or not isinstance(shape[-1], int):
        return None
    return int(shape[-1])


def _loss(given: Any) -> tuple[str, bool, Any]:
    """Name, whether it takes raw scores, and the function; ("", False, None) where it is not one known loss."""
    import keras

    if isinstance(given, list | tuple) and len(given) == 1:
        given = given[0]
    if isinstance(given, functools.partial):
        name, _, _ = _loss(given.func)
        return name, bool(given.keywords.get("from_logits", False)), given
    if isinstance(given, keras.losses.Loss):
        kind = type(given)
        known = getattr(keras.losses, kind.__name__, None) is kind
        return snake(kind.__name__) if known else "", bool(given.get_config().get("from_logits", False)), given
    if isinstance(given, str):
        function = keras.losses.get(given)
    elif callable(given):
        function = given
    else:
        return "", False, None
    if isinstance(function, keras.losses.Loss):
        return _loss(function)
    name = str(getattr(function, "__name__", ""))
    return name if getattr(keras.losses, name, None) is function else "", False, function


def _accuracy(model: Any) -> tuple[str, str, Any]:
    """Class and name of the first metric that is called an accuracy, and what it is made from; see `KerasSetup`."""
    import keras

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras warns of lambdas while it writes them down; nothing is loaded from it
        try:
            given = model.get_compile_config()
        except Exception:  # noqa: BLE001  (a user's metric may refuse to describe itself)
            return "", "", None
    for metric in (*_leaves(given.get("metrics")), *_leaves(given.get("weighted_metrics"))):
        if isinstance(metric, str):
            kind, name = snake(metric), metric
        else:
            settings = metric.get("config")
            kind = snake(str(metric.get("class_name", "")))
            name = str(settings.get("name", kind)) if isinstance(settings, dict) else str(settings or kind)
            if kind == "accuracy":
                kind = EQUAL_NUMBERS
            elif kind == "function" and hasattr(keras.metrics, name):
                kind = name
        if kind in ("acc", EQUAL_NUMBERS) or (kind.endswith("accuracy") and "top_k" not in kind):
            chosen = isinstance(metric, str) and kind in ("acc", "accuracy")
            return "accuracy" if kind == "acc" else kind, name, None if chosen else metric
    return "", "", None


def _leaves(given: Any) -> list[Any]:
    if isinstance(given, list | tuple):
        return [leaf for part in given for leaf in _leaves(part)]
    if isinstance(given, dict) and "class_name" not in given:
        return [leaf for part in given.values() for leaf in _leaves(part)]
    return [] if given is None else [given]
