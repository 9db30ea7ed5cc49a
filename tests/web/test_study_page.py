"""A study's page: the analysis's own figures and sentences, hostile names as text, and the stream while it trains."""

from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from classlab.analysis import analyse
from classlab.records import to_json
from classlab.reports.document import clean_text
from classlab.reports.sections.ranking import ranking_table
from classlab.studies.store import open_store
from classlab.studies.store.place import standing_place
from classlab.studies.work.standing import Standing, TrainedStudy
from classlab.studies.work.study_progress import ArmProgress, StudyReport
from classlab.web.opaque import opaque_id

sys.path.insert(0, str(Path(__file__).parents[1] / "analysis"))

from made_studies import made_study

GOOD, FAIR, POOR = (0.90, 0.91, 0.92), (0.905, 0.90, 0.93), (0.50, 0.52, 0.51)
HOSTILE = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>", "'><b>",
    "</title><script>",
    "</style><script>alert(1)</script>", "javascript:alert(1)", "{{ 7 * 7 }}", "{% raw %}", "${7*7}", "<!--", "-->",
    "&lt;script&gt;", "&#60;script&#62;", "<iframe src=//evil.example>", "<a href=javascript:alert(1)>x</a>",
    "\" onmouseover=\"alert(1)", "' onfocus='alert(1)' autofocus='", "` onload=`", "<math><mi//xlink:href=\"data:x\">",
    "<base href=//evil.example>", "<meta http-equiv=refresh content=0>", "<link rel=stylesheet href=//evil.example>",
    "<object data=x>", "<embed src=x>", "<form action=//evil.example>", "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>", "<style>*{}</style>", "</textarea><script>", "</pre><script>", "]]>",
    "<![CDATA[",
    "\u202ealert", "\u2028alert(1)", "a\x00<script>", "\ufeff<script>", "<scr\x00ipt>", "%3Cscript%3E",
    "\\u003cscript\\u003e",
)  # fmt: skip


class Shape(HTMLParser):
    """What a page is made of, and the text in it."""

    def __init__(self) -> None:
        super().__init__()
        self.made, self.text = [], []

    def handle_starttag(self, tag, attrs):
        self.made.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data):
        self.text.append(data)


def shape_of(page):
    shape = Shape()
    shape.feed(page)
    return shape


def seen(page):
    return " ".join(" ".join(shape_of(page).text).split())


@pytest.fixture
def page_of(open_page, tmp_path):
    def page(study, number=0):
        folder = tmp_path / f"store-{number}"
        with open_store(folder, write=True) as store:
            store.save_study(study)
        answer = open_page(folder).get(f"/study/{opaque_id(study.spec.name)}")
        assert answer.status_code == 200
        return answer.text

    return page


def test_the_page_shows_the_sentences_and_the_ranking_of_the_analysis(page_of):
    study = made_study({"good": GOOD, "fair": FAIR, "poor": POOR}, question="Which one?")
    text, analysis = seen(page_of(study)), analyse(study)
    for sentence in (*analysis.sentences, *analysis.notices, study.command, "Which one?"):
        assert sentence in text
    for row in ranking_table(analysis).rows:
        assert " ".join(row) in text


def test_every_run_leads_to_its_page(page_of):
    study = made_study({"good": GOOD, "poor": POOR})
    page = page_of(study)
    assert all(f'href="/run/{run.identity}"' in page for run in study.runs)


def test_what_folds_the_numbers_away_says_which(page_of):
    page = page_of(made_study({"good": GOOD, "poor": POOR}))
    summaries = re.findall("<summary>(The numbers[^<]*)</summary>", page)
    assert {"The numbers: Loss over the epochs", "The numbers: Accuracy over the epochs"} <= set(summaries)
    assert len(set(summaries)) == len(summaries)


def test_the_curves_of_the_page_are_those_of_the_report(page_of):
    study = made_study({"good": GOOD, "poor": POOR})
    parser = HTMLParser()
    found = []
    parser.handle_starttag = lambda _, attrs: found.extend(value for name, value in attrs if name == "data-curves")
    parser.feed(page_of(study))
    loss, accuracy = json.loads(found[0])
    assert (loss["metric"], accuracy["metric"]) == ("loss", "accuracy")
    band = next(each for each in accuracy["bands"] if (each["arm"], each["split"]) == ("good", "validation"))
    assert band["mean"][-1] == pytest.approx(0.91)
    assert (band["low"][-1], band["high"][-1], band["seeds"]) == (0.90, 0.92, [3, 3, 3])


def study_of(texts):
    """A study with a text in every place that has one."""
    names, together = tuple(dict.fromkeys(texts)), " ".join(texts)
    return made_study(
        {name: (0.9 - 0.01 * place, 0.91) for place, name in enumerate(names)},
        images=20,
        names=names,
        name=together,
        question=together,
        command=together,
        record={"notices": names},
    )


