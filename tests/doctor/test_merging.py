"""Findings of one kind on many arms become one; what tells them apart in kind keeps them apart."""

from __future__ import annotations

import pytest

from classlab.doctor.callback_text import summary_lines
from classlab.doctor.merging import arms_in_words, arms_of, merge_alike, seeds_by_arm
from classlab.records import Cause, Diagnosis, Evidence, Finding
from classlab.records.finding import Place


def finding(text: str, arm: str = "a", *, seed: int = 0, **changes) -> Finding:
    basis = {"rule": "I13", "name": "under-trained", "severity": "INFO", "kind": "symptom"}
    return Finding(**{**basis, "text": text, "place": Place(arm=arm, seed=seed), **changes})


def test_numbers_become_ranges_and_places_are_gathered():
    found = merge_alike(
        [
            finding("Loss 1,200 in epoch 3, 5 classes.", "a", also=(Place(arm="a", seed=4),)),
            finding("Loss 9.5e-05 in epoch 12, 5 classes.", "b", seed=1),
            finding("Loss -3 in epoch 7, 5 classes.", "c"),
        ]
    )
    assert [each.text for each in found] == ["Loss -3\u20131,200 in epoch 3\u201312, 5 classes."]
    assert arms_of(found[0]) == ("a", "b", "c")
    assert seeds_by_arm(found[0]) == {"a": (0, 4), "b": (1,), "c": (0,)}


@pytest.mark.parametrize(
    "other",
    [
        finding("Layer fell by 4.", "b"),
        finding("It fell by 4 in layer 2.", "b"),
        finding("It fell by 4 in layer 1.", "b", severity="WARN"),
        finding("It fell by 4 in layer 1.", "b", rule="I5"),
        finding("It fell by 4 in layer 1.", "b", limits="Perhaps."),
        finding("It fell by 4 in layer 1.", "b", causes=(Cause(text="Steps.", remedy="Divide by 10."),)),
    ],
)
def test_other_words_layers_gravity_limits_and_causes_are_another_kind(other):
    first = finding("It fell by 3 in layer 1.")
    assert merge_alike([first, other]) == (first, other)
    assert merge_alike([first, finding("It fell by 4 in layer 1.", "b")])[0].text == "It fell by 3\u20134 in layer 1."


def test_names_in_quotes_and_findings_about_no_arm_keep_their_numbers():
    first = finding("5 seeds do not tell 'sgd 0.1' from 'sgd 0.2'.", "")
    second = finding("5 seeds do not tell 'sgd 0.1' from 'sgd 0.3'.", "")
    third = finding("6 seeds do not tell 'sgd 0.1' from 'sgd 0.2'.", "")
    assert merge_alike([first, second, third, first]) == (first, second, third)
    named = [finding(f"'adam {rate}' is called after adam.", f"adam {rate}") for rate in (1, 2)]
    assert merge_alike(named) == tuple(named)


def test_evidence_is_a_range_with_its_bound():
    def with_evidence(found: float | str, arm: str, *, bound: str = "below 0.5") -> Finding:
        evidence = (Evidence(name="share", found=found, expected=bound),)
        return finding("Units are dead.", arm, evidence=evidence)

    (numbers,) = merge_alike([with_evidence(0.95, "a"), with_evidence(0.89, "b", bound="below 0.4")])
    assert numbers.evidence == (Evidence(name="share", found="0.89\u20130.95", expected="below 0.5 or below 0.4"),)
    (same,) = merge_alike([with_evidence(0.9, "a"), with_evidence(0.9, "b")])
    assert same.evidence == (Evidence(name="share", found=0.9, expected="below 0.5"),)
    (words,) = merge_alike([with_evidence("nan", "a"), with_evidence(0.9, "b")])
    assert words.evidence[0].found == "nan or 0.9"


def test_the_summary_says_how_many_findings_its_lines_stand_for():
    found = [finding(f"It fell by {n}%.", f"arm {n}", severity="WARN") for n in range(5)]
    plain = Diagnosis(subject="study x", findings=(*found, finding("Words.", "b")), checked=("I13",))
    first, told, other, _ = summary_lines(plain)
    assert first == "doctor: 5 findings above INFO in study x, of 1 kind."
    assert told == (
        "  WARN I13 under-trained (symptom): It fell by 0\u20134%. (5 arms: arm 0; arm 1; arm 2 and 2 more arms)"
    )
    assert other == "  INFO I13 under-trained: Words. (arm b)"


def test_many_arms_are_counted():
    assert arms_in_words(["a", "b", "c"]) == "a; b; c"
    assert arms_in_words(["a", "b", "c", "d"]) == "a; b; c and 1 more arm"
    assert arms_in_words([]) == ""
