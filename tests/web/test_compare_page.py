"""Two runs or arms side by side."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from markupsafe import escape

from classlab.analysis.pairs import all_pairs, pair_rows
from classlab.errors import SpecError
from classlab.judging.pair import compare_networks, pair_sentences
from classlab.judging.run_networks import run_network
from classlab.studies.store import open_store
from classlab.web.compare_page import Side, _runs
from classlab.web.opaque import arm_word, opaque_id


@pytest.fixture
def study(trained_store):
    with open_store(trained_store, write=False) as store:
        return store.study("models")


def test_two_runs_are_compared_as_the_command_compares_them(open_page, trained_store, study):
    first, second = study.runs_of(0)[0], study.runs_of(1)[0]
    page = open_page(trained_store).get(f"/compare?left={first.identity}&right={second.identity}").text
    with open_store(trained_store, write=False) as store:
        one, two = (run_network(store.run(record.identity), "test") for record in (first, second))
    for sentence in pair_sentences(compare_networks(one, two, class_names=first.class_names)):
        assert escape(sentence) in page
    assert "Images that only one gets right" in page
    assert "data:image/svg+xml;base64," in page


def test_two_arms_are_compared_over_their_seeds_as_well(open_page, trained_store, study):
    page = open_page(trained_store).get(f"/compare?left={arm_word('models', 0)}&right={arm_word('models', 1)}").text
    ((*_, verdict),) = pair_rows(all_pairs(study))
    assert "The two arms over their seeds" in page
    assert escape(verdict) in page
    first = page.index("Verdict on the arms: validation accuracy, 2 seeds")
    assert first < page.index("one network of each arm, seed 0, and about the test images. That can differ")
    assert first < page.index("Verdict on these two networks")
    assert "<h1>linear and cnn-small</h1>" in page


def test_the_page_of_the_study_leads_to_its_two_best_arms(open_page, trained_store):
    client = open_page(trained_store)
    page = client.get(f"/study/{opaque_id('models')}").text
    (link,) = re.findall(r'href="(/compare\?[^"]*)"', page)
    assert "The two arms over their seeds" in client.get(unescape(link)).text


def test_an_arm_that_predicted_nothing_is_refused(study):
    lost = Side(word="", name="lost", runs=tuple(replace(run, test=None) for run in study.runs_of(0)))
    whole = Side(word="", name="whole", runs=study.runs_of(1))
    with pytest.raises(SpecError) as refusal:
        _runs(whole, lost)
    assert str(refusal.value) == (
        "both sides must have predicted the test images, but no run of lost did. Choose another one."
    )


def test_a_run_alone_offers_others_of_the_same_data(open_page, trained_store, study):
    client, run = open_page(trained_store), study.runs[0]
    page = client.get(f"/compare?left={run.identity}").text
    for other in study.runs[1:]:
        assert f'href="/compare?left={run.identity}&amp;right={other.identity}"' in page
    choices = client.get("/compare").text
    assert choices.count("/compare?left=") == len(study.spec.arms) + len(study.runs)
    for one in study.runs:
        assert (
            f'<a href="/compare?left={one.identity}">{study.spec.arms[study.runs.index(one) // 2].name}</a>' in choices
        )
    arms = client.get(f"/compare?left={arm_word('models', 0)}").text
    assert f"right={arm_word('models', 1)}" in arms


def test_a_run_with_itself_is_the_same_network(open_page, trained_store, study):
    run = study.runs[0].identity
    assert open_page(trained_store).get(f"/compare?left={run}&right={run}").status_code == 200


@pytest.mark.parametrize("word", ["../etc", "0" * 64, f"{arm_word('models', 7)}", f"{arm_word('others', 0)}"])
def test_what_is_not_there_is_a_page_that_says_so(open_page, trained_store, word):
    assert open_page(trained_store).get("/compare", params={"left": word}).status_code == 404


def test_an_empty_store_says_what_to_do_first(open_page, tmp_path):
    assert "Start a study" in open_page(tmp_path).get("/compare").text
