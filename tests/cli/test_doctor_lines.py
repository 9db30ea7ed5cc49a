"""Findings while a training goes on: as soon as they are known, once, and nothing that only the end can say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classlab.cli.doctor_lines import DoctorLines, WatchedStudy, WatchedTraining
from classlab.records import Architecture, DataSpec, RunSpec
from classlab.records.diagnostics import Diagnostics, SplitFacts
from classlab.records.layers import Dense, Flatten, Rescaling
from classlab.records.progress import EpochReport, MemberProgress

DIM = SplitFacts(images=4000, minimum=0.0, maximum=0.0039, mean=0.0005, deviation=0.0012, class_counts=(2000, 2000))
LAYERS = (Rescaling(scale=1 / 255), Flatten(), Dense(units=2, activation="softmax"))
SPEC = RunSpec(data=DataSpec(name="toy"), architecture=Architecture(name="net", input_shape=(8, 8, 1), layers=LAYERS))
LINE = (
    "doctor: FAIL A1 double-normalisation: The images reach the first layer with weights almost constant: values from "
    "0 to 0.0039 with a deviation of 0.0012. They are scaled by preprocessing unit (/255) and layer 0 (Rescaling). "
    "Remove one of the two scalings."
)


def report(*members, epoch=0):
    return EpochReport(epoch=epoch, epochs=3, members=members, seconds=1.0, seconds_left=1.0)


def member(index=0, **changes):
    basis = MemberProgress(
        label=f"seed {index}", state="training", figures={}, diagnostics=Diagnostics(splits={"train": DIM}), index=index
    )
    return replace(basis, **changes)


class Inner:
    def __init__(self):
        self.seen = []

    def epoch_finished(self, report):
        self.seen.append(report)

    def study_moved(self, report):
        self.seen.append(report)


def test_a_fact_is_said_before_the_first_step_and_once():
    said, inner = [], Inner()
    watched = WatchedTraining(inner, [SPEC], said.append)
    watched.training_began(report(member()))
    assert said == [LINE]
    after = report(member(history={"loss": [0.7], "accuracy": [0.5]}), epoch=1)
    watched.epoch_finished(after)
    assert (said, inner.seen) == ([LINE], [after])


def test_seeds_of_one_arm_and_arms_of_one_epoch_speak_with_one_voice():
    said = []
    lines = DoctorLines(said.append)
    specs = [SPEC, replace(SPEC, seed=1), SPEC]
    members = report(member(0), member(1), member(2))
    lines.look(specs, ["plain", "plain", "other"], members)
    assert said == [f"{LINE} (2 arms: plain; other)"]
    lines.look(specs, ["plain", "late", "other"], members)
    assert said[1:] == [f"{LINE} (arm late)"]


def test_a_study_is_watched_beside_its_own_progress():
    said, inner = [], Inner()
    watched = WatchedStudy(inner, said.append)
    watched.study_moved("moved")
    watched.population_moved([SPEC], ["plain"], report(member()))
    assert (inner.seen, said) == (["moved"], [f"{LINE} (arm plain)"])


@pytest.mark.parametrize("noted", [None, Diagnostics(splits={})])
def test_a_training_without_notes_is_left_in_peace(noted):
    said = []
    DoctorLines(said.append).look([SPEC], [""], report(member(diagnostics=noted)))
    assert said == []


def test_control_characters_of_an_arm_do_not_reach_the_terminal():
    said = []
    DoctorLines(said.append).look([SPEC], ["a\x1b[31m"], report(member()))
    assert said == [f"{LINE} (arm a?[31m)"]