def test_a_hostile_text_stays_text_in_every_place(page_of):
    harmless = shape_of(page_of(study_of([f"text {place:02}" for place in range(len(HOSTILE))])))
    hostile = shape_of(page_of(study_of(HOSTILE), 1))
    assert len(HOSTILE) >= 40
    assert hostile.made == harmless.made
    shown = "".join("".join(hostile.text).split())
    assert all("".join(clean_text(text).split()) in shown for text in HOSTILE)


def test_a_study_that_is_not_there_is_a_page_that_says_what_to_do(open_page, tmp_path):
    answer = open_page(tmp_path / "nothing").get("/study/0123456789abcdef")
    assert answer.status_code == 404
    assert "There is no such page." in answer.text
    assert 'href="/"' in answer.text


def test_an_empty_store_says_how_to_begin(open_page, tmp_path):
    page = seen(open_page(tmp_path / "nothing").get("/").text)
    assert f"There are no studies in {tmp_path / 'nothing'} yet." in page
    assert "classlab sweep --data digits" in page


def standing_study(folder, *, state="training", reason="", process=1, text="", done=1):
    """What a process of another terminal would have written."""
    study = made_study({"good": GOOD, "poor": POOR}, name="live")
    arms = tuple(
        ArmProgress(name=arm.name, done=done, runs=3, epoch=2, epochs=3, figures={"val_accuracy": 0.5}, trouble=0)
        for arm in study.spec.arms
    )
    report = StudyReport(
        arms=arms,
        done=2 * done,
        runs=6,
        population=1,
        populations=1,
        epoch=2,
        epochs=3,
        seconds=4.0,
        seconds_left=None,
        all_epochs=18,
        all_finished=12,
    )
    curves = {
        "good": [
            {"loss": [1.0, 0.5], "val_loss": [float("nan"), 0.6], "accuracy": [0.1, 0.2], "val_accuracy": [0.3, 0.4]}
        ]
    }
    place = standing_place(folder, "live")
    place.mkdir(parents=True)
    trained = TrainedStudy(spec=study.spec, text=text, command="classlab lab", confirm=0, process=process)
    (place / "study.json").write_text(to_json(trained), encoding="utf-8")
    standing = Standing(state=state, reason=reason, report=report, curves=curves)
    (place / "now.json").write_text(to_json(standing), encoding="utf-8")
    return study


def test_a_study_of_another_process_is_shown_as_it_trains(open_page, tmp_path, monkeypatch):
    standing_study(tmp_path)
    monkeypatch.setattr("classlab.web.live.is_training", lambda *_: True)
    client = open_page(tmp_path)
    page = client.get(f"/study/{opaque_id('live')}").text
    assert (
        "training · 2 of 6 runs kept, population 1 of 1, epoch 2/3, best validation accuracy 0.5000 (good), 4.0 s"
        in seen(page)
    )
    assert "good 1/3 2/3 - - 0.5000 training" in seen(page)
    assert "12 of 18 epochs of all runs" in seen(page)
    assert "Pause" in page
    assert "live" in seen(client.get("/").text)


def test_a_study_whose_process_was_killed_can_be_gone_on_with(open_page, tmp_path):
    standing_study(tmp_path)
    page = seen(open_page(tmp_path).get(f"/study/{opaque_id('live')}").text)
    assert "Its process ended without a word; perhaps it was killed." in page
    assert "The last that it told of was population 1 of 1, epoch 2 of 3." in page
    assert "good 1/3 2/3 - - 0.5000 interrupted" in page
    assert "Resume" in page


def test_a_study_without_a_study_file_is_gone_on_with_by_what_trained_it(open_page, tmp_path):
    standing_study(tmp_path)
    answer = open_page(tmp_path).post(f"/study/{opaque_id('live')}/resume", json={})
    assert answer.status_code == 422
    assert answer.json() == {
        "problem": "a study must have a study file to be gone on with here, but this one has none. Give again what "
        "trained it, with the same store: classlab lab"
    }


def test_why_a_study_stopped_is_shown(open_page, tmp_path):
    standing_study(tmp_path, state="stopped", reason="the disk is full.")
    assert "the disk is full." in seen(open_page(tmp_path).get(f"/study/{opaque_id('live')}").text)


def test_the_stream_tells_how_a_study_stands_and_when_it_is_whole(open_page, tmp_path):
    study = standing_study(tmp_path)
    client, told = open_page(tmp_path), []
    with client.stream("GET", f"/study/{opaque_id('live')}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("event:"):
                told.append(line)
                (standing_place(tmp_path, study.spec.name) / "now.json").unlink(missing_ok=True)
    assert told == ["event: standing", "event: whole"]


@pytest.mark.parametrize("question", ["", "Which one?"])
def test_the_list_of_studies_has_a_column_of_questions_where_one_was_asked(open_page, tmp_path, question):
    with open_store(tmp_path / "store", write=True) as store:
        store.save_study(made_study({"good": GOOD, "poor": POOR}, question=question))
    page = open_page(tmp_path / "store").get("/").text
    assert ('<th scope="col">question</th>' in page, f"<td>{question}</td>" in page) == (bool(question),) * 2
