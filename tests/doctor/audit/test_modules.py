"""Modules in the folder of a file are followed with it, and findings name the module's own line."""

from __future__ import annotations

import pytest

from classlab.doctor.audit import audit_file
from classlab.doctor.audit.listing import lines_of
from tests.doctor.audit.faults import COMPILE, FIT, MODEL
from tests.doctor.audit.reading import consistent, grave

PREPARE = """\
import keras
from .main import nothing
def load():
    return keras.datasets.mnist.load_data()
def scale(images):
    return images / 255
def unused(images):
    return scale(scale(images))
if __name__ == "__main__":
    load = scale = None
"""
START = (
    "keras.utils.set_random_seed(0)\n(x_train, y_train), (x_test, y_test) = {0}load()\nx_train = {0}scale(x_train)\n"
)
REST = MODEL + COMPILE + FIT
IMPORTS = {
    "import prepare": "prepare.",
    "import prepare as p": "p.",
    "from prepare import load, scale": "",
    "from prepare import *": "",
    "from . import prepare": "prepare.",
    "from .prepare import load, scale, unused": "",
    "import inner.prepare": "inner.prepare.",
    "from inner import prepare": "prepare.",
}


@pytest.fixture
def audited(tmp_path):
    def audit(main, prepare=PREPARE):
        (tmp_path / "inner").mkdir(exist_ok=True)
        for path in ("prepare.py", "inner/prepare.py"):
            (tmp_path / path).write_text(prepare, encoding="utf-8")
        (tmp_path / "main.py").write_text("from keras import layers\nimport keras\n" + main, encoding="utf-8")
        return consistent(audit_file(tmp_path / "main.py", name="main.py"))

    return audit


@pytest.mark.parametrize("line", IMPORTS)
def test_a_scaling_in_a_module_counts_however_it_is_imported(audited, line):
    start = START.format(IMPORTS[line])
    assert grave(audited(f"{line}\n{start}{REST}").diagnosis) == []
    found = grave(audited(f"{line}\n{start}x_train = x_train / 255\n{REST}").diagnosis)
    assert [each.rule for each in found] == ["A1"]
    assert "prepare.py, line 6" in found[0].text


def test_a_finding_in_a_module_is_placed_and_silenced_there(audited):
    main = "from prepare import *\n" + START.format("") + MODEL + "compiled(model)\n" + FIT
    module = PREPARE + "def compiled(model):\n    model.compile('adam', 'categorical_crossentropy')\n"
    found = audited(main, module).diagnosis.findings
    assert [(each.rule, each.place.file, each.place.line) for each in found] == [("B5", "prepare.py", 12)]
    audit = audited(main, module.rstrip() + "  # classlab: ignore[B5] converted elsewhere\n")
    assert [each.reason for each in audit.silenced] == ["converted elsewhere"]
    assert list(lines_of(audited(main, module)))[1] == "    see also: main.py, line 9"


def test_a_module_that_cannot_be_read_is_out_of_sight(audited):
    audit = audited("from prepare import load, scale\n" + START.format("") + REST, "def (:\n")
    assert audit.diagnosis.findings == ()
    assert audit.problems == ()
