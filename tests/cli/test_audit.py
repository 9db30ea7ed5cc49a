"""`classlab audit`: what it prints, its exit codes, and files that cannot be audited."""

from __future__ import annotations

import json
import os

import pytest

from classlab.doctor.audit import RULES

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
    assert answer.err == f"1 file audited: nothing found. Checked: {', '.join(RULES)}.\n"


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
    answer = classlab("audit", "a.py", "b.py", script(FAILED, "c.py"))
    assert answer.code == 11
    assert answer.out.startswith("c.py:5: FAIL A1")
    assert answer.err.splitlines() == [
        "classlab: a.py, line 1, must be valid Python, but it is not (invalid syntax). Mend the syntax.",
        "classlab: b.py must be Python in UTF-8, but it is not. Save it as UTF-8.",
        "1 file audited: 1 FAIL. 2 could not be.",
    ]


@pytest.mark.parametrize(("text", "code"), [(HEALTHY, 3), (WARNED, 10), (FAILED, 11), (INVALID, 11)])
def test_what_could_not_be_audited_hides_no_finding_and_no_finding_hides_it(classlab, script, text, code):
    assert classlab("audit", script("def (:\n", "broken.py"), script(text), "--quiet").code == code


@pytest.fixture
def class_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in (
        ("ada/lab.py", HEALTHY),
        ("bob/lab.py", FAILED),
        ("carla/lab.py", "def (:\n"),
        ("eve.py", FAILED),
    ):
        (tmp_path / "class" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "class" / name).write_text(text, encoding="utf-8")
    (tmp_path / "class" / "dan").mkdir()
    (tmp_path / "class" / ".git").mkdir()
    return "class"


def test_a_folder_is_a_table_of_hand_ins_and_every_finding_once(classlab, class_folder):
    answer = classlab("audit", class_folder)
    assert answer.code == 11
    lines = answer.out.splitlines()
    assert [line.split() for line in lines[:6]] == [
        ["hand-in", "A1", "files", "problems"],
        ["ada", "-", "1", "-"],
        ["bob", "FAIL", "1", "-"],
        ["carla", "?", "0", "1"],
        ["dan", "?", "0", "1"],
        ["eve.py", "FAIL", "1", "-"],
    ]
    assert lines[6:] == [
        '"-": checked, nothing found; "?": not checked in every file.',
        "FAIL A1 double-normalisation: 2 of 5 hand-ins",
        "    why: Images that are scaled twice are numbers near 0 that hardly differ, and the network stays at chance.",
        "    remedy: Remove one of the scalings, and give scaled images names of their own so that a cell can run "
        "twice.",
        "    The training images are scaled twice before they reach the first layer with weights: `x / 255` (line 4) "
        "and `x /= 255` (line 5), so that values lie between 0 and 0.00392.",
        "        class/bob/lab.py:5; class/eve.py:5",
    ]
    assert answer.err.splitlines() == [
        "classlab: class/carla/lab.py, line 1, must be valid Python, but it is not (invalid syntax). Mend the syntax.",
        "classlab: class/dan must hold a .py or .ipynb file, but it holds none. Ask for the code.",
        "3 files audited: 2 FAIL. 2 could not be.",
    ]


def test_two_tables_need_two_files(classlab, class_folder, tmp_path):
    answer = classlab("audit", class_folder, "--csv", tmp_path / "class.csv", "--html", tmp_path / "class.csv")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "classlab audit: `--sarif`, `--csv` and `--html` must name different files, but two are the same. "
        "See `classlab audit --help`.\n"
    )
    assert not (tmp_path / "class.csv").exists()


def test_the_table_goes_to_a_csv_file_a_page_and_the_json_document(classlab, class_folder, tmp_path):
    answer = classlab("audit", class_folder, "--csv", "out/a.csv", "--html", "out/a.html", "--json", "--quiet")
    rows = (tmp_path / "out/a.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == f"hand-in,files,{','.join(RULES)},S1,problems"
    assert rows[2].startswith("bob,1,FAIL,")
    assert rows[4].endswith(',"class/dan must hold a .py or .ipynb file, but it holds none. Ask for the code."')
    page = (tmp_path / "out/a.html").read_text(encoding="utf-8")
    assert "<h1>Audit of class</h1>" in page
    assert "2 of 5 hand-ins have a finding above INFO." in page
    hand_ins = json.loads(answer.out)["hand_ins"]
    assert [(each["name"], each["rules"]["A1"]) for each in hand_ins][:2] == [("ada", "-"), ("bob", "FAIL")]


def test_hand_ins_of_two_classes_keep_their_names_apart(classlab, class_folder, script):
    answer = classlab("audit", class_folder, script(WARNED), "--json", "--quiet")
    assert [each["name"] for each in json.loads(answer.out)["hand_ins"]][-2:] == ["class/eve.py", "a.py"]


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
