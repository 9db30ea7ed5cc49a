from __future__ import annotations

from benchmarks.run_overhead import loop, page_text


def test_the_quickest_round_of_each_tool_stands_on_the_page():
    machine = {"measured": "2030-01-02T03:04:05", "processor": "P", "cores": 2, "threads": None, "platform": "Linux"}
    found = [
        {"tool": "classlab", "seconds": 7.0, "ready": 2.0, "versions": {}},
        {"tool": "classlab", "seconds": 5.0, "ready": 1.0, "versions": {"numpy": "2"}},
        {"tool": "optuna", "seconds": 30.0, "ready": 5.0, "versions": {}},
    ]
    text = page_text({"machine": {**machine, "load_before": 0.1}, "runs": 500, "measurements": found})
    assert text.splitlines() == [
        "| tool | seconds to get ready | seconds for 500 runs in all | milliseconds per run |",
        "| --- | ---: | ---: | ---: |",
        "| classlab, in one process | 1.0 | 5.0 | 8.0 |",
        "| Optuna with SQLite, a loop in NumPy | 5.0 | 30.0 | 50.0 |",
        "",
        "Measured 2030-01-02 on P, 2 of 2 cores, load before 0.1, Linux; numpy 2.",
    ]


def test_the_loop_learns():
    """So what the other tools call is a training, as classlab's is."""
    assert loop(0.1, 0) > 0.7 > loop(0.0, 0)
