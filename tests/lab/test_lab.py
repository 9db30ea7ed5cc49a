"""The whole lab in small: its studies, its report, what is refused and what is said about bad runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from markupsafe import escape

from classlab.analysis import analyse
from classlab.errors import SpecError
from classlab.lab.document import lab_document, warnings
from classlab.lab.lab import STEPS, chosen_steps, run_lab, studies_of
from classlab.lab.setting import Setting
from classlab.lab.step import Results
from classlab.lab.steps import convolution
from classlab.lab.steps.optimizers import judge_rates, rates_sentence
from classlab.lab.words import WORDS
from classlab.models.preprocessing import check_scaled_once
from classlab.reports.document import Callout, Folded, figures_of
from classlab.reports.html import to_html
from classlab.reports.markdown import to_markdown
from classlab.studies.store import open_store
from classlab.training.loop.initial_weights import initial_weights


def test_the_steps_are_those_of_the_course_in_order():
    assert [step.number for step in STEPS] == [1, 2, 3, 4, 5, 6, 7]
    assert all(step.title.startswith(f"{step.number}. ") for step in STEPS)
    assert [step.number for step in chosen_steps((5, 2))] == [2, 5]
    assert chosen_steps(None) == STEPS


@pytest.mark.parametrize("numbers", [(0,), (8,), ()])
def test_a_step_that_is_not_there_is_refused(numbers):
    with pytest.raises(SpecError) as refusal:
        chosen_steps(numbers)
    assert str(refusal.value) == (
        f"`only` must name steps from 1 to 7, but got only={list(numbers)}. Give 2,5, for example, for two of them."
    )


def test_steps_that_share_a_study_train_it_once(small_images):
    setting = Setting(images=small_images)
    assert [study.topic for study in studies_of(chosen_steps((2, 3, 4)), setting)] == ["optimizers", "more-epochs"]
    assert [study.topic for study in studies_of(chosen_steps((4,)), setting)] == ["optimizers"]
    assert studies_of(chosen_steps((1,)), setting) == ()


def test_the_studies_are_those_of_the_course(small_images):
    studies = {study.topic: study.spec for study in studies_of(STEPS, Setting(images=small_images))}
    assert {topic: (len(spec.arms), spec.arms[0].spec.epochs) for topic, spec in studies.items()} == {
        "optimizers": (7, 5),
        "more-epochs": (4, 20),
        "perceptrons": (4, 10),
        "larger-steps": (1, 10),
        "other-images": (2, 20),
        "sizes": (12, 10),
        "scaling": (2, 4),
    }
    assert [arm.spec.batch_size for arm in studies["other-images"].arms] == [32, 128]
    rates = [(arm.spec.optimizer.kind, arm.spec.optimizer.learning_rate) for arm in studies["optimizers"].arms]
    assert rates == [
        ("sgd", 0.001),
        ("sgd", 0.01),
        ("sgd", 0.1),
        ("adam", 0.001),
        ("adam", 0.01),
        ("rmsprop", 0.001),
        ("rmsprop", 0.01),
    ]
    assert all(arm.spec.data.validation == 0.1 for spec in studies.values() for arm in spec.arms)


def test_a_report_explains_no_word_as_new_that_stood_before_and_the_first_screen_its_own(small_lab):
    (first,) = (block for block in small_lab.document.opening if isinstance(block, Callout) and block.title == "Words")
    told = [word.name for word in WORDS if f"{word.name}: {word.meaning}." in first.items[0]]
    assert {"arm", "seed", "interval", "validation"} <= set(told)  # the last in the picture beside the verdict
    for section in small_lab.document.sections:
        folded = (block.summary for block in section.blocks if isinstance(block, Folded))
        told += [name for each in folded if each.startswith("New words: ") for name in each[11:].split(", ")]
    assert len(told) == len(set(told))


def test_larger_steps_change_the_learning_rate_and_nothing_else(small_images):
    four, larger = (study.spec for study in studies_of(chosen_steps((5,)), Setting(images=small_images)))
    slow = next(arm.spec for arm in four.arms if arm.name == "sigmoid with SGD")
    assert replace(larger.arms[0].spec, optimizer=slow.optimizer) == slow
    assert (slow.optimizer.learning_rate, larger.arms[0].spec.optimizer.learning_rate) == (0.01, 0.1)
    assert larger.seeds == four.seeds


def test_both_scalings_are_the_same_network_but_for_one_number(small_images):
    ((study,),) = (studies_of(chosen_steps((7,)), Setting(images=small_images)),)
    once, twice = (arm.spec.architecture for arm in study.spec.arms)
    assert [layer.scale for layer in (once.layers[0], twice.layers[0])] == [1 / 255, 1 / 255**2]
    assert once.layers[1:] == twice.layers[1:]
    start, other = initial_weights(once, 3), initial_weights(twice, 3)
    assert start.keys() == other.keys()
    assert all((start[key] == other[key]).all() for key in start)
    with pytest.raises(SpecError, match="they would be scaled twice"):
        check_scaled_once(once, "unit")


def test_every_step_has_a_section_and_answers(small_lab):
    titles = [section.title for section in small_lab.document.sections]
    assert titles == [*(step.title for step in STEPS[:6]), "The answers", "How to run it again"]
    assert all(report.answers for _, report in small_lab.written)
    assert small_lab.whole
    (table,) = small_lab.document.sections[-2].blocks
    assert [row[0] for row in table.rows] == [f"Question {number}" for number in range(1, 7)]
    assert [row[1] for row in table.rows] == [report.brief[0] for _, report in small_lab.written]


def test_the_report_says_first_what_it_was_measured_on(small_lab):
    note = small_lab.document.opening[-1]
    assert note.items[0] == "Steps 1 to 5 use mnist5k (4,000 training and 1,000 test images)."
    assert "This is a rehearsal: no study is longer than 2 epochs; its figures answer nothing." in note.items


def test_figures_have_names_of_their_own_and_descriptions(small_lab):
    figures = figures_of(small_lab.document)
    names = [figure.name for figure in figures]
    assert len(set(names)) == len(names) >= 10
    assert all(figure.alternative for figure in figures)
    assert all(figure.numbers for figure in figures if figure.kind == "svg")


def test_the_report_is_a_page_and_a_text(small_lab):
    page, text = to_html(small_lab.document), to_markdown(small_lab.document)
    for step, report in small_lab.written:
        assert step.title in page
        assert escape(report.answers[0]) in page
    assert "| SGD 0.1 | 91.17 |" in text.replace("\\", "")  # whichever signs Markdown escapes
    assert "published" in text


def test_a_second_run_trains_nothing_and_says_the_same(small_lab, lab_store):
    said = []
    with open_store(lab_store, write=True) as store:
        again = run_lab(small_lab.setting, store=store, only=(2, 5), say=said.append)
    assert [study.seconds for study in again.studies.values()] == [0.0, 0.0, 0.0, 0.0]
    first = {step.number: report.answers for step, report in small_lab.written}
    assert {step.number: report.answers for step, report in again.written} == {2: first[2], 5: first[5]}
    assert said[0] == (
        "Study 1 of 4: lab-2-optimizers-mnist5k-quick, 14 runs. Which optimizer suits a linear classifier, and with "
        "which learning rate?"
    )


def test_step_7_finds_the_mistake_and_its_evidence(small_images, lab_store):
    setting = Setting(images=small_images, seeds=1, quick=True, cnn_epochs=1)
    with open_store(lab_store, write=True) as store:
        lab = run_lab(setting, store=store, only=(7,))
    ((_, report),) = lab.written
    sentences = analyse(lab.studies[convolution.TOPIC]).sentences
    assert report.answers[: len(sentences)] == sentences
    outcomes, why = report.answers[len(sentences) : len(sentences) + 2], report.answers[len(sentences) + 2 :]
    assert all("ln 10 = 2.3026" in outcome for outcome in outcomes)
    assert why[0].startswith("Of all channels behind a relu, ")
    page = to_html(lab.document)
    assert "Asked to scale the pixels for a network that scales them itself, it refuses: " in page


FIRST = {2: "optimizers", 5: "perceptrons", 6: "other-images"}


@pytest.mark.parametrize(("number", "topic"), FIRST.items())
def test_a_step_says_what_the_studys_own_report_says(small_lab, number, topic):
    analysis = analyse(small_lab.studies[topic])
    answers = small_lab.written[number - 1][1].answers
    assert answers[: len(analysis.sentences)] == analysis.sentences
    # The first arm, its figure and its interval stand in these sentences, and are the ranking's.
    best = analysis.ranking.estimates[analysis.order[0]]
    low, high = (f"{100 * end:.2f}" for end in best.interval)
    score = next(sentence for sentence in answers if sentence.startswith(f"'{analysis.first.name}' reaches a valid"))
    assert score == (
        f"'{analysis.first.name}' reaches a validation accuracy of {100 * best.mean:.2f} % with 2 seeds on "
        f"{best.images} images (95 % interval {low} to {high} %, for other seeds and other images)."
    )


def test_the_network_that_is_looked_at_is_the_first_of_the_analysis(small_lab):
    first = analyse(small_lab.studies["optimizers"]).first
    introduction = small_lab.written[3][1].details[0].text
    assert introduction.startswith(f"{first.name}, the arm that comes first in step 2, with seed 0: ")


def test_a_study_in_the_lab_is_reported_in_the_same_words(small_lab):
    page = to_html(small_lab.document)
    for study in small_lab.studies.values():
        if study.spec.name.startswith("lab-5-larger"):
            continue  # one arm, whose figure stands in the comparisons
        for sentence in analyse(study).sentences:
            assert escape(sentence) in page


def test_rates_are_judged_with_the_studys_samples(small_lab):
    study = small_lab.studies["optimizers"]
    judgement = judge_rates(study, "SGD")
    analysis = analyse(study)
    assert judgement.names == ("SGD 0.001", "SGD 0.01", "SGD 0.1")
    assert judgement.ranking.estimates == analysis.ranking.estimates[:3]
    assert small_lab.written[1][1].answers[len(analysis.sentences)] == rates_sentence("SGD", judgement)


def broken(study, state="diverged"):
    runs = tuple(replace(run, state=state, reason="The loss is not finite.") for run in study.runs)
    return replace(study, runs=runs)


@pytest.mark.parametrize("number", [2, 3, 4, 5, 6])
def test_a_step_whose_runs_all_diverged_still_writes_its_part(small_lab, lab_store, number):
    studies = {topic: broken(study) for topic, study in small_lab.studies.items()}
    with open_store(lab_store, write=False) as store:
        report = STEPS[number - 1].write(Results(setting=small_lab.setting, studies=studies, source=store))
    assert report.answers
    assert not any("nan" in answer.lower() for answer in report.answers)


def test_step_7_without_a_whole_run_still_writes_its_part(small_lab, small_images):
    ((study,),) = (studies_of(chosen_steps((7,)), small_lab.setting),)
    run = replace(small_lab.studies["optimizers"].runs[0], state="failed", reason="No memory.")
    runs = tuple(replace(run, spec=arm.run_spec(seed)) for arm in study.spec.arms for seed in study.spec.seeds)
    record = replace(small_lab.studies["optimizers"], spec=study.spec, runs=runs)
    report = STEPS[6].write(Results(setting=small_lab.setting, studies={convolution.TOPIC: record}, source=None))
    assert report.answers[:2] == (
        "No run ended well, so there is nothing to compare.",
        "With pixels scaled once, no run came to its end.",
    )


def test_bad_runs_and_notices_stand_at_the_top(small_lab):
    study = small_lab.studies["optimizers"]
    runs = (
        *study.runs[:3],
        replace(study.runs[3], state="diverged", reason="The loss is not finite."),
        *study.runs[4:],
    )
    bad = {"optimizers": replace(study, runs=runs, notices=("Something to know.",))}
    assert warnings(bad) == (
        f"{study.spec.name}, SGD 0.01, seed 1: diverged. The loss is not finite.",
        f"{study.spec.name}: Something to know.",
        f"{study.spec.name}: 1 of 14 runs did not end well: 'SGD 0.01' (1 diverged). Its figures are left out, its "
        "seed is left out where its arm is compared, and its arm comes after those whose every run finished.",
    )
    document = lab_document(small_lab.setting, small_lab.written, bad, command="classlab lab")
    assert document.opening[2].items == warnings(bad)
    assert [callout.title for callout in small_lab.document.opening] == [
        "In short",
        "Words",
        "What this was measured on",
    ]


def test_a_lab_of_nothing_but_looking_has_a_report(small_images, lab_store):
    with open_store(lab_store, write=True) as store:
        lab = run_lab(Setting(images=small_images), store=store, only=(1,))
    assert lab.document.subtitle == "Nothing was trained for these steps."
    assert "25" in to_markdown(lab.document)
