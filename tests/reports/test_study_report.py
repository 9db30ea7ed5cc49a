from __future__ import annotations

import itertools

import numpy as np

from classlab.analysis import analyse
from classlab.records import Opening
from classlab.reports.document import Code, Figure, Folded, Gallery, Paragraph, Section, Table, figures_of
from classlab.reports.evidence import gather, needed_runs
from classlab.reports.sections.curves import curves_section
from classlab.reports.sections.errors import errors_section
from classlab.reports.sections.provenance import ledger_section
from classlab.reports.sections.ranking import notice_callout, ranking_section, ranking_table
from classlab.reports.sections.seeds import seeds_section
from classlab.reports.sections.settings import settings_section
from classlab.reports.study_report import study_document

ARMS = {"slow": (0.7, 0.72, 0.71), "quick": (0.9, 0.91, 0.92), "wild": (0.95, None, 0.94)}


def titles(document) -> list[str]:
    return [section.title for section in document.sections]


def section(document, title) -> Section:
    return next(each for each in document.sections if each.title == title)


def test_a_report_runs_from_the_verdict_to_what_reproduces_it(plain_study, plain_report):
    report = plain_report
    assert report.title == "a study"
    assert report.subtitle == "Which rate? 3 arms, 3 seeds each, on toy."
    assert titles(report) == [
        "Ranking",
        "Findings",
        "What the settings do",
        "Learning curves",
        "Did it generalise?",
        "Predictions and mistakes",
        "How sure it is",
        "What it was trained on",
        "Figures of every seed",
        "Settings",
        "Test-set ledger",
        "How to do it again",
        "Terms",
    ]
    assert report.opening[-1].title == "Verdict"
    assert report.opening[-1].items == analyse(plain_study).sentences
    assert report.opening[-1].items[0].startswith("The best is one of these 2 of 3 arms: 'quick' and 'wild'.")
    assert Code(text="classlab sweep study.toml", language="sh") in section(report, "How to do it again").blocks


def test_what_a_reader_must_know_comes_before_the_verdict(make_study, plain_report):
    study = make_study(ARMS, record={"notices": ("The arms are ranked on the test images.",)})
    notice = notice_callout(analyse(study), missing=("No images.",))
    assert notice.items[0] == "The arms are ranked on the test images."
    assert notice.items[1].startswith("1 of 9 runs did not end well: 'wild' (1 diverged).")
    assert notice.items[2] == "No images."
    assert [callout.title for callout in plain_report.opening] == ["Before you read the figures", "Verdict"]
    assert notice_callout(analyse(make_study({"a": (0.9, 0.8)}))) is None


def test_the_ranking_table_says_of_each_arm_what_can_be_said(plain_study):
    analysis = analyse(plain_study)
    table = ranking_table(analysis)
    assert [row[0] for row in table.rows] == ["quick", "slow", "wild"]
    assert [row[1] for row in table.rows] == ["yes", "no", "yes"]
    assert [row[4] for row in table.rows] == ["3", "3", "2 of 3"]
    assert [row[7] for row in table.rows] == ["\u2013", "better", "not told apart"]
    assert table.rows[0][2] == "91.00 % ± 1.00"
    slow, wild = (analysis.ranking.comparison(1, place) for place in (0, 2))
    assert table.rows[1][5] == f"{100 * slow.difference:.2f}" == "20.00"
    assert table.rows[2][5] == f"\u2212{-100 * wild.difference:.2f}" == "\u22123.50"  # ahead on the common seeds
    assert table.rows[1][6] == " to ".join(f"{100 * end:.2f}" for end in slow.interval)


def test_an_arm_without_a_figure_is_compared_with_none(make_study):
    analysis = analyse(make_study({"a": (0.9, 0.91), "b": (None, None)}))
    section = ranking_section(analysis)
    assert section.blocks[0].text.endswith("Fewer than two arms have a figure, so none is compared.")
    assert [row[1] for row in section.blocks[-1].rows] == ["yes", "\u2013"]
    assert section.blocks[-1].rows[1][5:] == ("\u2013", "\u2013", "not compared")


def test_the_ranking_says_how_many_may_be_the_best(make_study):
    def introduction(**arms) -> str:
        return ranking_section(analyse(make_study(arms))).blocks[0].text

    assert introduction(a=(0.9, 0.91, 0.92), b=(0.5, 0.52, 0.5)) == (
        "2 arms on toy, 3 seeds each, ranked by mean accuracy on the validation images. Only the first may be the best "
        "of all, with 95 % confidence."
    )
    assert introduction(a=(0.9, 0.91, 0.92), b=(0.91, 0.905, 0.915)).endswith(
        "2 arms may be the best of all: with 95 % confidence the best is among them."
    )


