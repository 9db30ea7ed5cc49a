from dataclasses import replace

import numpy as np
import pytest

from classlab.datasets.dataset import Division, Split
from classlab.errors import SpecError
from classlab.records.architecture import Architecture
from classlab.records.layers import Dense, Flatten
from classlab.training import set_threads, train_population


def refusal(call, *args, **options):
    with pytest.raises(SpecError) as caught:
        call(*args, **options)
    return str(caught.value)


def test_no_runs(bench):
    assert refusal(bench.train) == "a population needs at least one run, but got none. Name a model and a seed."


def test_runs_that_cannot_share_a_population(bench):
    assert refusal(bench.train, bench.spec(), bench.spec(batch_size=8)) == (
        "runs of one population must share `batch_size`, but got several. Train them one by one."
    )


def test_images_of_another_shape(bench):
    other = Architecture(name="mlp", input_shape=(7, 6, 1), layers=(Flatten(), Dense(units=10)))
    assert refusal(bench.train, bench.spec(architecture=other)) == (
        "the model 'mlp' takes images of (7, 6, 1), but the data has (6, 6, 1) (height, width, channels). "
        "Build the model for these images."
    )


def test_too_few_classes(bench):
    narrow = Architecture(name="mlp", input_shape=(6, 6, 1), layers=(Flatten(), Dense(units=9)))
    assert refusal(bench.train, bench.spec(architecture=narrow)) == (
        "the model 'mlp' ends in 9 classes, but the labels go up to 9. Give its last layer at least 10 units."
    )


def test_top_k_beyond_the_classes(bench):
    assert refusal(bench.train, bench.spec(top_k=11)) == (
        "`top_k` must be at most the 10 classes, but got top_k=11. Give less."
    )


def test_initial_weights_of_another_shape(bench):
    wrong = {"1.kernel": np.zeros((1, 1), np.float32)}
    assert refusal(bench.train, bench.spec(), initial_weights=[wrong]) == (
        "initial weights of 'mlp' must have the architecture's shapes, but 1.bias has None instead of (16,). "
        "Take them from the same architecture."
    )


def test_cuda_where_there_is_none(bench, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert refusal(bench.train, bench.spec(), device="cuda") == (
        "`device` cuda needs a CUDA GPU that PyTorch can use, but there is none here. Use device=auto."
    )


def test_no_threads(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    assert refusal(set_threads, 0) == "`threads` must be at least 1, but got threads=0. This machine has 4."


def test_fewer_images_than_a_batch_train_in_one_step(bench):
    few = Split(images=bench.division.train.images[:20], labels=bench.division.train.labels[:20])
    data = Division(train=few, validation=few, test=few)
    (outcome,) = train_population([replace(bench.spec(), epochs=2)], data, input_layer=bench.unit)
    assert outcome.state == "finished"


def test_nothing_to_train(bench):
    bare = Architecture(name="bare", input_shape=(6, 6, 1), layers=(Flatten(),))
    assert refusal(bench.train, bench.spec(architecture=bare)) == (
        "the model 'bare' has no weights to train, only layers that pass values on. "
        "Add a Dense layer with one unit per class."
    )
