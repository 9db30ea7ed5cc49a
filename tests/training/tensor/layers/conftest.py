"""The oracle of single layers: values and gradients of the engine's layer and of Keras's, from the same weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pytest
import torch

from classlab.models.keras_runtime import keras
from classlab.models.weights import WeightSpec
from classlab.records.layers import ZEROS, Initializer, Regularizer
from classlab.training.loop.randomness import SeedGroups
from classlab.training.loop.weight_layout import to_keras
from classlab.training.tensor.layers.base import FirstLayer
from classlab.training.tensor.layers.build import _build
from classlab.training.tensor.parameters import Parameter
from classlab.training.tensor.passes import Pass, Shared

CPU = torch.device("cpu")


@dataclass
class Found:
    """What goes out and what comes back; arrays have the member axis first where the engine gives them."""

    y: np.ndarray
    to_input: np.ndarray
    to_weights: dict[str, np.ndarray]


def drawn(*shape: int, seed: int = 0, grain: bool = False) -> np.ndarray:
    """Normal numbers; with `grain` ones that bfloat16 holds exactly."""
    found = torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
    return (found.bfloat16().float() if grain else found).numpy()


def parameters(weights: Sequence[dict[str, np.ndarray]], dtype: torch.dtype) -> dict[str, Parameter]:
    """All members' weights in the engine's layout, by name."""
    return {
        name: Parameter(
            WeightSpec(layer=3, name=name, shape=array.shape, initializer=ZEROS),
            [each[name] for each in weights],
            device=CPU,
            dtype=torch.float64 if dtype == torch.float64 else torch.float32,
        )
        for name, array in (weights[0] if weights else {}).items()
    }


class Oracle:
    """One layer in the engine and in Keras."""

    drawn = staticmethod(drawn)

    @staticmethod
    def keras_layer(spec: Any) -> Any:
        """Keras's layer of the same settings."""
        skipped = ("kind",)
        settings = {
            field.name: getattr(spec, field.name)
            for field in fields(spec)
            if field.name not in skipped and not isinstance(getattr(spec, field.name), Initializer | Regularizer)
        }
        return getattr(keras().layers, spec.kind)(**settings)

    def in_keras(self, spec: Any, x: np.ndarray, weights: dict[str, np.ndarray], gradient: np.ndarray) -> Found:
        """Forward, and backward by PyTorch's autograd through Keras's own layer; `weights` in Keras's order."""
        layer = self.keras_layer(spec)
        layer.build(x.shape)
        layer.set_weights(list(weights.values()))
        entering = torch.tensor(x, requires_grad=True)
        with torch.enable_grad():
            y = layer(entering)
            sources = [entering, *(variable.value for variable in layer.trainable_variables)]
            to_input, *rest = torch.autograd.grad(y, sources, torch.tensor(gradient))
        return Found(
            y.detach().numpy(), to_input.numpy(), dict(zip(weights, (each.numpy() for each in rest), strict=True))
        )

    @staticmethod
    def in_engine(
        spec: Any,
        x: np.ndarray,
        weights: Sequence[dict[str, np.ndarray]],
        gradient: np.ndarray,
        *,
        dtype: torch.dtype = torch.float32,
        enters: torch.dtype = torch.float32,
        groups: SeedGroups | None = None,
        run: Pass | None = None,
    ) -> Found:
        """Forward and backward of all members; `x` and `gradient` have the member axis first.

        With `groups`, `x` has one entry per group of members, as before the first layer with weights.
        """
        own = parameters(weights, dtype)
        layers = [layer for layer in _build(spec, 3, own, CPU, dtype) if layer is not None]
        members = len(weights) or len(x)
        run = run or Pass(groups or SeedGroups((0,) * members), slice(0, members), training=True)
        with torch.inference_mode():
            values: Any = torch.tensor(x).to(enters)
            back = torch.tensor(gradient)
            if groups is not None and isinstance(layers[0], FirstLayer):
                values = Shared(values, groups)
            for layer in layers:
                values = layer.forward(values, run)
            y, back = values, back.to(values.dtype)
            for place in range(len(layers) - 1, -1, -1):
                wanted = place > 0 or groups is None
                back = layers[place].backward(back, run, wanted=wanted)
        gradients = {
            name: np.stack([to_keras(one.float().numpy(), parameter.spec) for one in parameter.gradient])
            for name, parameter in own.items()
        }
        to_input = np.empty(0) if back is None else back.float().numpy()
        assert back is None or back.dtype == enters
        return Found(y.float().numpy(), to_input, gradients)

    @staticmethod
    def evaluated(spec: Any, x: np.ndarray, weights: Sequence[dict[str, np.ndarray]]) -> np.ndarray:
        """Forward of all members outside of training."""
        layers = _build(spec, 3, parameters(weights, torch.float32), CPU, torch.float32)
        run = Pass(SeedGroups((0,) * len(x)), slice(0, len(x)), training=False)
        with torch.inference_mode():
            values = torch.tensor(x)
            for layer in layers:
                values = values if layer is None else layer.forward(values, run)
        return values.numpy()

    def assert_members_as_keras(
        self,
        spec: Any,
        x: np.ndarray,
        weights: Sequence[dict[str, np.ndarray]],
        *,
        share: float = 1e-5,
        dtype: torch.dtype = torch.float32,
        grain: bool = False,
    ) -> None:
        """Every member's values and gradients within a share of their largest of Keras's."""
        members = len(x)
        shape = self.keras_layer(spec).compute_output_shape(x.shape[1:])
        gradient = drawn(members, *shape, seed=99, grain=grain)
        found = self.in_engine(spec, x, weights, gradient, dtype=dtype)
        for member in range(members):
            own = weights[member] if weights else {}
            expected = self.in_keras(spec, x[member], own, gradient[member])
            assert_near(found.y[member], expected.y, share=share)
            assert_near(found.to_input[member], expected.to_input, share=share)
            for name in own:
                assert_near(found.to_weights[name][member], expected.to_weights[name], share=share)

    def assert_shared_as_own(self, spec: Any, x: np.ndarray, weights: Sequence[dict[str, np.ndarray]]) -> None:
        """Three members of two seeds, whose values are those of their groups; `x` has two entries."""
        groups = SeedGroups((1, 1, 2))
        shape = self.keras_layer(spec).compute_output_shape(x.shape[1:])
        gradient = drawn(3, *shape, seed=98)
        shared = self.in_engine(spec, x, weights, gradient, groups=groups)
        alone = self.in_engine(spec, x[[0, 0, 1]], weights, gradient)
        assert shared.y.tobytes() == alone.y.tobytes()
        for name, gradients in alone.to_weights.items():
            assert shared.to_weights[name].tobytes() == gradients.tobytes()

    def assert_together_as_alone(self, spec: Any, x: np.ndarray, weights: Sequence[dict[str, np.ndarray]]) -> None:
        """Two members in one pass give the bits that each gives in a pass of its own, in its slot."""
        shape = self.keras_layer(spec).compute_output_shape(x.shape[1:])
        gradient = drawn(2, *shape, seed=97)
        together = self.in_engine(spec, x, weights, gradient)
        for member in range(2):
            run = Pass(SeedGroups((0,)), slice(member, member + 1), training=True)
            slot = slice(member, member + 1)
            alone = self.in_engine(spec, x[slot], weights, gradient[slot], run=run)
            assert alone.y.tobytes() == together.y[slot].tobytes()
            assert alone.to_input.tobytes() == together.to_input[slot].tobytes()
            for name, gradients in together.to_weights.items():
                assert alone.to_weights[name][member].tobytes() == gradients[member].tobytes()
                assert not alone.to_weights[name][1 - member].any()


def assert_near(found: np.ndarray, expected: np.ndarray, *, share: float) -> None:
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= share * np.abs(expected).max()


@pytest.fixture
def oracle() -> Oracle:
    return Oracle()