def test_an_arm_that_is_out_before_one_that_is_not_is_explained(make_study):
    steady, wavering = (0.90, 0.91, 0.92), (0.99, 0.80, 0.92)  # the one always two points behind, the other anywhere
    analysis = analyse(make_study({"a": (0.92, 0.93, 0.94), "steady": steady, "wavering": wavering}))
    assert [row[:2] for row in ranking_table(analysis).rows] == [("a", "yes"), ("steady", "no"), ("wavering", "yes")]
    assert ranking_table(analysis).note.endswith(
        "'steady' is less far behind than 'wavering' and cannot be the best all the same: its distance is known "
        "better, so that its interval leaves out 0."
    )
    plain = analyse(make_study({"a": (0.92, 0.93, 0.94), "wavering": (0.95, 0.80, 0.99), "steady": (0.8, 0.81, 0.82)}))
    assert "all the same" not in ranking_table(plain).note


def test_a_study_by_loss_counts_how_far_an_arm_is_behind(make_study):
    table = ranking_table(analyse(make_study({"a": (0.9, 0.91, 0.92), "b": (0.5, 0.52, 0.5)}, select="val_loss")))
    assert table.rows[1][5] == "0.4033"
    assert table.note.startswith("How far an arm is behind the first is in loss per image. The intervals hold together")


def test_every_two_arms_are_shown_where_that_is_asked_for(plain_study, make_evidence):
    document = study_document(make_evidence(plain_study), pairs=True)
    assert titles(document)[:2] == ["Ranking", "Every two arms"]
    note, table = section(document, "Every two arms").blocks
    assert [row[:2] for row in table.rows] == [("quick", "slow"), ("quick", "wild"), ("slow", "wild")]
    assert note.text.startswith(
        "How far the first is ahead of the second, in percentage points. The intervals hold for all"
    )
    assert "Every two arms" not in titles(study_document(make_evidence(plain_study)))


def test_a_report_without_predictions_or_images_is_still_whole(make_study):
    bare = study_document(gather(make_study({"a": (0.9, 0.91)}), predictions=lambda _: None))
    assert "How sure it is" not in titles(bare)
    assert section(bare, "Predictions and mistakes").blocks == (
        Paragraph(text="No predictions are at hand, so no mistakes can be shown."),
    )


def test_a_study_whose_runs_all_failed_still_has_a_report(make_study, make_evidence):
    report = study_document(make_evidence(make_study({"a": (None, None), "b": (None, None)})))
    assert report.opening[-1].items == ("No run ended well, so there is nothing to compare.",)
    assert [figure.name for figure in figures_of(report)] == ["training-images"]


def test_the_grid_has_the_rows_columns_and_seed_asked_for(make_study, make_evidence):
    evidence = make_evidence(make_study({"a": (0.9, 0.91)}))
    sections = [errors_section(evidence, rows=2, columns=4, seed=seed) for seed in (1, 2)]
    figures = [block for each in sections for block in each.blocks if isinstance(block, Figure)]
    grids = [figure for figure in figures if figure.name == "prediction-grid"]
    assert [len(grid.numbers[0].rows) for grid in grids] == [8, 8]
    assert grids[0].numbers != grids[1].numbers


def test_a_network_that_gives_no_probabilities_has_a_confusion_matrix_and_no_bars(make_study, make_evidence):
    evidence = make_evidence(make_study({"a": (0.9,)}))
    for predictions in evidence.predictions.values():
        predictions.probabilities[:] = predictions.probabilities * 3 - 1
    report = study_document(evidence)
    assert "How sure it is" not in titles(report)
    names = [figure.name for figure in figures_of(report)]
    assert "confusion-matrix" in names
    assert "prediction-grid" not in names


def test_predictions_are_asked_for_of_the_first_arm_that_has_any(make_study):
    def needed(study):
        return needed_runs(study, analyse(study))

    several = make_study(ARMS)
    assert needed(several) == tuple(run.identity for run in several.runs_of(1))
    single = make_study({"a": (None,), "b": (0.8,), "c": (0.9,)})
    assert needed(single) == (single.runs[2].identity,)
    assert needed(make_study({"a": (None,)})) == ()


def test_images_of_another_number_than_the_predictions_are_not_shown(make_study, make_evidence):
    study = make_study({"a": (0.9, 0.91)})
    given = make_evidence(study).predictions
    found = gather(study, predictions=given.get, test_images=np.zeros((9, 4, 4, 1), np.uint8))
    assert found.test_images is None
    assert found.missing == ("The test images at hand are not those of the study, so none are shown.",)
    assert "prediction-grid" not in [block.name for block in errors_section(found).blocks if hasattr(block, "name")]


