"""`classlab lab`: every step of the course's lab as studies, and one report that answers its questions."""

from __future__ import annotations

import argparse
import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.cli.interruption import Interruption
from classlab.cli.shared_options import add_machine_options, add_output_options, add_store_option, set_threads
from classlab.cli.sweep_progress import sweep_progress
from classlab.cli.table_options import count, refuse_idle
from classlab.cli.text import narrate, print_json

if TYPE_CHECKING:
    from classlab.cli.subparsers import Subparsers
    from classlab.lab.lab import Lab
    from classlab.lab.setting import Setting

_DESCRIPTION = """\
Runs the steps of an introductory course's lab and writes one report that walks through them:

  1 the data            2 a linear classifier and its optimizer   3 training against test accuracy
  4 single predictions  5 perceptrons                             6 other images, and a search over sizes
  7 a convolutional network, with pixels scaled once and scaled twice

MNIST and Fashion-MNIST are used where they are on this machine (`classlab data mnist` and `classlab data
fashion_mnist` fetch them), else small data sets that travel with the package. Nothing is downloaded. Finished runs are
kept in the store: a lab that was stopped goes on where it was when the command is given again.
"""


def add_parser(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "lab",
        help="run the course's lab and report on it",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", type=_numbers, metavar="N,N,...", help="only these steps, as in 2,5")
    parser.add_argument("--seeds", type=count, metavar="N", help="runs of every arm (5, and 3 in step 7)")
    parser.add_argument("--embedded", action="store_true", help="the small data sets, even where the complete are here")
    parser.add_argument("--quick", action="store_true", help="a rehearsal: small data sets, at most two epochs")
    parser.add_argument(
        "--cnn-epochs", type=count, metavar="N", help="epochs of step 7 (5, and 4 on small data sets; published: 20)"
    )
    parser.add_argument(
        "--notebooks",
        nargs="?",
        type=Path,
        const=Path("notebooks"),
        metavar="DIR",
        help="train nothing; write the steps as Jupyter notebooks of plain Keras code (notebooks)",
    )
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("lab"), metavar="DIR", help="folder of the report (lab)"
    )
    add_store_option(parser)
    add_machine_options(parser)
    add_output_options(parser, quiet="no narration, only the answers", json="answers and figures as one JSON document")
    parser.set_defaults(run=run, command_parser=parser)


def run(options: argparse.Namespace) -> int:
    """Runs the lab, or writes its notebooks; 7 where a run diverged or failed."""
    if options.notebooks is not None:
        idle = ("seeds", "cnn_epochs", "output", "store", "device", "threads")
        refuse_idle(options, idle, "with --notebooks, which trains nothing")
    elif options.only is not None and 7 not in options.only:
        refuse_idle(options, ("cnn_epochs",), "without step 7")
    began = time.perf_counter()
    setting = _setting(options)
    if options.notebooks is not None:
        return _write_notebooks(setting, options)
    lab = _lab(setting, options)
    report = _write(lab, options.output)
    seconds = time.perf_counter() - began
    _print(lab, report, seconds, options)
    return 0 if lab.whole else 7


def _setting(options: argparse.Namespace) -> Setting:
    from classlab.lab.course import chosen_steps
    from classlab.lab.images import find_images
    from classlab.lab.setting import Setting

    chosen_steps(options.only)  # a step that is not there is refused before any file is read
    set_threads(options)
    embedded = options.embedded or options.quick
    images = find_images(embedded=embedded, say=lambda sentence: narrate(sentence, quiet=options.quiet))
    return Setting(images=images, seeds=options.seeds, quick=options.quick, cnn_epochs=options.cnn_epochs)


def _lab(setting: Setting, options: argparse.Namespace) -> Lab:
    from classlab.lab.lab import run_lab
    from classlab.studies.store import open_store, store_folder

    for sentence in (*setting.images.statement(), *setting.statement()):
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
                say=lambda sentence: narrate(sentence, quiet=options.quiet),
                device=options.device,
                command=command,
            )
        except Interruption as stop:
            stop.advice = f"What is finished is kept in {folder}. Continue with: {command}"
            raise


def _write(lab: Lab, folder: Path) -> Path:
    """Writes the report as a page and as Markdown with its pictures; gives the page."""
    from classlab.files.atomic_file import make_folder, write_atomically, write_text
    from classlab.reports.html import to_html
    from classlab.reports.markdown import figure_files, to_markdown

    pictures = folder / "lab-figures"
    make_folder(pictures)
    for name, image in figure_files(lab.document).items():
        write_atomically(pictures / name, image)
    write_text(folder / "lab.md", to_markdown(lab.document, figures=pictures.name))
    write_text(folder / "lab.html", to_html(lab.document))
    return folder / "lab.html"


def _write_notebooks(setting: Setting, options: argparse.Namespace) -> int:
    from classlab.lab.notebooks.writer import write_notebooks

    written = write_notebooks(options.notebooks, setting.images, only=options.only)
    if options.json:
        print_json({"notebooks": [str(path) for path in written]})
    else:
        for path in written:
            print(path)
    narrate(f"Open them with: jupyter lab {shlex.quote(str(options.notebooks))}", quiet=options.quiet)
    return 0


def _print(lab: Lab, report: Path, seconds: float, options: argparse.Namespace) -> None:
    if options.json:
        print_json(_document(lab, report, seconds))
    else:
        for step, written in lab.written:
            print(f"\n{step.title}")
            for answer in written.answers:
                print(f"- {answer}")
    from classlab.studies.shown.epoch_lines import duration

    narrate(f"The lab took {duration(seconds)}. The report is in {report}.", quiet=options.quiet)


def _document(lab: Lab, report: Path, seconds: float) -> dict[str, Any]:
    from classlab.lab.figures import lab_figures

    return {
        "report": str(report),
        "seconds": seconds,
        "complete": lab.setting.images.complete,
        "about": [*lab.setting.images.statement(), *lab.setting.statement()],
        "steps": [
            {"number": step.number, "title": step.title, "answers": list(written.answers)}
            for step, written in lab.written
        ],
        "studies": lab_figures(lab.studies),
    }


def _numbers(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.strip().isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"must be numbers of steps as in 2,5, but got {text!r}")
    return tuple(int(part) for part in parts)
