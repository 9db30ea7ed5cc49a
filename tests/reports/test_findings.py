"""The section on findings: what is grave in full, what one cause explains together, remarks as a table."""

from __future__ import annotations

from dataclasses import replace

from classlab.records import Cause, Diagnosis, Evidence, Finding
from classlab.records.finding import Place, Unchecked
from classlab.reports.document import Bullets, Folded, Paragraph, Section, Table
from classlab.reports.sections.findings import diagnosis_section, findings_section

RATE = Cause(rule="I2", text="The learning rate is too high.", remedy="Divide it by ten.")
DEAD = Cause(rule="I5", text="Units died.", remedy="Take leaky_relu.")


def finding(rule="I1", severity="FAIL", **changes) -> Finding:
    basis = {
        "name": "chance-plateau",
        "kind": "symptom",
        "text": "It knows nothing.",
        "evidence": (Evidence(name="training loss", found=2.303, expected="below 2.303"),),
        "causes": (RATE,),
        "limits": "It may move yet.",
        "place": Place(arm="sgd 30", seed=0),
    }
    return Finding(**{**basis, "rule": rule, "severity": severity, **changes})


def section(*findings: Finding, unchecked=()) -> Section:
    return diagnosis_section(
        Diagnosis(subject="study x", findings=findings, checked=("A1", "I1"), unchecked=tuple(unchecked))
    )


def test_a_clean_bill_says_what_was_checked_and_what_could_not_be():
    found = section(
        unchecked=[Unchecked(rule="I8", reason="it takes a training"), Unchecked(rule="C10", reason="one run")]
    )
    assert found.title == "Findings"
    assert found.blocks == (
        Paragraph(text="Nothing was found that makes a figure unusable or keeps a run from learning."),
        Paragraph(text="2 checks made: A1, I1."),
        Folded(
            summary="2 checks could not be made",
            blocks=(Bullets(items=("I8: it takes a training.", "C10: one run.")),),
        ),
    )


def test_a_finding_shows_its_evidence_causes_limits_and_place():
    (told, _) = section(finding(also=(Place(arm="sgd 30", seed=1), Place(arm="sgd 40", seed=0)))).blocks
    assert isinstance(told, Section)
    assert told.title == "FAIL: chance plateau (I1, a symptom)"
    assert told.blocks == (
        Paragraph(text="It knows nothing. Where: sgd 30 (seeds 0, 1); sgd 40 (seed 0)."),
        Table(
            caption="Evidence",
            header=("measured", "found", "expected", "check"),
            rows=(("training loss", "2.303", "below 2.303", "I1"),),
            words=(0, 2, 3),
        ),
        Bullets(items=("Likeliest cause: The learning rate is too high. Remedy: Divide it by ten.",)),
        Paragraph(text="Limits: It may move yet."),
    )


def test_what_one_cause_explains_is_told_together():
    dead = finding("I5", name="dead-units", text="Units are dead.", causes=(RATE, DEAD), limits="")
    (told, _) = section(finding(), dead).blocks
    assert isinstance(told, Section)
    assert told.title == "FAIL: sgd 30 (2 findings, one likeliest cause)"
    causes, said, evidence, limits = told.blocks
    assert causes == Bullets(
        items=(
            "Likeliest cause: The learning rate is too high. Remedy: Divide it by ten.",
            "Or: Units died. Remedy: Take leaky_relu.",
        )
    )
    assert said == Bullets(
        items=(
            "FAIL I1, chance plateau (a symptom): It knows nothing. Where: sgd 30 (seed 0).",
            "FAIL I5, dead units (a symptom): Units are dead. Where: sgd 30 (seed 0).",
        )
    )
    assert isinstance(evidence, Table)
    assert len(evidence.rows) == 1
    assert limits == Bullets(items=("Limits of I1: It may move yet.",))


def test_other_causes_other_texts_and_findings_of_the_whole_study_stand_alone():
    whole = finding("C6", "WARN", name="difference-below-noise", kind="fact", place=Place())
    told = section(
        finding(),
        finding(place=Place(arm="adam 3", seed=0), text="It knows little."),
        finding("I5", causes=(DEAD,)),
        whole,
        replace(whole, text="5 seeds do not tell 'a' from 'b'."),
        replace(whole, text="5 seeds do not tell 'a' from 'c'."),
    ).blocks
    assert [each.title for each in told if isinstance(each, Section)] == [
        *("FAIL: chance plateau (I1, a symptom)",) * 2,
        "FAIL: chance plateau (I5, a symptom)",
        *("WARN: difference below noise (C6, a fact)",) * 3,
    ]


def test_a_finding_of_many_arms_is_told_once_and_each_arm_has_its_own_line_below():
    many = [
        finding("I13", "INFO", name="under-trained", text=f"It fell by {n}.5%.", place=Place(arm=f"arm {n}", seed=n))
        for n in range(14)
    ]
    remarks, folded = (block for block in section(*many).blocks if isinstance(block, Table | Folded))
    assert isinstance(remarks, Table)
    assert isinstance(folded, Folded)
    assert remarks.rows == (
        ("I13 under-trained", "It fell by 0.5\u201313.5%.", "14 arms: arm 0; arm 1; arm 2 and 11 more arms"),
    )
    assert folded.summary == "Every arm's findings one by one (14 findings)"
    (table,) = folded.blocks
    assert isinstance(table, Table)
    assert table.rows[3] == ("arm 3 (seed 3)", "INFO I13 under-trained", "It fell by 3.5%.")


def test_remarks_are_a_table_and_many_kinds_of_findings_are_counted():
    many = [finding(place=Place(arm=f"arm {n}", seed=0), text=f"It knows {'x' * n}.") for n in range(1, 15)]
    many = [replace(each, causes=()) for each in many]
    blocks = section(*many, finding("I13", "INFO", name="under-trained", text="It still fell.")).blocks
    assert Paragraph(text="2 further findings: see classlab doctor.") in blocks
    remarks = next(each for each in blocks if isinstance(each, Table))
    assert remarks.rows == (("I13 under-trained", "It still fell.", "sgd 30 (seed 0)"),)
    assert not any(isinstance(each, Folded) for each in blocks)


def test_a_studys_own_section_rests_on_its_diagnosis(plain_study):
    found = findings_section(plain_study)
    assert found.title == "Findings"
    assert found.blocks
