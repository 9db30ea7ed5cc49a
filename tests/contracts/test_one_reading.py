"""One reading of a study: everyone who shows it names the same first arm, the same figures and the same sentences."""

from __future__ import annotations

import ast
import html
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import classlab
from classlab.analysis import analyse, judge_study, numbers_of
from classlab.analysis.numbers import decimal, percent
from classlab.analysis.table import table_note
from classlab.cli.main import main
from classlab.doctor.comparisons import one_seed
from classlab.doctor.diagnose import diagnose_study
from classlab.errors import FailedRunsError
from classlab.records import StudyRecord
from classlab.records.finding import Unchecked
from classlab.studies.shown.study_result import StudyResult
from classlab.studies.shown.winning_run import winning_run
from classlab.studies.store import open_store
from classlab.studies.work.sweep import _finalists

sys.path.insert(0, str(Path(__file__).parents[1] / "analysis"))  # the studies of the tests of the analysis

from made_studies import made_study

GOOD, FAIR, POOR = (0.90, 0.91, 0.92), (0.905, 0.90, 0.93), (0.50, 0.52, 0.51)
STEADY = (0.88, 0.89, 0.90)  # told from GOOD, which it follows seed by seed
SHAKY = (0.70, 0.99, 0.80)  # further behind, and not told from it
FRESH = {"good": (0.9, 0.91), "fair": (0.89, 0.93)}
STUDIES = {
    "told apart": made_study({"poor": POOR, "good": GOOD}),
    "not told apart": made_study({"good": GOOD, "fair": FAIR, "poor": POOR}),
    "practically equal": made_study({"good": GOOD, "fair": GOOD}, noise=0, margin=0.05),
    "a candidate behind a worse arm": made_study({"good": GOOD, "steady": STEADY, "shaky": SHAKY}, noise=0),
    "tied": made_study({"b": GOOD, "a": GOOD}),
    "twins": made_study({"b": FAIR, "a": FAIR, "c": POOR}, twins={"a": "b"}),
    "failed": made_study({"wild": (0.95, 0.96, None), "good": GOOD, "poor": POOR}),
    "diverged": made_study({"wild": (0.95, 0.96, 0.99), "good": GOOD}, diverged=[("wild", 1)]),
    "all lost a run": made_study({"a": (0.8, 0.81, None), "b": (None, 0.91, 0.92)}),
    "one arm left": made_study({"none": (None, None, None), "good": GOOD}),
    "nothing left": made_study({"a": (None, None), "b": (None, None)}),
    "one arm": made_study({"good": GOOD}),
    "one seed": made_study({"b": (0.91,), "a": (0.92,), "poor": (0.5,)}),
    "given start": made_study({"good": GOOD, "fair": FAIR, "poor": POOR}, given=["fair"]),
    "by loss": made_study({"good": GOOD, "fair": FAIR}, select="val_loss", losses={"fair": (0.5, 0.6, 0.55)}),
    "an older layout": made_study({"good": GOOD, "fair": FAIR, "poor": POOR}, outcomes=False),
    "one seed of an older layout": made_study({"good": (0.9,), "fair": (0.91,)}, outcomes=False),
    "on the test images": made_study({"good": GOOD, "fair": FAIR}, validation="test", confirm=FRESH),
    "confirmed": made_study({"good": GOOD, "fair": FAIR, "poor": POOR}, confirm=FRESH),
    "named to confuse": made_study({"<b>*a*_[x](y)</b>": GOOD, "b & 'c'": FAIR}, question="Is a < b?"),
}


@pytest.fixture(params=STUDIES, ids=lambda name: name.replace(" ", "-"))
def study(request) -> StudyRecord:
    return replace(STUDIES[request.param], notices=("The plan misleads.",))


@pytest.fixture
def store(study, tmp_path):
    folder = tmp_path / "store"
    with open_store(folder, write=True) as opened:
        opened.save_study(study)
    return folder


