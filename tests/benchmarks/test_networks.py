"""The networks that people bring are of the same size in Keras and in PyTorch, layer by layer."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from benchmarks.networks.in_classlab import architecture_of
from benchmarks.networks.in_keras import keras_network
from benchmarks.networks.in_torch import torch_network
from benchmarks.networks.names import BROUGHT
from benchmarks.networks.saved import OWN, saved_at
from classlab.models.keras_runtime import keras


@pytest.fixture(autouse=True)
def on_pytorch():
    """Keras takes TensorFlow, which may not be there, where nobody chose before it was imported."""
    keras()


@pytest.mark.parametrize("name", [name for name in BROUGHT if name != "lstm"])  # PyTorch's LSTM keeps two biases
def test_both_train_weights_of_the_same_shapes(name):
    in_keras = Counter(tuple(sorted(each.shape)) for each in keras_network(name).trainable_weights)
    assert in_keras == Counter(tuple(sorted(each.shape)) for each in torch_network(name).parameters())


@pytest.mark.parametrize(("name", "network"), BROUGHT.items())
def test_both_take_the_images_that_are_named_and_score_ten_classes(name, network):
    side = 28 if network.channels == 1 else 32
    assert keras_network(name).input_shape == (None, side, side, network.channels)
    assert keras_network(name).output_shape == (None, 10)
    assert torch_network(name)(torch.zeros(2, network.channels, side, side)).shape == (2, 10)


@pytest.mark.parametrize("name", sorted(set(BROUGHT) - {OWN}))
def test_a_saved_network_is_the_one_that_its_program_builds(name, tmp_path):
    keras_network(name).save(saved_at(tmp_path, name))
    saved, built = architecture_of(name, file=saved_at(tmp_path, name)), architecture_of(name)
    assert (saved.layers, saved.inputs) == (built.layers, built.inputs)
