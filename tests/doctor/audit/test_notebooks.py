"""Notebooks: the course's hand-in with its three errors, the lab's own seven, commands in cells, cells out of order."""


# ruff: noqa: E501  (scripts and cells are written as their authors write them)

from __future__ import annotations

import json

import pytest

from classlab.doctor.audit import audit_file, audit_source
from classlab.doctor.audit.source import notebook_source, plain_python
from classlab.lab.notebooks import write_notebooks
from classlab.lab.setting import find_images
from tests.doctor.audit.hand_in import CELLS, notebook
from tests.doctor.audit.reading import diagnose_notebook, grave

ERRORS = {("C4", 10, 1), ("C1", 12, 2), ("A1", 16, 1)}


def found(diagnosis):
    return {(each.rule, each.place.cell, each.place.line) for each in grave(diagnosis)}


def with_cell(number: int, text: str):
    return tuple((kind, text if place == number else old) for place, (kind, old) in enumerate(CELLS, 1))


def code_notebook(*cells: str, runs=()) -> bytes:
    counts = runs or (None,) * len(cells)
    made = [
        {"cell_type": "code", "metadata": {}, "source": text, "execution_count": count, "outputs": []}
        for text, count in zip(cells, counts, strict=True)
    ]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def test_the_three_errors_of_the_hand_in_are_named_with_cell_and_line_and_nothing_else():
    diagnosis = diagnose_notebook(notebook())
    assert found(diagnosis) == ERRORS
    assert [each.severity for each in diagnosis.findings] == ["INVALID", "INVALID", "FAIL"]
    scaled = diagnosis.findings[2]
    assert scaled.text == (
        "The training images are scaled twice before they reach the first layer with weights: `train_images / 255.0` "
        "(cell 4, line 1) and `train_images.reshape((60000, 28, 28, 1)).astype('float32') / 255` (cell 16, line 1), "
        "so that values lie between 0 and 0.00392."
    )
    assert [(place.cell, place.line) for place in scaled.also] == [(4, 1), (17, 13)]


@pytest.mark.parametrize(
    ("number", "text", "gone"),
    [
        (16, "x_train = train_images[..., None]\nx_test = test_images[..., None]\n", "A1"),
        (10, "for name, accuracy in results.items():\n    print(name, accuracy)\n", "C4"),
        (12, "adam_20, _ = run(keras.optimizers.Adam(0.001), 20)\nrmsprop_20, _ = run(keras.optimizers.RMSprop(0.001), 20)\n", "C1"),
    ],
)  # fmt: skip
def test_an_error_that_is_mended_is_no_longer_named(number, text, gone):
    diagnosis = diagnose_notebook(notebook(with_cell(number, text)))
    assert found(diagnosis) == {error for error in ERRORS if error[0] != gone}


@pytest.mark.parametrize(
    ("number", "text", "place"),
    [
        (16, "def as_input(images):\n    return np.expand_dims(images, 3) / 255.\nx_train, x_test = as_input(train_images), as_input(test_images)\n", ("A1", 16, 2)),
        (16, "x_train = np.array(train_images)[:, :, :, np.newaxis]\nx_train *= 1.0 / 255\nx_test = test_images[..., None] / 255\n", ("A1", 16, 2)),
        (10, "names, values = list(results), list(results.values())\nprint(names[int(np.argmax(values))])\n", ("C4", 10, 2)),
        (10, "top = ''\nbest = 0\nfor name in results:\n    if results[name] > best:\n        top, best = name, results[name]\n", ("C4", 10, 4)),
        (10, "print(sorted(results.items(), key=lambda pair: -pair[1])[:3])\n", ("C4", 10, 1)),
        (12, "h = {}\nfor name in ('Adam', 'RMSprop'):\n    for rate in (0.001, 0.01):\n        h[f'{name} {rate}'], _ = run(keras.optimizers.Adam(learning_rate=rate), 20)\n", ("C1", 12, 4)),
        (12, "twenty = {'Adam': keras.optimizers.Adam(), 'RMSprop': keras.optimizers.Adam()}\nfor name, o in twenty.items():\n    hist, acc = run(o, 20)\n    plt.plot(hist.history['accuracy'], label=name)\n", ("C1", 12, 1)),
    ],
)  # fmt: skip
def test_an_error_is_named_at_its_line_however_a_student_writes_it(number, text, place):
    diagnosis = diagnose_notebook(notebook(with_cell(number, text)))
    others = {error for error in ERRORS if error[0] != place[0]}
    assert found(diagnosis) == {*others, place}


def test_a_function_that_scales_and_is_called_twice_is_named_with_both_calls():
    prepare = "def prepare(images):\n    return images.astype('float32') / 255\ntrain_images = prepare(train_images)\n"
    cells = with_cell(4, prepare)
    cells = tuple(
        (kind, "x_train = prepare(np.expand_dims(train_images, -1))\n" if n == 16 else text)
        for n, (kind, text) in enumerate(cells, 1)
    )
    scaled = next(each for each in diagnose_notebook(notebook(cells)).findings if each.rule == "A1")
    assert (scaled.place.cell, scaled.place.line) == (4, 2)
    assert "(cell 4, line 2, called in cell 4, line 3)" in scaled.text
    assert "(cell 4, line 2, called in cell 16, line 1)" in scaled.text
    assert {(4, 3), (16, 1)} <= {(place.cell, place.line) for place in scaled.also}


