"""Step 6's search: it costs what the grid costs, meets the grid's first on fresh seeds, and needs Optuna."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classlab.analysis import analyse
from classlab.lab.size_search import TOPIC, epochs_of, search_answers, search_section
from classlab.lab.step import Results
from classlab.lab.steps.clothes import SIZES
from classlab.reports.document import Code, Paragraph
from classlab.search.search_store import earlier_search
from classlab.studies.store import open_store


def _results(small_lab, store) -> Results:
    record = earlier_search(store.root, "lab-6-searched-sizes-digits-quick")
    assert record is not None
    return Results(setting=small_lab.setting, studies=small_lab.studies, source=store, searches={TOPIC: record})


@pytest.mark.needs("optuna")
def test_search_and_finalists_take_the_epochs_of_the_grid(small_lab, lab_store):
    with open_store(lab_store, write=False) as store:
        results = _results(small_lab, store)
    record, found, grid = results.searches[TOPIC], small_lab.studies[TOPIC], small_lab.studies[SIZES]
    finals = len(record.finalists) * len(found.spec.seeds) * found.spec.arms[0].spec.epochs
    assert epochs_of(grid) == 12 * 2 * 2
    assert record.epochs + finals == epochs_of(grid)


@pytest.mark.needs("optuna")
def test_the_finalists_meet_the_first_of_the_grid_on_seeds_that_neither_has_seen(small_lab):
    found, grid = small_lab.studies[TOPIC], small_lab.studies[SIZES]
    beside = found.spec.arms[-1]
    assert beside in grid.spec.arms
    assert {arm.spec.data for arm in found.spec.arms} == {beside.spec.data}
    assert not set(found.spec.seeds) & set(grid.spec.seeds)


@pytest.mark.needs("optuna")
def test_finalists_are_called_by_their_sizes(small_lab):
    for arm in small_lab.studies[TOPIC].spec.arms[:-1]:
        widths = "-".join(str(arm.settings["units"]).split(","))
        assert arm.name.startswith(f"{widths}-10 {arm.settings['activation']}")


@pytest.mark.needs("optuna")
def test_the_step_ends_in_candidates(small_lab):
    analysis = analyse(small_lab.studies[TOPIC])
    table = small_lab.written[5][1].pictures[-1]
    assert [row[0] for row in table.rows] == [analysis.arms[place].name for place in analysis.candidates]
    assert table.caption == "Sizes that may be the best, of the search's finalists and the grid's first"


@pytest.mark.needs("optuna")
def test_the_answers_say_what_both_cost(small_lab, lab_store):
    with open_store(lab_store, write=False) as store:
        results = _results(small_lab, store)
    first = small_lab.studies[TOPIC].spec.arms[-1].name
    assert search_answers(results, grid=SIZES)[0] == (
        "The grid took 48 epochs for 12 sizes. The search took 40 for 20 candidates and 8 for its 2 finalists, which "
        f"stand here beside the grid's first, '{first}', all trained from fresh seeds."
    )


def test_without_optuna_the_step_says_what_brings_it(small_lab, lab_store):
    with open_store(lab_store, write=False) as store:
        results = Results(setting=small_lab.setting, studies=small_lab.studies, source=store)
    section = search_section(replace(results, searches={}), grid=SIZES)
    said, how = section.blocks
    assert isinstance(said, Paragraph)
    assert (
        said.text == "A search chooses sizes by what it has seen so far. It needs Optuna, which is not installed here:"
    )
    assert isinstance(how, Code)
    assert how.text == 'pip install "classlab[search]"'
    assert search_answers(results, grid=SIZES) == ()
