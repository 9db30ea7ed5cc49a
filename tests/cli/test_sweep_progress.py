from __future__ import annotations

import io
from dataclasses import replace

from classlab.cli.progress import sweep_progress
from classlab.studies.work.study_progress import ArmProgress, StudyReport


def arm(name: str, *, done: int = 0, epoch: int = 0, trouble: int = 0) -> ArmProgress:
    figures = {"accuracy": 0.5, "val_loss": 1.0, "val_accuracy": 0.25} if epoch or done else {}
    return ArmProgress(name=name, done=done, runs=2, epoch=epoch, epochs=5, figures=figures, trouble=trouble)


def report(*arms: ArmProgress) -> StudyReport:
    return StudyReport(
        arms=arms, done=3, runs=9, population=2, populations=3, epoch=1, epochs=5, seconds=61.0, seconds_left=30.0
    )


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO, *reports: StudyReport, quiet: bool = False) -> str:
    with sweep_progress(quiet=quiet, stream=stream) as observer:
        for each in reports:
            observer.study_moved(each)
    return stream.getvalue()


def test_a_terminal_gets_a_row_per_arm(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    text = shown(Terminal(), report(arm("[bold]a", epoch=1), arm("b", done=2), arm("c", done=2, trouble=1), arm("d")))
    assert "3 of 9 runs kept   population 2 of 3, epoch 1 of 5   1 min 1 s, about 30 s left" in text
    rows = [line.split() for line in text.splitlines()]
    assert ["[bold]a", "0/2", "1/5", "0.5000", "1.0000", "0.2500", "training"] in rows
    assert ["b", "2/2", "0/5", "0.5000", "1.0000", "0.2500", "done"] in rows
    assert ["c", "2/2", "0/5", "0.5000", "1.0000", "0.2500", "1", "diverged", "or", "failed"] in rows
    assert ["d", "0/2", "0/5", "-", "-", "-", "waiting"] in rows


def test_within_an_epoch_the_display_moves(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    moving = replace(report(arm("a", epoch=1)), step=12, steps=34)
    stream = Terminal()
    with sweep_progress(quiet=False, stream=stream) as observer:
        observer.study_stepped(moving)
    assert "population 2 of 3, epoch 2 of 5, batch 12 of 34   1 min 1 s, about 30 s left" in stream.getvalue()


def test_a_terminal_shows_the_arms_that_move_and_counts_the_rest(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    text = shown(Terminal(), report(*(arm(f"w{number}") for number in range(20)), arm("moving", epoch=1)))
    assert "moving" in text
    assert "and 5 more" in text


def test_a_log_file_gets_lines_and_silence_is_silent():
    moving = report(arm("a", epoch=1))
    assert shown(io.StringIO(), moving).startswith("3 of 9 runs kept, population 2 of 3")
    assert shown(Terminal(), moving, quiet=True) == ""
