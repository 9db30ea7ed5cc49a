"""The audit ends, after a bounded number of steps, on any valid Python, and never raises."""


# ruff: noqa: E501  (scripts and cells are written as their authors write them)

from __future__ import annotations

import contextlib
import json
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import classlab
from classlab.doctor.audit import RULES, audit_source, program
from classlab.doctor.audit.source import CodeCell, Source, script_source
from classlab.errors import DataError
from tests.doctor.audit.faults import FAULTS
from tests.doctor.audit.reading import consistent, diagnose, script_files

LIBRARY = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))
OURS = sorted(Path(classlab.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("path", LIBRARY[3::16] + OURS[5::40], ids=lambda path: path.stem)
def test_foreign_sources_are_followed_without_an_error_and_without_a_finding(path, monkeypatch):
    monkeypatch.setattr(program, "_imports_keras", lambda *_: True)  # else most of them would not be followed at all
    audit = audit_source(script_source(path.read_bytes(), name=path.name))
    assert [each for each in audit.diagnosis.findings if each.severity != "INFO"] == []


HOSTILE = {
    "a loop without end": "import keras\nx = [1]\nwhile True:\n    x += x\n    y = x * 1000\n",
    "a recursion without end": "import keras\ndef f(n):\n    return f(n + 1) + f(n + 2)\nf(0)\n",
    "two functions that call each other": "import keras\ndef f(n):\n    return g(n), g(n)\ndef g(n):\n    return f(n), f(n)\nf(0)\n",
    "a large power": "import keras\nx = 10 ** 10 ** 10\ny = 'a' * 10 ** 12\nz = [0] * 10 ** 12\nw = range(10 ** 18)\n",
    "deep brackets": "import keras\nx = " + "(" * 80 + "1" + ")" * 80 + "\n",
    "a long sum": "import keras\nx = " + " + ".join(["1"] * 900) + "\n",
    "nested loops": "import keras\n" + "".join("    " * d + f"for a{d} in range(60):\n" for d in range(12)) + "    " * 12 + "x = 1\n",
    "a class of itself": "import keras\nclass A(A0 := object):\n    x = property(lambda s: s.x)\na = A()\na.x\n",
    "a list in itself": "import keras\nx = []\nx.append(x)\nd = {'a': x}\nd['b'] = d\nprint(x, d)\nplt.plot(x)\nfoo('Adam', x, d)\n",
    "a model in itself": "import keras\nm = keras.Sequential()\nm.add(m)\nm.fit(m, m)\n",
    "a base class of itself": "import keras\nclass A(keras.Model):\n    def call(self, x):\n        return self(x)\nA().fit(1, 2)\n",
    "many branches": "import keras\n" + "".join(f"if a{n}:\n    x{n} = 1\nelse:\n    x{n} = 2\n" for n in range(400)),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_programs_are_followed_to_a_bound(name):
    found = [each for each in diagnose(HOSTILE[name]).findings if each.severity != "INFO"]
    assert {each.rule for each in found} <= {"N1"}  # some of their names are indeed defined nowhere


def test_a_program_that_is_cut_short_says_so():
    nested = diagnose(HOSTILE["nested loops"])
    assert {each.reason for each in nested.unchecked} == {
        "the program goes on for longer than the audit follows it",
    }


PIECES = sorted(
    {
        line
        for text in (*FAULTS.values(), *(path.read_text(encoding="utf-8") for path in script_files("healthy")))
        for line in text.split("\n")
        if line and not line[0].isspace() and not line.endswith((":", "(", "[", "{", ","))
    }
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(some.lists(some.sampled_from(PIECES), min_size=1, max_size=25))
def test_shuffled_lines_of_scripts_never_raise(lines):
    cells = tuple(CodeCell(number, line) for number, line in enumerate(["import keras", *lines], 1))
    audit = consistent(audit_source(Source(name="s.ipynb", cells=cells)))
    assert {each.rule for each in audit.diagnosis.findings} <= {*RULES, "S1"}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(some.text(max_size=60))
def test_any_text_is_audited_or_refused(text):
    with contextlib.suppress(DataError):
        audit_source(script_source(f"import keras\n{text}".encode("utf-8", "replace"), name="a.py"))


def test_a_finding_is_the_same_whenever_the_audit_is_repeated():
    text = FAULTS["C4 sorted rows"]
    plain = [json.dumps(str(diagnose(text))) for _ in range(2)]
    assert plain[0] == plain[1]
