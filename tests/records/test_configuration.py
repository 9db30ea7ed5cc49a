from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from classlab.errors import SpecError
from classlab.models import build, from_keras
from classlab.models.keras_runtime import keras as load_keras
from classlab.records import Architecture, DataSpec, KerasArchitecture, RunSpec, configuration, identity, to_plain
from classlab.records.architecture import IMAGES
from classlab.records.configuration import nameless
from classlab.records.layers import Add, Dense, Flatten, ReLU
from classlab.records.network_names import named_parts, renamed

keras = load_keras()
L = keras.layers


def branching(*, dtype: str = "float32", joined: str = "sum") -> KerasArchitecture:
    """Trains through Keras, because of a function that the engine does not know."""
    x = keras.Input((4, 4, 1))
    inner = keras.Sequential([keras.Input((16,)), L.Dense(3, "relu6"), L.Dense(3, dtype=dtype)])
    left = inner(L.Flatten()(x))
    right = L.Dense(3)(left)
    both = [left, right] if joined == "sum" else [right, right]
    found = from_keras(keras.Model(x, L.Dense(2)(L.Add()(both)))).architecture
    assert isinstance(found, KerasArchitecture)
    return found


def spec(architecture, **options) -> RunSpec:
    return RunSpec(data=DataSpec(name="d"), architecture=architecture, **options)


def test_a_second_copy_has_other_names_and_is_the_same_network():
    first = branching()
    names = {name: f"{name}_of_mine" for name, _ in named_parts(first.config)}
    second = replace(first, name="mine", config=renamed(first.config, names))
    assert len(names) == 10
    assert first != second
    assert nameless(first) == nameless(second)
    assert configuration(spec(first)) == configuration(spec(second, seed=7))


@pytest.mark.parametrize("other", [{"dtype": "float16"}, {"joined": "double"}])
def test_what_is_no_name_makes_another_network(other):
    assert nameless(branching()) != nameless(branching(**other))


def test_kept_weights_and_given_weights_tell_configurations_apart():
    network = branching()
    found = {
        configuration(spec(replace(network, kept_weights=kept), initial_weights=given))
        for kept in (None, "a", "b")
        for given in (None, "c")
    }
    assert len(found) == 6


def test_the_name_of_an_architecture_does_not_count_and_its_layers_do():
    one, other = (build("mlp", input_shape=(4, 4, 1), classes=3, units=(width,)) for width in (5, 6))
    assert configuration(spec(one)) == configuration(spec(replace(one, name="x")))
    assert configuration(spec(one)) != configuration(spec(other))


LATER = {"": ("augmentation", "class_weights", "fine_tuning"), "data": ("backbone", "folds", "fold", "leave_out")}


def take_out_later_fields(plain):
    """What runs could not have when the first of them were named."""
    for holder, names in LATER.items():
        for name in names:
            assert not (plain[holder] if holder else plain).pop(name)


def test_runs_from_before_kept_weights_keep_their_identity():
    plain = to_plain(spec(branching()))
    assert plain["architecture"].pop("kept_weights") is None
    take_out_later_fields(plain)
    canonical = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    earlier = spec(KerasArchitecture(**{**plain["architecture"], "input_shape": (4, 4, 1)}))
    assert identity(earlier) == hashlib.sha256(canonical.encode()).hexdigest()[:16]


def test_needed_weights_are_all_those_given_or_those_kept():
    network = replace(branching(), kept_weights="kept")
    assert spec(network).needed_weights == "kept"
    assert spec(network, initial_weights="all").needed_weights == "all"
    assert spec(branching()).needed_weights is None
    assert spec(build("linear", input_shape=(4, 4, 1), classes=3)).needed_weights is None


def test_a_chain_keeps_the_identity_that_it_had_before_layers_could_branch():
    chain = build("mlp", input_shape=(4, 4, 1), classes=3)
    plain = to_plain(spec(chain))
    assert plain["architecture"].pop("inputs") is None
    take_out_later_fields(plain)
    canonical = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    assert identity(spec(chain)) == hashlib.sha256(canonical.encode()).hexdigest()[:16]


def test_a_chain_is_one_network_however_its_connections_are_given():
    chain = build("linear", input_shape=(4, 4, 1), classes=3)
    assert replace(chain, inputs=((IMAGES,), (0,))) == chain


def test_how_layers_are_connected_is_part_of_the_configuration():
    layers = (Dense(units=4), ReLU(), Add(), Flatten(), Dense(units=3))
    one, other = (
        Architecture(
            name="net", input_shape=(4, 4, 1), layers=layers, inputs=((IMAGES,), (0,), (source, 1), (2,), (3,))
        )
        for source in (0, 1)
    )
    assert configuration(spec(one)) != configuration(spec(other))


def test_seeds_and_folds_are_no_part_of_a_configuration_and_their_number_is():
    chain = spec(build("linear", input_shape=(4, 4, 1), classes=3))
    folded = [replace(chain, data=replace(chain.data, folds=folds, fold=0)) for folds in (4, 5)]
    assert configuration(folded[0]) == configuration(folded[0].drawn(seed=3, fold=2))
    assert len({configuration(each) for each in (chain, *folded)}) == 3
    assert len({identity(folded[0].drawn(seed=0, fold=fold)) for fold in range(4)}) == 4
    assert chain.drawn(seed=3, fold=2) == replace(chain, seed=3)
    assert [each.draw_words for each in (chain, folded[1])] == ["seed 0", "seed 0, fold 0"]


@pytest.mark.parametrize(("folds", "fold"), [(5, None), (None, 0), (5, 5)])
def test_a_fold_is_one_of_the_folds(folds, fold):
    with pytest.raises(SpecError) as refusal:
        DataSpec(name="d", folds=folds, fold=fold)
    assert str(refusal.value) == (
        f"`fold` must be one of the folds, counted from 0, but got folds={folds}, fold={fold}. Write for example "
        "folds=5, fold=0."
    )
