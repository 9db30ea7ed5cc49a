from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from classlab.studies.shown.notebook_bar import NotebookBar, Standing, told_here
from classlab.studies.shown.progress_lines import EpochLines, PacedLines
from tests.cli.test_progress import member, report, within

CELLS = [
    'import classlab\nclasslab.fit("digits", "linear", epochs=40, quiet=False).record.state',
    'classlab.Study("rates", data="digits", optimizer=["sgd", "adam"], epochs=2, seeds=2).run(quiet=False).best',
]


class Displayed:
    """What IPython's `display` shows with an id, and shows anew."""

    def __init__(self) -> None:
        self.shown: list[Standing] = []
        self.places = 0

    def __call__(self, standing: Standing, *, display_id: bool) -> Displayed:
        assert display_id
        self.places += 1
        self.update(standing)
        return self

    def update(self, standing: Standing) -> None:
        self.shown.append(standing)


def test_a_training_is_one_bar_that_goes_from_its_first_epoch_to_its_end():
    display = Displayed()
    lines = EpochLines(NotebookBar(display))
    for epoch in (1, 2, 3):
        lines.epoch_finished(report(member(0, 1.0), epoch=epoch))
    assert display.places == 1
    assert [each.share for each in display.shown] == [1 / 3, 2 / 3, 1]
    assert display.shown[-1].text.startswith("epoch 3/3, loss 1.0000, ")


def test_a_bar_moves_within_an_epoch_four_times_a_second_and_a_log_does_not():
    now = [0.0]
    display, log = Displayed(), io.StringIO()
    for place in (NotebookBar(display), log):
        lines = EpochLines(place, clock=lambda: now[0])
        for now[0] in (0.0, 0.1, 0.3, 0.4, 0.6):
            lines.epoch_moved(within(234))
    assert [each.share for each in display.shown] == [pytest.approx((2 + 234 / 469) / 4)] * 2
    assert log.getvalue() == ""


def test_what_stands_beside_the_bar_is_text_and_no_markup():
    standing = Standing(0.5, "<b> & so on")
    assert repr(standing) == "<b> & so on"
    assert 'value="0.500"' in standing._repr_html_()
    assert "<span>&lt;b&gt; &amp; so on</span>" in standing._repr_html_()


def test_without_a_kernel_there_are_lines(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert told_here() is sys.stdout
    PacedLines(sys.stdout)  # takes it


@pytest.mark.needs("ipykernel", "nbclient", "nbformat")
def test_in_a_real_kernel_a_cell_keeps_one_bar_and_no_lines(tmp_path, monkeypatch):
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(notebook, resources={"metadata": {"path": str(tmp_path)}}).execute()
    for cell, last in zip(
        notebook.cells, ("epoch 40/40, loss ", "4 of 4 runs kept, best validation accuracy "), strict=True
    ):
        bar, answer = cell.outputs
        assert (bar.output_type, answer.output_type) == ("display_data", "execute_result")
        assert bar.data["text/plain"].startswith(last)
        assert '<progress max="1" value="1.000"' in bar.data["text/html"]
