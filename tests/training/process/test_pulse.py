"""What is told within an epoch: how often, of how much of it, and how much time is left."""

from __future__ import annotations

from classlab.records.progress import StepReport
from classlab.training.process.pulse import EVERY, Pulse


def test_it_tells_no_more_than_twice_a_second_and_asks_for_figures_only_then():
    now, told, asked = [0.0], [], []

    def figures():
        asked.append(now[0])
        return [0.5], [0.75]

    pulse = Pulse(lambda share, found: told.append((share, found)), clock=lambda: now[0])
    pulse.begin(member_steps=2000)
    for step in range(1000):
        now[0] = step / 1000
        pulse.took(range(1), 1, figures)
        pulse.took(range(1, 2), 1)
    assert told == [(0.5005, {0: (0.5, 0.75)})]
    assert len(asked) <= 1 / EVERY


def test_another_epoch_begins_at_nothing():
    told = []
    pulse = Pulse(lambda share, found: told.append((share, found)), clock=iter((0.0, 1.0, 2.0, 3.0, 4.0)).__next__)
    pulse.begin(member_steps=2)
    pulse.took(range(1), 1, lambda: ([1.0], [0.0]))
    pulse.begin(member_steps=4)
    pulse.took(range(1), 1)
    assert told == [(0.5, {0: (1.0, 0.0)}), (0.25, {})]


def test_a_report_knows_its_share():
    report = StepReport(epoch=1, epochs=2, step=3, steps=4, figures={}, seconds=1.0, seconds_left=2.0)
    assert report.share == 0.75
