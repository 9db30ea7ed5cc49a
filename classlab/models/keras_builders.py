"""A Keras model from what a user gives in its place: a function that builds it, or a Sequential without an Input."""

from __future__ import annotations

import inspect
from math import prod
from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError, kind_of
from classlab.models.keras_import import first_sentence
from classlab.models.keras_names import is_made_up
from classlab.models.keras_runtime import keras

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from classlab.records.architecture import ImageShape

_GIVEN = "a Keras model, or a function that builds one,"


def is_builder(model: Any) -> bool:
    """Whether it is something to call, rather than a Keras model, which can be called too."""
    return callable(model) and not isinstance(model, keras(_GIVEN).Model)


def call_builder(builder: Callable[[], Any]) -> tuple[Any, str | None]:
    """Calls a function that builds a model.

    Args:
        builder: takes no arguments.

    Returns:
        The model, and the function's name where the model has none of its own; None where neither has one.

    Raises:
        SpecError: it needs arguments, or returns something else than a Keras model.
    """
    name = _name(builder)
    try:
        inspect.signature(builder).bind()
    except TypeError as problem:
        raise SpecError(
            f"a function that builds a model must be callable without arguments, but {name} is not ({problem}). "
            f"Wrap it, as in `lambda: {name}(...)`."
        ) from None
    except ValueError:  # a class of another language, which says nothing of its arguments
        pass
    model = builder()
    if not isinstance(model, keras().Model):
        raise SpecError(
            f"a function that builds a model must return a Keras model, but {name} returned {kind_of(model)}. "
            "Let it end with `return model`."
        )
    called = is_made_up(model.name) and name.isidentifier()  # the name of a lambda is none
    return model, name if called else None


def _name(builder: Any) -> str:
    builder = getattr(builder, "func", builder)  # of functools.partial
    return str(getattr(builder, "__name__", type(builder).__name__))


def is_unbuilt(model: Any) -> bool:
    """Whether it is a Sequential that does not know yet what enters it."""
    return isinstance(model, keras(_GIVEN).Sequential) and not model.built and bool(model.layers)


def built_copy(model: Any, image_shape: ImageShape) -> Any:
    """A copy of a Sequential without Input, built for these images; the model itself stays as it is.

    Layers that have weights already, as an adapted Normalization layer or a model within the model, give them to the
    copy.

    Args:
        model: a Sequential that is not built, with at least one layer.
        image_shape: `(height, width, channels)` of one image.

    Raises:
        SpecError: its layers do not take such images.
    """
    problems = []
    for shape in _forms(image_shape):
        copy = keras().models.clone_model(model)
        try:
            copy.build((None, *shape))
        except (ValueError, TypeError, IndexError, RuntimeError, NotImplementedError) as problem:
            problems.append(first_sentence(problem))
            continue
        if len(copy.output_shape) == 2:
            for own, theirs in zip(copy.layers, model.layers, strict=True):
                if theirs.built and theirs.weights:
                    own.set_weights(theirs.get_weights())
            return copy
        problems.append(f"its output is {copy.output_shape[1:]} and not one row of class scores")
    raise SpecError(
        f"the Keras model {model.name!r} has no Input, so it must be one that can be built for the images, which have "
        f"(height, width, channels) = {image_shape}, but it cannot ({problems[0]}). "
        "Add keras.Input(shape=...) as its first entry."
    )


def _forms(image_shape: ImageShape) -> Iterator[tuple[int, ...]]:
    """What one image may look like to a model: as it is, grey without channel axis, a row of pixels."""
    yield image_shape
    if image_shape[2] == 1:
        yield image_shape[:2]
    yield (prod(image_shape),)
