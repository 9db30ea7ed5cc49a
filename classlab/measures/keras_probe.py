"""The network on the probe images: a Keras model's answers and weights, handed to the one measure of a network."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from math import nan, prod
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from classlab.measures.keras_gradients import outputs_and_gradients
from classlab.measures.keras_layers import is_chain
from classlab.measures.layers import MeasuredLayer
from classlab.measures.network import Point, Sums, without_neighbors
from classlab.measures.plan import GRADIENT_IMAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from classlab.measures.keras_layers import KerasLayer
    from classlab.records.diagnostics import Probe

    Floats = NDArray[np.floating[Any]]

_VALUES = 4_000_000  # values behind the opened layers that are held at once, as in an evaluation of ours
_FEWEST = 8  # images at once, however large they are
_ALONE = slice(0, 1)  # the member of a population of one


@dataclass(frozen=True, kw_only=True, eq=False)
class HandedSplit:
    """Images with their labels, as they are given to `fit`.

    Args:
        images: `(images, ...)`.
        labels: `(images,)`, or `(images, classes)` for one-hot rows.
    """

    images: NDArray[np.generic]
    labels: NDArray[np.generic]

    def at(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> HandedSplit:
        """The images at some positions, with their labels."""
        return HandedSplit(images=self.images[chosen], labels=self.labels[chosen])


class Compiled(Protocol):
    """How a model was compiled, as far as its answers are judged by it."""

    @property
    def loss_function(self) -> Any:
        """The loss as something to call with labels and predictions; None where there is none or several."""

    @property
    def from_logits(self) -> bool:
        """Whether the loss takes raw scores."""

    @property
    def width(self) -> int | None:
        """Numbers that the model says of an image; None where that is not one row of numbers per image."""


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
    setup: Compiled
    split: HandedSplit | None
    numbers: NDArray[np.int64] | None
    classes: int
    opened: Any
    chained: bool = True
    read: tuple[int, ...] = field(default=())

    def predictions(self) -> Floats:
        """What the model says of the probe images in evaluation mode, `(images, width)`."""
        return np.concatenate([outputs[0] for outputs in self._outputs()])

    def accuracy(self) -> float | None:
        """Share of probe images whose most probable class is right; None without images or classes."""
        if self.split is None or self.numbers is None:
            return None
        return float((classes_said(self.predictions(), self.setup) == self.numbers).mean())

    def at(
        self,
        *,
        epoch: int,
        step: Mapping[int, float],
        since: Mapping[int, float],
        gradients: Mapping[int, Floats] | None = None,
    ) -> Probe:
        """Looks at the network as it is now.

        Args:
            epoch: epochs done.
            step: update ratio of the last step by position of the layer.
            since: relative change over the epoch by position of the layer.
            gradients: what `gradients` gives now; computed where left out.
        """
        if self.split is None or self.numbers is None:
            raise ValueError("a probe needs images and classes")
        read = [self.layers[place] for place in self.read]
        # What is looked up by a number does not grow or shrink with it.
        points = {n: Point(each.position, each.activation) for n, each in enumerate(read) if each.kind != "Embedding"}
        sums = Sums(points, _counts(self.numbers, self.classes), members=1, like=np.empty(0))
        scores = []
        for outputs in self._outputs():
            scores.append(np.asarray(outputs[0], dtype=np.float64))
            for place, (found, values) in enumerate(zip(read, outputs[1:], strict=True)):
                sums.note(_ALONE, place, by_units(values, found)[None])
        answers = np.concatenate(scores)
        losses = np.full((1, len(answers)), self.loss_of(answers))
        sums.answer(_ALONE, classes_said(answers, self.setup)[None], self.numbers, losses)
        slopes = self.gradients() if gradients is None else gradients
        layers = [measured_layer(found, gradients=slopes, step=step, since=since) for found in self.layers]
        (probe,) = sums.probes(layers, [penalty_of(self.model)], epoch=epoch)
        return probe if self.chained else replace(probe, layers=without_neighbors(probe.layers))

    def _outputs(self) -> Iterator[list[Floats]]:
        """What is read of the network, a few of the probe images at a time."""
        if self.split is None:
            raise ValueError("a probe without images predicts nothing")
        for some in self._parts(self.split, len(self.split.images)):
            yield outputs_and_gradients(self.opened, some.images, None)[0]

    def gradients(self) -> dict[int, Floats]:
        """Of the mean loss of the leading images, in evaluation mode as the loss itself, by the weight's `id`."""
        if self.split is None:
            raise ValueError("a gradient needs images")
        split = self.split
        found: dict[int, Floats] = {}
        leading = min(GRADIENT_IMAGES, len(split.images))
        for some in self._parts(split, leading):
            share, loss = len(some.images) / leading, partial(self._loss, labels=some.labels)
            _, slopes = outputs_and_gradients(self.opened, some.images, loss)
            for weight, slope in zip(self.opened.trainable_weights, slopes, strict=False):
                if slope is not None:
                    found[id(weight)] = found.get(id(weight), 0.0) + share * slope
        return found

    def _parts(self, split: HandedSplit, images: int) -> Iterator[HandedSplit]:
        """The first images, so few at a time that what is read of them fits into memory."""
        shapes = [getattr(output, "shape", ()) for output in getattr(self.opened, "outputs", None) or ()]
        size = sum(prod(extent or 1 for extent in shape[1:]) for shape in shapes)
        together = max(_FEWEST, _VALUES // max(1, size, split.images[0].size))
        for start in range(0, images, together):
            yield split.at(np.arange(start, min(start + together, images)))

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
    setup: Compiled,
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
    import keras

    weighted = tuple(found for found in layers if found.kernel is not None)
    read = tuple(place for place, found in enumerate(weighted) if found.values is not None)
    inputs = getattr(model, "inputs", None)
    opened = None
    sees = keras.backend.backend() == "torch"  # where the first batch shows what was not handed over
    if (split is not None or sees) and inputs and len(inputs) == 1 and len(model.outputs) == 1:
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


def classes_said(predictions: NDArray[np.floating[Any]], setup: Compiled) -> NDArray[np.int64]:
    """The most probable class of each image; for a single unit whether it is above one half.

    Args:
        predictions: `(images, width)`.
        setup: how the model was compiled.
    """
    if predictions.shape[-1] == 1:
        return np.asarray(predictions.reshape(-1) > (0.0 if setup.from_logits else 0.5), dtype=np.int64)
    return np.asarray(np.argmax(predictions, axis=-1), dtype=np.int64)


def measured_layer(
    found: KerasLayer,
    *,
    gradients: Mapping[int, Floats] | None = None,
    step: Mapping[int, float] | None = None,
    since: Mapping[int, float] | None = None,
) -> MeasuredLayer:
    """One layer as a population of one.

    Args:
        found: the layer.
        gradients: by the weight's `id`, none for a weight that the loss ignores; None where none was computed.
        step: update ratio by position.
        since: relative change by position.
    """
    own = [] if gradients is None else found.layer.trainable_weights
    ratio, change = ((given or {}).get(found.position) for given in (step, since))
    return MeasuredLayer(
        position=found.position,
        kind=found.kind,
        activation=found.activation,
        kernel=kernel_values(found)[None],
        units=-1,
        gradients=[np.asarray((gradients or {}).get(id(weight), np.zeros(1)))[None] for weight in own],
        update_ratio=None if ratio is None else [ratio],
        epoch_change=None if change is None else [change],
    )


def kernel_values(found: KerasLayer) -> Floats:
    """A layer's kernel as an array, in single precision at least."""
    return _floats(found.kernel)


def by_units(values: Floats, found: KerasLayer) -> Floats:
    """Outputs of a layer as `(images and places, units)`; the scores are computed where `values` are what enters it."""
    if values.ndim > 2 and getattr(found.layer, "data_format", "channels_last") == "channels_first":
        values = np.moveaxis(values, 1, -1)
    rows = np.asarray(values, dtype=np.float32).reshape(-1, values.shape[-1])
    if not found.entering:
        return rows
    scores: Floats = rows @ _floats(found.layer.kernel)
    return scores if found.layer.bias is None else scores + _floats(found.layer.bias)


def _floats(variable: Any) -> Floats:
    import keras

    values = np.asarray(keras.ops.convert_to_numpy(variable.value))
    return values if values.dtype == np.float64 else values.astype(np.float32)


def penalty_of(model: Any) -> float:
    """Regularization penalty that the model adds to its loss; that of its weights alone where no more can be read.

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


def _counts(numbers: NDArray[np.int64], classes: int) -> tuple[int, ...]:
    inside = numbers[(numbers >= 0) & (numbers < classes)]
    return tuple(int(count) for count in np.bincount(inside, minlength=classes))
