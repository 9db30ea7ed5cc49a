"""The list of all runs, and the short way to one of them."""

from __future__ import annotations

import re

import pytest

from classlab.errors import SpecError
from classlab.studies.store import open_store
from classlab.web import runs_page
from classlab.web.opaque import opaque_id, run_begun_with


@pytest.fixture
def identities(trained_store):
    with open_store(trained_store, write=False) as store:
        return [line.identity for line in store.lines()]


def listed(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/run/([0-9a-f]+)">', page)


def test_every_run_is_listed_newest_first_with_its_study_and_data(open_page, trained_store, identities):
    page = open_page(trained_store).get("/runs").text
    assert listed(page) == identities
    assert "4 runs, newest first" in page
    assert (
        page.count(f'href="/study/{opaque_id("models")}"') == page.count(f'href="/dataset/{opaque_id("digits")}"') == 4
    )


def test_links_keep_the_runs_of_one_model(open_page, trained_store):
    client = open_page(trained_store)
    assert 'href="/runs?model=cnn-small"' in client.get("/runs").text
    page = client.get("/runs?model=cnn-small").text
    assert len(listed(page)) == 2
    assert "2 runs, model cnn-small, newest first" in page
    assert "0 runs, data &lt;b&gt;, newest first" in client.get("/runs?data=<b>").text


def test_a_long_list_has_pages(open_page, trained_store, identities, monkeypatch):
    monkeypatch.setattr(runs_page, "_PAGE", 3)
    client = open_page(trained_store)
    first, second = client.get("/runs").text, client.get("/runs?from=3").text
    assert listed(first) + listed(second) == identities
    assert 'href="/runs?from=3" rel="next"' in first
    assert 'href="/runs" rel="prev"' in second
    assert listed(client.get("/runs?from=x9").text) == listed(client.get("/runs?from=99").text) == identities[:3]


def test_an_empty_store_says_what_to_do_first(open_page, tmp_path):
    assert "Start a study" in open_page(tmp_path).get("/runs").text


def test_the_beginning_of_an_identity_leads_to_the_run(open_page, trained_store, identities):
    client = open_page(trained_store)
    answer = client.get(f"/run/{identities[0][:8]}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, f"/run/{identities[0]}")
    assert client.get("/run/00000000").status_code == 404


def test_a_beginning_of_several_identities_is_refused(trained_store, identities, monkeypatch):
    monkeypatch.setattr("classlab.web.opaque._IDENTITY", re.compile(".*"))
    monkeypatch.setattr("classlab.studies.store.run_rows.identities_like", lambda *_: identities[:2])
    with open_store(trained_store, write=False) as store, pytest.raises(SpecError) as refusal:
        run_begun_with(store, "0")
    assert str(refusal.value).endswith("among them. Give more of it.")
