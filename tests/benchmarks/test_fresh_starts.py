from __future__ import annotations

import pytest

import classlab
from benchmarks import fresh_starts


@pytest.fixture(scope="module")
def dataset():
    return classlab.load("digits")


@pytest.mark.parametrize("detour", [False, True])
def test_the_network_is_the_built_in_one_on_the_path_that_is_named(dataset, detour):
    model = fresh_starts.network(dataset, (16,), detour=detour)
    (run,) = classlab.fit_seeds(dataset, model, seeds=1, epochs=1, limit=60)
    assert run.record.path == ("keras" if detour else "engine")
    (own,) = classlab.fit_seeds(dataset, "mlp", units=(16,), seeds=1, epochs=1, limit=60)
    assert (run.record.validation == own.record.validation) is not detour


def test_copies_are_seen_as_one_network_only_where_every_seed_draws(dataset):
    assert fresh_starts._twins(dataset, (16,), 0, "fresh") == (True, False)
    assert fresh_starts._twins(dataset, (16,), 0, "given")[0] is False


def test_both_tables_are_printed_and_put_on_the_page(tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("<!-- fresh-starts:start -->\n<!-- fresh-starts:end -->\n", encoding="utf-8")
    fresh_starts.main(["--data", "digits", "--seeds", "2", "--studies", "1", "--page", str(page)])
    printed = capsys.readouterr().out
    assert printed.count("\n| linear |") == printed.count("\n| mlp |") == 4
    assert "| two copies of the Keras model, fresh | 1 | 0 |" in printed
    assert printed.strip() in page.read_text(encoding="utf-8")
