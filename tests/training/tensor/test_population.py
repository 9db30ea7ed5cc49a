import numpy as np
import pytest

from classlab.records.optimizers import SGD, Adam, RMSprop


def close(first, second):
    return all(np.allclose(first.weights[k], second.weights[k], rtol=1e-4, atol=1e-6) for k in first.weights)


def test_a_run_does_not_depend_on_who_else_is_in_its_population(bench):
    specs = [bench.spec(optimizer=o, seed=s) for s in (0, 4) for o in (SGD(), Adam(), RMSprop(), Adam(beta_1=0.5))]
    together = bench.train(*specs)
    for spec, outcome in zip(specs, together, strict=True):
        (alone,) = bench.train(spec)
        assert close(alone, outcome)
        assert alone.history["loss"] == pytest.approx(outcome.history["loss"], rel=1e-5)


def test_outcomes_come_back_in_the_order_they_were_asked_for(bench):
    specs = [bench.spec(seed=s, epochs=1) for s in (9, 0, 5)]
    for spec, outcome in zip(specs, bench.train(*specs), strict=True):
        assert close(bench.train(spec)[0], outcome)


def test_the_same_call_gives_the_same_bits(bench, same):
    specs = [bench.spec(architecture=bench.moody, seed=s) for s in (0, 1)]
    assert all(map(same, bench.train(*specs), bench.train(*specs)))


def test_seeds_differ_in_weights_order_and_dropout(bench):
    first, second = bench.train(bench.spec(seed=0), bench.spec(seed=1))
    assert not np.allclose(first.weights["1.kernel"], second.weights["1.kernel"], atol=0.01)


def test_arms_of_one_seed_start_from_the_same_weights_and_see_the_same_batches(bench):
    still = SGD(learning_rate=1e-30)
    first, second = bench.train(
        bench.spec(optimizer=still, epochs=1), bench.spec(optimizer=SGD(learning_rate=1e-29), epochs=1)
    )
    assert close(first, second)
    assert first.history["loss"] == second.history["loss"]


def test_a_member_that_diverges_leaves_its_neighbours_alone(bench):
    wild = bench.spec(optimizer=SGD(learning_rate=1e30))
    calm = [bench.spec(seed=0), bench.spec(seed=1)]
    first, bad, second = bench.train(calm[0], wild, calm[1])
    assert bad.state == "diverged"
    assert bad.epochs_done == 0
    assert bad.reason is not None
    assert "in epoch 1; the weights are those of epoch 0" in bad.reason
    assert all(np.isfinite(array).all() for array in bad.weights.values())
    for spec, outcome in zip(calm, (first, second), strict=True):
        assert outcome.state == "finished"
        assert close(bench.train(spec)[0], outcome)


def test_members_may_train_for_different_numbers_of_epochs(bench):
    short, long = bench.spec(epochs=1), bench.spec(epochs=4)
    outcomes = bench.train(short, long)
    assert [o.epochs_done for o in outcomes] == [1, 4]
    assert close(bench.train(short)[0], outcomes[0])
    assert close(bench.train(long)[0], outcomes[1])


def test_training_learns_what_can_be_learnt(bench):
    (outcome,) = bench.train(bench.spec(epochs=8))
    assert outcome.history["val_accuracy"][-1] > 0.9


def test_plain_sgd_at_several_rates_moves_each_member_by_its_own(bench):
    specs = [bench.spec(optimizer=SGD(learning_rate=rate), seed=seed) for seed in (0, 1) for rate in (0.01, 0.03, 0.1)]
    for spec, outcome in zip(specs, bench.train(*specs), strict=True):
        assert close(bench.train(spec)[0], outcome)
