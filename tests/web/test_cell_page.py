"""The images behind a cell of a confusion matrix."""

from __future__ import annotations

import re

import pytest

from classlab.studies.store import open_store


@pytest.fixture
def run(trained_store):
    with open_store(trained_store, write=False) as store:
        return store.run(store.identities(model="linear")[0])


def test_a_cell_opens_exactly_its_images_those_first_of_which_the_network_was_surest(open_page, trained_store, run):
    predicted = run.predictions.probabilities.argmax(axis=1)
    client = open_page(trained_store)
    address = f"/run/{run.record.identity}"
    for true, other in [(0, 0), (8, 1), (3, 3)]:
        places, start = [], 0
        while True:
            page = client.get(f"{address}/cell/{true}/{other}?from={start}").text
            places += [int(place) for place in re.findall(rf'href="{address}/image/test/(\d+)"', page)]
            if "More images" not in page:
                break
            start += 60
        assert sorted(places) == [
            place for place, label in enumerate(run.predictions.labels) if label == true and predicted[place] == other
        ]
        confidences = run.predictions.probabilities[places].max(axis=1).tolist()
        assert confidences == sorted(confidences, reverse=True)


def test_its_pictures_are_the_images(open_page, trained_store, run):
    import io

    import numpy as np
    from PIL import Image

    from classlab.datasets import load

    answer = open_page(trained_store).get(f"/run/{run.record.identity}/picture/test-5.png")
    assert answer.headers["content-type"] == "image/png"
    pixels = np.asarray(Image.open(io.BytesIO(answer.content)))
    np.testing.assert_array_equal(pixels, load("digits").test.images[5, ..., 0])


@pytest.mark.parametrize(
    "rest", ["cell/10/0", "cell/0/99999999999999999999", "cell/x/0", "picture/train-0.png", "picture/test-99999.png"]
)
def test_what_is_not_there_is_a_page_that_says_so(open_page, trained_store, run, rest):
    assert open_page(trained_store).get(f"/run/{run.record.identity}/{rest}").status_code == 404


def test_it_says_which_classes_they_are(open_page, trained_store, run):
    page = open_page(trained_store).get(f"/run/{run.record.identity}/cell/8/1").text
    assert "of class 8, predicted as 1 by" in page
