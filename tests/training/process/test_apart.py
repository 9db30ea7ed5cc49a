"""Work in processes of its own."""

from __future__ import annotations

import sys
import time

import pytest

from classlab.records.progress import Silent
from classlab.training.process.apart import Apart, Overtime


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely")
def test_a_neighbor_that_tells_without_end_does_not_put_off_the_end_of_a_time():
    def chatters(observer):
        until = time.monotonic() + 3
        while time.monotonic() < until:
            observer.epoch_finished(None)
        return "done"

    with Apart() as pieces:
        pieces.begin(0, chatters, Silent())
        pieces.begin(1, lambda _: time.sleep(60), Silent(), seconds=0.2)
        place, found = pieces.ended()
        assert (place, type(found)) == (1, Overtime)
        assert pieces.ended() == (0, "done")
