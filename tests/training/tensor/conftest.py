"""An architecture by PyTorch's own functions in float64: what the engine's graphs are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name PyTorch's own documentation uses

from classlab.models.shapes import same_padding
from classlab.models.weights import output_shapes, weight_specs
from classlab.records import layers as specs
from classlab.records.architecture import IMAGES, Architecture
from classlab.records.run import Loss
from classlab.training.kernels.dropped import dropped
from classlab.training.loop.randomness import SeedGroups
from classlab.training.loop.weight_layout import to_keras
from classlab.training.tensor.layers.dropout import kept_factors
from classlab.training.tensor.network import Network
from classlab.training.tensor.passes import Pass, Shared

CPU = torch.device("cpu")
EPOCH, STEP = 1, 2
FUNCTIONS = {"linear": lambda x: x, "relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}


@dataclass
class Step:
    """Scores of a training step, and what comes back; arrays are in Keras's shapes."""

    scores: np.ndarray
    gradients: dict[str, np.ndarray]
    moving: dict[str, np.ndarray]


def drawn_weights(architecture: Architecture, seed: int) -> dict[str, np.ndarray]:
    """Weights none of which is where it usually starts."""
    random = np.random.default_rng(seed)
    found = {}
    for spec in weight_specs(architecture):
        values = random.normal(size=spec.shape)
        if spec.is_kernel:
            values /= np.sqrt(np.prod(spec.shape[:-1]))
        elif spec.name == "moving_variance":
            values = 0.5 + values**2
        else:
            values = (spec.name == "gamma") + 0.3 * values
        found[spec.key] = values.astype(np.float32)
    return found


def in_float64(
    architecture: Architecture,
    weights: dict[str, np.ndarray],
    images: torch.Tensor,
    gradient: torch.Tensor,
    *,
    seed: int,
) -> Step:
    """One member's training step."""
    run = Pass(SeedGroups((seed,)), slice(0, 1), training=True, epoch=EPOCH, step=STEP)
    with torch.inference_mode(False), torch.enable_grad():
        own = {key: torch.tensor(array).double().requires_grad_() for key, array in weights.items()}
        values: dict[int, torch.Tensor] = {IMAGES: images.double().clone()}
        moving: dict[str, torch.Tensor] = {}
        for position, (layer, sources) in enumerate(zip(architecture.layers, architecture.entering, strict=True)):
            mine = {key.split(".")[1]: value for key, value in own.items() if key.startswith(f"{position}.")}
            found = _computed(layer, [values[source] for source in sources], mine, run, position)
            if isinstance(layer, specs.BatchNormalization):
                entering = values[sources[0]].detach().flatten(0, -2)
                for name, now in (
                    ("moving_mean", entering.mean(0)),
                    ("moving_variance", entering.var(0, correction=0)),
                ):
                    moving[f"{position}.{name}"] = layer.momentum * mine[name].detach() + (1 - layer.momentum) * now
            values[position] = found
        trained = {spec.key: own[spec.key] for spec in weight_specs(architecture) if spec.trainable}
        grads = torch.autograd.grad(found, list(trained.values()), gradient.double().clone())
    return Step(
        found.detach().numpy(),
        {key: each.numpy() for key, each in zip(trained, grads, strict=True)},
        {key: each.numpy() for key, each in moving.items()},
    )


def _computed(layer: Any, values: list[torch.Tensor], own: dict[str, torch.Tensor], run: Pass, position: int) -> Any:
    x = values[0]
    match layer:
        case specs.Conv2D():
            image = x.permute(0, 3, 1, 2)
            if layer.padding == "same":
                image = F.pad(image, same_padding(image.shape[2:], layer.kernel_size, layer.strides))
            y = F.conv2d(
                image.contiguous(), own["kernel"].permute(3, 2, 0, 1).contiguous(), own.get("bias"), layer.strides
            )
            return FUNCTIONS[layer.activation](y.permute(0, 2, 3, 1))
        case specs.SeparableConv2D():
            y = _depthwise(layer, x, own["depthwise_kernel"]) @ own["pointwise_kernel"][0, 0]
            return y + own["bias"]
        case specs.DepthwiseConv2D():
            return _depthwise(layer, x, own["depthwise_kernel"]) + own["bias"]
        case specs.Dense():
            y = x @ own["kernel"]
            return FUNCTIONS[layer.activation](y + own["bias"] if layer.use_bias else y)
        case specs.BatchNormalization():
            axes = tuple(range(x.ndim - 1))
            y = (x - x.mean(axes)) / (x.var(axes, correction=0) + layer.epsilon).sqrt()
            return y * own.get("gamma", 1.0) + own.get("beta", 0.0)
        case specs.ReLU():
            return torch.relu(x)
        case specs.LeakyReLU():
            return F.leaky_relu(x, layer.negative_slope)
        case specs.Activation():
            return FUNCTIONS[layer.activation](x)
        case specs.MaxPooling2D():
            image, strides = x.permute(0, 3, 1, 2), layer.strides or layer.pool_size
            if layer.padding == "same":
                image = F.pad(image, same_padding(image.shape[2:], layer.pool_size, strides), value=-torch.inf)
            return F.max_pool2d(image, layer.pool_size, strides).permute(0, 2, 3, 1)
        case specs.Dropout():
            (seed,) = run.dropout_seeds(position)
            return x * kept_factors(x.numel(), dropped(layer.rate, seed), device=CPU).double().view(x.shape)
        case specs.GlobalAveragePooling2D():
            return x.mean((1, 2))
        case specs.Flatten():
            return x.flatten(1)
        case specs.Reshape():
            return x.reshape(len(x), *layer.target_shape)
        case specs.Add():
            return sum(values[1:], x)
        case specs.Multiply():
            return torch.stack(torch.broadcast_tensors(*values)).prod(0)
        case specs.Concatenate():
            return torch.cat(values, -1)
    message = f"the reference has no {layer.kind}"
    raise AssertionError(message)


