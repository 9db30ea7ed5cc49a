"""Comments that silence a finding, and comments that do not."""

from __future__ import annotations

import pytest

from classlab.doctor.audit import audit_source
from classlab.doctor.audit.source import script_source

SCRIPT = """\
import keras
keras.utils.set_random_seed(0)
(x, y), _ = keras.datasets.mnist.load_data()
x = x / 255{first}
x = x / 255{second}
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy")
net.fit(x, y){third}
"""


def audit(first="", second="", third=""):
    text = SCRIPT.format(first=first, second=second, third=third)
    return audit_source(script_source(text.encode(), name="a.py"))


@pytest.mark.parametrize("place", ["first", "second", "third"])
def test_a_comment_with_a_reason_silences_from_any_line_that_the_finding_names(place):
    found = audit(**{place: "  # classlab: ignore[A1] the images are in 0 to 65025"})
    assert found.diagnosis.findings == ()
    assert [(each.finding.rule, each.reason) for each in found.silenced] == [
        ("A1", "the images are in 0 to 65025"),
    ]


@pytest.mark.parametrize(
    ("comment", "problem"),
    [
        ("# classlab: ignore[A1]", "silences A1 without a reason"),
        ("# classlab: ignore[A1]: ", "silences A1 without a reason"),
        ("# classlab: ignore", "names no rule, as in `# classlab: ignore[A1] reason`"),
        ("# classlab: ignore because I say so", "names no rule, as in `# classlab: ignore[A1] reason`"),
        ("# classlab: ignore[Z9] no such thing", "names Z9, which is no rule of the audit"),
    ],
)
def test_a_comment_without_rule_or_reason_silences_nothing_and_is_a_finding(comment, problem):
    found = audit(second=f"  {comment}")
    assert [(each.rule, each.severity) for each in found.diagnosis.findings] == [("A1", "FAIL"), ("S1", "WARN")]
    assert found.diagnosis.findings[1].text == f"This comment {problem}; it has no effect."
    assert found.silenced == ()


def test_a_comment_silences_its_own_rules_only():
    assert [each.rule for each in audit(second="  # classlab: ignore[A2, B1] other rules").diagnosis.findings] == ["A1"]
    assert audit(second="  # classlab: ignore[B1, a1] both").diagnosis.findings == ()


def test_a_text_that_looks_like_a_comment_silences_nothing():
    found = audit(second="\nnote = '# classlab: ignore[A1] not a comment'")
    assert [each.rule for each in found.diagnosis.findings] == ["A1"]
