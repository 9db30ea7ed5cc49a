"""R18: whatever our page, or a program in its place, asks for, the answer is a page or a refusal and never a 5xx."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from classlab.studies.store import open_store
from classlab.web.application import create_application
from classlab.web.gate import Gate
from classlab.web.opaque import opaque_id
from classlab.web.site import Site

sys.path.insert(0, str(Path(__file__).parents[1] / "analysis"))

from made_studies import made_study

SLOW = [HealthCheck.too_slow]  # on a busy machine all is
HALF = st.just("\ud800")  # of a letter, which JSON can hold and UTF-8 cannot
JSON = {"content-type": "application/json"}
GATE = Gate(host="127.0.0.1", port=8123)
WORDS = st.sampled_from(
    ["which", opaque_id("which"), "digits", "mlp", "0", "-1", "1e9", "nan", "", "9" * 400, "a/b", "é", "\0"]
)
KEYS = (
    "name",
    "data",
    "model",
    "optimizer",
    "epochs",
    "seeds",
    "models",
    "pixels",
    "picture",
    "seen",
    "drawn",
    "confirm",
    "arms",
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | WORDS
    | st.just("\ud800"),  # half of a letter, which JSON can escape
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=8,
)
BODIES = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5)
QUERIES = st.dictionaries(
    st.sampled_from(("model", "study", "split", "index", "sort", "page", "a", "b", "data")), WORDS
)


@pytest.fixture
def client(tmp_path, monkeypatch):
    monkeypatch.setattr("classlab.web.running.StartedStudy", lambda *_, **__: pytest.fail("nothing is to be trained"))
    folder = tmp_path / "store"
    with open_store(folder, write=True) as store:
        store.save_study(made_study({"good": (0.9, 0.91), "poor": (0.5, 0.52)}, name="which"))
    application = create_application(Site(folder=folder), gate=GATE)
    with TestClient(application, base_url=GATE.origin, cookies={GATE.cookie: GATE.secret}) as opened:
        opened.headers["origin"] = GATE.origin
        yield opened


@pytest.mark.faults("R18")
def test_no_request_is_answered_by_a_failure_of_the_server(client, trials):
    routes = [route for route in client.app.routes if route.name not in ("study_events", "start_study", "resume")]

    @settings(
        max_examples=trials.count(quick=40, full=5000),
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=SLOW,
    )
    @given(route=st.sampled_from(routes), words=st.lists(WORDS, min_size=4, max_size=4), query=QUERIES, body=BODIES)
    def attempt(route, words, query, body):
        path = route.path
        for name, word in zip(route.param_convertors, words, strict=False):
            for kind in ("", ":int", ":path"):
                path = path.replace(f"{{{name}{kind}}}", word.replace("\0", "%00") or "x")
        with trials.trial(f"{path} {query} {body}"):
            if "POST" in route.methods:
                answer = client.post(path, params=query, content=json.dumps(plain(body)), headers=JSON)
            else:
                answer = client.get(path, params=query)
            assert answer.status_code < 500, answer.text[:200]

    attempt()


def plain(value):
    """A body that JSON can hold: numbers that are none become words."""
    if isinstance(value, float):
        return value if abs(value) < float("inf") else "nan"
    if isinstance(value, list):
        return [plain(each) for each in value]
    return {name: plain(each) for name, each in value.items()} if isinstance(value, dict) else value
