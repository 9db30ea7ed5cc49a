"""Networks through Keras itself: populations of one model for the training loop, and measurements.

A Keras model with a layer that the engine does not know trains here, with the engine's order of batches, figures,
checkpoints and rules for ending. Keras's backend places its tensors itself.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import softmax

from classlab.measures.plan import probe_size
from classlab.models.keras_import import rebuild
from classlab.models.weights import check_width
from classlab.records.run import Figures
from classlab.training.backend import Measurement
from classlab.training.keras.model import first_weights, keras_loss, keras_model
from classlab.training.keras.notes import keras_notes
from classlab.training.keras.population import KerasPopulation
from classlab.training.loop.split_notes import probe_split

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from classlab.records.architecture import KerasArchitecture
    from classlab.records.diagnostics import Diagnostics
    from classlab.records.run import RunSpec
    from classlab.training.backend import MeasureRequest, TrainingRequest, Weights


class KerasBackend:
    """See `Backend`.

    Args:
        request: runs of one Keras model.
    """

    in_step = False

    def __init__(self, request: TrainingRequest) -> None:
        self._request = request
        self._architecture: KerasArchitecture = request.specs[0].architecture  # type: ignore[assignment]  # see `route`
        self._classes: int | None = None

    def computing(self) -> AbstractContextManager[Any]:
        """Nothing has to be set."""
        return nullcontext()

    def first_weights(self, given: Weights | None, *, seed: int) -> Weights:
        """What a run starts from; Keras draws what is not given."""
        return first_weights(self._architecture, given, seed=seed)

    def populate(self, runs: Sequence[RunSpec], weights: Sequence[Weights]) -> KerasPopulation:
        """A population of one run."""
        asked, (run,), (first,) = self._request, runs, weights
        train = asked.division.train
        probed = probe_split(train, most=probe_size(len(train))) if asked.diagnostics else None
        population = KerasPopulation(run, first, division=asked.division, input_layer=asked.input_layer, probed=probed)
        self._classes = population.classes
        check_width(self._architecture.name, population.classes, asked.division.labels)
        return population

    def notes(self) -> Diagnostics:
        """What holds for every run before the first step."""
        classes = self._classes or int(rebuild(self._architecture).output_shape[-1])
        return keras_notes(
            self._request.division, self._architecture, input_layer=self._request.input_layer, classes=classes
        )


def measure_through_keras(request: MeasureRequest) -> list[Measurement]:
    """Measures members one after the other; see `measure`."""
    found = []
    architecture: KerasArchitecture = request.architecture  # type: ignore[assignment]  # others are routed away
    for weights in request.weights:
        model = keras_model(architecture, weights, input_layer=request.input_layer, seed=0)
        scores = np.asarray(model.predict(request.split.images, batch_size=512, verbose=0), dtype=np.float32)
        chances = np.asarray(softmax(scores, axis=-1), np.float32) if request.loss.from_logits else scores
        found.append(
            Measurement(figures=_figures(scores, request), probabilities=chances if request.probabilities else None)
        )
    return found


def _figures(scores: NDArray[np.float32], request: MeasureRequest) -> Figures:
    labels, top_k = request.split.labels, request.top_k
    targets = np.eye(scores.shape[1], dtype=np.float32)[labels]
    wanted = labels if request.loss.name == "sparse_categorical_crossentropy" else targets
    label = scores[np.arange(len(labels)), labels]
    within = (scores > label[:, None]).sum(1)
    return Figures(
        images=len(labels),
        loss=float(keras_loss(request.loss)(wanted, scores)),
        accuracy=float((scores.argmax(1) == labels).mean()),
        top_k_accuracy=None if top_k is None else float((within < top_k).mean()),
    )
