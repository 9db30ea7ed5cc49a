"""Runs of data with hostile names, whose images are not at hand."""

from __future__ import annotations

import numpy as np
import pytest

from classlab import from_arrays
from classlab.studies.store import open_store
from classlab.studies.study import Study
from classlab.web.opaque import opaque_id

HOSTILE = '"><script>alert(1)</script>{{ 7 * 7 }}'


@pytest.fixture(scope="module")
def strange_store(tmp_path_factory):
    random = np.random.default_rng(0)
    images, labels = random.integers(0, 256, size=(60, 6, 9, 3), dtype=np.uint8), np.arange(60) % 3
    names = (HOSTILE, "a & b", "c")
    data = from_arrays(images, labels, images[:30], labels[:30], class_names=names, name=f"data {HOSTILE}")
    folder = tmp_path_factory.mktemp("strange") / "store"
    Study("study <b>&", data=data, model=["linear", "mlp"], epochs=1, seeds=1).run(store=folder)
    return folder


def test_names_stay_names_and_missing_images_are_told(open_page, strange_store):
    with open_store(strange_store, write=False) as store:
        one, two = store.identities()
    client = open_page(strange_store)
    pages = {
        path: client.get(path)
        for path in (
            *(f"/run/{one}", f"/run/{one}/cell/0/1", f"/run/{one}/cell/1/1", f"/compare?left={one}"),
            *(f"/compare?left={one}&right={two}", "/compare", f"/dataset/{opaque_id(f'data {HOSTILE}')}"),
            f"/run/{one}/image/test/0",
        )
    }
    for path, page in pages.items():
        assert "<script>alert" not in page.text, path
    assert "No images are shown, because" in pages[f"/run/{one}"].text
    assert "No images are shown, because" in pages[f"/compare?left={one}&right={two}"].text
    missing = (f"/run/{one}/image/test/0", f"/dataset/{opaque_id(f'data {HOSTILE}')}")
    for path in missing:
        assert pages[path].status_code == 404
        assert "images must be on this machine as they were to be shown, but data" in pages[path].text
        assert "Put them back where they were." in pages[path].text
    assert all(page.status_code == 200 for path, page in pages.items() if path not in missing)
