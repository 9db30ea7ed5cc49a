"""The page to draw on: who answers, and what the board is like."""

from __future__ import annotations

import re
import shutil

import pytest

from classlab.studies.store import open_store
from classlab.studies.study import Study
from classlab.web.opaque import opaque_id


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    place = tmp_path_factory.mktemp("drawn") / "store"
    Study("first", data="mnist5k", model="linear", epochs=1, seeds=1).run(place)
    Study("second", data="mnist5k", model="mlp", epochs=2, seeds=2).run(place)
    return place


@pytest.fixture
def page(open_page, store):
    return open_page(store)


def answering(text):
    """The identities of the models that answer, in order."""
    return re.findall(r'data-model="([0-9a-f]+)"', text)


def test_the_best_run_of_the_newest_data_answers_beside_the_best_other_model(page, store):
    text = page.get("/draw").text
    with open_store(store, write=False) as opened:
        runs = [opened.run(line.identity).record for line in opened.lines()]
    best = max(runs, key=lambda run: run.validation.accuracy)
    rival = max(
        (run for run in runs if run.spec.architecture.name != best.spec.architecture.name),
        key=lambda run: run.validation.accuracy,
    )
    assert answering(text) == [best.identity, rival.identity]


def test_every_model_is_shown_with_its_accuracy_and_its_data(page, store):
    text = page.get("/draw").text
    with open_store(store, write=False) as opened:
        accuracies = [max(run.validation.accuracy for run in opened.study(name).runs) for name in ("second", "first")]
    for name, accuracy in zip(("second", "first"), accuracies, strict=True):
        assert f">{name}: up to {100 * accuracy:.2f} % of mnist5k&#39;s validation images</option>" in text
    heads = re.findall(r'<h2 id="model-.*?>(.*?)</h2>', text)
    assert all(re.search(r"seed \d: \d+\.\d\d % of mnist5k&#39;s validation images$", head) for head in heads)


def test_the_winner_of_a_study_is_chosen_by_the_address(page, store):
    text = page.get("/draw", params={"model": f"study-{opaque_id('second')}"}).text
    with open_store(store, write=False) as opened:
        best = max(opened.study("second").runs, key=lambda run: run.validation.accuracy)
    assert answering(text) == [best.identity]
    assert "It is the first-ranked arm of study second, the seed with its best validation accuracy." in text


def test_other_models_are_chosen_by_the_address(page, store):
    with open_store(store, write=False) as opened:
        one, two = (run.identity for run in opened.study("second").runs)
    text = page.get("/draw", params={"model": [two, one]}).text
    assert answering(text) == [two, one]
    assert text.count("<select") == 3  # and one more to choose


def test_the_board_has_the_colours_of_the_training_images(page):
    assert 'data-ink="#ffffff" data-paper="#000000"' in page.get("/draw").text


def test_models_learn_what_their_training_images_have_in_common_when_they_are_opened(page, store):
    for identity in answering(page.get("/draw").text):
        with open_store(store, write=False) as opened:
            assert opened.run(identity).calibrated


@pytest.mark.parametrize("model", ["0" * 64, "study-0123456789abcdef", "../../etc/passwd", "study-"])
def test_a_model_that_is_not_there_is_a_page_that_is_not_there(page, model):
    assert page.get("/draw", params={"model": model}).status_code == 404


def test_an_empty_store_says_how_to_get_a_model(open_page, tmp_path):
    assert "There is no trained model in this store yet." in open_page(tmp_path).get("/draw").text


def test_a_study_whose_winner_was_removed_answers_no_more(open_page, store, tmp_path):
    place = tmp_path / "store"
    shutil.copytree(store, place)
    with open_store(place, write=True) as opened:
        opened.remove([run.identity for run in opened.study("second").runs])
        linear = opened.study("first").runs[0].identity
    page = open_page(place)
    assert answering(page.get("/draw").text) == [linear]
    assert page.get("/draw", params={"model": f"study-{opaque_id('second')}"}).status_code == 404


def test_a_model_of_few_pixels_is_said_to_misread_other_hands(open_page, page, tmp_path):
    Study("few", data="digits", model="linear", epochs=1, seeds=1).run(tmp_path / "store")
    said = "It sees 8 x 8 pixels, which hold little of a drawing: another hand than its images&#39; is often misread."
    assert said in open_page(tmp_path / "store").get("/draw").text
    assert "hold little of a drawing" not in page.get("/draw").text
