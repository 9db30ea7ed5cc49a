"""The documentation's tables of options are those of the one table."""

from __future__ import annotations

import pytest

from benchmarks.option_tables import DOCS, tables


@pytest.mark.parametrize(("page", "name"), list(tables()))
def test_a_table_of_options_is_current(page, name):
    """`python -m benchmarks.option_tables` writes them anew."""
    written = (DOCS / page).read_text(encoding="utf-8")
    found = written.partition(f"<!-- {name}:start -->\n")[2].partition(f"\n<!-- {name}:end -->")[0]
    assert found == tables()[page, name]
