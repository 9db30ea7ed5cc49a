"""`classlab audit`: what it prints, its exit codes, and files that cannot be audited."""

from __future__ import annotations

import json
import os

import pytest

HEALTHY = """\
import keras
keras.utils.set_random_seed(0)
(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
x, x_test = x / 255, x_test / 255
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
net.fit(x, y, validation_split=0.1)
"""
WARNED = HEALTHY + "more = net.fit(x, y, validation_split=0.1)\nprint(max(more.history['val_accuracy']))\n"
FAILED = HEALTHY.replace("net =", "x /= 255\nnet =")
INVALID = HEALTHY + "net.fit(x, y, validation_data=(x[:99], y[:99]))\n"
UNSEEDED = HEALTHY.replace("keras.utils.set_random_seed(0)\n", "")


@pytest.fixture
def script(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(text: str, name: str = "a.py") -> str:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return name

    return write


@pytest.mark.parametrize(
    ("text", "fail_on", "code"),
    [
        (HEALTHY, "WARN", 0), (UNSEEDED, "WARN", 0), (WARNED, "WARN", 8), (FAILED, "WARN", 9), (INVALID, "WARN", 9),
        (WARNED, "FAIL", 0), (FAILED, "FAIL", 9), (FAILED, "INVALID", 0), (INVALID, "INVALID", 9),
        (INVALID, "never", 0),
    ],
)  # fmt: skip
def test_the_gravest_severity_decides_the_exit_code(classlab, script, text, fail_on, code):
    assert classlab("audit", script(text), "--fail-on", fail_on, "--quiet").code == code


def test_findings_are_printed_with_place_reason_and_remedy(classlab, script):
    answer = classlab("audit", script(FAILED))
    assert answer.out.splitlines() == [
        "a.py:5: FAIL A1 double-normalisation: The training images are scaled twice before they reach the first layer "
        "with weights: `x / 255` (line 4) and `x /= 255` (line 5), so that values lie between 0 and 0.00392.",
        "    see also: line 4; line 8",
        "    why: Images that are scaled twice are numbers near 0 that hardly differ, and the network stays at chance.",
        "    remedy: Remove one of the scalings, and give scaled images names of their own so that a cell can run "
        "twice.",
        "    limits: Images that were multiplied in between by something that the audit cannot see.",
    ]
    assert answer.err == "1 file audited: 1 FAIL.\n"


def test_a_clean_bill_says_what_was_checked(classlab, script):
    answer = classlab("audit", script(HEALTHY))
    assert answer.out == ""
    assert answer.err == (
        "1 file audited: nothing found. Checked: A1, A2, A3, A4, A5, A6, A9, A10, B1, B2, B3, B4, B5, B6, C1, C2, C3, "
        "C4, C5, C7, C8, C9, C10, I6, I7, I10, N1.\n"
    )


def test_a_clean_bill_says_what_could_not_be_checked(classlab, script):
    answer = classlab("audit", script("print(1)\n"))
    assert answer.code == 0
    first, last = answer.err.splitlines()
    assert first == "a.py: not checked: all rules but A9, C10, N1: the file imports neither Keras nor TensorFlow."
    assert last == "1 file audited: nothing found. Checked: A9, C10, N1."


def test_the_json_document_holds_every_file(classlab, script):
    script(FAILED.replace("x /= 255\n", "x /= 255  # classlab: ignore[A1] on purpose\n"), "b.py")
    answer = classlab("audit", script(FAILED), "b.py", "--json", "--quiet")
    document = json.loads(answer.out)
    assert [(each["subject"], len(each["findings"])) for each in document["files"]] == [("a.py", 1), ("b.py", 0)]
    assert document["files"][0]["findings"][0]["place"]["line"] == 5
    assert document["files"][1]["silenced"][0]["reason"] == "on purpose"
    assert document["problems"] == []
    assert answer.err == ""


def test_sarif_goes_to_a_file_or_to_standard_output(classlab, script, tmp_path):
    name = script(FAILED)
    answer = classlab("audit", name, "--sarif", tmp_path / "out" / "a.sarif")
    assert answer.out.startswith("a.py:5: FAIL A1")
    log = json.loads((tmp_path / "out" / "a.sarif").read_text(encoding="utf-8"))
    assert log == json.loads(classlab("audit", name, "--sarif").out)
    assert log["runs"][0]["results"][0]["ruleId"] == "A1"


def test_two_documents_on_standard_output_are_refused(classlab, script):
    answer = classlab("audit", script(HEALTHY), "--json", "--sarif")
    assert answer.code == 2
    assert "`--json` and `--sarif` both print on standard output: give `--sarif` a file" in answer.err


def test_a_file_that_is_no_python_is_one_sentence_and_the_others_go_on(classlab, script, tmp_path):
    script("def (:\n", "a.py")
    (tmp_path / "b.py").write_bytes(b"\x00\xff\xfe\x80")
    script(FAILED, "c.py")
    answer = classlab("audit", ".")
    assert answer.code == 3
    assert answer.out.startswith("c.py:5: FAIL A1")
    assert answer.err.splitlines() == [
        "classlab: a.py, line 1, must be valid Python, but it is not (invalid syntax). Mend the syntax.",
        "classlab: b.py must be Python in UTF-8, but it is not. Save it as UTF-8.",
        "1 file audited: 1 FAIL. 2 could not be.",
    ]


def test_null_bytes_are_refused(classlab, script):
    answer = classlab("audit", script("x = 1\x00\n"))
    assert answer.code == 3
    assert answer.err.startswith("classlab: a.py, line 1, must be valid Python, but it is not (")


def test_a_path_that_leads_nowhere_ends_with_5(classlab, script, tmp_path):
    answer = classlab("audit", "gone.py")
    assert (answer.code, answer.out) == (5, "")
    assert answer.err == "classlab: gone.py must be a file or folder, but there is none. Check the path.\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_rights_ends_with_5(classlab, script, tmp_path):
    name = script(HEALTHY)
    (tmp_path / name).chmod(0)
    assert classlab("audit", name).code == 5


def test_help_names_the_exit_codes(classlab):
    answer = classlab("audit", "--help")
    assert answer.code == 0
    assert "8  the gravest finding is a WARN     9  the gravest is FAIL or INVALID" in answer.out
    assert "# classlab: ignore[A1]" in answer.out


@pytest.mark.parametrize("through_a_link", [False, True])
def test_the_log_never_replaces_what_is_audited(classlab, tmp_path, through_a_link):
    script = tmp_path / "s.py"
    script.write_text("import keras\n", encoding="utf-8")
    log = script
    if through_a_link:
        log = tmp_path / "log.sarif"
        log.symlink_to(script)
    answer = classlab("audit", script, "--sarif", log)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        f"classlab audit: `--sarif` must not replace a script or notebook, but got {log}. "
        "See `classlab audit --help`.\n"
    )
    assert script.read_text(encoding="utf-8") == "import keras\n"
