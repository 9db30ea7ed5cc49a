"""Chains of any layers, sizes and steps: one epoch in the kernels against PyTorch's in double precision.

Functions are smooth and pooling takes averages: where ReLU and the largest of a window meet values that are nearly
equal, rounding decides. How far single precision may be off is measured on PyTorch's own.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classlab.models.shapes import output_shapes
from classlab.records.architecture import Architecture
from classlab.records.layers import (
    Activation,
    AveragePooling2D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Regularizer,
)
from classlab.records.optimizers import SGD, Adagrad, RMSprop
from classlab.records.run import Loss

SMOOTH = ("linear", "tanh", "sigmoid", "softplus", "gelu", "silu")
# None of them moves a weight by its gradient's sign alone, as the first step of Adam does.
RULES = (
    SGD(learning_rate=0.05),
    SGD(learning_rate=0.02, momentum=0.9, nesterov=True),
    SGD(learning_rate=0.05, global_clipnorm=0.1),
    Adagrad(learning_rate=0.01),
    RMSprop(learning_rate=1e-3, epsilon=0.1, centered=True, momentum=0.5),
)
functions = st.sampled_from(SMOOTH)
pairs = st.tuples(st.integers(1, 4), st.integers(1, 4))
penalties = st.sampled_from([None, None, Regularizer(l1=1e-4, l2=1e-3)])


@st.composite
def image_layers(draw, shape):
    """A layer that takes images of this shape: its window lies within them, or is padded."""
    kind = draw(st.sampled_from([Conv2D, Conv2D, Conv2D, AveragePooling2D, Dropout, Activation]))
    if kind is Dropout:
        return Dropout(rate=draw(st.sampled_from([0.1, 0.5])))
    if kind is Activation:
        return Activation(activation=draw(functions))
    window = draw(st.one_of(st.just((3, 3)), pairs))
    fits = all(cells <= length for cells, length in zip(window, shape[:2], strict=True))
    padding = draw(st.sampled_from(["valid", "same"])) if fits else "same"
    steps = draw(st.one_of(st.just((1, 1)), pairs))
    if kind is AveragePooling2D:
        return AveragePooling2D(pool_size=window, strides=steps, padding=padding)
    return Conv2D(
        filters=draw(st.sampled_from([1, 3, 8, 16, 17])),
        kernel_size=window,
        strides=steps,
        padding=padding,
        activation=draw(functions),
        use_bias=draw(st.booleans()),
        kernel_regularizer=draw(penalties),
    )


@st.composite
def networks(draw):
    shape = (draw(st.integers(1, 12)), draw(st.integers(1, 12)), draw(st.sampled_from([1, 3])))
    classes = draw(st.integers(2, 11))
    layers, entering = [], shape
    for _ in range(draw(st.integers(0, 4))):
        layers.append(draw(image_layers(entering)))
        entering = output_shapes(Architecture(name="any", input_shape=shape, layers=tuple(layers)))[-1]
    layers.append(draw(st.sampled_from([Flatten(), GlobalAveragePooling2D()])))
    if draw(st.booleans()):
        layers.append(Dense(units=draw(st.integers(1, 20)), activation=draw(functions), use_bias=draw(st.booleans())))
    layers.append(Dense(units=classes, activation="softmax"))
    return Architecture(name="any", input_shape=shape, layers=tuple(layers))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    network=networks(),
    rule=st.sampled_from(RULES),
    loss=st.sampled_from([Loss(), Loss(name="mean_squared_error")]),
    batch=st.integers(1, 40),
    count=st.integers(1, 40),
)
def test_any_chain_trains_as_closely_to_the_exact_one_as_pytorch_does(workbench, network, rule, loss, batch, count):
    classes = network.layers[-1].units
    division = workbench.division(network.input_shape, lit=0.6, classes=classes, count=count)
    single = workbench.spec(network, optimizer=rule, loss=loss, batch_size=batch, epochs=1, precision="float32")
    double = replace(single, precision="float64")
    (found,), (exact,) = workbench.in_kernels([single], division), workbench.on_pytorch([double], division)
    assert found.history["loss"] == pytest.approx(exact.history["loss"], rel=1e-5)
    if workbench.difference(found, exact) <= 1e-5:
        return
    (usual,) = workbench.on_pytorch([single], division)
    for key, wanted in exact.weights.items():
        off, allowed = (float(np.abs(each.weights[key] - wanted).max()) for each in (found, usual))
        assert off <= 10 * allowed + 1e-5 * max(float(np.abs(wanted).max()), 1e-3), key
