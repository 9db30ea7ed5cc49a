from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from classlab.records.optimizers import SGD, Adam
from classlab.records.run import DataSpec, RunSpec
from classlab.training.compiled.recognition import DenseLayer
from classlab.training.compiled.team import Team, chunk_shape
from classlab.training.parameters import Parameter

LANES = 8


@given(columns=st.integers(1, 5000))
def test_chunks_have_room_for_all_columns_in_registers(columns):
    chunks, vectors = chunk_shape(columns)
    assert 1 <= vectors <= 10
    assert chunks * vectors * LANES >= columns


@given(columns=st.integers(1, 80))
def test_few_columns_are_one_chunk_without_a_vector_to_spare(columns):
    chunks, vectors = chunk_shape(columns)
    assert chunks == 1
    assert (vectors - 1) * LANES < columns


@given(columns=st.integers(81, 5000))
def test_no_other_width_of_six_to_ten_vectors_leaves_less_room_over(columns):
    chunks, vectors = chunk_shape(columns)
    assert 6 <= vectors <= 10
    needed = -(-columns // LANES)
    room = {width: -(-needed // width) * width for width in range(6, 11)}
    assert chunks * vectors == room[vectors] == min(room.values())
    assert vectors == max(width for width in room if room[width] == room[vectors])


@pytest.mark.parametrize("units", [(10,), (13, 10), (90, 7, 3)], ids=str)
@pytest.mark.parametrize("seats", [slice(0, 4), slice(1, 3), slice(3, 4)], ids=repr)
def test_weights_and_state_come_back_as_they_were_taken(bench, units, seats):
    """And those of members in other seats are left alone."""
    rng = np.random.default_rng(0)
    members, widths = 4, (36, *units)
    layers, slots = [], {"velocity": {}, "momentum": {}}
    for place, (inputs, outputs) in enumerate(zip(widths, units, strict=False)):
        found = {}
        for name, shape in (("kernel", (inputs, outputs)), ("bias", (outputs,))):
            key = f"{place}.{name}"
            arrays = [rng.normal(size=shape).astype(np.float32) for _ in range(members)]
            spec = SimpleNamespace(key=key, trainable=True)
            found[name] = Parameter(spec, arrays, device=torch.device("cpu"), dtype=torch.float32)
            for slot in slots.values():
                slot[key] = rng.normal(size=found[name].value.shape).astype(np.float32)
        layers.append(DenseLayer(**found, activation=0))
    runs = [
        RunSpec(data=DataSpec(name="none"), architecture=bench.mlp, optimizer=rule)
        for rule in (SGD(), SGD(momentum=0.9), Adam(), Adam())
    ][seats]
    team = Team(layers, seats, runs)
    parameters = [parameter for layer in layers for parameter in (layer.kernel, layer.bias)]
    values = {parameter.spec.key: parameter.value.numpy() for parameter in parameters}
    kept = {
        name: {key: array.copy() for key, array in slot.items()} for name, slot in {"value": values, **slots}.items()
    }
    team.load(slots)
    for slot in (values, *slots.values()):
        for array in slot.values():
            array[seats] = np.nan
    team.store(slots)
    for name, slot in {"value": values, **slots}.items():
        for key, array in slot.items():
            np.testing.assert_array_equal(array, kept[name][key])