def test_fresh_seeds_have_a_table_of_their_own_and_reasons_are_told(make_study):
    study = make_study(ARMS, confirm={"quick": (0.9, 0.91), "slow": (0.7, 0.7)})
    blocks = seeds_section(study, order=(1, 0, 2)).blocks
    tables = [block for block in blocks if isinstance(block, Table)]
    assert [len(table.rows) for table in tables] == [9, 4]
    assert tables[1].rows[3][:4] == ("slow", "101", "finished", "3 of 3")
    assert blocks[2].items == ("wild, seed 1: The loss was not finite in epoch 1.",)


def test_settings_are_split_into_shared_and_own(make_study):
    shared, own = settings_section(make_study(ARMS)).blocks
    facts = {row[0]: row[1] for row in shared.rows}
    assert facts["layers"] == "Flatten, Dense 3 softmax"
    assert "optimizer" not in facts
    assert [row[:2] for row in own.rows] == [("slow", "0.1"), ("quick", "0.2"), ("wild", "0.3")]
    (alone,) = settings_section(make_study({"a": (0.9, 0.8)})).blocks
    assert "optimizer" in {row[0] for row in alone.rows}


def test_curves_are_those_of_the_candidates_first(make_study):
    study = make_study({f"arm {n}": (0.9, 0.91) for n in range(9)}, epochs=2)

    def shown(*candidates: int) -> tuple[str, list[str]]:
        text, gallery = curves_section(study, order=range(9), candidates=candidates).blocks
        assert isinstance(text, Paragraph)
        assert isinstance(gallery, Gallery)
        return text.text, list(dict.fromkeys(row[0] for row in gallery.figures[0].numbers[0].rows))

    assert shown(0, 1, 3, 5, 6, 7, 8) == (
        "The first 6 of the 7 arms that cannot be told apart from the best; the study has 9 arms.",
        ["arm 0", "arm 1", "arm 3", "arm 5", "arm 6", "arm 7"],
    )
    assert shown(0, 8) == (
        "All 2 arms that cannot be told apart from the best and the next 4, of 9 arms.",
        ["arm 0", "arm 8", "arm 1", "arm 2", "arm 3", "arm 4"],
    )
    assert shown(0)[0] == shown()[0] == "The first 6 of 9 arms."


def test_a_large_study_folds_what_few_readers_look_up(make_study, make_evidence):
    report = study_document(make_evidence(make_study({f"arm {n:02}": (0.9, 0.8, 0.85) for n in range(22)})))
    folded = [block.summary for each in report.sections for block in each.blocks if isinstance(block, Folded)]
    assert folded == [
        "Every arm's findings one by one (23 findings)",
        "24 checks could not be made",
        "Both accuracies of every arm (22 rows)",
        "Every run (66 rows)",
        "The settings of every arm (22 rows)",
    ]
    ranking = section(report, "Ranking").blocks
    assert [type(block) for block in ranking] == [Paragraph, Table]
    assert report.opening[-1].figure.name == "ranking"
    gap = section(report, "Did it generalise?").blocks[-1]
    assert isinstance(gap, Figure)
    assert gap.caption.endswith("10 more arms: see the table.")


def test_openings_by_one_study_in_a_row_are_one_line(make_study):
    openings = tuple(
        Opening(time=f"2026-01-0{day}", dataset="toy", digest="ab" * 32, study=name, purpose="study", runs=5)
        for day, name in enumerate(("a", "b", "b", "a", "a"), start=1)
    )
    _, table = ledger_section(
        make_study({"a": (0.9, 0.8)}, record={"openings": openings}), counted_at="2026-02-01T00:00:00+00:00"
    ).blocks
    assert table.rows == (
        ("2026-01-05", "a", "study", "2", "10"),
        ("2026-01-03", "b", "study", "2", "10"),
        ("2026-01-01", "a", "study", "1", "5"),
    )


def test_the_ledger_shows_the_newest_openings_and_counts_the_rest(make_study):
    openings = tuple(
        Opening(time=f"2026-01-{day:02d}", dataset="toy", digest="ab" * 32, study=f"s{day}", purpose="study", runs=day)
        for day in range(1, 26)
    )
    text, table = ledger_section(
        make_study({"a": (0.9, 0.8)}, record={"openings": openings}), counted_at="2026-02-01T00:00:00+00:00"
    ).blocks
    assert text.text.startswith(
        "Until 2026-02-01T00:00:00+00:00 the test images of toy were opened 25 times, for 325 runs in all. "
    )
    assert [row[1] for row in itertools.islice(table.rows, 2)] == ["s25", "s24"]
    assert (len(table.rows), table.note) == (20, "5 earlier openings not shown.")
