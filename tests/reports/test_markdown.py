from __future__ import annotations

import re

import pytest

from classlab.reports.document import Callout, Choices, Code, Document, Figure, Folded, Paragraph, Section, Table
from classlab.reports.markdown import figure_files, to_markdown

TABLE = Table(caption="Arms", header=("arm", "mean"), rows=(("a|b", "1"), ("", "2")), note="A note.")


def figure(name: str) -> Figure:
    return Figure(name=name, title="T.", alternative="What it says.", image=b"x", kind="svg", width=9, numbers=(TABLE,))


def document(*blocks) -> Document:
    return Document(title="A *study*", subtitle="", sections=(Section(title="S", blocks=blocks),))


def test_a_document_reads_as_markdown():
    callout = Callout(tone="verdict", title="Verdict", items=("a is best.", "b is not."))
    text = to_markdown(
        Document(
            title="T", subtitle="sub", opening=(callout,), sections=(Section(title="S", blocks=(TABLE,)),), footer="f"
        )
    )
    assert text == (
        "# T\n\nsub\n\n> **Verdict**\n>\n> a is best.\n>\n> b is not.\n\n## S\n\n*Arms*\n\n"
        "| arm | mean |\n| --- | ---: |\n| a\\|b | 1 |\n|   | 2 |\n\nA note.\n\n---\n\nf\n"
    )


def test_a_question_to_the_reader_names_its_answers_and_gives_none_away():
    asked = Choices(question="Which?", answers=(("A", "No."), ("B", "Yes.")))
    assert to_markdown(document(asked)).endswith("\n\nWhich?\n\n- A\n- B\n")


@pytest.mark.parametrize(
    ("hostile", "escaped"),
    [
        ("<script>alert(1)</script>", "\\<script\\>alert(1)\\</script\\>"),
        ("[a](javascript:alert(1))", "\\[a\\](javascript:alert(1))"),
        ("![x](//evil)", "\\!\\[x\\](//evil)"),
        ("# heading", "\\# heading"),
        ("1. one", "1\\. one"),
        ("- item", "\\- item"),
        ("-0.5 and +0.5", "-0.5 and +0.5"),
        ("1.25", "1.25"),
        ("===", "\\==="),
        ("---", "\\---"),
        ("two\n\nlines", "two lines"),
        ("&lt;b&gt;", "\\&lt;b\\&gt;"),
        ("a`b`", "a\\`b\\`"),
    ],
)
def test_names_stay_text(hostile, escaped):
    assert to_markdown(document(Paragraph(text=hostile))).endswith(f"## S\n\n{escaped}\n")


def test_code_cannot_end_its_own_fence():
    text = to_markdown(document(Code(text="a\n````\nb", language="sh")))
    assert text.endswith("`````sh\na\n````\nb\n`````\n")


def test_what_is_folded_is_whole_under_its_summary():
    inner = Folded(summary="2 *runs*", blocks=(Paragraph(text="both."), figure("a")))
    assert "**2 \\*runs\\***\n\nboth.\n\n" in to_markdown(document(inner))
    assert list(figure_files(document(inner))) == ["01-a.svg"]


def test_without_a_folder_a_figure_is_its_words_and_numbers():
    text = to_markdown(document(figure("curves")))
    assert "What it says." in text
    assert "![" not in text
    assert "| a\\|b | 1 |" in text


def test_with_a_folder_every_picture_is_linked_to_a_file_of_its_own():
    both = document(figure("Curves"), Section(title="inner", blocks=(figure("Curves"),)))
    links = re.findall(r"!\[[^]]*\]\(([^)]*)\)", to_markdown(both, figures="my figures"))
    assert links == ["my%20figures/01-curves.svg", "my%20figures/02-curves.svg"]
    assert list(figure_files(both)) == ["01-curves.svg", "02-curves.svg"]


def test_a_whole_report_links_just_the_files_it_comes_with(plain_report):
    text = to_markdown(plain_report, figures="pictures")
    assert re.findall(r"\(pictures/([^)]*)\)", text) == list(figure_files(plain_report))
    assert text.startswith("# a study\n")
