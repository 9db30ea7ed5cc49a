"""A population of one Keras model, compiled as its run asks and trained an epoch at a time.

What Keras draws for itself (initial weights, dropout) follows Keras's global seed, which is set from the run's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.models.keras_runtime import keras
from classlab.training.backend import EpochFigures, EpochResult
from classlab.training.keras.model import keras_loss, keras_metrics, keras_model, keras_optimizer, weights_of
from classlab.training.keras.notes import keras_probe
from classlab.training.loop.randomness import generator, stream_seed
from classlab.training.loop.schedules import rate_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from classlab.datasets.dataset import Division, Split
    from classlab.records.diagnostics import Probe
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.run import RunSpec
    from classlab.training.backend import Weights

# Images per call where nothing is learned; Keras's own default of 32 makes evaluation several times slower.
_EVALUATION_BATCH = 512
_PREFIX = "keras/"  # of the names that a checkpoint has for the state


class KerasPopulation:
    """See `Population`.

    Args:
        run: what was asked for.
        weights: first weights by position.
        division: the images.
        input_layer: preprocessing, put before the model.
        probed: the probe images; None where nobody wants to know.
    """

    def __init__(
        self,
        run: RunSpec,
        weights: Weights,
        *,
        division: Division,
        input_layer: Rescaling | Normalization,
        probed: Split | None,
    ) -> None:
        self._run, self._division, self._probed = run, division, probed
        self.steps = -(-len(division.train) // run.batch_size)
        architecture: Any = run.architecture  # others are routed away
        self._model = keras_model(architecture, weights, input_layer=input_layer, seed=run.seed)
        self._sparse = run.loss.name == "sparse_categorical_crossentropy"
        self._model.compile(
            optimizer=keras_optimizer(run.optimizer),
            loss=keras_loss(run.loss),
            metrics=keras_metrics(sparse=self._sparse, top_k=run.top_k),
        )
        self._model.optimizer.build(self._model.trainable_variables)
        self.classes = int(self._model.output_shape[-1])
        # The first call builds the metrics, which draws random numbers too; here it disturbs no epoch.
        blank = np.zeros((1, *architecture.input_shape), np.uint8)
        self._model.evaluate(blank, self._targets(np.zeros(1, np.int64)), verbose=0)

    def epoch(self, number: int, *, probed: bool) -> EpochResult:
        """Trains one epoch and evaluates."""
        # Keras's unseeded dropout draws from its backend's global generator: seeded anew, an epoch depends on no other.
        keras().utils.set_random_seed(stream_seed(self._run.seed, "dropout", number) % 2**32)
        train, validation = self._division.train, self._division.validation
        order = generator(self._run.seed, "order of batches", number).permutation(len(train))
        history = self._model.fit(
            train.images[order],
            self._targets(train.labels[order]),
            batch_size=self._run.batch_size,
            shuffle=False,
            verbose=0,
            callbacks=[self._rates(number)],
        ).history
        evaluated = self._model.evaluate(
            validation.images,
            self._targets(validation.labels),
            batch_size=_EVALUATION_BATCH,
            verbose=0,
            return_dict=True,
        )
        trained = {name: values[-1] for name, values in history.items()}
        probe = self._probe(number + 1) if probed else None
        return EpochResult(training=self._figures(trained), validation=self._figures(evaluated), probes=[probe])

    def first_probes(self) -> list[Probe | None]:
        """Measures the model for the doctor before the first step."""
        return [self._probe(0)]

    def _probe(self, epoch: int) -> Probe | None:
        """Measures the model on the probe images; nothing is trained."""
        images = self._probed
        if images is None:
            return None
        scores = np.asarray(self._model.predict(images.images, batch_size=_EVALUATION_BATCH, verbose=0), np.float32)
        loss = float(keras_loss(self._run.loss)(self._targets(images.labels), scores))
        weights = [weight for weight in self._model.trainable_weights if weight.regularizer is not None]
        penalties = [keras().ops.convert_to_numpy(weight.regularizer(weight.value)) for weight in weights]
        return keras_probe(scores, loss, images, penalty=float(sum(penalties)), epoch=epoch)

    def member_weights(self, slot: int) -> Weights:  # noqa: ARG002 - there is one
        """Copies of all weights by position."""
        return weights_of(self._model)

    def snapshot(self) -> Weights:
        """The same."""
        return weights_of(self._model)

    def restore(self, snapshot: Mapping[str, Any], slot: int) -> None:  # noqa: ARG002 - there is one
        """Puts earlier weights back."""
        self._model.set_weights([snapshot[str(place)] for place in range(len(snapshot))])

    def keep(self, slots: Sequence[int]) -> None:
        """The only member stays until it has ended."""

    def state(self) -> dict[str, NDArray[Any]]:
        """All that the next epoch depends on: variables of model and optimizer, dropout's seeds among them."""
        return {f"{_PREFIX}{place}": np.array(variable.numpy()) for place, variable in enumerate(self._variables())}

    def load_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Puts a state back."""
        for place, variable in enumerate(self._variables()):
            variable.assign(state[f"{_PREFIX}{place}"].astype(variable.dtype).reshape(variable.shape))

    def close(self) -> None:
        """There is nothing beside this process."""

    def _variables(self) -> list[Any]:
        # `variables` also grows by the metrics' own once they are built, so only what training depends on is picked.
        seeds = [variable for variable in self._model.variables if "seed_generator" in variable.path]
        return [*self._model.weights, *seeds, *self._model.optimizer.variables]

    def _targets(self, labels: NDArray[np.int64]) -> NDArray[Any]:
        return labels if self._sparse else np.eye(self.classes, dtype=np.float32)[labels]

    def _figures(self, found: Mapping[str, float]) -> EpochFigures:
        top_k = self._run.top_k
        return EpochFigures(
            loss=[float(found["loss"])],
            accuracy=[float(found["accuracy"])],
            top_k=None if top_k is None else [float(found[f"top_{top_k}_accuracy"])],
            first_bad_step=[-1],
        )

    def _rates(self, epoch: int) -> Any:
        run, steps = self._run, self.steps

        class Rates(keras().callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
            """Sets the learning rate of every step by the run's schedule."""

            def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002 - Keras's signature
                """Before the step."""
                self.model.optimizer.learning_rate = rate_at(run, epoch * steps + batch, steps_per_epoch=steps)

        return Rates()
