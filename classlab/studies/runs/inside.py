"""A look inside the network of a run: its first weights, its activations, and what a prediction looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted
from classlab.errors import SpecError
from classlab.measures.activations import Activations, LayerActivation, known_layers, telling_layers
from classlab.measures.first_layer import FirstLayer, first_layer
from classlab.measures.occlusion import Occlusion, occlusion
from classlab.records.architecture import Architecture
from classlab.records.layers import Flatten

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from classlab.records import KerasArchitecture
    from classlab.records.layers import Normalization, Rescaling
    from classlab.training import Weights

_GREY = 0.5  # brightness of the square where nothing is known of the training images' borders


class Inside:
    """The network of a run, opened.

    Nothing here measures how good the network is: looking at a test image is no opening of the test set.

    Args:
        network: architecture and weights, from the images on.
        input_layer: preprocessing.
        predict: class probabilities of images, as `Run.predict`.
        checked: an image as the network takes it, `(images, height, width, channels)`.
        class_names: in label order.
        border: mean brightness of the training images' borders, in [0, 1]; None where it is not known.
    """

    def __init__(
        self,
        network: tuple[Architecture | KerasArchitecture, Weights],
        *,
        input_layer: Rescaling | Normalization,
        predict: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
        checked: Callable[[NDArray[np.uint8]], NDArray[np.uint8]],
        class_names: tuple[str, ...],
        border: float | None,
    ) -> None:
        self._architecture, self._weights = network
        self._input_layer, self._predict, self._checked = input_layer, predict, checked
        self._class_names, self._border = class_names, border

    def __repr__(self) -> str:
        architecture = self._architecture
        layers = f", {counted(len(architecture.layers), 'layer')}" if isinstance(architecture, Architecture) else ""
        return f"<Inside of {architecture.name}{layers}: first_layer(), activations(image), occlusion(image)>"

    def first_layer(self) -> FirstLayer:
        """The first layer's weights as pictures: one per class of a linear classifier, per unit, or per filter.

        Raises:
            SpecError: they are no pictures, or the layers are known to Keras alone.
        """
        return first_layer(self._architecture, self._weights, class_names=self._class_names)

    def activations(self, image: NDArray[np.uint8], *, layers: Sequence[int] | None = None) -> Activations:
        """What the layers make of one image.

        Args:
            image: uint8, `(height, width, channels)`, or `(height, width)` for a grey one.
            layers: positions in the network; where it is None, layers that compute something new, eight at most.

        Raises:
            DataError: the image does not fit the network.
            SpecError: there is no such layer, or the layers are known to Keras alone.
            MissingExtraError: what computes the network is not installed.
        """
        network = known_layers(self._architecture)
        pixels = self._one(image)
        chosen = telling_layers(network) if layers is None else tuple(layers)
        strange = next((place for place in chosen if not 0 <= place < len(network.layers)), None)
        if strange is not None:
            raise SpecError(
                f"`layers` must be positions from 0 to {len(network.layers) - 1}, but got {strange}. "
                "`classlab model` lists the layers."
            )
        return Activations(
            image=pixels[0],
            layers=tuple(self._behind(network, place, pixels) for place in chosen),
        )

    def occlusion(self, image: NDArray[np.uint8], *, label: int | None = None, side: int | None = None) -> Occlusion:
        """What the prediction for an image looked at: how far the score of a class falls as a square covers the image.

        The square has the mean brightness of the training images' borders: on digits it wipes the ink out.

        Args:
            image: uint8, `(height, width, channels)`, or `(height, width)` for a grey one.
            label: position of the class whose score is followed; the predicted one where it is None.
            side: of the square in pixels; a quarter of the longer side where it is None.

        Raises:
            DataError: the image does not fit the network.
            SpecError: there is no such class, or the square does not fit the image.
            MissingExtraError: what computes the network is not installed.
        """
        brightness = _GREY if self._border is None else self._border
        return occlusion(
            self._predict,
            self._one(image)[0],
            label=label,
            class_names=self._class_names,
            fill=round(255 * brightness),
            side=side,
        )

    def _one(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        import numpy as np

        return self._checked(np.asarray(image)[None])

    def _behind(self, network: Architecture, place: int, pixels: NDArray[np.uint8]) -> LayerActivation:
        """What one layer makes of an image: what a network gives that ends there."""
        from dataclasses import replace

        from classlab.models.leading_layers import leading_to
        from classlab.models.shapes import output_shapes
        from classlab.training import scoring

        part, weights = leading_to(network, self._weights, place)
        shape = output_shapes(part)[-1]
        if len(shape) > 1:  # whatever computes a network ends in a row of scores
            part = replace(
                part,
                layers=(*part.layers, Flatten()),
                inputs=(*part.entering, (len(part.layers) - 1,)),
            )
        values = scoring(part, weights, input_layer=self._input_layer)(pixels).reshape(shape)
        return LayerActivation(layer=place, kind=network.layers[place].kind, values=values)
