"""Which sentence names what a training or a measurement lacks; PyTorch and Keras are taken away for it."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from classlab.errors import MissingExtraError
from classlab.records.architecture import Architecture, KerasArchitecture
from classlab.records.layers import Dense, Flatten, Reshape
from classlab.records.optimizers import Adagrad, Adam, Nadam, RMSprop
from classlab.records.run import Loss
from classlab.training import environment_facts, measure, need_for_training
from classlab.training.kernels.library import VARIABLE, kernels
from classlab.training.need import need_for_measuring
from classlab.training.process.processor import LIMIT, on_processor

HOW = 'Install it with `pip install "classlab[torch]"`'
NOT_THERE = f"because the compiled kernels do not have that, but it is not installed. {HOW}."
# No kernel reshapes: this network stays PyTorch's whatever the kernels learn.
STRANGE = Architecture(
    name="strange",
    input_shape=(6, 6, 1),
    layers=(Reshape(target_shape=(3, 12, 1)), Flatten(), Dense(units=10, activation="softmax")),
)

pytestmark = pytest.mark.light


@pytest.fixture(autouse=True)
def without_torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)


@pytest.fixture
def with_kernels():
    if kernels() is None:
        pytest.skip("the compiled kernels are not installed, switched off, or not for this processor")


def refusal_of(call, *arguments):
    with pytest.raises(MissingExtraError) as refusal:
        call(*arguments)
    return str(refusal.value)


@pytest.mark.usefixtures("with_kernels")
def test_what_the_kernels_train_needs_nothing(bench):
    need_for_training([bench.spec()], "auto")
    need_for_training([bench.spec(precision="auto", seed=1), bench.spec(optimizer=RMSprop())], "cpu")


@pytest.mark.usefixtures("with_kernels")
@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"precision": "float64"}, "training with `precision` float64"),
        ({"top_k": 3}, "training with `top_k`"),
        ({"loss": Loss(name="mean_squared_error")}, "training with `loss` mean_squared_error"),
        ({"optimizer": Nadam()}, "training with `optimizer` nadam"),
        ({"optimizer": Adam(clipnorm=1.0)}, "training with `optimizer` adam as it is set"),
        (
            {"precision": "float64", "optimizer": Adagrad()},
            "training with `precision` float64 and `optimizer` adagrad",
        ),
        ({"architecture": STRANGE}, "the model 'strange'"),
        ({"architecture": STRANGE, "optimizer": Nadam()}, "the model 'strange'"),
    ],
)
def test_what_keeps_a_training_from_the_kernels_is_named(bench, changes, named):
    assert refusal_of(need_for_training, [bench.spec(**changes)], "cpu") == f"{named} needs PyTorch, {NOT_THERE}"


@pytest.mark.usefixtures("with_kernels")
def test_the_rules_of_all_runs_of_a_population_are_named(bench):
    runs = [bench.spec(optimizer=rule) for rule in (Adam(), Nadam(), Adagrad(), Nadam(learning_rate=0.1))]
    named = "training with `optimizer` nadam and adagrad"
    assert refusal_of(need_for_training, runs, "cpu") == f"{named} needs PyTorch, {NOT_THERE}"


@pytest.mark.usefixtures("with_kernels")
def test_what_keeps_a_measurement_from_the_kernels_is_named():
    assert refusal_of(need_for_measuring, STRANGE, Loss(), "cpu") == f"the model 'strange' needs PyTorch, {NOT_THERE}"


def test_the_front_door_refuses_before_anything_is_imported(bench):
    options = {"input_layer": bench.unit, "loss": Loss()}
    with pytest.raises(MissingExtraError):
        measure(STRANGE, [{}], bench.division.test, **options)
    with pytest.raises(MissingExtraError):
        bench.train(bench.spec(architecture=STRANGE))


def test_a_gpu_needs_pytorch(bench):
    sentence = (
        "`device` cuda needs PyTorch, because it computes on the GPU, but it is not installed. "
        f"{HOW}, or use device=cpu."
    )
    assert refusal_of(environment_facts, "cuda") == sentence
    assert refusal_of(need_for_training, [bench.spec()], "cuda") == sentence


def test_without_pytorch_auto_means_the_processor(monkeypatch):
    monkeypatch.setattr("classlab.training.process.processor.gpu_may_be_here", lambda: True)
    assert on_processor("auto")
    assert environment_facts("auto").device == "cpu"


@pytest.mark.parametrize(("switch", "value"), [(VARIABLE, "off"), (LIMIT, "default")])
def test_switched_off_kernels_are_said_to_be_so(bench, monkeypatch, switch, value):
    monkeypatch.setenv(switch, value)
    assert refusal_of(need_for_training, [bench.spec()], "auto") == (
        f"a network needs the compiled kernels or PyTorch, but {switch}={value} leaves the kernels aside and PyTorch "
        f'is not installed. Unset {switch}, or install PyTorch with `pip install "classlab[torch]"`.'
    )


def test_without_kernels_a_compiler_is_named_as_well(bench, monkeypatch):
    monkeypatch.setattr("classlab.training.kernels.library._opened", tuple)
    assert refusal_of(need_for_training, [bench.spec()], "auto") == (
        "a network needs the compiled kernels or PyTorch, but neither is here: the kernels were not built when "
        "classlab was installed, or are not for this processor. Install a C compiler and then classlab anew, or "
        'PyTorch with `pip install "classlab[torch]"`.'
    )


def test_a_model_of_keras_needs_keras(bench, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    model = KerasArchitecture(name="theirs", input_shape=(6, 6, 1), config={}, reason="a layer is unknown")
    sentence = (
        "the model 'theirs' needs Keras, because a layer is unknown, but it is not installed. "
        'Install it with `pip install "classlab[keras]"`.'
    )
    assert refusal_of(need_for_training, [replace(bench.spec(), architecture=model)], "auto") == sentence
    assert refusal_of(need_for_measuring, model, Loss(), "auto") == sentence
