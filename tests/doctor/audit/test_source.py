"""What is read, and what is refused, each with its whole sentence."""

from __future__ import annotations

import json

import pytest

from classlab.doctor.audit import audit_file, audit_source, bounds, files_in
from classlab.doctor.audit.source import notebook_source, read_source, script_source
from classlab.errors import DataError, StorageError


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "a.ipynb must be a Jupyter notebook, but it is not valid JSON. Save it again."),
        (b"\xff\xfe{}", "a.ipynb must be a Jupyter notebook, but it is not valid JSON. Save it again."),
        (b"[" * 100_000, "a.ipynb must be a Jupyter notebook, but it is not valid JSON. Save it again."),
        (b"[1]", "a.ipynb must be a Jupyter notebook, but it has no list of cells. Save it again in Jupyter."),
        (b'{"cells": 3}', "a.ipynb must be a Jupyter notebook, but it has no list of cells. Save it again in Jupyter."),
        (
            json.dumps({"cells": [{}] * 5001}).encode(),
            "a.ipynb must have at most 5000 cells, but it has 5001. Audit a smaller one.",
        ),
    ],
)
def test_a_file_that_is_no_notebook_is_refused(content, sentence):
    with pytest.raises(DataError) as refusal:
        notebook_source(content, name="a.ipynb")
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("content", [b"\x80\x81", b"x = 1\n\xff", b"# coding: nonsense\nx = 1"])
def test_a_script_that_is_no_text_is_refused(content):
    with pytest.raises(DataError) as refusal:
        script_source(content, name="a.py")
    assert str(refusal.value) == "a.py must be Python in UTF-8, but it is not. Save it as UTF-8."


def test_a_script_in_a_declared_encoding_and_with_a_byte_order_mark_is_read():
    assert script_source("# coding: latin-1\nx = 'é'".encode("latin-1"), name="a.py").cells[0].text.endswith("'é'")
    assert script_source(b"\xef\xbb\xbfx = 1\r\ny = 2", name="a.py").cells[0].text == "x = 1\ny = 2"


def test_the_commands_of_a_notebook_that_was_saved_as_a_script_are_remarks():
    saved = (
        "import keras\n!pip install -q keras\n%matplotlib inline\nget_ipython().run_line_magic('time', '')\nx = 7 % 2\n"
    )
    kept = "import keras\n\n\nget_ipython().run_line_magic('time', '')\nx = 7 % 2\n"
    assert script_source(saved.encode(), name="a.py").cells[0].text == kept


def test_code_longer_than_the_limit_is_refused():
    with pytest.raises(DataError) as refusal:
        script_source(b"x = 1\n" * 200_000, name="a.py")
    assert str(refusal.value) == (
        "a.py must have at most 400000 characters of code, but it has 1200000. Audit a smaller file."
    )


def test_a_file_larger_than_the_limit_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(bounds, "FILE_BYTES", 2**20)
    path = tmp_path / "a.ipynb"
    path.write_bytes(b" " * (3 * 2**19))
    with pytest.raises(DataError) as refusal:
        read_source(path)
    assert str(refusal.value) == (
        f"{path} must not be larger than 1,048,576 bytes, but it has 1,572,864. "
        "Clear the notebook's outputs, or audit a smaller file."
    )


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(StorageError) as refusal:
        read_source(tmp_path / "gone.py")
    assert str(refusal.value) == (
        f"{tmp_path / 'gone.py'} must be readable, but the system says: No such file or directory. "
        "Check the path and its permissions."
    )


def test_a_script_that_is_no_python_is_refused():
    with pytest.raises(DataError) as refusal:
        audit_source(script_source(b"x = 1\ndef (:\n", name="a.py"))
    assert str(refusal.value) == "a.py, line 2, must be valid Python, but it is not (invalid syntax). Mend the syntax."


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# a remark", b"x = 'a\\d'"])
def test_a_script_without_keras_has_no_finding_and_says_what_was_not_checked(content):
    audit = audit_source(script_source(content, name="a.py"))
    assert audit.diagnosis.findings == ()
    assert {each.reason for each in audit.diagnosis.unchecked} == {"the file imports neither Keras nor TensorFlow"}


def test_an_empty_notebook_has_no_finding():
    assert audit_source(notebook_source(b'{"cells": []}', name="a.ipynb")).diagnosis.findings == ()


def test_folders_are_searched_for_scripts_and_notebooks(tmp_path):
    hidden = ("sub/.hidden/d.py", "__pycache__/e.py", ".ipynb_checkpoints/f.ipynb", "g.txt")
    for name in ("b.py", "a.ipynb", "sub/c.py", *hidden):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert files_in([tmp_path, tmp_path / "b.py"]) == [tmp_path / name for name in ("a.ipynb", "b.py", "sub/c.py")]


def test_paths_that_lead_nowhere_are_refused(tmp_path):
    with pytest.raises(DataError) as refusal:
        files_in([tmp_path])
    assert str(refusal.value) == f"{tmp_path} must hold a .py or .ipynb file, but it holds none. Name another folder."
    with pytest.raises(StorageError) as missing:
        files_in([tmp_path / "no.py"])
    assert str(missing.value) == f"{tmp_path / 'no.py'} must be a file or folder, but there is none. Check the path."
    (tmp_path / "a.txt").write_text("")
    with pytest.raises(DataError) as other:
        files_in([tmp_path / "a.txt"])
    assert str(other.value) == (
        f"{tmp_path / 'a.txt'} must end in .py or .ipynb, but it ends in `.txt`. Name a script or notebook."
    )


def test_a_folder_with_too_many_files_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(bounds, "FOLDER_FILES", 2)
    for name in "abc":
        (tmp_path / f"{name}.py").write_text("")
    with pytest.raises(DataError) as refusal:
        files_in([tmp_path])
    assert str(refusal.value) == (
        f"{tmp_path} must hold at most 2 scripts and notebooks, but it holds more. Name a folder inside it."
    )


def test_nothing_of_a_script_is_run(tmp_path):
    path = tmp_path / "a.py"
    mark = tmp_path / "mark"
    path.write_text(f"import keras\nopen({str(mark)!r}, 'w').write('x')\n__import__('os').mkdir({str(mark)!r} + '2')\n")
    audit_file(path)
    assert sorted(tmp_path.iterdir()) == [path]