@pytest.fixture
def terminal(study, tmp_path, monkeypatch, capsys):
    """What `classlab sweep` prints of the study, and of nothing that is trained."""
    monkeypatch.setattr("classlab.cli.sweep.run_study", lambda *_, **__: study)

    def call(*words: str) -> str:
        capsys.readouterr()
        main(["sweep", "--data", "digits", "--model", "linear", "--store", str(tmp_path / "s"), "--quiet", *words])
        return capsys.readouterr().out

    return call


@pytest.fixture
def report(study, store, tmp_path, capsys):
    """What `classlab report` writes or prints of the study, or `classlab serve` shows, as a reader sees it."""

    def call(kind: str) -> str:
        if kind == "page":
            return page_of(study, store)
        words = ["report", study.spec.name, "--store", str(store), "--quiet"]
        if kind == "json":
            capsys.readouterr()
            assert main([*words, "--json"]) == 0
            return capsys.readouterr().out
        path = tmp_path / f"report.{kind}"
        assert main([*words, "-o", str(path)]) == 0
        return path.read_text(encoding="utf-8")

    return call


def page_of(study: StudyRecord, store: Path) -> str:
    from starlette.testclient import TestClient

    from classlab.web.application import create_application
    from classlab.web.gate import Gate
    from classlab.web.opaque import opaque_id
    from classlab.web.site import Site

    gate = Gate(host="127.0.0.1", port=8123)
    application = create_application(Site(folder=store), gate=gate)
    with TestClient(application, base_url=gate.origin, cookies={gate.cookie: gate.secret}) as client:
        return client.get(f"/study/{opaque_id(study.spec.name)}").text


