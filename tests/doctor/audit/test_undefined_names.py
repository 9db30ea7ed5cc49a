"""N1: names that nothing defines, and the many ways in which Python defines one."""

# ruff: noqa: E501  (scripts are written as their authors write them)

from __future__ import annotations

import pytest

from tests.doctor.audit.reading import diagnose, diagnose_notebook, grave
from tests.doctor.audit.test_notebooks import DATA, NET, code_notebook


def undefined(text: str) -> list[tuple[int | None, str]]:
    return [(each.place.line, each.text.split("`")[1]) for each in diagnose(text).findings if each.rule == "N1"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x_train = 1\nprint(x_trian)", [(2, "x_trian")]),
        ("def build():\n    return Dense(10)\n", [(2, "Dense")]),
        ("def f():\n    inner = 1\nprint(inner)", [(3, "inner")]),
        ("names = [each for each in 'ab']\nprint(each)", [(2, "each")]),
        ("class Net:\n    size = units\n", [(2, "units")]),
        ("y = labels.astype(int)\nlabels = y\nz = categories + categories\n", [(3, "categories")]),
        ("try:\n    import numpy as np\nexcept ImportError:\n    pass\nprint(numpy)", [(5, "numpy")]),
    ],
)
def test_a_name_that_nothing_defines_is_named_at_its_first_use(text, found):
    assert undefined(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    return later\nlater = 1",
        "def f():\n    global shared\n    shared = 1\nprint(shared)",
        "def outer():\n    a = 1\n    def inner():\n        nonlocal a\n        a += 1\n        return a\n    return inner",
        "f = lambda a, *b, c=1, **d: (a, b, c, d)",
        "print([(a, b) for a in 'xy' for b in a if (last := b)], last)",
        "with open('f') as file:\n    print(file)",
        "try:\n    pass\nexcept ValueError as problem:\n    print(problem)",
        "try:\n    model\nexcept NameError:\n    model = 1",
        "match [1]:\n    case [first, *rest]:\n        print(first, rest)\n    case {'a': b, **more}:\n        print(b, more)",
        "def f(x: Unseen) -> Unseen:\n    y: Unseen = x\n    return y",
        "class A:\n    def f(self):\n        return __class__\nprint(__name__, __file__)",
        "import os.path, numpy as np\nprint(os, np)",
        "display(get_ipython())",
        "a, (b, *c) = 1, (2, 3)\nfor d, e in c:\n    print(a, b, d, e)\ndel a",
    ],
)
def test_a_name_that_python_would_find_is_not_named(text):
    assert undefined(text) == []


def test_the_finding_points_to_a_name_that_is_close():
    finding = diagnose("x_train = 1\nprint(x_trian, x_trian)\nx_trian").findings[0]
    assert finding.text == "`x_trian` is used here, but nothing defines it."
    assert finding.causes[0].remedy == ("Define `x_trian`, or write the name that was meant; `x_train` is close to it.")
    assert [place.line for place in finding.also] == [3]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("from pylab import *\nplot(x)", "`from pylab import *` may bring any name"),
        ("exec(open('a.py').read())\nprint(x)", "`exec` may define any name"),
        ("import sys\nsys.modules[__name__].x = 1\nprint(x)", "`modules` may define any name"),
        ("%run prepare.py\nprint(x)", "`from prepare import *` may bring any name"),
    ],
)
def test_where_any_name_may_come_from_elsewhere_the_rule_is_not_checked(text, reason):
    diagnosis = diagnose(text)
    assert undefined(text) == []
    assert "N1" not in diagnosis.checked
    assert [each.reason for each in diagnosis.unchecked if each.rule == "N1"] == [reason]


def test_the_cells_of_a_notebook_share_their_names():
    assert grave(diagnose_notebook(code_notebook(DATA, NET, "net.fit(x, y)"))) == []
    finding = grave(diagnose_notebook(code_notebook(DATA, NET, "net.fit(x, y)", "classifier.summary()")))[0]
    assert (finding.rule, finding.severity, finding.place.cell) == ("N1", "WARN", 4)


def test_beside_a_cell_that_is_not_python_the_rule_is_not_checked():
    diagnosis = diagnose_notebook(code_notebook("this is no python", "print(x)"))
    assert [each.reason for each in diagnosis.unchecked if each.rule == "N1"] == [
        "a cell that is not valid Python may define any name"
    ]
