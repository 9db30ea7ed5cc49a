"""What every population of one Keras model has, however its epochs are trained: weights, snapshots, probes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.measures.keras_track import WeightTrack
from classlab.measures.network import for_record
from classlab.models.keras_runtime import keras
from classlab.training.keras.model import keras_loss, penalty_of, weights_of
from classlab.training.keras.notes import keras_probe, layered_probe
from classlab.training.loop.randomness import stream_seed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from classlab.datasets.dataset import Split
    from classlab.measures.keras_probe import KerasProbe
    from classlab.records.diagnostics import Probe
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.run import RunSpec
    from classlab.training.backend import EpochResult, Weights
    from classlab.training.process.pulse import Pulse

# Images per call where nothing is learned; Keras's own default of 32 makes evaluation several times slower.
EVALUATION_BATCH = 512
STATE_PREFIX = "keras/"  # of the names that a checkpoint has for the model's variables


class KerasPopulation(ABC):
    """See `Population`; of one run.

    Args:
        run: what was asked for.
        model: the Keras model with its preprocessing in front, see `keras_model`.
        images: training images of an epoch.
        probed: the probe images; None where nobody wants to know.
        input_layer: preprocessing.
    """

    def __init__(
        self, run: RunSpec, model: Any, *, images: int, probed: Split | None, input_layer: Rescaling | Normalization
    ) -> None:
        self._run, self._model, self._probed, self._input_layer = run, model, probed, input_layer
        self.steps = -(-images // run.batch_size)
        self._sparse = run.loss.name == "sparse_categorical_crossentropy"
        self._classes = int(model.output_shape[-1])
        self._layered = self._opened()
        self._track = WeightTrack(layers=() if self._layered is None else self._layered.layers)

    @abstractmethod
    def epoch(self, number: int, *, probed: bool, pulse: Pulse | None = None) -> EpochResult:
        """Trains one epoch and evaluates."""

    @abstractmethod
    def state(self) -> dict[str, NDArray[Any]]:
        """All that the next epoch depends on: variables of model and optimizer, dropout's seeds among them."""

    @abstractmethod
    def load_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Puts a state back."""

    @abstractmethod
    def _scores(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What the model makes of pixels in evaluation, `(images, classes)`."""

    def first_probes(self) -> list[Probe | None]:
        """Measures the model for the doctor before the first step."""
        return [self._probe(0)]

    def member_weights(self, slot: int) -> Weights:  # noqa: ARG002 - there is one
        """Copies of all weights by position."""
        return weights_of(self._model)

    def snapshot(self) -> Weights:
        """The same."""
        return weights_of(self._model)

    def restore(self, snapshot: Mapping[str, Any], slot: int) -> None:  # noqa: ARG002 - there is one
        """Puts earlier weights back."""
        self._model.set_weights([snapshot[str(place)] for place in range(len(snapshot))])

    def keep(self, slots: Sequence[int]) -> None:  # noqa: B027 - nothing is to be done
        """The only member stays until it has ended."""

    def close(self) -> None:  # noqa: B027 - as above
        """There is nothing beside this process."""

    def _seed(self, epoch: int) -> None:
        """Sets what Keras draws from: its backend's global generator, which unseeded dropout uses, among them.

        Seeded anew, an epoch depends on no other.
        """
        keras().utils.set_random_seed(stream_seed(self._run.seed, "dropout", epoch) % 2**32)

    def _probe(self, epoch: int) -> Probe | None:
        """Measures the model on the probe images; nothing is trained."""
        images = self._probed
        if images is None:
            return None
        if self._layered is not None:
            step, since = self._track.changes()
            try:
                return for_record(self._layered.at(epoch=epoch, step=step, since=since))
            except Exception:  # noqa: BLE001  (a layer of somebody's own may have no gradient)
                self._layered, self._track = None, WeightTrack(layers=())
        scores = self._scores(images.images)
        loss = float(keras_loss(self._run.loss)(self._targets(images.labels), scores))
        return keras_probe(scores, loss, images, penalty=penalty_of(self._model), epoch=epoch)

    def _opened(self) -> KerasProbe | None:
        """The model with its layers opened, where that can be done."""
        if self._probed is None:
            return None
        try:
            targets, inner = self._targets(self._probed.labels), self._model.layers[-1]
            return layered_probe(inner, self._run, self._probed, targets, input_layer=self._input_layer)
        except Exception:  # noqa: BLE001  (a layer of somebody's own may refuse in any way it likes)
            return None

    def _epoch_begins(self, *, probed: bool) -> None:
        """Remembers the weights where the epoch will be looked at."""
        if probed and self._track.layers and self._track.affordable:
            self._track.note_epoch()

    def _step_begins(self, step: int) -> None:
        """Remembers them again before the last step of such an epoch."""
        if step + 1 == self.steps and self._track.epoch:
            self._track.note_step()

    def _variables(self) -> list[Any]:
        """The model's variables: its weights, and the seeds of layers that draw."""
        # `variables` also grows by the metrics' own once they are built, so only what training depends on is picked.
        seeds = [variable for variable in self._model.variables if "seed_generator" in variable.path]
        return [*self._model.weights, *seeds]

    def _targets(self, labels: NDArray[np.int64]) -> NDArray[Any]:
        return labels if self._sparse else np.eye(self._classes, dtype=np.float32)[labels]


def state_of(variables: Sequence[Any]) -> dict[str, NDArray[Any]]:
    """Copies of Keras variables, named by their place."""
    return {f"{STATE_PREFIX}{place}": np.array(variable.numpy()) for place, variable in enumerate(variables)}


def load_variables(variables: Sequence[Any], state: Mapping[str, NDArray[Any]]) -> None:
    """Gives Keras variables the values that `state_of` copied."""
    for place, variable in enumerate(variables):
        variable.assign(state[f"{STATE_PREFIX}{place}"].astype(variable.dtype).reshape(variable.shape))
