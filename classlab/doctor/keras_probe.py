"""The network on the probe images: loss, accuracy, and of every layer with weights what the symptoms look at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.doctor.keras_gradients import outputs_and_gradients
from classlab.doctor.keras_head import is_chain
from classlab.records.diagnostics import LayerProbe, Probe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from classlab.doctor.keras_data import HandedSplit
    from classlab.doctor.keras_layers import KerasLayer
    from classlab.doctor.keras_setup import KerasSetup

GRADIENT_IMAGES = 128  # norms of gradients need fewer images than silent units do, and cost more per image
_BOUNDS = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}
_NEAR = 0.05  # of the bounds: there the slope is a fifth of its largest value, or less


@dataclass(frozen=True, kw_only=True, eq=False)
class KerasProbe:
    """A model with its layers opened, and the images it is asked about every time.

    Args:
        model: the model that is trained.
        layers: its layers with kernels.
        setup: how it was compiled.
        split: the probe images and their labels; None where the user handed none over.
        numbers: the class of each probe image.
        classes: how many classes there are.
        opened: the same network with the values behind its layers as further outputs.
        chained: whether each layer reads the one before it, so that a layer's answers are the next one's input.
        read: which of `layers` those further outputs belong to.
    """

    model: Any
    layers: tuple[KerasLayer, ...]
    setup: KerasSetup
    split: HandedSplit | None
    numbers: NDArray[np.int64] | None
    classes: int
    opened: Any
    chained: bool = True
    read: tuple[int, ...] = field(default=())

    def predictions(self) -> NDArray[np.floating[Any]]:
        """What the model says of the probe images in evaluation mode, `(images, width)`."""
        if self.split is None:
            raise ValueError("a probe without images predicts nothing")
        return outputs_and_gradients(self.opened, self.split.images, None)[0][0]

    def accuracy(self) -> float | None:
        """Share of probe images whose most probable class is right; None without images or classes."""
        if self.split is None or self.numbers is None:
            return None
        return float((classes_said(self.predictions(), self.setup) == self.numbers).mean())

    def at(self, *, epoch: int, step: Mapping[int, float], since: Mapping[int, float]) -> Probe:
        """Looks at the network as it is now.

        Args:
            epoch: epochs done.
            step: update ratio of the last step by position of the layer.
            since: relative change over the epoch by position of the layer.
        """
        if self.split is None or self.numbers is None:
            raise ValueError("a probe needs images and classes")
        outputs, _ = outputs_and_gradients(self.opened, self.split.images, None)
        few = self.split.spread(GRADIENT_IMAGES)
        _, gradients = outputs_and_gradients(self.opened, few.images, lambda said: self._loss(said, few.labels))
        said, scores = classes_said(outputs[0], self.setup), np.asarray(outputs[0], dtype=np.float64)
        right = said == self.numbers
        by_weight = dict(zip((id(weight) for weight in self.opened.trainable_weights), gradients, strict=False))
        values = dict(zip(self.read, outputs[1:], strict=True))
        layers = [
            layer_probe(found, values=values.get(place), gradients=by_weight, step=step, since=since)
            for place, found in enumerate(self.layers)
        ]
        return Probe(
            epoch=epoch,
            images=len(said),
            loss=self.loss_of(scores),
            accuracy=float(right.mean()),
            penalty=penalty_of(self.model),
            predicted=_counts(said, self.classes),
            present=_counts(self.numbers, self.classes),
            right=_counts(self.numbers[right], self.classes),
            layers=tuple(layers) if self.chained else without_neighbours(layers),
        )

    def loss_of(self, predictions: NDArray[np.floating[Any]]) -> float:
        """Mean loss of predictions of the probe images; not a number where the loss is not one function."""
        import keras

        if self.setup.loss_function is None or self.split is None:
            return nan
        with_type = keras.ops.convert_to_tensor(predictions.astype(keras.config.floatx()))
        return float(keras.ops.convert_to_numpy(self._loss(with_type, self.split.labels)))

    def _loss(self, predictions: Any, labels: NDArray[np.generic]) -> Any:
        """Mean loss as the model was compiled to compute it, penalties left out."""
        import keras

        if labels.ndim == 1 and self.setup.width == 1:
            labels = labels[:, None]
        return keras.ops.mean(self.setup.loss_function(labels, predictions))


def keras_probe(
    model: Any,
    layers: Sequence[KerasLayer],
    setup: KerasSetup,
    *,
    split: HandedSplit | None,
    numbers: NDArray[np.int64] | None,
    classes: int,
) -> KerasProbe:
    """Opens a model; one without a graph of layers is looked at from outside.

    Args:
        model: a built and compiled model.
        layers: all of its layers.
        setup: how it was compiled.
        split: the probe images; None for none.
        numbers: their classes.
        classes: how many classes there are.
    """
    weighted = tuple(found for found in layers if found.kernel is not None)
    read = tuple(place for place, found in enumerate(weighted) if found.values is not None)
    inputs = getattr(model, "inputs", None)
    opened = None
    if split is not None and inputs and len(inputs) == 1:
        opened = _opened(inputs[0], [model.outputs[0], *(weighted[place].values for place in read)])
    if opened is None:
        opened, read = model, ()
    return KerasProbe(
        model=model,
        layers=weighted,
        setup=setup,
        split=split,
        numbers=numbers,
        classes=classes,
        opened=opened,
        chained=is_chain(model),
        read=read,
    )


def _opened(given: Any, outputs: list[Any]) -> Any:
    """A model with more outputs; None where a layer also stands in another model, whose values are not this one's."""
    import keras

    try:
        return keras.Model(given, outputs, name="doctor")
    except ValueError:
        return None


