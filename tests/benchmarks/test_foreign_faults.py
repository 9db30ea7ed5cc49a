"""How answers about programs from elsewhere are counted."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.foreign_faults import Answer, page_text, shown

SICK = Answer(
    name="net_high.py",
    fault="the rate is too high",
    kind="faulty",
    top=("I2",),
    other=("I1",),
    said={"full": [("FAIL", "I1", ("I2", "I5"))], "bare": [("FAIL", "I1", ())]},
    accuracy=0.3,
)
SOUND = replace(SICK, name="net.py", kind="healthy", top=("nothing",), said={"full": [], "bare": []}, accuracy=0.9)


def test_the_first_cause_of_the_gravest_finding_counts():
    assert (SICK.first_cause("full"), SICK.is_right("full"), SICK.is_detected("full")) == ("I2", True, True)
    assert (SICK.first_cause("bare"), SICK.is_right("bare"), SICK.has_cause("bare")) == ("I1", False, False)
    assert SOUND.is_right("full")
    assert not replace(SOUND, said={"full": [("WARN", "A7", ())]}).is_right("full")


def test_facts_are_told_from_symptoms_by_what_is_right():
    assert replace(SICK, top=("B4",)).is_fact
    assert not replace(SICK, top=("B8",)).is_fact
    assert not SICK.is_fact


def test_a_fault_shows_beside_its_sound_twin():
    assert shown([SICK, SOUND]) == {"net_high.py"}
    assert shown([replace(SICK, accuracy=0.85), SOUND]) == frozenset()
    assert shown([replace(SICK, accuracy=0.65)]) == {"net_high.py"}
    assert shown([replace(SICK, accuracy=0.85)]) == frozenset()


def test_the_table_has_both_halves_and_the_earlier_version():
    text = page_text([SICK, SOUND], [replace(SICK, said={"full": [], "bare": []}), SOUND], machine="a machine")
    assert text.startswith("Measured on a machine.")
    assert "|  | seen, before | seen, now | held out, before | held out, now |" in text
    (row,) = [line for line in text.splitlines() if line.startswith("| symptoms that show, right first cause")]
    at = 1 if SICK.half == "seen" else 3
    assert [part.strip() for part in row.split("|")[2:-1]][at - 1 : at + 1] == ["0 of 1", "1 of 1"]
