"""SARIF 2.1.0: the constraints of its schema that a reader depends on."""

from __future__ import annotations

import json

import pytest

from classlab.doctor.audit import audit_source
from classlab.doctor.audit.sarif import sarif_of
from classlab.doctor.audit.source import cell_lines, notebook_source, script_source
from tests.doctor.audit.faults import FAULTS
from tests.doctor.audit.hand_in import notebook


def check_result(result, rules):
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["level"] in {"none", "note", "warning", "error"}
    assert result["message"]["text"].strip()
    for location in (*result["locations"], *result.get("relatedLocations", ())):
        physical = location["physicalLocation"]
        assert physical["region"]["startLine"] >= 1
        assert " " not in physical["artifactLocation"]["uri"]
    numbers = [location["id"] for location in result.get("relatedLocations", ())]
    assert len(numbers) == len(set(numbers))


def test_a_log_keeps_to_the_schema():
    scripts = [audit_source(script_source(text.encode(), name="my script.py")) for text in FAULTS.values()]
    silenced = FAULTS["A1 in place"].replace("# !A1", "# classlab: ignore[A1] on purpose")
    audits = [*scripts, audit_source(notebook_source(notebook(), name="a/b.ipynb"))]
    audits.append(audit_source(script_source(silenced.encode(), name="c.py")))
    log = json.loads(json.dumps(sarif_of(audits, problems=("d.py cannot be read.",))))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "classlab audit"
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        check_result(result, rules)
    assert len(run["results"]) == sum(len(each.diagnosis.findings) + len(each.silenced) for each in audits)
    suppressed = [result for result in run["results"] if "suppressions" in result]
    assert [result["suppressions"] for result in suppressed] == [[{"kind": "inSource", "justification": "on purpose"}]]
    assert run["invocations"] == [
        {
            "executionSuccessful": False,
            "toolExecutionNotifications": [{"level": "error", "message": {"text": "d.py cannot be read."}}],
        }
    ]


def test_severities_become_levels_and_cells_are_named():
    log = sarif_of([audit_source(notebook_source(notebook(), name="b.ipynb"))])
    results = log["runs"][0]["results"]
    assert [(each["ruleId"], each["level"]) for each in results] == [("C4", "error"), ("C1", "error"), ("A1", "error")]
    assert results[2]["locations"][0]["logicalLocations"] == [{"name": "cell 16, line 1", "kind": "module"}]
    assert results[2]["message"]["text"].endswith(
        "(cell 16, line 1) Remove one of the scalings, and give scaled images names of their own so that a cell "
        "can run twice."
    )


@pytest.mark.parametrize("indent", [1, None])
def test_a_region_in_a_notebook_is_the_line_of_its_file(indent):
    text = json.dumps(json.loads(notebook()), indent=indent)
    result = sarif_of([audit_source(notebook_source(text.encode(), name="b.ipynb"))])["runs"][0]["results"][2]
    lines = text.split("\n")
    named = (*result["locations"], *result["relatedLocations"])
    first, *others = [each["physicalLocation"]["region"]["startLine"] for each in named]
    assert '"x_train = train_images.reshape' in lines[first - 1]
    assert '"train_images = train_images / 255.0' in lines[others[0] - 1]
    assert '"history = cnn.fit(' in lines[others[1] - 1]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('{"cells": [{\n"source": "a\\nb"}]}', ((2, 2),)),
        ('{"cells": [{"source": [\n"a\\n",\n\n"b"\n]}]}', ((2, 4),)),
        ('{"cells": [{"source": []}]}', ((),)),
        ('{"cells": [{"metadata": {"source": "x"}, "source": []}]}', ()),
    ],
)
def test_lines_of_cells_are_those_of_the_file_and_none_where_they_cannot_be_told(text, lines):
    assert cell_lines(text, 1) == lines


def test_a_clean_log_says_that_it_was_made():
    log = sarif_of([audit_source(script_source(b"x = 1", name="a.py"))])
    assert log["runs"][0]["results"] == []
    assert log["runs"][0]["invocations"][0]["executionSuccessful"] is True
