"""Networks in the kernels: populations for the training loop, and measurements; no PyTorch is loaded."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.measures.plan import GRADIENT_IMAGES, probe_size
from classlab.measures.softmax import softmax
from classlab.models.weights import class_count
from classlab.training.backend import Measurement, measurements
from classlab.training.kernels.chain_layers import chain_of, leading_scalings
from classlab.training.kernels.chain_members import ChainMembers
from classlab.training.kernels.chain_network import ChainNetwork, part_of
from classlab.training.kernels.chain_probe import ChainProber
from classlab.training.kernels.images import KernelImages
from classlab.training.kernels.library import kernels
from classlab.training.kernels.population import KernelPopulation, KernelProblem, KernelState
from classlab.training.kernels.recognition import fused_layers
from classlab.training.kernels.thread_groups import ThreadGroups
from classlab.training.loop.class_weights import class_factors
from classlab.training.loop.initial_weights import first_weights
from classlab.training.loop.randomness import SeedGroups
from classlab.training.loop.scaling import Chained, scaled
from classlab.training.loop.split_notes import division_notes, probe_split

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from classlab.records.architecture import Architecture
    from classlab.records.diagnostics import Diagnostics
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.run import Loss, RunSpec
    from classlab.training.backend import MeasureRequest, TrainingRequest, Weights
    from classlab.training.kernels.chain_layers import Layer
    from classlab.training.kernels.population import Groups
    from classlab.training.kernels.recognition import Method
    from classlab.training.kernels.structures import Kernels
    from classlab.training.loop.scaling import Scaling

# Images that are measured together where nothing is trained.
_MEASURED = 32


class KernelBackend:
    """See `Backend`.

    Args:
        request: runs whose network and rules the kernels know.
        method: how they train them.
    """

    in_step = True

    def __init__(self, request: TrainingRequest, method: Method) -> None:
        spec, division = request.specs[0], request.division
        self._architecture: Architecture = spec.architecture  # type: ignore[assignment]  # others are routed away
        library, layers = known_chain(self._architecture, spec.loss)
        self._classes = class_count(self._architecture)
        entrance, prober = _entrance(self._architecture, request.input_layer), None
        if request.diagnostics:
            split = probe_split(division.train, most=probe_size(len(division.train)), leading=GRADIENT_IMAGES)
            prober = ChainProber(
                library,
                split,
                self._architecture,
                layers,
                input_layer=entrance,
                classes=self._classes,
                squared=_squared(spec.loss),
            )
        batch = min(spec.batch_size, len(division.train))
        group = _grouping(self._architecture, spec.loss, method, batch=batch, top_k=spec.top_k)
        self._problem = KernelProblem(
            library=library,
            group=group,
            division=division,
            input_layer=entrance,
            prober=prober,
            class_weights=class_factors(spec.class_weights, division.train.labels, classes=self._classes),
        )

    def computing(self) -> AbstractContextManager[Any]:
        """Nothing has to be set."""
        return nullcontext()

    def first_weights(self, given: Weights | None, *, seed: int) -> Weights:
        """What a run starts from."""
        return first_weights(self._architecture, given, seed=seed)

    def populate(self, runs: Sequence[RunSpec], weights: Sequence[Weights]) -> KernelPopulation:
        """A population of these runs with these weights."""
        return KernelPopulation(runs, weights, self._problem)

    def notes(self) -> Diagnostics:
        """What holds for every member before the first step."""
        enter = partial(scaled, layer=self._problem.input_layer)
        return division_notes(self._problem.division, enter, classes=self._classes)


def measure_in_kernels(request: MeasureRequest, method: Method) -> list[Measurement]:
    """Measures members that share a network; see `measure`."""
    split, top_k, wanted = request.split, request.top_k, request.probabilities
    architecture: Architecture = request.architecture  # type: ignore[assignment]  # others are routed away
    group = _grouping(architecture, request.loss, method, batch=min(_MEASURED, len(split)))
    groups = group(SeedGroups((0,) * len(request.weights)), ())
    groups.load(KernelState(request.weights).arrays)
    library, _ = known_chain(architecture, request.loss)
    entrance = _entrance(architecture, request.input_layer)
    images = KernelImages(library, split, input_layer=entrance, vectors=groups.vectors)
    found, scores = groups.evaluate(images, scores=wanted or top_k is not None)
    if top_k is not None and scores is not None:
        found = replace(found, top_k=_within(scores, split.labels, top_k).tolist())
    chances = None
    if wanted and scores is not None:
        chances = scores if _squared(request.loss) else softmax(scores)
    return measurements(found, chances, images=len(split))


def known_chain(architecture: Architecture, loss: Loss) -> tuple[Kernels, tuple[Layer, ...]]:
    """The kernels, and a network that is known to be theirs."""
    library = kernels()
    layers = None if library is None else chain_of(architecture, loss, lanes=library.lanes)
    if library is None or layers is None:
        message = f"the kernels are asked for {architecture.name!r}, which they do not compute"
        raise AssertionError(message)
    return library, layers


def _grouping(
    architecture: Architecture, loss: Loss, method: Method, *, batch: int, top_k: int | None = None
) -> Callable[[SeedGroups, Sequence[RunSpec]], Groups]:
    """Makes the members of a network, as the method has them."""
    library, layers = known_chain(architecture, loss)
    if method == "fused":
        dense = fused_layers(layers, loss)
        assert dense is not None  # noqa: S101 - or the method would be the other
        return lambda seeds, runs: ThreadGroups(library, dense, seeds, runs)
    part = part_of(layers, batch=batch)
    network = ChainNetwork(architecture, layers, lanes=library.lanes, part=part, squared=_squared(loss), within=top_k)
    return lambda seeds, runs: ChainMembers(library, network, seeds, runs)


def _entrance(architecture: Architecture, input_layer: Rescaling | Normalization) -> Scaling:
    """What turns pixels into what the first layer meets that is no scaling."""
    leading = leading_scalings(architecture)
    return Chained((input_layer, *leading)) if leading else input_layer


def _squared(loss: Loss) -> bool:
    return loss.name == "mean_squared_error"


def _within(scores: NDArray[np.float32], labels: NDArray[np.int64], top_k: int) -> NDArray[np.float64]:
    """Each member's share of images whose label is among the k highest scores."""
    label = scores[:, np.arange(len(labels)), labels]
    found: NDArray[np.float64] = ((scores > label[..., None]).sum(-1) < top_k).mean(-1)
    return found
