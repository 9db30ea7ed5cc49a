"""A population of one Keras model on PyTorch, stepped here: Keras's layers, PyTorch's gradients, the engine's rules.

Keras's own `fit` spends as much time around a step as in it: its optimizer, metrics, callbacks and loaders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from classlab.training.backend import EpochResult
from classlab.training.keras.convolutions import quick_convolutions
from classlab.training.keras.forward import Forward, Tally
from classlab.training.keras.population import KerasPopulation, load_variables, state_of
from classlab.training.keras.updates import Updates
from classlab.training.kernels.augmented import epoch_orders
from classlab.training.loop.class_weights import class_factors
from classlab.training.loop.randomness import SeedGroups

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from classlab.datasets.dataset import Split
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.run import RunSpec
    from classlab.training.backend import EpochFigures
    from classlab.training.process.pulse import Pulse
    from classlab.training.tensor.resident import ResidentImages


def is_stepped(model: Any) -> bool:
    """Whether a Keras model on PyTorch, as `keras_model` makes it, can be stepped here; otherwise `fit` trains it."""
    inner = model.layers[-1]
    # A mask on the output would weigh the images in Keras's loss and metrics.
    masked = getattr(inner.outputs[0], "_keras_mask", None) is not None
    return not masked and all(variable.dtype == "float32" for variable in model.trainable_variables)


class SteppedPopulation(KerasPopulation):
    """See `Population`.

    Args:
        run: what was asked for.
        model: the Keras model with its preprocessing in front, which is computed here.
        train: training images.
        validation: images that choose.
        probed: the probe images; None where nobody wants to know.
        input_layer: preprocessing.
        dtype: arithmetic of the convolutions in training; bfloat16 lasts between layers, too, see `DirectModel`.
    """

    def __init__(
        self,
        run: RunSpec,
        model: Any,
        *,
        train: ResidentImages,
        validation: ResidentImages,
        probed: Split | None,
        input_layer: Rescaling | Normalization,
        dtype: torch.dtype,
    ) -> None:
        super().__init__(run, model, images=len(train), probed=probed, input_layer=input_layer)
        self._train, self._validation, self._dtype = train, validation, dtype
        weights = class_factors(run.class_weights, train.labels.cpu().numpy(), classes=train.classes)
        self._forward = Forward(model, run.loss, dtype=dtype, class_weights=weights)
        self._updates = Updates(run, model.trainable_variables, steps_per_epoch=self.steps)

    def epoch(self, number: int, *, probed: bool, pulse: Pulse | None = None) -> EpochResult:
        """Trains one epoch and evaluates."""
        self._epoch_begins(probed=probed)
        with quick_convolutions(self._dtype):
            training = self._train_epoch(number, pulse)
        with quick_convolutions():
            validation = self._forward.figures(self._validation, top_k=self._run.top_k)
            probe = self._probe(number + 1) if probed else None
        return EpochResult(training=training, validation=validation, probes=[probe])

    def state(self) -> dict[str, NDArray[Any]]:
        """The model's variables, and the rule's own state."""
        return state_of(self._variables()) | self._updates.state()

    def load_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Puts a state back, one that `fit` left too."""
        variables = self._variables()
        load_variables(variables, state)
        self._updates.load_state(state, model_variables=len(variables))

    def _train_epoch(self, number: int, pulse: Pulse | None) -> EpochFigures:
        self._seed(number)
        # Keras's loader takes a number from the generator that dropout draws from; runs that `fit` began go on alike.
        torch.empty((), dtype=torch.int64).random_()
        (found,) = epoch_orders(SeedGroups.of([self._run]), self._train.bytes, epoch=number)
        order = torch.from_numpy(found.places[None]).to(self._train.labels.device)
        labels, size = self._train.labels_at(order)[0], min(self._run.batch_size, len(self._train))
        tally = Tally(top_k=self._run.top_k)
        self._forward.inner.train()  # layers may hold modules of PyTorch, which go by this
        for step, images in enumerate(self._train.batches(order, size=size, augmented=[found.augmented])):
            self._step_begins(step)
            wanted = labels[step * size : (step + 1) * size]
            scores, loss = self._step(images[0], wanted, number * self.steps + step)
            tally.add(scores, wanted, loss)
            if pulse is not None:
                pulse.took(range(1), 1, tally.so_far)
        self._updates.clear()
        return tally.figures()

    def _step(self, images: Tensor, labels: Tensor, number: int) -> tuple[Tensor, Tensor]:
        """One batch; gives its scores `(batch, classes)` and its loss `()`."""
        scores = self._forward.scores(images, training=True)
        loss = self._forward.loss(scores, labels, training=True)
        if self._updates.tensors:
            self._updates.clear()
            torch.autograd.backward(loss, inputs=self._updates.tensors)
            self._updates.step(number)
        return scores, loss

    def _scores(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        with quick_convolutions():
            return self._forward.of_pixels(images, self._input_layer)
