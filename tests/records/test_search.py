"""The record of a search: it travels unchanged, and ranks its candidates by how far they came."""

from dataclasses import replace

import pytest

from classlab.records import from_sealed_json, to_sealed_json
from classlab.records.search import Budget, Candidate, Dimension, Importance, SearchRecord, SearchSpec

SPEC = SearchSpec(
    name="widths",
    data="digits",
    digest="0" * 64,
    dimensions=(
        Dimension(name="units", choices=("32", "64,32")),
        Dimension(name="learning_rate", arm="sgd", low=0.001, high=0.1, log=True),
    ),
    arms=("sgd", "adam"),
    rungs=(1, 3),
    budget=Budget(runs=4),
    seeds=(1, 2, 3),
)


def candidate(number: int, *accuracies: float, state: str = "finished", kept: int | None = None) -> Candidate:
    return Candidate(
        number=number,
        population=0,
        drawn={"units": 1},
        settings={"units": "64,32"},
        parameters=2_000,
        history={"val_loss": tuple(2 - each for each in accuracies), "val_accuracy": accuracies} if accuracies else {},
        state=state,  # type: ignore[arg-type]
        seconds=0.5,
        kept_epoch=kept,
    )


RECORD = SearchRecord(
    spec=SPEC,
    candidates=(
        candidate(0, 0.95, state="stopped_at_rung"),
        candidate(1, 0.5, 0.6, 0.7),
        candidate(2, state="diverged"),
        candidate(3, 0.5, 0.8, 0.75, state="stopped_early", kept=2),
    ),
    importances=(Importance(name="units", share=1.0, candidates=3, draws=1, epochs=1),),
    created="2026-11-30T00:00:00Z",
    command="classlab search widths.toml",
)


def test_the_record_travels_through_json_unchanged():
    assert from_sealed_json(SearchRecord, to_sealed_json(RECORD), where="a file") == RECORD


def test_a_whole_training_ranks_before_a_part_of_one_and_a_diverged_one_last():
    assert [each.number for each in RECORD.ranking] == [3, 1, 0, 2]
    assert RECORD.best == RECORD.candidates[3]
    assert replace(RECORD, candidates=RECORD.candidates[2:3]).best is None


@pytest.mark.parametrize(("number", "figures"), [(0, (0.95,)), (1, (0.5, 0.7)), (2, ())])
def test_a_candidate_has_a_figure_at_every_rung_that_it_reached(number, figures):
    assert RECORD.candidates[number].figures_at("val_accuracy", SPEC.rungs) == figures


def test_a_candidate_that_stopped_early_has_the_figure_of_the_epoch_whose_weights_it_kept():
    assert RECORD.candidates[3].figure("val_accuracy") == 0.8
    assert RECORD.candidates[3].figure("val_loss") == 1.2
    assert RECORD.candidates[2].figure("val_loss") is None


def test_epochs_are_those_of_all_candidates():
    assert RECORD.epochs == 7