def seen_in_html(page: str) -> str:
    """The text of a page, without its marks."""
    body = re.sub(r"(?s)<(style|svg).*?</\1>", " ", page)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def seen_in_markdown(text: str) -> str:
    return " ".join(re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", text).split())


def pressed(text: str) -> str:
    """Without blanks, which marks around a name may add."""
    return "".join(text.split())


def result_of(study: StudyRecord) -> StudyResult:
    return StudyResult(study, run=lambda identity: pytest.fail(f"{identity} is not asked for"))


def test_the_terminal_prints_the_sentences_and_the_table_of_the_analysis(study, terminal):
    found = analyse(study)
    lines = terminal().splitlines()
    notices = [f"notice: {each}" for each in found.notices]
    assert lines[: len(notices)] == notices
    table = lines[len(notices) : len(notices) + 1 + len(found.arms)]
    for place, row in zip(found.order, table[1:], strict=True):
        arm = found.arms[place]
        assert row.startswith(arm.name)
        assert ("-" if arm.score.mean is None else f"{arm.score.mean:.4f}") in row
    rest = lines[len(notices) + len(table) :]
    verdict, reasons = rest[: 2 + len(found.sentences)], rest[2 + len(found.sentences) :]
    assert verdict == [table_note(found), "", *found.sentences]
    assert all(": MemoryError" in line or ": The loss was not finite" in line for line in reasons)


def test_the_terminals_json_is_the_analysis(study, terminal):
    found, document = analyse(study), json.loads(terminal("--json"))
    assert document["verdict"] == " ".join(found.sentences)
    assert document["notices"] == list(found.notices)
    assert document["analysis"] == json.loads(json.dumps(numbers_of(found)))
    assert [row["arm"] for row in document["ranking"]] == [found.arms[place].name for place in found.order]
    assert [row["may_be_best"] for row in document["ranking"]] == [place in found.candidates for place in found.order]
    column = "validation_mean" if study.spec.select == "val_accuracy" else "loss_mean"
    assert [row[column] for row in document["ranking"]] == [found.arms[place].score.mean for place in found.order]


def test_python_says_the_same(study):
    found, result = analyse(study), result_of(study)
    assert result.analysis == found
    assert result.verdict == " ".join(found.sentences)
    assert result.best == found.first.name
    assert result.candidates == tuple(found.arms[place].name for place in found.candidates)
    assert [row["arm"] for row in result.table()] == [found.arms[place].name for place in found.order]
    assert repr(result).splitlines()[-len(found.sentences) :] == list(found.sentences)
    assert [line for line in repr(result).splitlines() if line.startswith("notice: ")] == [
        f"notice: {each}" for each in found.notices
    ]
    shown = pressed(seen_in_html(result._repr_html_()))
    assert all(pressed(sentence) in shown for sentence in (*found.notices, *found.sentences))


@pytest.mark.parametrize(("kind", "seen"), [("html", seen_in_html), ("md", seen_in_markdown), ("page", seen_in_html)])
def test_the_report_says_the_same(study, report, kind, seen):
    found, text = analyse(study), seen(report(kind))
    places = [pressed(text).find(pressed(sentence)) for sentence in (*found.notices, *found.sentences)]
    assert -1 not in places
    assert places == sorted(places)
    write = percent if study.spec.select == "val_accuracy" else decimal
    if len(found.arms) > 1 and found.first.score.mean is not None:
        spread = write(found.first.score.mean)
        table = text[text.index("mean ± standard deviation over the seeds") :]
        assert pressed(f"{found.first.name}") in pressed(table)[:800]
        assert spread in table


def test_the_reports_json_is_the_analysis(study, report):
    document = json.loads(report("json"))
    assert document.pop("command") == study.command
    assert document == json.loads(json.dumps(numbers_of(analyse(study))))


def test_a_judgement_alone_is_that_of_the_analysis(study):
    found = judge_study(study)
    assert found == analyse(study).judgement
    assert analyse(study).sentences[: len(found.sentences)] == found.sentences


def test_the_run_that_stands_for_the_study_is_the_first_arms(study):
    found = analyse(study)
    if found.first.score.mean is None:
        with pytest.raises(FailedRunsError):
            winning_run(study)
        return
    best = winning_run(study)
    assert best.arm == found.first.name
    figures = [figure for figure in found.first.selected if figure is not None]
    accuracy = study.spec.select == "val_accuracy"
    assert (best.record.validation.accuracy if accuracy else best.record.validation.loss) == (
        max(figures) if accuracy else min(figures)
    )


def test_the_arms_to_confirm_are_those_that_the_verdict_sets_against_each_other(study):
    found = judge_study(study)
    finalists = [arm.name for arm in _finalists(study.spec, study.runs, command="")]
    assert finalists[0] == found.names[found.first]
    if found.rival is not None and study.spec.arms[found.rival].spec != study.spec.arms[found.first].spec:
        assert finalists[1] == found.names[found.rival]


def test_the_doctor_speaks_of_the_same_two_arms(study):
    found, said = judge_study(study), one_seed.check(study)
    if len(study.spec.arms) < 2 or (len(study.spec.seeds) > 1 and any(e.excluded for e in found.ranking.estimates)):
        assert isinstance(said, Unchecked)
        return
    diagnosis = diagnose_study(study)
    assert [finding for finding in diagnosis.findings if finding.rule == "C6"] == [*said]
    if len(study.spec.seeds) == 1:
        assert "were trained from one seed each" in said[0].text
    elif found.against(found.rival).verdict == "cannot tell":
        assert said[0].text in found.sentences
        assert found.advice is None or said[0].causes[0].remedy in found.sentences
    else:
        assert said == ()


def test_no_study_is_read_the_same_as_another_by_chance():
    """The studies above differ in what is said of them, so that a reader who mixes them up is found out."""
    read = {name: analyse(study).sentences for name, study in STUDIES.items()}
    assert len(set(read.values())) == len(read)
    assert analyse(STUDIES["a candidate behind a worse arm"]).judgement.rival == 2
    assert analyse(STUDIES["by loss"]).first.name != analyse(replace_select(STUDIES["by loss"])).first.name


def replace_select(study: StudyRecord) -> StudyRecord:
    return replace(study, spec=replace(study.spec, select="val_accuracy"))


COMPUTED = {"rank", "compare", "estimate", "luck", "generalisation_gap", "compare_predictions", "decide", "best_first"}


def test_nobody_who_shows_a_study_computes_anything_of_it():
    root = Path(classlab.__file__).parent
    found = []
    for part in ("studies", "doctor", "reports", "cli", "web"):
        for path in (root / part).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("classlab.statistics"):
                    found += [f"{path.name}: {alias.name}" for alias in node.names if alias.name in COMPUTED]
    assert found == []
