"""Networks on PyTorch: populations for the training loop with their images on the device, and measurements."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from classlab.measures.plan import GRADIENT_IMAGES, probe_size
from classlab.models.weights import class_count, weight_specs
from classlab.records.run import Loss
from classlab.training.backend import Measurement, measurements
from classlab.training.loop.class_weights import class_factors
from classlab.training.loop.initial_weights import first_weights
from classlab.training.loop.randomness import SeedGroups
from classlab.training.loop.split_notes import division_notes, probe_split
from classlab.training.process.settings import freed_memory_kept, plain_float32
from classlab.training.tensor.device import pick_device, pick_dtype, weight_dtype
from classlab.training.tensor.evaluation import figures_on
from classlab.training.tensor.graph import Graph
from classlab.training.tensor.layers.build import affine, build_nodes
from classlab.training.tensor.losses import loss_for
from classlab.training.tensor.network import Network
from classlab.training.tensor.passes import Pass, Shared
from classlab.training.tensor.population import TensorPopulation
from classlab.training.tensor.probe import Prober
from classlab.training.tensor.resident import ResidentImages
from classlab.training.tensor.sharded import ShardedPopulation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from classlab.datasets.dataset import Split
    from classlab.records.architecture import Architecture
    from classlab.records.diagnostics import Diagnostics
    from classlab.records.run import RunSpec
    from classlab.training.backend import MeasureRequest, TrainingRequest, Weights


class TensorBackend:
    """See `Backend`.

    Args:
        request: runs whose network the engine knows.
    """

    in_step = True

    @torch.inference_mode()
    def __init__(self, request: TrainingRequest) -> None:
        spec = request.specs[0]
        self._division, self._input_layer = request.division, request.input_layer
        self._device = pick_device(request.device)
        self._dtype = pick_dtype(spec.precision, self._device)
        self._architecture: Architecture = spec.architecture  # type: ignore[assignment]  # others are routed away
        self._classes = class_count(self._architecture)
        self._train, self._validation = (
            self._resident(split) for split in (request.division.train, request.division.validation)
        )
        self._class_weights = class_factors(spec.class_weights, request.division.train.labels, classes=self._classes)
        self._prober = Prober(self._probed(), self._architecture) if request.diagnostics else None

    @contextmanager
    def computing(self) -> Iterator[None]:
        """No gradients of PyTorch's, all digits of float32, and memory that stays from step to step."""
        with torch.inference_mode(), plain_float32(), freed_memory_kept():
            yield

    def first_weights(self, given: Weights | None, *, seed: int) -> Weights:
        """What a run starts from."""
        return first_weights(self._architecture, given, seed=seed)

    def populate(self, runs: Sequence[RunSpec], weights: Sequence[Weights]) -> ShardedPopulation:
        """A population of these runs with these weights."""
        return ShardedPopulation(
            TensorPopulation(
                runs,
                weights,
                train=self._train,
                validation=self._validation,
                prober=self._prober,
                device=self._device,
                dtype=self._dtype,
                class_weights=self._class_weights,
            )
        )

    def notes(self) -> Diagnostics:
        """What holds for every member before the first step."""
        return division_notes(self._division, self._entrance(), classes=self._classes)

    def _entrance(self) -> Callable[[NDArray[np.uint8]], NDArray[Any]]:
        """What turns pixels into what the first layer with weights meets: preprocessing, and scaling of the network."""
        scale = affine(self._input_layer, device=self._device)
        whole = self._architecture
        first = min((spec.layer for spec in weight_specs(whole)), default=len(whole.layers))
        source = whole.entering[first][0] if first < len(whole.layers) else first - 1
        before = source + 1  # layers up to the one whose values the first weights meet
        nodes = build_nodes(whole, {}, device=self._device, dtype=self._dtype, stop=before) if before else []
        leading = Graph(nodes) if nodes else None
        run = Pass(SeedGroups((0,)), slice(0, 1), training=False)

        def enter(images: NDArray[np.uint8]) -> NDArray[Any]:
            values = scale(torch.from_numpy(images).to(self._device))[None]
            if leading is not None:
                values = leading.forward(Shared(values, run.seed_groups), run)
            found: NDArray[Any] = values.float().cpu().numpy()
            return found

        return enter

    def _probed(self) -> ResidentImages:
        train = self._division.train
        return self._resident(probe_split(train, most=probe_size(len(train)), leading=GRADIENT_IMAGES))

    def _resident(self, split: Split) -> ResidentImages:
        return ResidentImages(
            split,
            input_layer=self._input_layer,
            classes=self._classes,
            device=self._device,
            dtype=weight_dtype(self._dtype),
        )


@plain_float32()
@torch.inference_mode()
def measure_on_tensors(request: MeasureRequest) -> list[Measurement]:
    """Measures members that share a network, whose images are scaled once for all; see `measure`."""
    architecture: Architecture = request.architecture  # type: ignore[assignment]  # others are routed away
    if request.probabilities and request.loss.name == "mean_squared_error" and request.loss.from_logits:
        # It takes the network's outputs as they are; probabilities come from the softmax.
        probable = measure_on_tensors(replace(request, loss=Loss(from_logits=request.loss.from_logits)))
        measured = measure_on_tensors(replace(request, probabilities=False))
        return [replace(one, probabilities=other.probabilities) for one, other in zip(measured, probable, strict=True)]
    device, loss, members = pick_device(request.device), request.loss, len(request.weights)
    images = ResidentImages(
        request.split, input_layer=request.input_layer, classes=class_count(architecture), device=device
    )
    network = Network(architecture, request.weights, loss=loss, device=device, dtype=torch.float32)
    rule = loss_for(loss, softmax_in_loss=network.softmax_in_loss)
    kept: list[Tensor] | None = [] if request.probabilities else None
    found = figures_on(network, images, members=members, loss=rule, top_k=request.top_k, kept=kept)
    chances = None if kept is None else rule.probabilities(torch.cat(kept, dim=1)).cpu().numpy()
    return measurements(found, chances, images=len(request.split))
