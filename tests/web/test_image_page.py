"""One image through a run's network."""

from __future__ import annotations

import pytest

from classlab.datasets import load
from classlab.reports.figures.occlusion_map import occlusion_sentence
from classlab.studies.store import open_store


@pytest.fixture
def run(trained_store):
    with open_store(trained_store, write=False) as store:
        return store.run(store.identities(model="cnn-small")[0])


@pytest.mark.parametrize("split", ["test", "validation"])
def test_prediction_heat_map_and_activations_are_those_of_the_run(open_page, trained_store, run, split):
    page = open_page(trained_store).get(f"/run/{run.record.identity}/image/{split}/7")
    division = load("digits").divided_as(run.record.spec.data)
    images = division.test if split == "test" else division.validation
    assert page.status_code == 200
    assert f"<h1>{split.capitalize()} image 7</h1>" in page.text
    assert f"Of class {run.class_names[images.labels[7]]}" in page.text
    assert occlusion_sentence(run.inside.occlusion(images.images[7])) in page.text
    for layer in run.inside.activations(images.images[7]).layers:
        assert f"{layer.layer} {layer.kind}" in page.text


def test_looking_enters_nothing_in_the_ledger(open_page, trained_store, run):
    with open_store(trained_store, write=False) as store:
        before = store.openings()
    open_page(trained_store).get(f"/run/{run.record.identity}/image/test/0")
    with open_store(trained_store, write=False) as store:
        assert store.openings() == before


@pytest.mark.parametrize("rest", ["train/0", "test/99999", "test/-1", "validation/x"])
def test_an_image_that_is_not_there_is_a_page_that_says_so(open_page, trained_store, run, rest):
    assert open_page(trained_store).get(f"/run/{run.record.identity}/image/{rest}").status_code == 404


@pytest.mark.parametrize("split", ["test", "validation"])
def test_a_number_beyond_the_last_image_is_answered_with_what_there_is(open_page, trained_store, run, split):
    last = getattr(run.record, split).images - 1
    answer = open_page(trained_store).get(f"/run/{run.record.identity}/image/{split}/99999")
    assert answer.status_code == 404
    assert f"digits has {split} images 0 to {last}." in answer.text
    assert f'type="number" min="0" max="{last}"' in answer.text
    assert f'value="{split}" data-last="{last}" selected' in answer.text
