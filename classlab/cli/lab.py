"""`classlab lab`: every step of the course's lab as studies, and one report that answers its questions."""

from __future__ import annotations

import csv
import io
import shlex
import time
from typing import TYPE_CHECKING

from classlab.analysis.numbers import duration
from classlab.cli.interruption import Interruption
from classlab.cli.progress import search_progress, sweep_progress
from classlab.cli.report import write_document
from classlab.cli.shared_options import set_threads
from classlab.cli.table_options import refuse_idle
from classlab.cli.text import narrate, print_json
from classlab.extras import command, installed
from classlab.files.atomic_file import folder_for_work, write_text
from classlab.files.default_output import MARKDOWN, PAGE, PREDICTIONS, refuse_foreign
from classlab.lab.lab import STEPS, chosen_steps, run_lab
from classlab.lab.notebooks import write_notebooks
from classlab.lab.published import lab_figures
from classlab.lab.setting import CONVOLUTION_STEP, Setting, find_images
from classlab.studies.store import open_store, store_folder

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from classlab.lab.lab import Lab
    from classlab.records.plain import JsonDocument

_REPORTS = {"md": MARKDOWN, "html": PAGE}
_PREDICTIONS = "predictions.csv"


def run(options: argparse.Namespace) -> int:
    """Runs the lab, or writes its notebooks; 7 where a run diverged or failed."""
    if options.notebooks is not None:
        idle = ("seeds", "cnn_epochs", "image", "output", "store", "device", "threads")
        refuse_idle(options, idle, "with --notebooks, which trains nothing")
    elif options.only is not None:
        if CONVOLUTION_STEP not in options.only:
            refuse_idle(options, ("cnn_epochs",), f"without step {CONVOLUTION_STEP}")
        if not {1, 4}.intersection(options.only):
            refuse_idle(options, ("image",), "without steps 1 and 4")
    began = time.perf_counter()
    if options.notebooks is not None:
        return _write_notebooks(_setting(options), options)
    name = _report_name(options)
    for suffix, mark in _REPORTS.items():
        refuse_foreign(options.output / f"{name}.{suffix}", mark)
    refuse_foreign(options.output / _PREDICTIONS, PREDICTIONS)
    with folder_for_work(options.output):  # one that cannot be written is refused before anything is trained
        lab = _lab(_setting(options), options)
        report = _write(lab, options.output, name)
    seconds = time.perf_counter() - began
    _print(lab, report, seconds, options)
    return 0 if lab.whole else 7


def _setting(options: argparse.Namespace) -> Setting:
    set_threads(options)
    embedded = options.embedded or options.quick
    images = find_images(embedded=embedded, say=lambda sentence: narrate(sentence, quiet=options.quiet))
    return Setting(
        images=images,
        seeds=options.seeds,
        quick=options.quick,
        cnn_epochs=options.cnn_epochs,
        image=options.image,
    )


def _lab(setting: Setting, options: argparse.Namespace) -> Lab:
    for sentence in setting.about([step.number for step in chosen_steps(options.only)]):
        narrate(sentence, quiet=options.quiet)
    folder = store_folder(options.store)
    command = shlex.join(["classlab", *options.command_line])
    with open_store(folder, write=True) as store:
        try:
            return run_lab(
                setting,
                store=store,
                only=options.only,
                watch=lambda: sweep_progress(quiet=options.quiet),
                watch_search=lambda: search_progress(quiet=options.quiet),
                say=lambda sentence: narrate(sentence, quiet=options.quiet),
                device=options.device,
                command=command,
            )
        except Interruption as stop:
            stop.advice = f"What is finished is kept in {folder}. Continue with: {command}"
            raise


def _report_name(options: argparse.Namespace) -> str:
    """What the report is called; some steps have a name of their own, so that they do not replace the whole lab."""
    steps = chosen_steps(options.only)
    return "lab" if steps == STEPS else "-".join(["lab", *(str(step.number) for step in steps)])


def _write(lab: Lab, folder: Path, name: str) -> Path:
    """Writes the report as a page and as Markdown with its pictures, and the predictions; gives the page."""
    for suffix in _REPORTS:
        write_document(folder / f"{name}.{suffix}", lab.document)
    for _, written in lab.written:
        if written.table:
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(written.table)
            write_text(folder / _PREDICTIONS, text.getvalue())
    return folder / f"{name}.html"


def _write_notebooks(setting: Setting, options: argparse.Namespace) -> int:
    written = write_notebooks(options.notebooks, setting.images, only=options.only)
    if options.json:
        print_json({"notebooks": [str(path) for path in written]})
    else:
        for path in written:
            print(path)
    narrate(f"Open them with: jupyter lab {shlex.quote(str(options.notebooks))}", quiet=options.quiet)
    if not installed("keras"):
        narrate(f"They train with Keras, which is not installed here: {command('keras')}", quiet=options.quiet)
    return 0


def _print(lab: Lab, report: Path, seconds: float, options: argparse.Namespace) -> None:
    if options.json:
        print_json(_document(lab, report, seconds))
    else:
        for each in lab.lessons:
            lines = each.report.brief if options.quiet else each.lines
            print("", each.step.title, *lines, sep="\n")

    narrate(f"The lab took {duration(seconds)}. The report is in {report}.", quiet=options.quiet)


def _document(lab: Lab, report: Path, seconds: float) -> JsonDocument:
    return {
        "report": str(report),
        "seconds": seconds,
        "complete": lab.setting.images.complete,
        "about": list(lab.setting.about([step.number for step, _ in lab.written])),
        "steps": [
            {
                "number": each.step.number,
                "title": each.step.title,
                "question": each.step.lesson.question,
                "prediction": each.step.lesson.prediction,
                "choices": list(each.step.lesson.choices),
                "borne_out": None if each.report.held is None else each.step.lesson.choices[each.report.held],
                "answer": list(each.report.brief),
                "answers": list(each.report.answers),
                "what_if": each.command,
            }
            for each in lab.lessons
        ],
        "studies": lab_figures(lab.studies),
    }
