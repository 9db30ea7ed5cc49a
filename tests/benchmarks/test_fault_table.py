from __future__ import annotations

from benchmarks.fault_table import page_text
from tests.faults.table import FAULTS


def test_a_row_says_n_of_all_files_and_what_was_not_tried():
    machine = {"measured": "2026-12-01T06:00", "processor": "p", "cores": 2, "platform": "Linux"}
    nothing = {name: {"trials": 0, "passes": 0, "seconds": 0.0} for name in FAULTS}
    counts = [
        {"set": "full", "faults": {**nothing, "R5": {"trials": 1000, "passes": 999, "seconds": 3.0}}},
        {"set": "full", "faults": {**nothing, "R5": {"trials": 500, "passes": 500, "seconds": 3.0}}},
    ]
    lines = page_text(counts, machine).splitlines()
    assert len(lines) == 2 + len(FAULTS) + 2
    assert lines[6].endswith("| 1,499 of 1,500 |")
    assert lines[5].endswith("| not tried |")
    assert lines[-1] == "The full set, made 2026-12-01 on p, 2 cores, Linux."