def classes_said(predictions: NDArray[np.floating[Any]], setup: KerasSetup) -> NDArray[np.int64]:
    """The most probable class of each image; for a single unit whether it is above one half.

    Args:
        predictions: `(images, width)`.
        setup: how the model was compiled.
    """
    if predictions.shape[-1] == 1:
        return np.asarray(predictions.reshape(-1) > (0.0 if setup.from_logits else 0.5), dtype=np.int64)
    return np.asarray(np.argmax(predictions, axis=-1), dtype=np.int64)


def layer_probe(
    found: KerasLayer,
    *,
    values: NDArray[np.floating[Any]] | None = None,
    gradients: Mapping[int, NDArray[np.floating[Any]] | None] | None = None,
    step: Mapping[int, float] | None = None,
    since: Mapping[int, float] | None = None,
) -> LayerProbe:
    """One layer's numbers.

    Args:
        found: the layer.
        values: what comes out behind its activation, `(images, ..., units)`; None where it cannot be read.
        gradients: gradient of every trainable weight by the weight's `id`; None where none was computed.
        step: update ratio by position.
        since: relative change by position.
    """
    weights = kernel_values(found)
    slopes = [(gradients or {}).get(id(weight)) for weight in found.layer.trainable_weights]
    units = None if values is None else by_units(values, found)
    return LayerProbe(
        layer=found.position,
        name=found.kind,
        activation=found.activation,
        gradient_norm=norm([slope for slope in slopes if slope is not None]) if gradients else nan,
        weight_norm=norm([weights]),
        unit_spread=unit_spread(weights),
        update_ratio=(step or {}).get(found.position),
        epoch_change=(since or {}).get(found.position),
        dead_share=float((units == 0).all(axis=0).mean()) if units is not None and found.activation == "relu" else None,
        saturated_share=_saturated(units, found.activation),
        # What is looked up by a number does not grow or shrink with it.
        output_spread=None if units is None or found.kind == "Embedding" else float(np.sqrt(units.var(axis=0).mean())),
    )


def without_neighbours(layers: Sequence[LayerProbe]) -> tuple[LayerProbe, ...]:
    """The same layers, where none is the next one's input: without the spreads that would be compared with each other.

    The last layer's spread says whether the network tells images apart, the first one's what enters it; both stay
    unless they are neighbours in the list.
    """
    kept = (len(layers) - 1,) if len(layers) < 3 else (0, len(layers) - 1)
    return tuple(layer if place in kept else replace(layer, output_spread=None) for place, layer in enumerate(layers))


def kernel_values(found: KerasLayer) -> NDArray[np.float64]:
    """A layer's kernel as an array."""
    import keras

    return np.asarray(keras.ops.convert_to_numpy(found.kernel.value), dtype=np.float64)


def by_units(values: NDArray[np.floating[Any]], found: KerasLayer) -> NDArray[np.floating[Any]]:
    """Values as `(images and places, units)`."""
    if values.ndim > 2 and getattr(found.layer, "data_format", "channels_last") == "channels_first":
        values = np.moveaxis(values, 1, -1)
    return np.asarray(values, dtype=np.float32).reshape(-1, values.shape[-1])


def norm(arrays: Sequence[NDArray[np.floating[Any]]]) -> float:
    """Euclidean norm of several arrays together."""
    return float(np.sqrt(sum(float((np.asarray(array, dtype=np.float64) ** 2).sum()) for array in arrays)))


def unit_spread(kernel: NDArray[np.floating[Any]]) -> float:
    """Deviation across units over the root mean square of the weights: 0 where all units are equal."""
    size = float(np.sqrt((kernel**2).mean()))
    return float(np.sqrt(kernel.var(axis=-1).mean())) / size if size else 0.0


def penalty_of(model: Any) -> float:
    """Regularisation penalty that the model adds to its loss; that of its weights alone where no more can be read.

    What layers add depends on the images they met last. In a compiled step those are symbols without values.
    """
    try:
        return _sum(model.losses)
    except Exception:  # noqa: BLE001  (each backend has an error of its own for symbols without values)
        weights = [weight for weight in model.trainable_weights if getattr(weight, "regularizer", None) is not None]
        return _sum(weight.regularizer(weight.value) for weight in weights)


def _sum(losses: Iterable[Any]) -> float:
    import keras

    return float(sum(float(keras.ops.convert_to_numpy(loss)) for loss in losses))


def _saturated(units: NDArray[np.floating[Any]] | None, activation: str) -> float | None:
    if units is None or activation not in _BOUNDS:
        return None
    low, high = _BOUNDS[activation]
    return float(((units < low + _NEAR) | (units > high - _NEAR)).mean())


def _counts(numbers: NDArray[np.int64], classes: int) -> tuple[int, ...]:
    inside = numbers[(numbers >= 0) & (numbers < classes)]
    return tuple(int(count) for count in np.bincount(inside, minlength=classes))
