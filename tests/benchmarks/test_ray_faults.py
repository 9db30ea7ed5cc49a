from __future__ import annotations

from benchmarks.ray_faults import Trial, page_text

MACHINE = {"measured": "2030-01-02T03:04:05", "processor": "P", "cores": 2, "platform": "Linux"}


def test_the_page_counts_the_equal_ends_of_each_fault():
    trials = [
        Trial(kind="worker", kept=4, differences=()),
        Trial(kind="worker", kept=0, differences=("run a differs",)),
        Trial(kind="driver", kept=8, differences=()),
    ]
    assert page_text(trials, MACHINE).splitlines() == [
        "| fault | ended like the local study |",
        "| --- | ---: |",
        "| a worker killed amid a population | 1 of 2 |",
        "| the driver killed, the command given again | 1 of 1 |",
        "",
        "Made 2030-01-02 on P, 2 cores, Linux.",
    ]
