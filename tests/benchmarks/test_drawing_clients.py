from __future__ import annotations

import pytest

from benchmarks.drawing_clients import drawing_bodies, page_text
from classlab.web.question import question

MACHINE = {
    "processor": "a processor", "units": ["AVX2"], "cores": 2, "threads": None, "platform": "Linux",
    "load_before": 0.1, "measured": "2026-01-01T00:00:00",
}  # fmt: skip


def test_the_table_says_waits_errors_and_memory():
    one = {"clients": 20, "models": 2, "answers": 12345, "median": 0.0421, "p95": 0.0789, "worked": 0.004, "errors": 0}
    document = {
        "machine": MACHINE,
        "seconds": 60.0,
        "measurements": [{**one, "grown": 1.25}],
        "hostile": {"no JSON": "422"},
    }
    text = page_text(document)
    assert "| 20 drawing, 2 models | 12,345 | 42.1 | 78.9 | 4.0 | 0 | +1.2 |" in text
    assert "| no JSON | 422 |" in text


@pytest.mark.light
def test_what_clients_send_is_what_the_page_sends():
    bodies = drawing_bodies(["0" * 64])
    assert len(bodies) > 20
    for body in bodies[::20]:
        asked = question(body)
        assert (asked.name, asked.seen, asked.pixels(None).shape) == ("The drawing", "righted", (168, 168, 1))
