"""A population of one Keras model that Keras's own `fit` trains, an epoch at a time.

It takes what `SteppedPopulation` leaves: Keras on another backend than PyTorch, weights that are not float32, and
models that mask their output.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.mapped_pixels import taken
from classlab.models.keras_runtime import keras
from classlab.training.backend import EpochFigures, EpochResult
from classlab.training.keras.model import keras_loss, keras_metrics, keras_optimizer
from classlab.training.keras.population import EVALUATION_BATCH, KerasPopulation, load_variables, state_of
from classlab.training.kernels.augmented import epoch_orders
from classlab.training.loop.class_weights import class_factors
from classlab.training.loop.randomness import SeedGroups
from classlab.training.loop.schedules import rate_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from classlab.datasets.dataset import Division, Split
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.run import RunSpec
    from classlab.training.process.pulse import Pulse


class FittedPopulation(KerasPopulation):
    """See `Population`.

    Args:
        run: what was asked for.
        model: the Keras model with its preprocessing in front; it is compiled here.
        division: the images.
        probed: the probe images; None where nobody wants to know.
        input_layer: preprocessing.
        convolving: what Keras's convolutions are set to in training.
    """

    def __init__(
        self,
        run: RunSpec,
        model: Any,
        *,
        division: Division,
        probed: Split | None,
        input_layer: Rescaling | Normalization,
        convolving: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        super().__init__(run, model, images=len(division.train), probed=probed, input_layer=input_layer)
        self._division, self._convolving = division, convolving
        model.compile(
            optimizer=keras_optimizer(run.optimizer),
            loss=keras_loss(run.loss),
            metrics=keras_metrics(sparse=self._sparse, top_k=run.top_k),
        )
        weights = class_factors(run.class_weights, division.train.labels, classes=self._classes)
        self._class_weights = None if weights is None else dict(enumerate(weights.tolist()))
        model.optimizer.build(model.trainable_variables)
        # The first call builds the metrics, which draws random numbers too; here it disturbs no epoch.
        blank = np.zeros((1, *run.architecture.input_shape), np.uint8)
        model.evaluate(blank, self._targets(np.zeros(1, np.int64)), verbose=0)

    def epoch(self, number: int, *, probed: bool, pulse: Pulse | None = None) -> EpochResult:
        """Trains one epoch and evaluates."""
        self._seed(number)
        self._epoch_begins(probed=probed)
        train, validation = self._division.train, self._division.validation
        (order,) = epoch_orders(SeedGroups.of([self._run]), train.images, epoch=number)
        with self._convolving():
            history = self._model.fit(
                taken(train.images, order.places) if order.augmented is None else order.augmented.whole(),
                self._targets(train.labels[order.places]),
                batch_size=self._run.batch_size,
                shuffle=False,
                verbose=0,
                class_weight=self._class_weights,
                callbacks=[self._rates(number, pulse)],
            ).history
        evaluated = self._model.evaluate(
            validation.images,
            self._targets(validation.labels),
            batch_size=EVALUATION_BATCH,
            verbose=0,
            return_dict=True,
        )
        trained = {name: values[-1] for name, values in history.items()}
        probe = self._probe(number + 1) if probed else None
        return EpochResult(training=self._figures(trained), validation=self._figures(evaluated), probes=[probe])

    def state(self) -> dict[str, NDArray[Any]]:
        """Variables of the model, then those of the optimizer."""
        return state_of([*self._variables(), *self._model.optimizer.variables])

    def load_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Puts a state back."""
        load_variables([*self._variables(), *self._model.optimizer.variables], state)

    def _scores(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.asarray(self._model.predict(images, batch_size=EVALUATION_BATCH, verbose=0), np.float32)

    def _figures(self, found: Mapping[str, float]) -> EpochFigures:
        top_k = self._run.top_k
        return EpochFigures(
            loss=[float(found["loss"])],
            accuracy=[float(found["accuracy"])],
            top_k=None if top_k is None else [float(found[f"top_{top_k}_accuracy"])],
            first_bad_step=[-1],
        )

    def _rates(self, epoch: int, pulse: Pulse | None) -> Any:
        run, steps, begins = self._run, self.steps, self._step_begins

        class Rates(keras().callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
            """Sets the learning rate of every step by the run's schedule, and counts the steps."""

            def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002 - Keras's signature
                """Before the step."""
                begins(batch)
                self.model.optimizer.learning_rate = rate_at(run, epoch * steps + batch, steps_per_epoch=steps)
                if pulse is not None and batch:
                    pulse.took(range(1), 1)

        return Rates()
