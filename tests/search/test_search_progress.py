"""How a search is told."""

import io
from dataclasses import replace

from classlab.cli.progress import LiveSearch
from classlab.search.search_progress import SearchLines, SearchReport, search_line

REPORT = SearchReport(
    candidates=24,
    training=4,
    epoch=2,
    epochs=10,
    trained=38,
    best=0.9514,
    seconds=75.0,
    seconds_left=30.0,
)
LINE = "24 candidates (4 training, epoch 2/10), 38 epochs, best 0.9514, 1 min 15 s, about 30 s left"


def test_a_line_says_where_a_search_stands():
    assert search_line(REPORT) == LINE
    assert search_line(replace(REPORT, best=None, seconds_left=None)) == (
        "24 candidates (4 training, epoch 2/10), 38 epochs, 1 min 15 s"
    )


def test_lines_come_at_first_and_then_every_few_seconds():
    stream, clock = io.StringIO(), iter([0.0, 1.0, 5.0])
    lines = SearchLines(stream, clock=lambda: next(clock))
    for trained in (38, 39, 40):
        lines.search_moved(replace(REPORT, trained=trained))
    assert [line.split(", ")[2] for line in stream.getvalue().splitlines()] == ["38 epochs", "40 epochs"]


def test_a_terminal_has_one_line_that_is_rewritten():
    class Live:
        def update(self, text, *, refresh):
            self.text = text

    live = Live()
    LiveSearch(live).search_moved(REPORT)
    assert live.text == LINE
