"""Who leaves at a rung, and what a budget still allows."""

from dataclasses import replace

import pytest

from classlab.records.progress import EpochReport, MemberProgress
from classlab.records.search import Budget, Candidate, SearchRecord, SearchSpec
from classlab.search.budget import Spending
from classlab.search.estimate import estimate_words, estimated
from classlab.search.halving import LEFT, Halving, Reached, rungs_of, stays

SPEC = SearchSpec(name="s", data="d", digest="0" * 64, dimensions=(), rungs=(1, 3), budget=Budget(), seeds=(1, 2))


def report(*curves: tuple[float, ...]) -> EpochReport:
    members = tuple(
        MemberProgress(
            label="seed 0",
            state="training",
            figures={},
            history={"val_accuracy": list(curve), "val_loss": list(curve)},
            index=place,
        )
        for place, curve in enumerate(curves)
    )
    return EpochReport(epoch=1, epochs=3, members=members, seconds=1.0, seconds_left=1.0)


def halving(spec: SearchSpec = SPEC, *, earlier=(), left=None) -> Halving:
    clock = iter(range(1000))
    return Halving(
        spec=spec,
        earlier=earlier,
        parameters=100,
        left=lambda _: left,
        told=lambda _: None,
        clock=lambda: next(clock),
    )


def candidate(number: int, accuracy: float, parameters: int = 100) -> Candidate:
    return Candidate(
        number=number,
        population=number,
        drawn={},
        settings={},
        parameters=parameters,
        history={"val_accuracy": (accuracy,), "val_loss": (1 - accuracy,)},
        state="stopped_at_rung",
        seconds=1.0,
    )


def test_the_best_third_goes_on_from_a_rung():
    gone = halving().leaving(report((0.5,), (0.9,), (0.8,), (0.7,), (0.2,), (0.1,)))
    assert gone == dict.fromkeys((0, 3, 4, 5), LEFT["stopped_at_rung"])


def test_between_rungs_and_at_the_end_nobody_leaves():
    assert halving().leaving(report((0.1, 0.1), (0.9, 0.9), (0.8, 0.8))) == {}
    assert halving().leaving(report((0.1, 0.1, 0.1), (0.9, 0.9, 0.9))) == {}


def test_earlier_candidates_count_at_a_rung():
    better = [candidate(number, 0.95) for number in range(3)]
    assert set(halving(earlier=better).leaving(report((0.9,), (0.8,), (0.7,)))) == {0, 1, 2}
    worse = [candidate(number, 0.1) for number in range(6)]
    assert halving(earlier=worse).leaving(report((0.9,), (0.8,), (0.7,))) == {}


def test_with_losses_the_lowest_go_on():
    by_loss = replace(SPEC, objective="val_loss")
    assert set(halving(by_loss).leaving(report((0.5,), (0.9,), (0.8,)))) == {1, 2}


def test_with_two_objectives_who_is_beaten_in_neither_goes_on():
    small = Reached(0.5, 10)
    there = [small, Reached(0.9, 100), Reached(0.8, 100), Reached(0.4, 20)]
    known = {"reduction": 4, "sign": 1.0}
    assert [stays(each, there, second=True, **known) for each in there] == [True, True, False, False]
    assert not stays(small, there, second=False, **known)


def test_the_budget_takes_the_weakest_first():
    assert halving(left=1).leaving(report((0.1, 0.1), (0.9, 0.9), (0.8, 0.8))) == {
        2: LEFT["out_of_budget"],
        0: LEFT["out_of_budget"],
    }


def test_an_epochs_time_is_shared_by_those_who_trained_in_it():
    watch = halving()
    watch.leaving(report((0.5,), (0.6,)))
    watch.leaving(report((0.5,), (0.6, 0.6)))
    assert watch.seconds == {0: 0.5, 1: 1.5}


def test_a_reduction_of_one_epoch_has_one_rung():
    assert rungs_of(1, 3) == (1,)
    assert rungs_of(20, 4) == (1, 5, 20)


def spending(*, seconds: float = 0.0, **budget: float) -> Spending:
    return Spending(replace(SPEC, budget=Budget(**budget)), seconds, clock=lambda: 0.0)  # type: ignore[arg-type]


RECORD = SearchRecord(
    spec=SPEC, candidates=tuple(candidate(n, 0.5) for n in range(10)), created="2026-11-30T00:00:00Z", command=""
)


def test_seats_keep_to_each_budget():
    assert spending(runs=14).seats(RECORD, most=12) == 4
    assert spending(epochs=13).seats(RECORD, most=12) == 3
    assert spending(epochs=13).epochs_left(11) == 2
    assert spending(runs=10).seats(RECORD, most=12) == 0
    assert spending().seats(RECORD, most=12) == 12


def test_minutes_are_for_the_finalists_too():
    # 10 epochs took 10 seconds; 3 finalists from 2 seeds take 3 epochs each, 18 seconds.
    search = spending(minutes=0.75, seconds=10.0)
    assert search.reserve(10) == 18.0
    assert search.seconds_left(10) == 17.0
    assert search.seats(RECORD, most=20) == 17
    assert spending(minutes=0.3, seconds=10.0).epochs_left(10) == 0


def test_half_of_the_minutes_at_most_is_set_aside_and_fewer_finalists_fit_into_less():
    tight = spending(minutes=0.5, seconds=12.0)  # 10 epochs: a finalist takes 7.2 seconds, three 21.6
    assert tight.reserve(10) == 15.0
    assert tight.finalists(10) == 2
    assert spending(minutes=0.5, seconds=29.0).finalists(10) == 1
    assert spending(runs=3, seconds=29.0).finalists(10) == 3


def test_an_estimate_follows_from_the_speed():
    found = estimated(replace(SPEC, budget=Budget(runs=30)), 0.5)
    each = 1 + 2 / 3  # epochs of a candidate: all reach the first rung, a third the second
    assert found.candidates == 30
    assert found.seconds == pytest.approx(0.5 * (30 * each + 18))
    assert estimate_words(SPEC, found) == (
        "Expected: about 30 candidates and 3 finalists in about 34 s, at 0.5 s for an epoch of one candidate, as the "
        "first of them takes here."
    )
    assert estimated(replace(SPEC, budget=Budget(minutes=1)), 0.5).candidates == round((120 - 18) / each)
    assert estimated(replace(SPEC, budget=Budget(minutes=0.1)), 0.5).candidates == round(6 / each)
