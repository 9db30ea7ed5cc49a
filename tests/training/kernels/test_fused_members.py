from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classlab.records.optimizers import SGD, Adam
from classlab.records.run import DataSpec, RunSpec
from classlab.training.kernels.fused_members import FusedMembers, chunk_shape
from classlab.training.kernels.recognition import DenseLayer

lanes_of = st.sampled_from([4, 8, 16])


@given(columns=st.integers(1, 5000), lanes=lanes_of)
def test_chunks_have_room_for_all_columns_in_registers(columns, lanes):
    chunks, vectors = chunk_shape(columns, lanes=lanes)
    assert 1 <= vectors <= 10
    assert chunks * vectors * lanes >= columns


@given(share=st.floats(0, 1), lanes=lanes_of)
def test_few_columns_are_one_chunk_without_a_vector_to_spare(share, lanes):
    columns = 1 + round(share * (10 * lanes - 1))
    chunks, vectors = chunk_shape(columns, lanes=lanes)
    assert chunks == 1
    assert (vectors - 1) * lanes < columns


@given(more=st.integers(1, 5000), lanes=lanes_of)
def test_no_other_width_of_six_to_ten_vectors_leaves_less_room_over(more, lanes):
    columns = 10 * lanes + more
    chunks, vectors = chunk_shape(columns, lanes=lanes)
    assert 6 <= vectors <= 10
    needed = -(-columns // lanes)
    room = {width: -(-needed // width) * width for width in range(6, 11)}
    assert chunks * vectors == room[vectors] == min(room.values())
    assert vectors == max(width for width in room if room[width] == room[vectors])


@pytest.mark.parametrize("lanes", [4, 8, 16])
@pytest.mark.parametrize("units", [(10,), (13, 10), (90, 7, 3)], ids=str)
@pytest.mark.parametrize("slots", [slice(0, 4), slice(1, 3), slice(3, 4)], ids=repr)
def test_weights_and_state_come_back_as_they_were_taken(bench, units, slots, lanes):
    """And those of members in other slots are left alone."""
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
    ][slots]
    group = FusedMembers(layers, slots, runs, lanes=lanes)
    kept = {name: {key: array.copy() for key, array in named.items()} for name, named in arrays.items()}
    group.load(arrays)
    for named in arrays.values():
        for array in named.values():
            array[slots] = np.nan
    group.store(arrays)
    for name, named in arrays.items():
        for key, array in named.items():
            np.testing.assert_array_equal(array, kept[name][key])
