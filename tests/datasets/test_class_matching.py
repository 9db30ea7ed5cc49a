from __future__ import annotations

import pytest

from classlab.datasets.class_matching import match_classes
from classlab.errors import DataError

DIGITS = tuple("0123456789")


def _refusal(found, known, **options):
    with pytest.raises(DataError) as refused:
        match_classes("own", found, known, **options)
    return str(refused.value)


def test_the_same_names_need_no_word():
    assert match_classes("own", ("a", "b"), ("a", "b")) == ((0, 1), ())


def test_names_decide_and_not_their_order():
    assert match_classes("own", ("b", "a"), ("a", "b")) == ((1, 0), ())


def test_case_and_the_encoding_of_accents_do_not_matter():
    match = match_classes("own", ("CAFE\u0301", "B"), ("Caf\u00e9", "b"))
    assert match.places == (0, 1)
    assert match.notes == ("Classes were matched by name: CAFE\u0301 as Caf\u00e9, B as b.",)


def test_a_name_as_it_is_comes_before_one_in_another_case():
    assert match_classes("own", ("B", "b"), ("b", "B")).places == (1, 0)


@pytest.mark.parametrize(
    ("found", "known", "places"),
    [
        (("eight", "five", "Zero"), DIGITS, (8, 5, 0)),
        (("0", "1"), ("zero", "one"), (0, 1)),
        (("one", "two"), ("two", "one"), (1, 0)),
    ],
)
def test_number_words_are_digits(found, known, places):
    assert match_classes("own", found, known).places == places


def test_some_classes_alone_are_said():
    assert match_classes("own", ("7", "3", "1"), DIGITS) == (
        (7, 3, 1),
        (
            "own has 3 of the 10 classes of the training ('7', '3', '1'): the figures are over its images, for which "
            "every class may be predicted.",
        ),
    )


def test_labels_without_names_are_places():
    match = match_classes("own", ("0", "1"), ("cat", "dog"))
    assert match == ((0, 1), ("The classes of own are matched with those of the training by their order.",))


def test_order_counts_where_it_is_asked_for():
    match = match_classes("own", ("Katze", "Hund"), ("cat", "dog"), by_place=True)
    assert match == ((0, 1), ("The classes of own are matched with those of the training by their order.",))


def test_a_name_that_is_none_of_them_is_refused_with_both_lists():
    assert _refusal(("cat", "cow"), ("cat", "dog")) == (
        "the classes of own must be called as those that the run was trained on, but 'cow' is none of them: the run "
        "has 'cat', 'dog', and own has 'cat', 'cow'. Rename the classes, or match them by their order with "
        "`classes_by`, as in classes_by='order'."
    )


def test_two_names_of_one_class_are_refused():
    assert _refusal(("1", "one", "two"), DIGITS) == (
        "each class of own must be another one of the run's, but '1', 'one' are all '1'. Merge them."
    )


def test_more_classes_than_the_run_has_cannot_be_matched_by_order():
    assert _refusal(("a", "b", "c"), ("cat", "dog"), by_place=True) == (
        "the data must have no more classes than the 2 that the run was trained on, but own has 3. "
        "Choose data of the same classes."
    )


def test_bare_labels_in_another_order_are_said_to_be_names():
    names = [str(digit) for digit in range(10)]
    found = match_classes("mine.npz", names[1:], names)
    assert found.places == tuple(range(1, 10))
    assert found.notes[0] == (
        "The classes of mine.npz were matched by name: its label 0 is called '1', which is the run's label 1. Where "
        "these names are bare labels that count from elsewhere, match them by their order with `classes_by`, as in "
        "classes_by='order'."
    )