def _depthwise(layer: Any, x: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
    """A convolution of each channel by itself, `kernel` `(rows, columns, channels, 1)`, without padding."""
    image, channels = x.permute(0, 3, 1, 2), x.shape[-1]
    assert layer.padding == "valid"
    return F.conv2d(image, kernel.permute(2, 3, 0, 1), None, layer.strides, groups=channels).permute(0, 2, 3, 1)


class Graphs:
    """Training steps of architectures in the engine and in float64."""

    drawn_weights = staticmethod(drawn_weights)
    in_float64 = staticmethod(in_float64)

    @staticmethod
    def network(architecture: Architecture, weights: list[dict[str, np.ndarray]], *, dtype: torch.dtype) -> Network:
        return Network(architecture, weights, loss=Loss(from_logits=True), device=CPU, dtype=dtype)

    @staticmethod
    def in_engine(
        network: Network, images: torch.Tensor, gradients: torch.Tensor, seeds: tuple[int, ...]
    ) -> list[Step]:
        """One training step of all members; `images` are those of each group of equal seeds."""
        groups, scores = SeedGroups(seeds), []
        dtype = next(iter(network.parameters.values())).value.dtype
        with torch.inference_mode():
            for run in network.passes(groups, training=True, epoch=EPOCH, step=STEP):
                own = images if len(run.seed_groups.seeds) == len(seeds) else _of_group(images, groups, run)
                found = network.forward(Shared(own.to(dtype), run.seed_groups), run)
                network.backward(gradients[run.members].to(found.dtype), run)
                scores.extend(found.double().numpy())
        return [
            Step(
                scores[member],
                {p.spec.key: _gradient(p, member) for p in network.parameters.values() if p.spec.trainable},
                {p.spec.key: p.member(member) for p in network.parameters.values() if not p.spec.trainable},
            )
            for member in range(len(seeds))
        ]

    @staticmethod
    def batch(architecture: Architecture, *, groups: int, members: int, count: int, seed: int = 0) -> Any:
        """Images of each group, and a gradient of each member's scores."""
        random = torch.Generator().manual_seed(seed)
        (classes,) = output_shapes(architecture)[-1]
        images = torch.rand(groups, count, *architecture.input_shape, generator=random)
        return images, torch.randn(members, count, classes, generator=random)

    @staticmethod
    def assert_near(found: Step, wanted: Step, *, share: float) -> None:
        """Within a share of the largest value; of a weight's gradient, of the largest one in its layer.

        A weight in front of a normalization may have no gradient (a bias, gamma and beta): what is found is rounding,
        of the size of other layers' gradients.
        """
        apart = np.abs(found.scores - wanted.scores).max() / np.abs(wanted.scores).max()
        assert apart <= share, f"scores are {apart:.1e} apart"
        assert found.gradients.keys() == wanted.gradients.keys()
        assert found.moving.keys() == wanted.moving.keys()

        def largest(start: str) -> float:
            return float(max(np.abs(each).max() for key, each in wanted.gradients.items() if key.startswith(start)))

        for key, expected in wanted.gradients.items():
            size = max(largest(key.split(".")[0] + "."), 0.01 * largest(""))
            apart = np.abs(found.gradients[key] - expected).max() / size
            assert apart <= share, f"the gradient of {key} is {apart:.1e} apart"
        for key, expected in wanted.moving.items():
            np.testing.assert_allclose(found.moving[key], expected, rtol=max(share, 1e-6), atol=max(share, 1e-6))


def _of_group(images: torch.Tensor, groups: SeedGroups, run: Pass) -> torch.Tensor:
    group = groups.group_of[run.members.start]
    return images[group : group + 1]


def _gradient(parameter: Any, member: int) -> np.ndarray:
    """One member's gradient in Keras's shape."""
    return to_keras(parameter.gradient[member].double().numpy(), parameter.spec)


@pytest.fixture
def graphs() -> Graphs:
    return Graphs()
