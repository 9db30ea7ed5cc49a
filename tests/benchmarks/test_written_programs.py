"""The programs that the doctor is tried on: each is Python, and says what is wrong with it in rules that there are."""

from __future__ import annotations

import ast
import re

from benchmarks.written_programs import programs
from classlab.doctor.symptoms import SYMPTOMS

HEAD = re.compile(r"# fault: (.+)\n# expect-top: (.+)\n# expect-any: (.+)\n# kind: (faulty|healthy)\n# size: \d+ \d+\n")


def test_every_program_is_python_with_a_head():
    rules, kinds = {symptom.RULE for symptom in SYMPTOMS}, []
    for name, source in programs().items():
        head = HEAD.match(source)
        assert head is not None, name
        ast.parse(source)
        wanted = set(head[2].split("|"))
        assert wanted <= ({"nothing"} if head[4] == "healthy" else rules), name
        kinds.append(head[4])
    assert len(kinds) >= 120
    assert kinds.count("healthy") >= 40


def test_one_thing_is_wrong_with_a_program_and_the_rest_is_as_in_its_sound_twin():
    made = programs()
    sound, raw = made["mlp"].splitlines(), made["dbl_mlp"].splitlines()
    changed = {(a, b) for a, b in zip(sound, raw, strict=True) if a != b}
    assert [b for a, b in changed if "/" in b and "/" in a] == [
        "x_train /= 255; x_test /= 255; x_train /= 255; x_test /= 255"
    ]
