"""Epochs in the kernels give what PyTorch gives, whoever trains together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from classlab.datasets.dataset import Division, Split
from classlab.records.layers import Normalization, Rescaling
from classlab.records.optimizers import SGD, Adam, AdamW, RMSprop
from classlab.records.run import EarlyStopping, Loss
from classlab.records.schedules import Constant, Cosine, Step

RULES = {
    "SGD": SGD(learning_rate=0.1),
    "SGD with decay": SGD(learning_rate=0.1, weight_decay=0.1),
    "momentum": SGD(learning_rate=0.05, momentum=0.9),
    "momentum with decay": SGD(learning_rate=0.05, momentum=0.5, weight_decay=0.05),
    "Nesterov": SGD(learning_rate=0.05, momentum=0.9, nesterov=True),
    "Nesterov without momentum": SGD(learning_rate=0.1, nesterov=True),
    "Adam": Adam(learning_rate=0.01),
    "Adam by other constants": Adam(learning_rate=0.02, beta_1=0.8, beta_2=0.95, epsilon=1e-4),
    "Adam with decay": Adam(learning_rate=0.01, weight_decay=0.1),
    "AdamW": AdamW(learning_rate=0.01, weight_decay=0.2),
    "RMSprop": RMSprop(learning_rate=0.003),
    "RMSprop by other constants": RMSprop(learning_rate=0.003, rho=0.7, epsilon=1e-4),
    "RMSprop with decay": RMSprop(learning_rate=0.003, weight_decay=0.1),
}
NETWORKS = {
    "linear": (),
    "relu": ((16, "relu"),),
    "sigmoid": ((16, "sigmoid"),),
    "tanh": ((16, "tanh"),),
    "linear in between": ((16, "linear"),),
    "three layers of odd sizes": ((13, "tanh"), (5, "sigmoid"), (9, "linear")),
    "wider than a chunk": ((90, "relu"), (17, "tanh")),
    "one unit": ((1, "tanh"), (3, "tanh")),
}
SYMMETRIC = Rescaling(scale=2 / 255, offset=-1.0)
# How the pixels come: a list of those that are not 0, or whole where most are not or 0 does not mean 0.
INPUTS = {
    "listed": (0.2, Rescaling(scale=1 / 255)),
    "listed, no scale": (0.2, Rescaling(scale=1 / 64)),
    "whole": (0.9, Rescaling(scale=1 / 255)),
    "whole with an offset": (0.2, SYMMETRIC),
    "whole, normalised": (0.5, Normalization(mean=(80.0,), variance=(6400.0,))),
}


def every_rule(workbench, architecture, *, seeds=(0,), **changes):
    return [
        workbench.spec(architecture, optimizer=rule, seed=seed, **changes) for seed in seeds for rule in RULES.values()
    ]


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
@pytest.mark.parametrize("hidden", [(), ((12, "tanh"),)], ids=["linear", "mlp"])
def test_each_rule_alone_trains_as_on_pytorch(workbench, hidden, rule):
    specs = [workbench.spec(workbench.network(*hidden), optimizer=rule)]
    division = workbench.division()
    workbench.assert_alike(workbench.in_kernels(specs, division), workbench.on_pytorch(specs, division))


@pytest.mark.parametrize("hidden", NETWORKS.values(), ids=list(NETWORKS))
@pytest.mark.parametrize(("lit", "layer"), [INPUTS["listed"], INPUTS["whole with an offset"]], ids=["listed", "whole"])
def test_every_network_trains_as_on_pytorch_with_all_rules_and_two_seeds_together(workbench, hidden, lit, layer):
    specs = every_rule(workbench, workbench.network(*hidden), seeds=(3, 8), epochs=2)
    division = workbench.division(lit=lit)
    found = workbench.in_kernels(specs, division, input_layer=layer)
    workbench.assert_alike(found, workbench.on_pytorch(specs, division, input_layer=layer))


@pytest.mark.parametrize(("lit", "layer"), INPUTS.values(), ids=list(INPUTS))
@pytest.mark.parametrize("shape", [(6, 6, 1), (9, 7, 1), (20, 17, 1)], ids=str)
def test_every_way_of_the_pixels_trains_as_on_pytorch(workbench, shape, lit, layer):
    """The last shape has several blocks of listed pixels, and of gradients of whole ones."""
    network = workbench.network((11, "tanh"), shape=shape)
    specs = [workbench.spec(network, optimizer=rule, epochs=2) for rule in (SGD(learning_rate=0.05), Adam(), RMSprop())]
    division = workbench.division(shape, lit=lit)
    found = workbench.in_kernels(specs, division, input_layer=layer)
    workbench.assert_alike(found, workbench.on_pytorch(specs, division, input_layer=layer))


@pytest.mark.parametrize(
    "layer",
    [Rescaling(scale=1 / 255), Normalization(mean=(90.0, 60.0, 40.0), variance=(4000.0, 5000.0, 2500.0))],
    ids=["one scale", "one scale per channel"],
)
def test_colours_train_as_on_pytorch(workbench, layer):
    specs = [
        workbench.spec(workbench.network((9, "tanh"), shape=(7, 5, 3)), optimizer=rule) for rule in (SGD(), Adam())
    ]
    division = workbench.division((7, 5, 3))
    found = workbench.in_kernels(specs, division, input_layer=layer)
    workbench.assert_alike(found, workbench.on_pytorch(specs, division, input_layer=layer))


@pytest.mark.parametrize("classes", [2, 7, 8, 9, 17])
@pytest.mark.parametrize("hidden", [(), ((10, "tanh"),)], ids=["linear", "mlp"])
def test_any_number_of_classes_trains_as_on_pytorch(workbench, hidden, classes):
    network = workbench.network(*hidden, classes=classes)
    specs = [workbench.spec(network, optimizer=rule) for rule in (SGD(learning_rate=0.1), Adam(), RMSprop())]
    division = workbench.division(classes=classes)
    workbench.assert_alike(workbench.in_kernels(specs, division), workbench.on_pytorch(specs, division))


@pytest.mark.parametrize("batch", [1, 3, 32, 199, 200, 201, 1000])
@pytest.mark.parametrize("lit", [0.2, 0.9], ids=["listed", "whole"])
def test_partial_single_and_oversized_batches_train_as_on_pytorch(workbench, batch, lit):
    specs = [
        workbench.spec(workbench.network((10, "tanh")), optimizer=rule, batch_size=batch, epochs=2, seed=seed)
        for seed in (0, 1)
        for rule in (SGD(learning_rate=0.02), Adam())
    ]
    division = workbench.division(lit=lit)
    workbench.assert_alike(workbench.in_kernels(specs, division), workbench.on_pytorch(specs, division))


SCHEDULES = [
    Constant(warmup_epochs=1.5),
    Step(every_epochs=0.5, factor=0.3),
    Cosine(),
    Cosine(alpha=0.2, warmup_epochs=1),
]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
def test_rates_follow_a_schedule_as_on_pytorch(workbench, schedule):
    rules = [RULES[name] for name in ("SGD with decay", "Nesterov", "AdamW", "RMSprop with decay")]
    specs = [workbench.spec(workbench.network((10, "tanh")), optimizer=rule, schedule=schedule) for rule in rules]
    division = workbench.division()
    workbench.assert_alike(workbench.in_kernels(specs, division), workbench.on_pytorch(specs, division))


def test_members_of_one_population_each_follow_their_own_schedule(workbench):
    specs = [
        workbench.spec(workbench.network(), optimizer=rule, schedule=schedule)
        for rule in (SGD(learning_rate=0.1), Adam(learning_rate=0.01))
        for schedule in (Constant(), *SCHEDULES)
    ]
    division = workbench.division()
    found = workbench.in_kernels(specs, division)
    workbench.assert_alike(found, workbench.on_pytorch(specs, division))
    assert workbench.difference(found[0], found[1]) > 0.01


@pytest.mark.parametrize(
    ("head", "loss"),
    [("softmax", Loss(name="categorical_crossentropy")), ("linear", Loss(from_logits=True))],
    ids=["categorical", "logits"],
)
def test_both_cross_entropies_and_raw_scores_train_as_on_pytorch(workbench, head, loss):
    network = workbench.network((10, "tanh"))
    network = replace(network, layers=(*network.layers[:-1], replace(network.layers[-1], activation=head)))
    specs = [workbench.spec(network, loss=loss)]
    division = workbench.division()
    workbench.assert_alike(workbench.in_kernels(specs, division), workbench.on_pytorch(specs, division))


@pytest.mark.parametrize("hidden", [(), ((13, "relu"), (9, "tanh"))], ids=["linear", "mlp"])
@pytest.mark.parametrize("lit", [0.2, 0.9], ids=["listed", "whole"])
def test_a_member_trains_to_the_same_weights_alone_and_among_others(workbench, hidden, lit):
    specs = every_rule(workbench, workbench.network(*hidden), seeds=(0, 5), epochs=2)
    division = workbench.division(lit=lit)
    together = workbench.in_kernels(specs, division)
    for spec, outcome in list(zip(specs, together, strict=True))[::5]:
        (alone,) = workbench.in_kernels([spec], division)
        assert workbench.difference(alone, outcome) <= 1e-6
        assert alone.history["loss"] == pytest.approx(outcome.history["loss"], rel=1e-6)


@pytest.mark.parametrize("seeds", [(0,), (0, 1), (0, 1, 2)], ids=["one seed", "two seeds", "three seeds"])
@pytest.mark.parametrize("lit", [0.2, 0.9], ids=["listed", "whole"])
def test_one_thread_and_several_give_the_same_bits(workbench, threads, seeds, lit):
    specs = every_rule(workbench, workbench.network((9, "relu")), seeds=seeds, epochs=2)
    division = workbench.division(lit=lit)
    found = []
    for count in (1, 2, 3):
        threads(count)
        found.append(workbench.in_kernels(specs, division))
    for other in found[1:]:
        for one, same in zip(found[0], other, strict=True):
            assert all(one.weights[key].tobytes() == same.weights[key].tobytes() for key in one.weights)
            assert (one.history["loss"], one.history["accuracy"]) == (same.history["loss"], same.history["accuracy"])


def test_the_same_call_gives_the_same_bits(workbench, same):
    specs = every_rule(workbench, workbench.network((9, "relu")), seeds=(0, 1), epochs=2)
    division = workbench.division()
    assert all(map(same, workbench.in_kernels(specs, division), workbench.in_kernels(specs, division)))


class KilledError(Exception):
    """Stands for a process that ends without warning."""


class KillAfter:
    """Ends a training after some epochs, once their checkpoint is on disk."""

    def __init__(self, epochs):
        self._left = epochs

    def epoch_finished(self, report):
        self._left -= 1
        if self._left == 0:
            raise KilledError


@pytest.mark.parametrize("after", [1, 3])
def test_resuming_from_a_checkpoint_gives_the_uninterrupted_bits(workbench, same, tmp_path, after):
    specs = every_rule(
        workbench, workbench.network((9, "relu")), seeds=(0, 1), epochs=4, schedule=Cosine(warmup_epochs=1)
    )
    division, path = workbench.division(), tmp_path / "checkpoint.safetensors"
    straight = workbench.in_kernels(specs, division)
    with pytest.raises(KilledError):
        workbench.in_kernels(specs, division, checkpoint=path, observer=KillAfter(after))
    assert all(map(same, straight, workbench.in_kernels(specs, division, checkpoint=path, resume=True)))


def test_a_checkpoint_from_either_place_goes_on_in_the_other(workbench, tmp_path):
    specs = every_rule(workbench, workbench.network((9, "tanh")), epochs=3)
    division = workbench.division()
    straight = workbench.on_pytorch(specs, division)
    for place, (first, second) in enumerate(
        [(workbench.in_kernels, workbench.on_pytorch), (workbench.on_pytorch, workbench.in_kernels)]
    ):
        path = tmp_path / f"{place}.safetensors"
        with pytest.raises(KilledError):
            first(specs, division, checkpoint=path, observer=KillAfter(1))
        workbench.assert_alike(second(specs, division, checkpoint=path, resume=True), straight)


@pytest.mark.parametrize(
    ("hidden", "rule"),
    [
        ((), SGD(learning_rate=1.0, weight_decay=1e10)),
        ((), Adam(learning_rate=1e38)),
        (((10, "relu"),), SGD(learning_rate=1e25)),
        (((10, "relu"),), SGD(learning_rate=1e30, momentum=0.9)),
        (((10, "tanh"),), RMSprop(learning_rate=1e38)),
    ],
    ids=repr,
)
@pytest.mark.parametrize("lit", [0.2, 0.9], ids=["listed", "whole"])
def test_a_member_that_diverges_is_noticed_at_the_same_step_and_leaves_the_others_alone(workbench, hidden, rule, lit):
    network = workbench.network(*hidden)
    calm = [workbench.spec(network, optimizer=each) for each in (SGD(learning_rate=0.05), Adam(), RMSprop())]
    wild = workbench.spec(network, optimizer=rule)
    division = workbench.division(lit=lit)
    found = workbench.in_kernels([calm[0], wild, *calm[1:]], division, diagnostics=True)
    wanted = workbench.on_pytorch([wild], division, diagnostics=True)[0]
    bad = found.pop(1)
    assert wanted.state == "diverged"
    assert (bad.state, bad.reason) == (wanted.state, wanted.reason)
    assert bad.diagnostics.first_bad_step == wanted.diagnostics.first_bad_step
    assert all(np.isfinite(array).all() for array in bad.weights.values())
    for one, other in zip(found, workbench.in_kernels(calm, division), strict=True):
        assert workbench.difference(one, other) <= 1e-6


def test_a_member_that_diverges_in_a_later_epoch_keeps_the_weights_before_it(workbench):
    """The rate leaps after the first epoch."""
    network = workbench.network((10, "relu"))
    wild = workbench.spec(network, schedule=Step(every_epochs=1, factor=1e30), epochs=4)
    division = workbench.division()
    (found,), (wanted,) = workbench.in_kernels([wild], division), workbench.on_pytorch([wild], division)
    assert (wanted.state, wanted.epochs_done) == ("diverged", 1)
    assert found.reason == wanted.reason
    workbench.assert_alike([found], [wanted])


def test_members_that_end_early_leave_and_the_others_go_on(workbench):
    network = workbench.network((9, "tanh"))
    rule = EarlyStopping(monitor="val_loss", patience=0)
    specs = [
        workbench.spec(network, epochs=5),
        workbench.spec(network, optimizer=SGD(learning_rate=30.0), epochs=5, early_stopping=rule),
        workbench.spec(network, optimizer=Adam(), epochs=2),
        workbench.spec(network, optimizer=RMSprop(), epochs=5, seed=4),
        workbench.spec(network, optimizer=Adam(learning_rate=0.01), epochs=5, seed=4),
    ]
    division = workbench.division()
    found = workbench.in_kernels(specs, division)
    assert workbench.epochs[0] == 5
    assert workbench.epochs[-1] == 3
    wanted = workbench.on_pytorch(specs, division)
    assert wanted[1].state == "stopped_early"
    assert found[1].state == "stopped_early"
    calm = [0, 2, 3, 4]
    workbench.assert_alike([found[place] for place in calm], [wanted[place] for place in calm])


@pytest.mark.parametrize("hidden", [(), ((9, "relu"), (6, "tanh"))], ids=["linear", "mlp"])
@pytest.mark.parametrize("batch", [32, 200], ids=["many steps", "one step"])
def test_probes_are_those_of_pytorch(workbench, hidden, batch):
    specs = [
        workbench.spec(workbench.network(*hidden), optimizer=rule, seed=seed, batch_size=batch)
        for seed in (0, 1)
        for rule in (SGD(learning_rate=0.1), Adam())
    ]
    division = workbench.division()
    found = workbench.in_kernels(specs, division, diagnostics=True)
    workbench.assert_probed_alike(found, workbench.on_pytorch(specs, division, diagnostics=True))


def test_probing_changes_nothing(workbench, same):
    specs = every_rule(workbench, workbench.network((9, "relu")), epochs=2)
    division = workbench.division()
    probed = workbench.in_kernels(specs, division, diagnostics=True)
    assert all(map(same, probed, workbench.in_kernels(specs, division)))


def test_of_equal_scores_the_first_counts(workbench):
    """Without light every score is the bias's, which is 0 for all classes before the first step."""
    dark = Split(images=np.zeros((40, 6, 6, 1), np.uint8), labels=np.arange(40, dtype=np.int64) % 10)
    division = Division(train=dark, validation=dark, test=dark)
    specs = [workbench.spec(workbench.network(), batch_size=40, epochs=1, optimizer=SGD(learning_rate=1e-30))]
    (found,) = workbench.in_kernels(specs, division)
    assert found.history["accuracy"] == (0.1,)
    assert found.history["loss"][0] == pytest.approx(np.log(10), rel=1e-6)


def test_an_interrupt_between_epochs_leaves_nothing_behind(workbench, same):
    class Interrupt:
        def epoch_finished(self, report):
            raise KeyboardInterrupt

    specs = [workbench.spec(workbench.network((9, "relu")))]
    division = workbench.division()
    before = workbench.in_kernels(specs, division)
    with pytest.raises(KeyboardInterrupt):
        workbench.in_kernels(specs, division, observer=Interrupt())
    assert all(map(same, before, workbench.in_kernels(specs, division)))
