from __future__ import annotations

import io
import sys

import pytest

from classlab.cli.progress import progress
from classlab.records.progress import EpochReport, MemberProgress, StepReport
from classlab.studies.shown.progress_lines import EpochLines


def member(seed: int, loss: float, state: str = "training") -> MemberProgress:
    figures = {"loss": loss, "accuracy": 0.5, "val_loss": loss, "val_accuracy": 0.25}
    return MemberProgress(label=f"seed {seed}", state=state, figures=figures)


def report(*members: MemberProgress, epoch: int = 2) -> EpochReport:
    return EpochReport(epoch=epoch, epochs=3, members=members, seconds=61.2, seconds_left=30.6)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def narrated(stream: io.StringIO, *reports: EpochReport, quiet: bool = False) -> str:
    with progress(quiet=quiet, stream=stream) as observer:
        for each in reports:
            observer.epoch_finished(each)
    return stream.getvalue()


def test_a_log_file_gets_a_line_per_epoch():
    assert narrated(io.StringIO(), report(member(0, 1.0)), report(member(0, 0.5, "finished"), epoch=3)) == (
        "epoch 2/3, loss 1.0000, accuracy 0.5000, val loss 1.0000, val accuracy 0.2500, 1 min 1 s, about 31 s left\n"
        "epoch 3/3, loss 0.5000, accuracy 0.5000, val loss 0.5000, val accuracy 0.2500, 1 min 1 s\n"
    )


def within(step: int) -> StepReport:
    figures = {0: {"loss": 0.5, "accuracy": 0.75}}
    return StepReport(epoch=3, epochs=4, step=step, steps=469, figures=figures, seconds=61.2, seconds_left=30.6)


def test_a_long_epoch_is_told_of_every_few_seconds_and_shown_all_the_time(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    line = "epoch 3/4, batch 120/469, loss so far 0.5000, accuracy so far 0.7500, 1 min 1 s, about 31 s left"
    log, screen, now = io.StringIO(), Terminal(), [0.0]
    lines = EpochLines(log, clock=lambda: now[0])
    for now[0] in (0.0, 4.0, 6.0, 9.0):
        lines.epoch_moved(within(int(20 * now[0])))
    assert log.getvalue() == f"{line}\n"
    with progress(quiet=False, stream=screen, specs=[None]) as observer:
        observer.epoch_moved(within(120))
    assert line in screen.getvalue()


def test_several_members_are_told_as_a_range():
    line = narrated(io.StringIO(), report(member(0, 1.0), member(1, 3.0), member(2, 2.0, "diverged")))
    assert line.startswith("epoch 2/3, 3 members (2 training), loss 1.0000..3.0000, accuracy 0.5000, ")


def test_silence_is_silent():
    assert narrated(Terminal(), report(member(0, 1.0)), quiet=True) == ""


def test_a_terminal_gets_a_row_per_member(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    shown = narrated(Terminal(), report(*[member(seed, 1.0, "stopped_early") for seed in range(18)]))
    assert "epoch 2 of 3   1 min 1 s, about 31 s left" in shown
    assert "seed 15" in shown
    assert "seed 16" not in shown
    assert "and 2 more" in shown
    assert "stopped early" in shown


def test_the_cursor_comes_back_after_an_interruption(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()

    def interrupted() -> None:
        with progress(quiet=False, stream=stream) as observer:
            observer.epoch_finished(report(member(0, 1.0)))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert stream.getvalue().rstrip().endswith("\x1b[?25h")


def test_narration_goes_to_standard_error(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress(quiet=False) as observer:
        observer.epoch_finished(report(member(0, 1.0)))
    assert stream.getvalue().startswith("epoch 2/3")
