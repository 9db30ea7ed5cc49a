"""The form: errors beside fields, what a study comes to, and studies that it starts, pauses, stops and goes on with."""

from __future__ import annotations

import os
import re
import signal
import time
import tomllib
from collections import Counter
from html import unescape

import pytest

from classlab.options import OPTIONS, STUDY_KEYS
from classlab.studies.store import open_store
from classlab.studies.work.standing import names_seen, read_standing
from classlab.web.form_reading import form_fields, read_form
from classlab.web.opaque import opaque_id

ASKED = {"name": "rates", "data": "digits", "model": "linear", "learning_rate": "0.1,0.01", "epochs": "2", "seeds": "2"}


def test_every_option_of_a_study_has_a_field():
    first, others = form_fields()
    assert {each.name for each in (*first, *others)} == {*OPTIONS, *STUDY_KEYS}
    assert first[0].name == "name"
    helps = {each.name: each.help for each in first}
    assert "mnist5k" in helps["data"]
    assert "lenet5" in helps["model"]
    assert helps["optimizer"] == "update rule (sgd, adam, adamw, rmsprop, adagrad, nadam)"


def test_what_the_command_line_takes_the_form_takes():
    reading = read_form({**ASKED, "units": "8,4/16", "model": "mlp", "question": "  Which? ", "dropout": ""})
    assert (reading.errors, reading.problem) == ({}, "")
    assert reading.draft.arms[0].grid == {
        "model": ["mlp"], "units": [[8, 4], [16]], "learning_rate": [0.1, 0.01], "epochs": [2],
    }  # fmt: skip
    assert (reading.draft.question, reading.draft.seeds) == ("Which?", (0, 1))


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        (
            "learning_rate", "fast",
            "`learning_rate` must be a positive number, but got 'fast'. Write for example learning_rate = 0.001.",
        ),
        (
            "learning_rate", "0,01",
            "`learning_rate[1]` must be a positive number, but got 0.0. Write for example learning_rate = 0.001. "
            "A comma separates values; write 0.01 for one number.",
        ),
        ("epochs", "3,0", "`epochs[2]` must be a whole number of at least 1, but got 0. Write for example epochs = 5."),
        (
            "optimizer", "adm",
            "`optimizer` must be one of sgd, adam, adamw, rmsprop, adagrad, nadam, but got 'adm'. Did you mean 'adam'?",
        ),
        (
            "name", "a/b",
            "`name` must be 1 to 80 characters without slashes, one of them a letter or digit, the first no hyphen, "
            "but got 'a/b'. "
            'Write for example name = "optimizers".',
        ),
        (
            "data", "digitz",
            "a dataset must be one of mnist, fashion_mnist, kmnist, cifar10, mnist5k, digits or an existing path, but "
            "got 'digitz'. Did you mean digits? Check the spelling, or give the path of a folder of pictures or of a "
            "file with arrays or a table.",
        ),
        ("name", " ", "`name` must be given, but the field is empty. Write for example optimizers."),
        ("rate", "1", "there is no field 'rate'. Reload the page."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_field_is_the_tables_sentence(field, text, sentence):
    assert read_form({**ASKED, field: text}).errors == {field: sentence}


def test_what_is_wrong_with_fields_together_is_a_sentence():
    reading = read_form({**ASKED, "folds": "3", "validation": "0.2"})
    assert reading.errors == {}
    assert reading.problem == (
        "`validation` has no effect with `folds`, but both were given. Every fold validates once; leave `validation` "
        "out."
    )


@pytest.fixture
def client(open_page, tmp_path):
    return open_page(tmp_path / "store")


def test_the_form_has_a_label_and_a_place_for_problems_for_every_field(client):
    page = client.get("/start?data=digits&stray=x").text
    for name in (*OPTIONS, *STUDY_KEYS):
        assert f'<label for="{name}">' in page
        assert f'id="{name}-problem"' in page
    assert 'name="data" value="digits"' in page


def test_every_id_of_the_form_is_there_once(client):
    ids = re.findall(r'\bid="([^"]*)"', client.get("/start").text)
    assert [each for each, times in Counter(ids).items() if times > 1] == []


def test_a_study_that_is_too_large_is_refused_as_a_whole(client):
    answer = client.post("/start", json={**ASKED, "seeds": "1000", "epochs": "1,2,3,4,5,6,7,8,9,10,11,12"})
    assert (answer.status_code, answer.json()["errors"]) == (422, {})
    assert "runs" in answer.json()["problem"]


def test_a_preview_tells_runs_time_and_the_study_file(client, tmp_path):
    answer = client.post("/start/preview", json=ASKED)
    found = answer.json()
    assert answer.status_code == 200
    assert found["size"] == "Study 'rates': 2 arms x 2 seeds, 4 runs in 1 population."
    assert found["time"] == (
        "How long it takes is said once two epochs are trained, because no study in this store has trained such "
        "networks yet."
    )
    assert tomllib.loads(found["text"]) == {
        "name": "rates", "data": "digits", "model": "linear", "learning_rate": [0.1, 0.01], "epochs": 2, "seeds": 2,
    }  # fmt: skip
    assert not (tmp_path / "store").exists()


def test_a_preview_does_not_follow_paths(client):
    found = client.post("/start/preview", json={**ASKED, "data": "/etc"}).json()
    assert found["size"] == "Study 'rates': 2 arms x 2 seeds, 4 runs."
    assert found["time"].endswith("because its images are read when it starts.")


def test_a_preview_tells_what_an_arm_cannot_be(client):
    answer = client.post("/start/preview", json={**ASKED, "model": "cnn", "momentum": "0.9", "optimizer": "adam"})
    assert answer.status_code == 200
    assert "momentum" in answer.json()["problem"]


def until(found, seconds=60.0):
    """Waits for something of another process."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
    return value


def state(folder):
    study = names_seen(folder).get("rates")
    standing = None if study is None else read_standing(folder, study)
    return None if standing is None else standing.state


def test_a_study_is_started_paused_stopped_and_gone_on_with_from_the_page(client, tmp_path):
    folder = tmp_path / "store"
    asked = {**ASKED, "epochs": "4000", "limit": "200", "validation": "0.5"}
    address = client.post("/start", json=asked).json()["study"]
    assert address == f"/study/{opaque_id('rates')}"
    site = client.app.state.site
    try:
        assert "starting" in client.get(address).text
        until(lambda: state(folder) == "training")
        assert client.post("/start", json={**asked, "name": "other"}).status_code == 409
        assert client.post(f"{address}/pause", json={}).json() == {
            "sentence": "It will wait at the end of the epoch that it trains."
        }
        until(lambda: state(folder) == "paused")
        assert client.post(f"{address}/resume", json={}).json() == {"sentence": "It goes on."}
        until(lambda: state(folder) == "training")
        assert "will stop at the end" in client.post(f"{address}/stop", json={}).json()["sentence"]
        until(lambda: not site.started["rates"].alive)
        assert state(folder) == "stopped"
        assert "Resume" in client.get(address).text
        assert client.post(f"{address}/stop", json={}).json() == {
            "problem": "a study must train to be stopped, but it does not any more. Reload the page."
        }
        assert "goes on from the last epoch" in client.post(f"{address}/resume", json={}).json()["sentence"]
        until(lambda: state(folder) == "training")
        os.kill(site.started["rates"].process, signal.SIGKILL)
        until(lambda: not site.started["rates"].alive)
        page = client.get(address).text
        assert "interrupted</strong>" in page
        assert "Signal 9 ended the training&#39;s process." in page
    finally:
        if site.started["rates"].alive:
            site.started["rates"].end()


def test_a_study_that_cannot_start_says_why_and_leads_back_to_the_filled_form(client, tmp_path):
    address = client.post("/start", json={**ASKED, "data": str(tmp_path)}).json()["study"]
    client.app.state.site.started["rates"].wait()
    page = client.get(address).text
    assert page.index("could not start") < page.index(str(tmp_path)) < page.index("ended before the first step.")
    assert "Resume" not in page
    form = client.get(unescape(re.search(r'href="(/start\?[^"]*)"', page)[1])).text
    assert 'name="learning_rate" value="0.1,0.01"' in form
    assert "In training" not in client.get("/").text


def test_a_small_study_is_trained_to_its_end(client, tmp_path):
    address = client.post("/start", json=ASKED).json()["study"]
    assert client.app.state.site.started["rates"].wait() == 0
    with open_store(tmp_path / "store", write=False) as store:
        assert len(store.study("rates").runs) == 4
    page = client.get(address).text
    assert "Verdict" in page
    found = client.post("/start/preview", json={**ASKED, "name": "longer", "epochs": "4"}).json()
    assert "at the pace of the studies in this store" in found["time"]
    answer = client.post("/start", json={**ASKED, "epochs": "4"})
    assert (answer.status_code, answer.json()) == (409, {
        "problem": "The store had a study 'rates' with 2 other arms; this study takes its place, and the runs of the "
        "earlier one are kept. Confirm that, or take another name.",
        "replaces": "rates",
        "another": "rates-2",
    })  # fmt: skip
    assert client.post("/start", json={**ASKED, "data": str(tmp_path)}).status_code == 409
    assert client.post("/start", json={**ASKED, "epochs": "4", "replace": ["rates"]}).status_code == 200
    assert client.app.state.site.started["rates"].wait() == 0