def test_of_the_notebooks_of_the_lab_the_trap_of_the_last_exercise_alone_is_named(tmp_path):
    written = write_notebooks(tmp_path, find_images(embedded=True))
    audits = {path.stem: audit_file(path, name=path.name) for path in written}
    assert [audit.problems for audit in audits.values()] == [()] * 14
    found = [(name, each) for name, audit in audits.items() for each in grave(audit.diagnosis)]
    assert [(name, each.rule) for name, each in found] == [("7-convolutional-network-exercise", "A1")]
    assert (found[0][1].place.cell, found[0][1].place.line) == (7, 1)
    # The solution of the last divides twice on purpose, to show what comes of it, and says so in a comment.
    quiet = [(each.finding.rule, each.reason) for audit in audits.values() for each in audit.silenced]
    assert quiet == [("A1", "the mistake that this step looks at")]
    assert sum("A1" in audit.diagnosis.checked for audit in audits.values()) == 12  # the first trains nothing


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("%matplotlib inline\nx = 1", "\nx = 1"),
        ("!pip install keras && \\\n  echo done\nx = 1", "\n\nx = 1"),
        ("if x:\n    !ls\n    y = 1", "if x:\n    pass\n    y = 1"),
        ("files = !ls\nx = 1", "files = input()\nx = 1"),
        ("model.fit?\nx = 1", "\nx = 1"),
        ("%%time\nx = 1", "\nx = 1"),
        ("%%capture said\nx = 1", "said = input()\nx = 1"),
        ("if x:\n    %run lib/prepare.py\n%pylab inline", "if x:\n    from prepare import *\nfrom pylab import *"),
        ("%%bash\nls | wc", "\n"),
        ("a = (7\n% 4)", "a = (7\n% 4)"),
    ],
)
def test_notebook_commands_are_blanked_and_lines_keep_their_numbers(text, plain):
    assert plain_python(text) == plain
    assert plain.count("\n") == text.count("\n")


DATA = "import keras\nkeras.utils.set_random_seed(0)\n(x, y), _ = keras.datasets.mnist.load_data()\nx = x / 255\n"
NET = (
    "net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation='softmax')])\n"
    "net.compile('adam', 'sparse_categorical_crossentropy')\n"
)


def test_a_cell_that_was_run_out_of_order_is_named():
    finding = grave(diagnose_notebook(code_notebook(DATA, NET, "net.fit(x, y)", runs=(1, 5, 3))))[0]
    assert (finding.rule, finding.severity, finding.place.cell) == ("C10", "WARN", 3)
    assert finding.text == "Cell 3 was run before cell 2 that stands above it: [3] before [5]."


def test_a_name_that_is_used_before_the_cell_that_defines_it_is_named():
    finding = grave(diagnose_notebook(code_notebook(DATA, "net.fit(x, y)", NET)))[0]
    assert (finding.rule, finding.place.cell, finding.place.line) == ("C10", 2, 1)
    assert finding.text == "`net` is used here, but it is only defined in cell 3."


@pytest.mark.parametrize("runs", [(4, 7, 9), (0, 7, 0), (4, 0, 9)])
def test_cells_in_order_are_not_named_and_a_0_beside_a_cell_says_nothing(runs):
    assert grave(diagnose_notebook(code_notebook(DATA, NET, "net.fit(x, y)", runs=runs))) == []


@pytest.mark.parametrize("text", ["# exercise 3", "", "!pip install keras"])
def test_a_cell_without_code_may_have_been_run_at_any_time(text):
    assert grave(diagnose_notebook(code_notebook(text, DATA, NET, "net.fit(x, y)", runs=(9, 1, 2, 3)))) == []


def test_what_the_last_line_of_a_cell_gives_is_shown_and_what_another_gives_is_lost():
    train = "model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation='softmax')])\nmodel.compile('adam', 'sparse_categorical_crossentropy')\nmodel.fit(x / 255, y)\n"
    load = "import keras\nkeras.utils.set_random_seed(1)\n(x, y), _ = keras.datasets.mnist.load_data()\n"
    shown = diagnose_notebook(code_notebook(load + "x * 2", train))
    lost = diagnose_notebook(code_notebook(load + "x * 2\nprint(y)", train))
    assert found(shown) == set()
    assert found(lost) == {("E1", 1, 4)}


def test_a_cell_that_is_not_python_is_one_sentence_and_the_rest_is_audited():
    audit = audit_source(notebook_source(code_notebook(DATA + "x = x / 255\n", "this is no python", NET + "net.fit(x, y)"), name="n.ipynb"))  # fmt: skip
    assert audit.problems == (
        "n.ipynb, cell 2, line 1, must be valid Python, but it is not (invalid syntax). "
        "Mend the syntax; the rest was audited.",
    )
    assert [each.rule for each in grave(audit.diagnosis)] == ["A1"]


def test_a_notebook_of_format_3_is_read():
    cells = [{"cell_type": "code", "input": text, "prompt_number": 1} for text in (DATA + "x = x / 255\n" + NET + "net.fit(x, y)",)]  # fmt: skip
    old = json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3}).encode()
    assert [(each.rule, each.place.cell, each.place.line) for each in grave(diagnose_notebook(old))] == [("A1", 1, 5)]
