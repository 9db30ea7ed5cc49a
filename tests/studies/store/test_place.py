from __future__ import annotations

from pathlib import Path

import pytest

from classlab.studies.store import store_folder


@pytest.mark.parametrize(
    ("option", "variable", "place"),
    [("given", "from-env", "given"), (None, "from-env", "from-env"), (None, "", "classlab-store"), (None, None,
     "classlab-store")],
)  # fmt: skip
def test_the_option_comes_before_the_environment(monkeypatch, option, variable, place):
    monkeypatch.delenv("CLASSLAB_STORE", raising=False)
    if variable is not None:
        monkeypatch.setenv("CLASSLAB_STORE", variable)
    assert store_folder(None if option is None else Path(option)) == Path(place)
