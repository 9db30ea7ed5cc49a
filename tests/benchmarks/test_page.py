from pathlib import Path

import pytest

from benchmarks.page import replace_between, table


def test_only_what_stands_between_the_markers_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Before\n<!-- figures:start -->\nold\n<!-- figures:end -->\nafter\n", encoding="utf-8")
    replace_between(page, "figures", "new\n")
    replace_between(page, "figures", "newer\n")
    assert page.read_text(encoding="utf-8") == (
        "# Before\n<!-- figures:start -->\nnewer\n<!-- figures:end -->\nafter\n"
    )


def test_a_page_without_markers_is_refused_and_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing here", encoding="utf-8")
    with pytest.raises(SystemExit) as refusal:
        replace_between(page, "figures", "new")
    assert str(refusal.value) == (
        f"{page} must hold the lines <!-- figures:start --> and <!-- figures:end -->. Add them where the table belongs."
    )
    assert page.read_text(encoding="utf-8") == "nothing here"


def test_a_table_has_its_first_column_as_text_and_the_others_as_figures() -> None:
    assert table(["tool", "s"], [["a", "1"]]) == "| tool | s |\n| --- | ---: |\n| a | 1 |"
