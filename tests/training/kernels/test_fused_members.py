from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classlab.records.optimizers import SGD, Adam
from classlab.records.run import DataSpec, RunSpec
from classlab.training.kernels.fused_members import Team, chunk_shape
from classlab.training.kernels.recognition import DenseLayer

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
    layers, arrays = [], {"value": {}, "velocity": {}, "momentum": {}}
    for place, (inputs, outputs) in enumerate(zip(widths, units, strict=False)):
        layer = DenseLayer(position=place, inputs=inputs, units=outputs)
        for key, shape in ((layer.kernel, (outputs, inputs)), (layer.bias, (outputs,))):
            for named in arrays.values():
                named[key] = rng.normal(size=(members, *shape)).astype(np.float32)
        layers.append(layer)
    runs = [
        RunSpec(data=DataSpec(name="none"), architecture=bench.mlp, optimizer=rule)
        for rule in (SGD(), SGD(momentum=0.9), Adam(), Adam())
    ][seats]
    team = Team(layers, seats, runs)
    kept = {name: {key: array.copy() for key, array in named.items()} for name, named in arrays.items()}
    team.load(arrays)
    for named in arrays.values():
        for array in named.values():
            array[seats] = np.nan
    team.store(arrays)
    for name, named in arrays.items():
        for key, array in named.items():
            np.testing.assert_array_equal(array, kept[name][key])
