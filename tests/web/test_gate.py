"""Who is let in: every route by every method, from everybody who must not."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from classlab.studies.store import open_store
from classlab.web.application import create_application
from classlab.web.gate import BODY_LIMIT, HEADERS, Gate
from classlab.web.opaque import opaque_id
from classlab.web.site import Site

sys.path.insert(0, str(Path(__file__).parents[1] / "analysis"))

from made_studies import made_study

GATE = Gate(host="127.0.0.1", port=8123)
GOOD = {"host": GATE.authority, "origin": GATE.origin, "content-type": "application/json"}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
# By what is wrong: headers that replace the good ones (None takes one away), and the methods that it concerns.
CHANGES = tuple(method for method in METHODS if method not in ("GET", "HEAD"))
WRONG = {
    "another host": ({"host": "evil.example"}, METHODS),
    "a rebound host": ({"host": "evil.example:8123"}, METHODS),
    "another port": ({"host": "127.0.0.1:8124"}, METHODS),
    "a name for the host": ({"host": "localhost:8123"}, METHODS),
    "no port": ({"host": "127.0.0.1"}, METHODS),
    "no cookie": ({"cookie": None}, METHODS),
    "a wrong cookie": ({"cookie": f"{GATE.cookie}=guess"}, METHODS),
    "another port's cookie": ({"cookie": f"classlab-8124={GATE.secret}"}, METHODS),
    "the token in place of the cookie": ({"cookie": f"{GATE.cookie}={GATE.token}"}, METHODS),
    "another origin": ({"origin": "http://evil.example"}, METHODS),
    "an origin of this host and another port": ({"origin": "http://127.0.0.1:8124"}, METHODS),
    "the null origin": ({"origin": "null"}, METHODS),
    "no origin": ({"origin": None}, CHANGES),
    "a form": ({"content-type": "application/x-www-form-urlencoded"}, CHANGES),
    "a form with files": ({"content-type": "multipart/form-data; boundary=x"}, CHANGES),
    "plain text": ({"content-type": "text/plain"}, CHANGES),
    "no type": ({"content-type": None}, CHANGES),
}


@pytest.fixture(scope="module")
def study():
    return made_study({"good": (0.9, 0.91), "poor": (0.5, 0.52)}, name="which")


@pytest.fixture(scope="module")
def application(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "store"
    with open_store(folder, write=True) as store:
        store.save_study(study)
    return create_application(Site(folder=folder), gate=GATE)


@pytest.fixture(scope="module")
def stranger(application):
    with TestClient(application, base_url=GATE.origin, follow_redirects=False) as client:
        yield client


def addresses(application, study):
    """One for every route of the router, so that a new route is covered when it is there."""
    known = {
        "study": opaque_id(study.spec.name),
        "data": opaque_id("toy"),
        "run": study.runs[0].identity,
        "name": "style.css",
    }
    found = []
    for route in application.routes:
        path = route.path
        for name in route.param_convertors:
            for spelled in (f"{{{name}}}", f"{{{name}:int}}", f"{{{name}:path}}"):
                path = path.replace(spelled, known.get(name, "0"))
        found.append(path)
    return sorted(set(found))


def headers(**changes):
    cookie = {"cookie": f"{GATE.cookie}={GATE.secret}"}
    merged = {**GOOD, **cookie, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return {name: value for name, value in merged.items() if value is not None}


def asked(client, method, path, **changes):
    sent = headers(**changes)
    client.headers.clear()
    return client.request(method, path, headers=sent, content=b"{}" if method not in ("GET", "HEAD") else None)


def test_every_route_by_every_method_is_refused_to_whoever_must_not_come_in(application, stranger, study, trials):
    for path in addresses(application, study):
        for wrong, (changes, methods) in WRONG.items():
            for method in methods:
                status = asked(stranger, method, path, **changes).status_code
                trials.add((method, path, wrong, status), right=400 <= status < 500 and status not in (404, 422))
    assert trials.tried > 1000


def test_the_same_requests_are_let_in_where_all_is_right(application, stranger, study):
    refused = []
    for path in addresses(application, study):
        methods = {method for route in application.routes for method in route.methods if _fits(route, path)}
        for method in methods:
            answer = asked(stranger, method, path)
            if answer.status_code in (401, 403, 405, 413, 415, 421) or answer.status_code >= 500:
                refused.append((method, path, answer.status_code, answer.text[:200]))
    assert refused == []


def _fits(route, path):
    return route.path_regex.match(path) is not None


def test_other_methods_than_reading_and_posting_are_refused(application, stranger, study):
    for path in addresses(application, study):
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
            assert asked(stranger, method, path).status_code == 405


@pytest.mark.parametrize("path", ["/", "/nowhere", "/static/style.css"])
def test_every_answer_carries_the_headers_of_the_gate(stranger, path):
    for changes in ({}, {"cookie": None}, {"host": "evil.example"}):
        answer = asked(stranger, "GET", path, **changes)
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "'unsafe-inline'" not in HEADERS["content-security-policy"]


def test_the_link_opens_once_and_its_token_leaves_the_address(application):
    with TestClient(
        create_application(application.state.site, gate=GATE), base_url=GATE.origin, follow_redirects=False
    ) as client:
        assert client.get("/?token=guess").status_code == 403
        assert client.get(f"/start?token={GATE.token}").status_code == 403
        entered = client.get(f"/?token={GATE.token}")
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        cookie = entered.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert client.get("/").status_code == 200
        client.cookies.clear()
        again = client.get(f"/?token={GATE.token}")
        assert again.status_code == 403
        assert "It opens once; start the command again for a new one." in again.text


def test_secrets_are_long_and_new_each_time_and_not_shown():
    one, other = Gate(host="127.0.0.1", port=1), Gate(host="::1", port=1)
    assert len({one.token, one.secret, other.token, other.secret}) == 4
    assert min(map(len, (one.token, one.secret))) >= 43  # 256 bits
    assert one.token not in repr(one)
    assert one.secret not in repr(one)
    assert other.origin == "http://[::1]:1"


def test_a_body_that_is_too_large_is_refused(stranger):
    stranger.headers.clear()
    answer = stranger.post("/start", headers=headers(), content=b" " * (BODY_LIMIT + 1))
    assert answer.status_code == 413
    assert answer.json() == {"problem": "A request must have at most 1,048,576 bytes. Send a smaller picture."}


def test_a_large_body_that_comes_in_pieces_is_refused_as_soon_as_it_is_too_large(stranger):
    sent = 0

    def pieces():
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b" " * 100_000

    stranger.headers.clear()
    assert stranger.post("/start", headers=headers(), content=pieces()).status_code == 413


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1", b'{"a": NaN}', b"[" * 10_000, b"\xff", b'{"name": "\\ud800"}']
)
def test_a_body_that_is_no_json_object_is_a_sentence(stranger, body):
    stranger.headers.clear()
    answer = stranger.post("/start", headers=headers(), content=body)
    assert answer.status_code == 422
    assert answer.json() == {"problem": "a request must be a JSON object, but this one is not. Reload the page."}


def test_cookies_of_other_pages_cost_no_time(stranger):
    stranger.headers.clear()
    hostile = f'x="{chr(92) * 60_000}"; {"; ".join(f"a{number}=1" for number in range(500))}; y="' + "\\101" * 10_000
    for cookie, status in ((hostile, 403), (f"{hostile}; {GATE.cookie}={GATE.secret}", 200)):
        began = time.process_time()
        assert stranger.get("/", headers=headers(cookie=cookie)).status_code == status
        assert time.process_time() - began < 1  # Python's own reader takes minutes


def test_a_cookie_that_another_page_planted_beside_ours_shuts_nobody_out(stranger):
    stranger.headers.clear()
    for cookie in (f"{GATE.cookie}=guess; {GATE.cookie}={GATE.secret}", f"{GATE.cookie}={GATE.secret}; {GATE.cookie}="):
        assert stranger.get("/", headers=headers(cookie=cookie)).status_code == 200


def test_a_defect_is_told_and_the_page_stays(application, stranger, monkeypatch, capsys):
    monkeypatch.setattr("classlab.web.site.open_store", lambda *_, **__: 1 / 0)
    answer = asked(stranger, "GET", "/")
    assert answer.status_code == 500
    assert "This is a defect of classlab." in answer.text
    assert "ZeroDivisionError" in capsys.readouterr().err
    monkeypatch.undo()
    assert asked(stranger, "GET", "/").status_code == 200
