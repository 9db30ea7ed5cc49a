from __future__ import annotations

import io

import pytest

from classlab.cli.tables import print_table

ROWS = [
    ("arm", "accuracy", "interval", "state"),
    ("a [bold]name[/]", "0.9028 ± 0.0184", "0.8467 .. 0.9398", "finished"),
    ("b", "0.1019", "-", "diverged"),
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def shown(monkeypatch):
    """What a terminal of so many columns shows, without its colors."""

    def show(rows, *, columns: int) -> list[str]:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "dumb")
        screen = Terminal()
        print_table(rows, stream=screen)
        return screen.getvalue().splitlines()

    return show


def test_a_piped_table_is_plain_text_with_the_first_column_to_the_left(capsys):
    print_table(ROWS)
    assert capsys.readouterr().out == (
        "arm                     accuracy          interval     state\n"
        "a [bold]name[/]  0.9028 ± 0.0184  0.8467 .. 0.9398  finished\n"
        "b                         0.1019                 -  diverged\n"
    )


def test_control_characters_are_not_obeyed(capsys):
    print_table([("arm", "n"), ("a\x1b[2J", "1")])
    assert capsys.readouterr().out.splitlines()[1] == "a?[2J  1"


def test_a_terminal_draws_a_rule_below_the_header_and_takes_names_as_they_are(shown):
    lines = shown(ROWS, columns=100)
    assert lines[0].split() == ["arm", "accuracy", "interval", "state"]
    assert set(lines[1]) == {"─"}
    assert lines[2].split() == ["a", "[bold]name[/]", "0.9028", "±", "0.0184", "0.8467", "..", "0.9398", "finished"]


@pytest.mark.parametrize("columns", [40, 52, 80])
def test_a_narrow_terminal_cuts_no_figure_and_names_every_piece(shown, columns):
    lines = shown(ROWS, columns=columns)
    assert max(map(len, lines)) <= columns
    for cell in (cell for row in ROWS[1:] for cell in row[1:]):
        assert any(cell in line for line in lines)
    headers = [line for line in lines if line.startswith("arm")]
    names = [line for line in lines if line.startswith("b ")]
    assert len(headers) == len(names) == lines.count("") + 1


def test_long_names_fold_and_keep_every_letter(shown):
    name = "x" * 70
    lines = shown([("arm", "accuracy"), (name, "0.5")], columns=40)
    assert sum(line.count("x") for line in lines) == 70
    assert any(line.endswith("0.5") for line in lines)
