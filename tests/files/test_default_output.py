from __future__ import annotations

import pytest

from classlab.errors import StorageError
from classlab.files import default_output
from classlab.files.default_output import PAGE, refuse_foreign


def test_a_file_that_classlab_wrote_may_be_replaced_wherever_its_mark_lies(tmp_path, monkeypatch):
    monkeypatch.setattr(default_output, "_PIECE", 16)
    refuse_foreign(tmp_path / "missing.html", PAGE)
    for before in range(20):
        (tmp_path / "r.html").write_bytes(b"x" * before + PAGE + b"y" * 20)
        refuse_foreign(tmp_path / "r.html", PAGE)


def test_whatever_else_lies_under_a_default_name_is_kept(tmp_path):
    path = tmp_path / "r.html"
    (tmp_path / "folder").mkdir()
    path.write_text("a page on classlab")
    for each in (path, tmp_path / "folder"):
        with pytest.raises(StorageError) as refusal:
            refuse_foreign(each, PAGE)
        assert str(refusal.value) == (
            f"{each} must be missing or a file that classlab wrote, because nobody named it, but something else is "
            "there. Move it away, or give another name with -o."
        )
