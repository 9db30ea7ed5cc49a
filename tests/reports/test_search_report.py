"""The report of a search, from made records."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_searches import made_candidate, made_search

from classlab.analysis.numbers import MISSING
from classlab.records.search import Importance
from classlab.reports.document import Callout, Folded, Paragraph, Table, figures_of
from classlab.reports.html import to_html
from classlab.reports.markdown import to_markdown
from classlab.reports.search_report import search_document

FINALISTS = (18, 12)


@pytest.fixture(scope="module")
def judged(make_study):
    """A search with two finalists, and the study that judged them."""
    study = make_study({f"candidate {number}": (0.9, 0.91, 0.92) for number in FINALISTS})
    return made_search(finalists=FINALISTS, study=study.spec.name), study


def titles(document) -> list[str]:
    return [each.title for each in document.sections]


def text_of(document) -> str:
    """All that the page says, on one line."""
    return " ".join(to_markdown(document, figures="f").split())


def tables_in(blocks):
    for block in blocks:
        if isinstance(block, Table):
            yield block
        elif isinstance(block, Folded):
            yield from tables_in(block.blocks)


def numbers_of(document, name: str) -> tuple[Table, ...]:
    return next(each.numbers for each in figures_of(document) if each.name == name)


def test_without_finalists_the_best_is_shown_with_what_flatters_it():
    document = search_document(made_search())
    assert titles(document) == [
        "What was searched",
        "What mattered",
        "The course of the search",
        "Candidates",
        "How to do it again",
    ]
    (result,) = document.opening
    assert result.title == "Result"
    assert result.items == (
        "The best of 24 candidates is candidate 18: units 32, learning rate 0.256, dropout 0.",
        "It reached a validation accuracy of 91.60 % after 9 epochs. It was chosen from 24 by that figure, of one "
        "seed: the luckiest of many is on average better than it would be again.",
        "No finalist was trained again from fresh seeds, and a search opens no test image: nothing here says how good "
        "these settings are beyond the validation images of fashion_mnist.",
    )
    assert document.subtitle == "A search on fashion_mnist, 24 candidates."


def test_finalists_are_judged_by_their_study_and_by_test_images_that_chose_nothing(judged):
    record, study = judged
    document = search_document(record, study)
    assert document.opening[-1].title == "Verdict"
    assert titles(document)[:2] == ["Finalists", "Ranking"]
    assert "Test-set ledger" in titles(document)
    finalists = document.sections[0].blocks
    assert isinstance(finalists[0], Paragraph)
    assert "only its test figures had no part in any choice" in finalists[0].text
    assert [row[0] for row in finalists[1].rows] == ["18", "12"]


def test_a_study_that_is_not_at_hand_is_named(judged):
    record, study = judged
    said = search_document(record).opening[-1].items
    assert said[-1] == (
        f"The study of the finalists, {study.spec.name}, is not at hand, so their verdict is not shown."
    )


@pytest.mark.parametrize("second", [None, "parameters"])
def test_every_figure_has_words_and_numbers(second):
    record = made_search(spec={"second": second}, front=(0, 18) if second else (), finalists=(18,))
    figures = figures_of(search_document(record))
    names = [each.name for each in figures]
    assert names == ["importances", "history", "rungs", "settings", *(["front"] if second else [])]
    for each in figures:
        assert each.alternative.endswith(".")
        assert each.numbers
        assert all(table.rows for table in each.numbers)


def test_the_numbers_are_those_of_the_record():
    document = search_document(made_search(spec={"second": "parameters"}, front=(0, 18)))
    assert "after 1 and 3 one of 3 goes on and whoever none beats in both objectives." in text_of(document)
    (course,) = numbers_of(document, "history")
    # Candidate 0 ends at 0.88; of those of nine epochs each sixth is better, candidate 18 the last.
    assert course.rows == (("0", "88.00 %"), ("6", "89.20 %"), ("12", "90.40 %"), ("18", "91.60 %"))
    (rungs,) = numbers_of(document, "rungs")
    assert rungs.header == ("candidate", "epoch 1", "epoch 3", "epoch 9", "epochs trained")
    assert rungs.rows[0] == ("18", "83.60 %", "85.60 %", "91.60 %", "9")
    (front,) = numbers_of(document, "front")
    assert front.rows == (("0", "10,000", "88.00 %"), ("18", "10,018", "91.60 %"))
    (candidates,) = numbers_of(document, "settings")
    assert len(candidates.rows) == 24
    assert candidates.rows[0][:6] == ("18", "91.60 %", "9", "trained whole", "10,018", "yes")


def test_the_importances_come_with_their_draws_and_their_caveat():
    shares = (
        Importance(name="units", share=0.7, candidates=24, epochs=1, draws=3),
        Importance(name="dropout", share=0.3, candidates=24, epochs=1),
    )
    document = search_document(made_search(importances=shares))
    (table,) = numbers_of(document, "importances")
    assert table.rows == (("units", "70.0 %", "24", "3", "1"), ("dropout", "30.0 %", "24", MISSING, "1"))
    said = text_of(document)
    assert "It is no effect of the setting" in said
    assert "Reckoned from 24 candidates after 1 epoch. The least drawn setting was drawn 3 times." in said
    few = search_document(made_search(importances=()))
    assert "There were too few candidates to tell which settings the differences between them go with." in text_of(few)


def test_failed_candidates_are_listed_with_their_reason():
    record = made_search(6)
    bad = made_candidate(6, (), "failed", reason="There was no memory.", history={})
    lost = made_candidate(7, (0.1,), "diverged", reason="The loss became infinite.")
    document = search_document(replace(record, candidates=(*record.candidates, bad, lost)))
    said = text_of(document)
    assert "1 diverged and 1 failed" in said
    rows = {row[0]: row for row in numbers_of(document, "settings")[0].rows}
    assert rows["6"][1:4] == (MISSING, "0", "There was no memory.")
    assert rows["7"][1:4] == (MISSING, "1", "The loss became infinite.")


def test_a_search_of_which_nothing_came_is_still_a_page():
    bad = tuple(made_candidate(number, (), "failed", reason="No memory.", history={}) for number in range(2))
    document = search_document(made_search(0, candidates=bad, importances=(), end="running"))
    assert [each.title for each in document.opening] == ["Before you read the figures", "Result"]
    assert document.opening[0].items == ("This search has not ended: what follows is what it has so far.",)
    assert document.opening[1].items == ("No candidate has a figure.",)
    assert figures_of(document) == ()
    (table,) = tables_in(next(each for each in document.sections if each.title == "Candidates").blocks)
    assert [row[3] for row in table.rows] == ["No memory.", "No memory."]
    empty = search_document(made_search(0, importances=(), end="running"))
    assert "0 candidates" in empty.subtitle


def test_notices_come_before_the_figures():
    document = search_document(made_search(notices=("Time was left for 1 of the 3 finalists.",)))
    first = document.opening[0]
    assert isinstance(first, Callout)
    assert (first.tone, first.items) == ("warning", ("Time was left for 1 of the 3 finalists.",))


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=y>', "a & b"])
def test_names_of_foreign_origin_are_escaped(name):
    record = made_search(spec={"name": name, "data": name, "question": name}, command=name, notices=(name,))
    first = replace(record.candidates[0], arm=name, settings={name: name}, reason=name)
    page = to_html(search_document(replace(record, candidates=(first, *record.candidates[1:]))))
    assert name not in page


def test_a_loss_is_better_when_it_is_lower():
    document = search_document(made_search(spec={"objective": "val_loss"}))
    figure = next(each for each in figures_of(document) if each.name == "history")
    assert figure.alternative.startswith("The best figure falls to 0.0840 in 4 steps; the last is candidate 18 of 24.")
