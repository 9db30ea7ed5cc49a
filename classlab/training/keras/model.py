"""A Keras model on the general path: built from a description, compiled as a run asks, trained an epoch at a time."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.errors import SpecError
from classlab.models.keras_build import to_keras
from classlab.models.keras_import import rebuild
from classlab.models.keras_runtime import keras
from classlab.training.loop.randomness import generator, stream_seed
from classlab.training.loop.schedules import factor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.datasets.dataset import Split
    from classlab.records.architecture import KerasArchitecture
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.optimizers import Optimizer
    from classlab.records.run import Loss, RunSpec
    from classlab.training.loop.outcome import Weights

# Images per call where nothing is learnt; Keras's own default of 32 makes evaluation several times slower.
_EVALUATION_BATCH = 512


class GeneralModel:
    """One run's Keras model.

    Args:
        spec: what was asked for.
        architecture: the model's description.
        weights: first weights by position; what is not among them, Keras draws from the run's seed.
        input_layer: preprocessing, put before the model.
        steps_per_epoch: steps in an epoch, for the learning-rate schedule.
    """

    def __init__(
        self,
        spec: RunSpec,
        architecture: KerasArchitecture,
        weights: Weights | None,
        *,
        input_layer: Rescaling | Normalization,
        steps_per_epoch: int,
    ) -> None:
        self._spec, self._steps = spec, steps_per_epoch
        first = first_weights(architecture, weights, seed=spec.seed)
        self._model = keras_model(architecture, first, input_layer=input_layer, seed=spec.seed)
        self._sparse = spec.loss.name == "sparse_categorical_crossentropy"
        self._factor = factor(spec.schedule, steps_per_epoch=steps_per_epoch, epochs=spec.epochs)
        self._model.compile(
            optimizer=keras_optimizer(spec.optimizer),
            loss=keras_loss(spec.loss),
            metrics=_metrics(sparse=self._sparse, top_k=spec.top_k),
        )
        self._model.optimizer.build(self._model.trainable_variables)
        self._classes = int(self._model.output_shape[-1])
        # The first call builds the metrics, which draws random numbers too; here it disturbs no epoch.
        blank = np.zeros((1, *architecture.input_shape), np.uint8)
        self._model.evaluate(blank, self._targets(np.zeros(1, np.int64)), verbose=0)

    def epoch(self, number: int, train: Split, validation: Split) -> dict[str, float]:
        """Trains one epoch (counted from 0) and evaluates; figures under Keras's names."""
        # Keras's unseeded dropout draws from its backend's global generator: seeded anew, an epoch depends on no other.
        keras().utils.set_random_seed(stream_seed(self._spec.seed, "dropout", number) % 2**32)
        order = generator(self._spec.seed, "order of batches", number).permutation(len(train))
        history = self._model.fit(
            train.images[order],
            self._targets(train.labels[order]),
            batch_size=self._spec.batch_size,
            shuffle=False,
            verbose=0,
            callbacks=[self._rates(number)],
        ).history
        found = {name: float(values[-1]) for name, values in history.items()}
        evaluated = self._model.evaluate(
            validation.images,
            self._targets(validation.labels),
            batch_size=_EVALUATION_BATCH,
            verbose=0,
            return_dict=True,
        )
        found |= {f"val_{name}": float(value) for name, value in evaluated.items()}
        found["learning_rate"] = self._spec.optimizer.learning_rate * self._factor((number + 1) * self._steps - 1)
        return found

    def answers(self, split: Split) -> tuple[NDArray[np.float32], float]:
        """Scores `(images, classes)` and mean loss, penalties left out; nothing is trained."""
        scores = np.asarray(self._model.predict(split.images, batch_size=_EVALUATION_BATCH, verbose=0), np.float32)
        return scores, float(keras_loss(self._spec.loss)(self._targets(split.labels), scores))

    @property
    def classes(self) -> int:
        """Width of the model's output."""
        return self._classes

    def weights(self) -> Weights:
        """Copies of all weights by position."""
        return weights_of(self._model)

    def set_weights(self, weights: Weights) -> None:
        """Puts earlier weights back."""
        self._model.set_weights([weights[str(place)] for place in range(len(weights))])

    def state(self) -> dict[str, NDArray[Any]]:
        """All that the next epoch depends on: variables of model and optimizer, dropout's seeds among them."""
        return {str(place): np.array(variable.numpy()) for place, variable in enumerate(self._variables())}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Puts a state back."""
        for place, variable in enumerate(self._variables()):
            variable.assign(state[str(place)].astype(variable.dtype).reshape(variable.shape))

    def _variables(self) -> list[Any]:
        # `variables` also grows by the metrics' own once they are built, so only what training depends on is picked.
        seeds = [variable for variable in self._model.variables if "seed_generator" in variable.path]
        return [*self._model.weights, *seeds, *self._model.optimizer.variables]

    def _targets(self, labels: NDArray[np.int64]) -> NDArray[Any]:
        return labels if self._sparse else np.eye(self._classes, dtype=np.float32)[labels]

    def _rates(self, epoch: int) -> Any:
        base, at, first = self._spec.optimizer.learning_rate, self._factor, epoch * self._steps

        class Rates(keras().callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
            """Sets the learning rate of every step by the run's schedule."""

            def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002 - Keras's signature
                """Before the step."""
                self.model.optimizer.learning_rate = base * at(first + batch)

        return Rates()


