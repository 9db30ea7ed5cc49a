"""The summary people know from Keras, computed from the records: Keras is not imported."""

from __future__ import annotations

from dataclasses import dataclass

from classlab.errors import SpecError
from classlab.models.keras_words import layer_names
from classlab.models.weights import output_shapes, weight_specs
from classlab.records.architecture import IMAGES, Architecture, ImageShape, KerasArchitecture
from classlab.records.base import Record


@dataclass(frozen=True, kw_only=True)
class SummaryRow(Record):
    """One layer.

    Args:
        name: as Keras would name it.
        kind: its class in Keras.
        output_shape: shape of a batch of its output; the number of images is open, hence None first.
        parameters: number of its weights, trainable or not.
        connected_to: names of the layers whose values enter it, "images" for the images; empty in a chain.
    """

    name: str
    kind: str
    output_shape: tuple[int | None, ...]
    parameters: int
    connected_to: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Summary(Record):
    """An architecture at a glance.

    Args:
        model: its name.
        input_shape: `(height, width, channels)` of one image.
        rows: its layers, first to last.
        total: number of weights.
        trainable: weights that training moves.
        non_trainable: weights that it does not, such as moving statistics.
    """

    model: str
    input_shape: ImageShape
    rows: tuple[SummaryRow, ...]
    total: int
    trainable: int
    non_trainable: int


def summary(architecture: Architecture | KerasArchitecture) -> Summary:
    """Counts layers, shapes and weights of an architecture.

    Raises:
        SpecError: a layer cannot take what enters it, or the model trains through Keras, which alone knows
            its shapes.

    Example:
        >>> from classlab.models.builtin import build
        >>> summary(build("linear", input_shape=(28, 28, 1), classes=10)).total
        7850
    """
    if isinstance(architecture, KerasArchitecture):
        raise SpecError(
            f"the summary needs layers that the engine knows, but {architecture.name!r} trains through Keras: "
            f"{architecture.reason}. Call the Keras model's own summary()."
        )
    specs = weight_specs(architecture)
    names = layer_names(architecture.layers)
    called = {IMAGES: "images", **dict(enumerate(names))}
    sources = architecture.inputs or [()] * len(names)
    rows = tuple(
        SummaryRow(
            name=names[position],
            kind=layer.kind,
            output_shape=(None, *shape),
            parameters=sum(spec.size for spec in specs if spec.layer == position),
            connected_to=tuple(called[source] for source in sources[position]),
        )
        for position, (layer, shape) in enumerate(zip(architecture.layers, output_shapes(architecture), strict=True))
    )
    total = sum(spec.size for spec in specs)
    trainable = sum(spec.size for spec in specs if spec.trainable)
    return Summary(
        model=architecture.name,
        input_shape=architecture.input_shape,
        rows=rows,
        total=total,
        trainable=trainable,
        non_trainable=total - trainable,
    )
