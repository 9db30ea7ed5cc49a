"""A dataset in a notebook: what it holds, on one screen."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
from PIL import Image

import classlab


def test_a_dataset_shows_its_classes_their_counts_and_images_of_each():
    images = np.zeros((40, 6, 5, 1), np.uint8)
    labels = np.arange(40) % 2
    images[labels == 1] = 200
    data = classlab.from_arrays(images, labels, images[:6], labels[:6], class_names=["<b>", "white"], name="two")
    html = data._repr_html_()
    assert "<caption>Dataset(&#x27;two&#x27;, 40 training and 6 test images of 6 x 5 x 1, 2 classes)</caption>" in html
    assert html.count("<td>20</td><td>3</td>") == 2
    assert "<b>" not in html
    dark, bright = (
        np.asarray(Image.open(io.BytesIO(base64.b64decode(each))))
        for each in re.findall('src="data:image/png;base64,([^"]+)"', html)
    )
    assert (dark.shape, dark.max(), bright.min()) == ((6, 40), 0, 200)  # eight images of five columns


def test_of_many_classes_and_large_photographs_as_much_is_shown_as_fits():
    images = np.zeros((60, 200, 100, 3), np.uint8)
    data = classlab.from_arrays(images, np.arange(60) % 15, images[:15], np.arange(15))
    html = data._repr_html_()
    assert html.count("<img") == 12
    assert "<p>3 more classes are not shown.</p>" in html
    assert len(html) < 20_000