def keras_model(
    architecture: KerasArchitecture, weights: Weights, *, input_layer: Rescaling | Normalization, seed: int
) -> Any:
    """The model with its preprocessing in front, taking uint8 pixels.

    Keras draws dropout from a global seed; it is set here from the run's seed, right before it is used.
    """
    keras().utils.set_random_seed(stream_seed(seed, "dropout") % 2**32)
    return to_keras(architecture, weights, input_layer=input_layer)


def first_weights(architecture: KerasArchitecture, given: Weights | None, *, seed: int) -> Weights:
    """What a run starts from: weights that are given, and the rest drawn by the layers' own initialisers.

    Keras draws from a global seed; it is set here from the run's seed, right before it is used.

    Args:
        architecture: the model's description.
        given: all weights, by position, or those that the architecture keeps; None where it keeps none.
        seed: the run's.

    Raises:
        SpecError: the architecture keeps weights, and they are not given.
    """
    if given is not None and architecture.kept_weights is None:
        return given
    if given is None and architecture.kept_weights is not None:
        raise SpecError(
            f"the model {architecture.name!r} must come with the weights that no seed draws (frozen layers, statistics "
            "of Normalization layers), but they were not given. Train it from the Keras model or file that holds them."
        )
    keras().utils.set_random_seed(stream_seed(seed, "initial weights") % 2**32)
    return {**weights_of(rebuild(architecture)), **(given or {})}


def weights_of(model: Any) -> Weights:
    """A Keras model's weights by position in `get_weights()`."""
    return {str(place): np.array(array, np.float32) for place, array in enumerate(model.get_weights())}


def keras_optimizer(spec: Optimizer) -> Any:
    """Keras's own optimizer for a specification."""
    options = asdict(spec)
    kinds = keras().optimizers
    classes = {
        "sgd": kinds.SGD,
        "adam": kinds.Adam,
        "adamw": kinds.AdamW,
        "rmsprop": kinds.RMSprop,
        "adagrad": kinds.Adagrad,
        "nadam": kinds.Nadam,
    }
    return classes[options.pop("kind")](**options)


def keras_loss(spec: Loss) -> Any:
    """Keras's own loss for a specification."""
    losses = keras().losses
    if spec.name == "mean_squared_error":
        return losses.MeanSquaredError()
    if spec.name == "categorical_crossentropy":
        return losses.CategoricalCrossentropy(from_logits=spec.from_logits)
    return losses.SparseCategoricalCrossentropy(from_logits=spec.from_logits)


def _metrics(*, sparse: bool, top_k: int | None) -> list[Any]:
    metrics = keras().metrics
    kinds = (
        (metrics.SparseCategoricalAccuracy, metrics.SparseTopKCategoricalAccuracy)
        if sparse
        else (metrics.CategoricalAccuracy, metrics.TopKCategoricalAccuracy)
    )
    found = [kinds[0](name="accuracy")]
    if top_k is not None:
        found.append(kinds[1](k=top_k, name=f"top_{top_k}_accuracy"))
    return found
