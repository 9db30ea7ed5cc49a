"""Populations on PyTorch: images on the device, and everything that members share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from classlab.models.weights import class_count, weight_specs
from classlab.training.loop.probe import GRADIENT_IMAGES, probe_size
from classlab.training.loop.randomness import SeedGroups
from classlab.training.loop.split_notes import division_notes, probe_split
from classlab.training.loop.train import train_members
from classlab.training.process.memory import freed_memory_kept
from classlab.training.process.products import plain_float32
from classlab.training.tensor.device import pick_device, pick_dtype, weight_dtype
from classlab.training.tensor.layers.build import affine, build_layers
from classlab.training.tensor.passes import Pass
from classlab.training.tensor.population import TensorPopulation
from classlab.training.tensor.probe import Prober
from classlab.training.tensor.resident import ResidentImages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from classlab.datasets.dataset import Division, Split
    from classlab.records.architecture import Architecture
    from classlab.records.diagnostics import Diagnostics
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.run import RunSpec
    from classlab.training.loop.member import Member
    from classlab.training.loop.outcome import Outcome, Weights
    from classlab.training.process.processor import DeviceName


@torch.inference_mode()
def train_on_tensors(
    specs: Sequence[RunSpec],
    division: Division,
    *,
    input_layer: Rescaling | Normalization,
    diagnostics: bool,
    device: DeviceName,
    **options: Any,
) -> list[Outcome]:
    """Trains runs on PyTorch; see `train_population`, and `train_members` for the options."""
    engine = TensorEngine(specs[0], division, input_layer=input_layer, diagnostics=diagnostics, device=device)
    with plain_float32(), freed_memory_kept():
        return train_members(engine, specs, **options)


class TensorEngine:
    """See `Engine`.

    Args:
        spec: what all members have in common.
        division: the images.
        input_layer: preprocessing.
        diagnostics: whether to measure for the doctor.
        device: where to compute.
    """

    def __init__(
        self,
        spec: RunSpec,
        division: Division,
        *,
        input_layer: Rescaling | Normalization,
        diagnostics: bool,
        device: DeviceName,
    ) -> None:
        self.diagnoses = diagnostics
        self._division, self._input_layer = division, input_layer
        self._device = pick_device(device)
        self._dtype = pick_dtype(spec.precision, self._device)
        self._architecture: Architecture = spec.architecture  # type: ignore[assignment]  # others are routed away
        self._classes = class_count(self._architecture)
        self._train, self._validation = self._resident(division.train), self._resident(division.validation)
        self._prober = Prober(self._probed(), self._architecture) if diagnostics else None

    def seat(self, members: Sequence[Member], weights: Sequence[Weights]) -> TensorPopulation:
        """A population of these members with these weights."""
        return TensorPopulation(
            members,
            weights,
            train=self._train,
            validation=self._validation,
            prober=self._prober,
            device=self._device,
            dtype=self._dtype,
        )

    def notes(self) -> Diagnostics:
        """What holds for every member before the first step."""
        return division_notes(self._division, self._entrance(), classes=self._classes)

    def _entrance(self) -> Callable[[NDArray[np.uint8]], NDArray[Any]]:
        """What turns pixels into what the first layer with weights meets: preprocessing, and scaling of the network."""
        scale = affine(self._input_layer, device=self._device)
        weights = weight_specs(self._architecture)
        first = weights[0].layer if weights else len(self._architecture.layers)
        leading = replace(self._architecture, layers=self._architecture.layers[:first]) if first else None
        layers = [] if leading is None else build_layers(leading, {}, device=self._device, dtype=self._dtype)
        run = Pass(SeedGroups((0,)), slice(0, 1), training=False)

        def enter(images: NDArray[np.uint8]) -> NDArray[Any]:
            values = scale(torch.from_numpy(images).to(self._device))[None]
            for layer in layers:
                values = layer.forward(values, run)
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
