from __future__ import annotations

from dataclasses import replace

import pytest

from classlab.datasets import Dataset
from classlab.records import Architecture, Arm, KerasArchitecture, RunSpec, identity
from classlab.records.architecture import IMAGES
from classlab.records.layers import (
    LSTM,
    Add,
    Dense,
    DepthwiseConv2D,
    Flatten,
    GlobalMaxPooling2D,
    Reshape,
    SeparableConv2D,
)
from classlab.records.optimizers import SGD
from classlab.studies.asked.model_choice import choose_model
from classlab.studies.asked.spec_options import run_specs
from classlab.studies.work import plan
from classlab.studies.work.plan import PlannedPopulation, members_that_fit, plan_runs, work_of


def spec_of(dataset: Dataset, model: str = "linear", **options) -> RunSpec:
    architecture = choose_model(model, dataset).architecture
    return run_specs(dataset, architecture, seeds=[0], options=options)[0]


def arm(name: str, spec: RunSpec) -> Arm:
    return Arm(name=name, settings={}, spec=spec)


def test_runs_that_may_share_a_population_do(digits):
    arms = [arm("a", spec_of(digits, optimizer="sgd", epochs=2)), arm("b", spec_of(digits, schedule="cosine"))]
    (population,) = plan_runs(arms, [0, 7])
    assert [(spec.seed, spec.schedule.kind) for spec in population.specs] == [
        (0, "constant"),
        (0, "cosine"),
        (7, "constant"),
        (7, "cosine"),
    ]


@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 64},
        {"preprocessing": "symmetric"},
        {"validation": 0.2},
        {"limit": 500},
        {"loss": "mean_squared_error"},
        {"top_k": 2},
        {"precision": "float64"},
        {"model": "mlp"},
    ],
)
def test_runs_that_differ_in_what_a_population_shares_train_apart(digits, options):
    model = options.pop("model", "linear")
    arms = [arm("a", spec_of(digits)), arm("b", spec_of(digits, model, **options))]
    assert [len(population.specs) for population in plan_runs(arms, [0, 1])] == [2, 2]


def test_every_run_is_planned_once_and_duplicates_are_trained_once(digits):
    spec = spec_of(digits, optimizer="sgd")
    arms = [arm("a", spec), arm("b", spec), arm("c", replace(spec, optimizer=SGD(learning_rate=0.5)))]
    names = [name for population in plan_runs(arms, range(50)) for name in population.identities]
    wanted = {identity(each.run_spec(seed)) for each in arms for seed in range(50)}
    assert len(names) == len(set(names)) == 100
    assert set(names) == wanted


def test_large_groups_are_cut_evenly_with_seeds_together(digits):
    arms = [arm(f"{n}", spec_of(digits, learning_rate=0.001 * (n + 1))) for n in range(30)]
    sizes = [len(population.specs) for population in plan_runs(arms, range(5))]
    assert sizes == [50, 50, 50]
    assert {spec.seed for spec in plan_runs(arms, range(5))[0].specs} == {0, 1}


def test_a_dozen_convolutional_runs_train_at_a_time(digits):
    """They share no step, but cores: twelve go evenly on two, three, four or six of them."""
    arms = [arm("a", spec_of(digits, "cnn-small")), arm("b", spec_of(digits, "cnn-small", optimizer="sgd"))]
    sizes = [[len(each.specs) for each in plan_runs(arms, range(seeds))] for seeds in (3, 6, 7, 12)]
    assert sizes == [[6], [12], [7, 7], [12, 12]]


def test_memory_bounds_a_population(digits, monkeypatch):
    spec = spec_of(digits, "mlp")
    assert members_that_fit(spec) == 64
    one = 4 * (5 * 17_226 + 2 * 128 * (64 + 128 + 64 + 10))  # bytes: 64-128-64-10 weighs 17,226 values
    monkeypatch.setattr(plan, "MEMORY_BUDGET", 3 * one)
    assert members_that_fit(spec) == 3
    monkeypatch.setattr(plan, "MEMORY_BUDGET", 1)
    assert members_that_fit(spec) == 1


def test_the_plan_follows_from_the_study_alone(digits):
    arms = [arm("a", spec_of(digits)), arm("b", spec_of(digits, optimizer="sgd"))]
    assert [each.key for each in plan_runs(arms, [0, 1])] == [each.key for each in plan_runs(arms, [0, 1])]
    assert plan_runs(arms, [0, 1])[0].key != plan_runs(arms, [0, 2])[0].key


def test_a_population_without_its_finished_runs(digits):
    population = PlannedPopulation(specs=tuple(replace(spec_of(digits), seed=seed) for seed in range(3)))
    left = population.without({population.identities[1]})
    assert [spec.seed for spec in left.specs] == [0, 2]


def test_work_grows_with_epochs_images_and_kernels(digits):
    linear, mlp = spec_of(digits, epochs=2), spec_of(digits, "mlp", epochs=2)
    assert work_of(linear, 100) == 2 * 100 * 50_000  # too small to matter: calls take the time
    assert work_of(replace(linear, epochs=6), 100) == 3 * work_of(linear, 100)
    cnn = spec_of(digits, "cnn-small")
    assert work_of(cnn, 1) > work_of(mlp, 1)


def network_of(digits: Dataset, *layers) -> RunSpec:
    whole = Architecture(name="own", input_shape=digits.image_shape, layers=(*layers, Dense(units=10)))
    return run_specs(digits, whole, seeds=[0], options={"epochs": 1})[0]


@pytest.mark.parametrize(
    ("layers", "multiply_adds"),
    [
        # 100 kernels of 3 x 3 on one channel at 6 x 6 places
        (
            (DepthwiseConv2D(kernel_size=(3, 3), depth_multiplier=100), GlobalMaxPooling2D()),
            9 * 100 * 36 + 100 * 10,
        ),
        # 200 of 3 x 3, then 1 x 1 from 200 to 300, at 6 x 6 places
        (
            (SeparableConv2D(filters=300, kernel_size=(3, 3), depth_multiplier=200), GlobalMaxPooling2D()),
            (9 * 200 + 200 * 300) * 36 + 300 * 10,
        ),
        # at each of 8 steps 8 values and 50 of the state meet 4 gates of 50
        ((Reshape(target_shape=(8, 8)), LSTM(units=50)), 8 * (8 + 50) * 200 + 50 * 10),
    ],
)
def test_the_work_of_a_layer_is_that_of_all_its_kernels(digits, monkeypatch, layers, multiply_adds):
    monkeypatch.setattr(plan, "_LEAST_WORK", 1)
    assert work_of(network_of(digits, *layers), images=1) == multiply_adds
    assert not plan.trains_in_lock_step(network_of(digits, *layers).architecture)


def test_dense_layers_that_branch_train_in_lock_step(digits):
    layers = (Flatten(), Dense(units=64), Add(), Dense(units=10))
    graph = Architecture(
        name="own", input_shape=digits.image_shape, layers=layers, inputs=((IMAGES,), (0,), (0, 1), (2,))
    )
    assert plan.trains_in_lock_step(graph)


def test_runs_of_the_general_path_know_how_many_the_study_has_however_many_are_done(digits):
    foreign = KerasArchitecture(name="own", input_shape=(8, 8, 1), config={}, reason="it is to be so")
    spec = spec_of(digits)
    found = plan_runs([arm("a", spec), arm("b", replace(spec, architecture=foreign))], [0, 1, 2])
    assert [(len(each.specs), each.is_general, each.beside) for each in found] == [
        (3, False, 1),
        *[(1, True, 3)] * 3,
    ]
    assert found[1].without(set()).beside == 3
