from __future__ import annotations

import pytest

from classlab.errors import SpecError
from classlab.reports.document import Document, Figure, Gallery, Section, Table, figures_of


def figure(name: str) -> Figure:
    return Figure(name=name, title=name, alternative=name, image=b"", kind="svg", width=10)


def test_a_row_with_other_cells_than_the_header_is_refused():
    with pytest.raises(SpecError) as refusal:
        Table(caption="Arms", header=("arm", "mean"), rows=(("a", "1"), ("b",)))
    assert str(refusal.value) == (
        "every row of the table 'Arms' must have 2 cells, but got 1: ('b',). Give one cell per column."
    )


def test_figures_are_found_in_reading_order_however_deep():
    inner = Section(title="inner", blocks=(figure("b"), Gallery(figures=(figure("c"), figure("d")))))
    document = Document(
        title="t", subtitle="", sections=(Section(title="s", blocks=(figure("a"), inner, figure("e"))),)
    )
    assert [each.name for each in figures_of(document)] == ["a", "b", "c", "d", "e"]
