"""Which sentence names what a training or a measurement lacks; PyTorch and Keras are taken away for it."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from classlab.errors import MissingExtraError
from classlab.records.architecture import IMAGES, Architecture, KerasArchitecture
from classlab.records.backbone import Backbone, FineTuning
from classlab.records.layers import Add, Conv2D, Dense, Flatten, Reshape
from classlab.records.optimizers import Adam, Nadam, RMSprop
from classlab.records.run import Loss
from classlab.training import environment_facts, measure, need_for_training
from classlab.training.kernels.library import VARIABLE, kernels
from classlab.training.need import need_for_measuring
from classlab.training.process.processor import on_processor

HOW = 'Install it with `pip install "classlab[torch]"`'
NOT_THERE = (
    "because the compiled kernels do not know its layer 0 (Reshape) where it stands, but it is not installed. "
    + HOW
    + "."
)
# No kernel reshapes: this network stays PyTorch's whatever the kernels learn.
STRANGE = Architecture(
    name="strange",
    input_shape=(6, 6, 1),
    layers=(Reshape(target_shape=(3, 12, 1)), Flatten(), Dense(units=10, activation="softmax")),
)
CONVOLVING = Architecture(
    name="convolving",
    input_shape=(6, 6, 1),
    layers=(Conv2D(filters=4), Flatten(), Dense(units=10, activation="softmax")),
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


def test_fine_tuning_needs_keras_before_a_head_is_trained(bench, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    spec = bench.spec()
    backbone = Backbone(name="own", digest="ab" * 32, input_shape=(8, 8, 1), features=64)
    tuned = replace(spec, data=replace(spec.data, backbone=backbone), fine_tuning=FineTuning(layers=2))
    assert refusal_of(need_for_training, [tuned], "auto") == (
        "`fine_tune` needs Keras, because that stage trains Keras's layers, but it is not installed. Install it with "
        '`pip install "classlab[keras]"`, or leave it out.'
    )


@pytest.mark.usefixtures("with_kernels")
def test_what_the_kernels_train_needs_nothing(bench):
    need_for_training([bench.spec()], "auto")
    need_for_training([bench.spec(precision="auto", seed=1), bench.spec(optimizer=RMSprop())], "cpu")


@pytest.mark.usefixtures("with_kernels")
@pytest.mark.parametrize(
    "changes",
    [
        {"top_k": 3},
        {"loss": Loss(name="mean_squared_error")},
        {"optimizer": Nadam()},
        {"optimizer": Adam(clipnorm=1.0)},
        {"architecture": CONVOLVING, "precision": "auto"},
    ],
    ids=repr,
)
def test_no_rule_and_no_figure_keeps_a_chain_from_the_kernels(bench, changes):
    need_for_training([bench.spec(**changes), bench.spec(**changes, seed=1)], "cpu")


@pytest.mark.usefixtures("with_kernels")
@pytest.mark.parametrize(
    "changes",
    [
        {"precision": "float64"},
        {"precision": "float64", "optimizer": Nadam()},
        {"precision": "bfloat16", "architecture": CONVOLVING},
    ],
    ids=repr,
)
def test_another_arithmetic_keeps_a_training_from_the_kernels(bench, changes):
    assert refusal_of(need_for_training, [bench.spec(**changes)], "cpu") == (
        f"`precision` {changes['precision']} needs PyTorch, because the compiled kernels compute in float32, "
        f"but it is not installed. {HOW}, or use precision=float32."
    )


@pytest.mark.usefixtures("with_kernels")
@pytest.mark.parametrize("changes", [{}, {"optimizer": Nadam()}, {"precision": "float64"}], ids=repr)
def test_layers_that_keep_a_training_from_the_kernels_are_named_by_their_model(bench, changes):
    run = bench.spec(architecture=STRANGE, **changes)
    assert refusal_of(need_for_training, [run], "cpu") == f"the model 'strange' needs PyTorch, {NOT_THERE}"


@pytest.mark.usefixtures("with_kernels")
def test_what_keeps_a_measurement_from_the_kernels_is_named():
    assert refusal_of(need_for_measuring, STRANGE, Loss(), "cpu") == f"the model 'strange' needs PyTorch, {NOT_THERE}"


@pytest.mark.usefixtures("with_kernels")
def test_a_loss_or_a_branch_that_keeps_a_training_from_the_kernels_is_named(bench):
    closed = replace(STRANGE, layers=(Flatten(), Dense(units=10, activation="relu")))
    assert "do not have `loss` sparse_categorical_crossentropy behind its last layer, which is no softmax, but" in (
        refusal_of(need_for_training, [bench.spec(architecture=closed)], "cpu")
    )
    layers = (Flatten(), Dense(units=36), Add(), Dense(units=10, activation="softmax"))
    branching = replace(STRANGE, layers=layers, inputs=((IMAGES,), (0,), (0, 1), (2,)))
    assert "because its layers branch, which the compiled kernels do not compute, but" in (
        refusal_of(need_for_training, [bench.spec(architecture=branching)], "cpu")
    )


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


def test_switched_off_kernels_are_said_to_be_so(bench, monkeypatch):
    monkeypatch.setenv(VARIABLE, "off")
    assert refusal_of(need_for_training, [bench.spec()], "auto") == (
        f"a network needs the compiled kernels or PyTorch, but {VARIABLE}=off leaves the kernels aside and PyTorch "
        f'is not installed. Unset {VARIABLE}, or install PyTorch with `pip install "classlab[torch]"`.'
    )


def test_without_kernels_a_compiler_is_named_as_well(bench, monkeypatch):
    monkeypatch.setattr("classlab.training.kernels.library._opened", tuple)
    assert refusal_of(need_for_training, [bench.spec()], "auto") == (
        "a network needs the compiled kernels or PyTorch, but neither is here: the kernels were not built when "
        "classlab was installed. Install a C compiler and then classlab anew, or "
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
