"""The page of a dataset."""

from __future__ import annotations

import io

import numpy as np
import pytest
from markupsafe import escape
from PIL import Image

from classlab.datasets import inspect, load
from classlab.datasets.inspection_words import repeated_words
from classlab.web.opaque import opaque_id

ADDRESS = f"/dataset/{opaque_id('digits')}"


def test_it_tells_what_the_command_tells(open_page, trained_store):
    page = open_page(trained_store).get(ADDRESS).text
    found = inspect(load("digits"))
    assert "<h1>Dataset digits</h1>" in page
    for _, sentence in repeated_words(found):
        assert escape(sentence) in page
    for facts in found.splits.values():
        assert f"{facts.mean:.2f}" in page
    assert "data:image/svg+xml;base64," in page


@pytest.mark.parametrize("split", ["train", "test"])
def test_any_image_can_be_seen(open_page, trained_store, split):
    client, images = open_page(trained_store), getattr(load("digits"), split)
    page = client.get(f"{ADDRESS}/image/{split}/3")
    assert f"Of class {load('digits').class_names[images.labels[3]]}" in page.text
    answer = client.get(f"{ADDRESS}/image/{split}/3.png")
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(answer.content))), images.images[3, ..., 0])


@pytest.mark.parametrize(
    "address",
    ["/dataset/digits", f"/dataset/{opaque_id('mnist')}", f"{ADDRESS}/image/train/99999", f"{ADDRESS}/image/no/1"],
)
def test_what_is_not_there_is_a_page_that_says_so(open_page, trained_store, address):
    assert open_page(trained_store).get(address).status_code == 404


def test_a_number_beyond_the_last_image_is_answered_with_what_there_is(open_page, trained_store):
    page = open_page(trained_store).get(f"{ADDRESS}/image/train/99999").text
    last = len(load("digits").train) - 1
    assert f"digits has training images 0 to {last}." in page
    assert f'max="{last}"' in page
