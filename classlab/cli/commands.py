"""The commands and their options; what runs a command is imported when it runs, so that `--help` stays quick."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.cli.export_formats import DEFAULT, FORMATS
from classlab.cli.imported_modules import add_import_option
from classlab.cli.shared_options import (
    RUN_HELP,
    add_device_option,
    add_fail_on_option,
    add_machine_options,
    add_output_options,
    add_pairs_option,
    add_store_option,
)
from classlab.cli.table_options import add_option, count

if TYPE_CHECKING:
    from classlab.cli.parser import Subparsers

_LAB_DESCRIPTION = """\
Runs the steps of an introductory course's lab and writes one report that walks through them:

  1 the data            2 a linear classifier and its optimizer   3 training against test accuracy
  4 single predictions  5 perceptrons                             6 other images, and a search over sizes
  7 a convolutional network, with pixels scaled once and scaled twice

MNIST and Fashion-MNIST are used where they are on this machine (`classlab data mnist` and `classlab data
fashion_mnist` fetch them), else small data sets that travel with the package. Nothing is downloaded. Finished runs are
kept in the store: a lab that was stopped goes on where it was when the command is given again.
"""


def add_lab(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "lab",
        help="run the course's lab and report on it",
        description=_LAB_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", type=_lab_steps, metavar="N,N,...", help="only these steps, as in 2,5")
    parser.add_argument("--seeds", type=count, metavar="N", help="runs of every arm (5, and 3 in step 7)")
    parser.add_argument("--embedded", action="store_true", help="the small data sets, even where the complete are here")
    parser.add_argument("--quick", action="store_true", help="a rehearsal: small data sets, at most two epochs")
    parser.add_argument(
        "--cnn-epochs", type=count, metavar="N", help="epochs of step 7 (5, and 4 on small data sets; published: 20)"
    )
    parser.add_argument(
        "--image",
        type=_image_number,
        metavar="N",
        help="the image that steps 1 and 4 look at (training image 25, test image 500)",
    )
    parser.add_argument(
        "--notebooks",
        nargs="?",
        type=Path,
        const=Path("notebooks"),
        metavar="DIR",
        help="train nothing; write the steps as Jupyter notebooks of Keras code, exercises and solutions (notebooks)",
    )
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("lab"), metavar="DIR", help="folder of the report (lab)"
    )
    add_store_option(parser)
    add_machine_options(parser)
    add_output_options(parser, quiet="no narration, only the answers", json="answers and figures as one JSON document")
    parser.set_defaults(run="lab", command_parser=parser)


def _image_number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be the number of an image, from 0, but got {text!r}")
    return int(text)


def _lab_steps(text: str) -> tuple[int, ...]:
    from classlab.lab.lab import STEPS  # not before somebody asks for steps: `--help` is quick

    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and 1 <= int(part) <= len(STEPS) for part in parts):
        raise argparse.ArgumentTypeError(f"must be numbers of steps from 1 to {len(STEPS)} as in 2,5, but got {text!r}")
    return tuple(int(part) for part in parts)


_DATA_DESCRIPTION = """\
Prints sizes, types, pixel values, images per class and duplicates of a dataset, and draws a 5x5 tile of random
training images with their labels.

NAME is mnist, fashion_mnist, kmnist, cifar10, mnist5k or digits (the last two need no network), or a path: a folder of
pictures (NAME/<class>/*, or NAME/train/<class>/* beside NAME/test/<class>/*), a file with arrays (.npz, .npy, IDX,
HDF5, .mat) or a table of pixels (CSV, Parquet), or a folder of such files. FILE#images=X,labels=y says which arrays.
"""


def add_data(subparsers: Any) -> None:
    """Adds the command to the command line."""
    parser = subparsers.add_parser(
        "data",
        help="look at a dataset: sizes, classes, duplicates, pictures",
        description=_DATA_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", metavar="NAME", help="a dataset's name, or a path")
    add_option(parser, "validation", bounds=True)
    add_option(parser, "leave_out")
    add_option(parser, "size", bounds=True)
    add_option(parser, "fit")
    parser.add_argument("--tile", type=Path, metavar="FILE.png", help="where the tile goes (default NAME-tile.png)")
    parser.add_argument("--no-tile", action="store_true", help="draw no tile")
    parser.add_argument(
        "--show",
        nargs="+",
        action="append",
        default=[],
        metavar=("SPLIT:INDEX", "FILE.png"),
        help="draw one image, as in train:25 (default file NAME-train-25.png); may be given several times",
    )
    add_option(parser, "seed", bounds=True, default=0, help="which random images the tile shows")
    add_output_options(parser, quiet="say nothing on standard error", json="print one JSON document instead of text")
    parser.set_defaults(run="data", command_parser=parser)


SHAPE = ("units", "activation", "dropout")  # options of built-in models


_MODEL_DESCRIPTION = """\
Prints layers, output shapes and numbers of parameters.

NAME is linear, mlp, cnn, cnn-small or lenet5, or the path of a .keras file.
"""


def add_model(subparsers: Any) -> None:
    """Adds the command to the command line."""
    parser = subparsers.add_parser(
        "model",
        help="show a model's layers, shapes and parameters",
        description=_MODEL_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", metavar="NAME|FILE.keras", help="a model's name, or a file")
    images = parser.add_mutually_exclusive_group()
    images.add_argument("--data", metavar="NAME|PATH", help="take image shape and classes from this dataset")
    images.add_argument(
        "--input-shape", type=_model_shape, metavar="HxWxC", help="height, width and channels of the images (28x28x1)"
    )
    add_option(parser, "size", bounds=True)
    parser.add_argument("--classes", type=count, metavar="N", help="number of classes (10)")
    for name in SHAPE:
        add_option(parser, name, bounds=True)
    add_output_options(parser, quiet="say nothing on standard error", json="print one JSON document instead of a table")
    parser.set_defaults(run="model", command_parser=parser)


def _model_shape(text: str) -> tuple[int, int, int]:
    parts = text.lower().split("x")
    if len(parts) == 2:
        parts.append("1")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and int(part) > 0 for part in parts):
        raise argparse.ArgumentTypeError(f"must be height x width x channels, as in 28x28x1, but got {text}")
    height, width, channels = (int(part) for part in parts)
    return (height, width, channels)


def add_evaluate(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "evaluate",
        help="measure a trained model",
        description="Measure a trained model on the data it was trained with, or on other data of the same classes.",
    )
    parser.add_argument("subject", metavar="RUN|STUDY", help=RUN_HELP)
    where = "dataset name, or the path of a folder or file (the run's own)"
    add_option(parser, "data", help=where, show_default=False)
    split = "which images of it (test; of other data without test images all)"
    parser.add_argument("--split", choices=("test", "validation", "training"), help=split)
    by = "match classes of other data by name, or the first with the first and so on (name)"
    parser.add_argument("--classes-by", choices=("name", "order"), default="name", help=by)
    add_import_option(parser)
    add_store_option(parser, what="folder of the store, and of the test-set ledger that gains the entry")
    add_output_options(parser, quiet="no narration, only the figures", json="figures as one JSON document")
    parser.set_defaults(run="evaluate", command_parser=parser)


def add_predict(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "predict",
        help="classify pictures with a trained model",
        description="Classify pictures of any size: PNG, JPEG, BMP, GIF, WebP, TIFF or AVIF, grey or colour.",
    )
    parser.add_argument("subject", metavar="RUN|STUDY", help=RUN_HELP)
    parser.add_argument("images", type=Path, nargs="+", metavar="IMAGE", help="picture files, or folders of them")
    file = "write all probabilities to this file as well, .csv or .json"
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help=file)
    parser.add_argument("--invert", action="store_true", help="swap dark and bright first, as for ink on paper")
    parser.add_argument(
        "--as-is", action="store_true", help="leave ink where it is: no polarity, size or place is righted"
    )
    parser.add_argument("--show", type=Path, metavar="DIR", help="write what the network saw and said as PNG files")
    add_import_option(parser)
    add_store_option(parser)
    quiet = "no pictures in the terminal, only the classes"
    add_output_options(parser, quiet=quiet, json="all probabilities as one JSON document")
    parser.set_defaults(run="predict", command_parser=parser)


def add_export(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "export",
        help="write a trained model as a file for other programs",
        description="Write a trained model as a file that takes raw uint8 pixels, and prove it: opened again, it must "
        "say what the run says.",
    )
    parser.add_argument("subject", metavar="RUN|STUDY", help=RUN_HELP)
    formats = "; ".join(f"{name}: {each.what}" for name, each in FORMATS.items())
    parser.add_argument("--to", choices=tuple(FORMATS), help=f"format (by FILE's ending, else {DEFAULT}); {formats}")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="where to (in the run folder; of the store into this folder)"
    )
    add_import_option(parser)
    add_store_option(parser)
    add_output_options(parser, json="the proof as one JSON document")
    parser.set_defaults(run="export", command_parser=parser)


def add_report(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "report",
        help="write a report of a study, a search or a run",
        description="Write one file about a study, a search, or a single run: verdict, ranking, curves, mistakes, "
        "settings. The HTML file needs no network and no second file.",
    )
    parser.add_argument(
        "study",
        metavar="STUDY|SEARCH|RUN",
        help="run folder, name of a study or search in the store, or beginning of a run's identity there",
    )
    add_store_option(parser)
    add_option(parser, "data", help="images of a run folder (those that it names)", show_default=False)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="file to write, .html or .md (NAME.html in this folder)"
    )
    parser.add_argument("--rows", type=int, default=3, help="rows of the grid of random test images (3)")
    parser.add_argument("--columns", type=int, default=5, help="columns of it (5)")
    add_option(parser, "seed", bounds=True, default=0, help="decides which images are shown")
    add_pairs_option(parser)
    add_output_options(parser, json="the numbers as one JSON document; a file only with -o")
    parser.set_defaults(run="report", command_parser=parser)


def add_judge(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "judge",
        help="judge results that were trained elsewhere",
        description="Say what results show: which arm is better, by how much, whether seeds allow to say so, and what "
        "would tell. Reads CSV, TSV, JSON, JSON Lines, Parquet, exports of Weights & Biases, MLflow and TensorBoard, "
        "`classlab runs export`, arrays of right and wrong (.npz), predictions, and run folders.",
    )
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="tables, arrays, predictions or run folders"
    )
    parser.add_argument("--arm", metavar="COLUMN,...", help="columns that name the arm (found by their usual names)")
    parser.add_argument("--seed", metavar="COLUMN,...", help="columns that name the run (found by their usual names)")
    parser.add_argument("--figure", metavar="COLUMN", help="column with the figures (found by its usual name)")
    parser.add_argument("--images", metavar="N|COLUMN", help="images behind each figure, or the column that says so")
    parser.add_argument(
        "--only", action="append", default=[], metavar="COLUMN=VALUE", help="rows that count; may be given again"
    )
    parser.add_argument("--wide", action="store_true", help="each column is an arm, each row a seed")
    parser.add_argument(
        "--per-cent", action="store_true", help="the figures are per cent although they look like shares"
    )
    parser.add_argument("--lower-is-better", action="store_true", help="for losses and errors (by the column's name)")
    margin = "differences of this size do not matter (0); 0.002 is 0.2 points, for a loss or score in its own unit"
    parser.add_argument("--margin", type=float, default=0.0, metavar="SHARE", help=margin)
    add_option(parser, "confidence", default=0.95, help="that all intervals hold at once")
    add_pairs_option(parser)
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="write the verdict as a page, too")
    add_output_options(parser, quiet="no narration on how the source was read", json="the verdict as one JSON document")
    parser.set_defaults(run="judge", command_parser=parser)


def add_compare(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "compare",
        help="compare two trained networks image by image",
        description="Count where two trained networks differ on the same images: runs, or files with predictions "
        "(.npz, .npy, CSV).",
    )
    parser.add_argument("first", type=Path, metavar="A", help=f"file with predictions, {RUN_HELP}")
    parser.add_argument("second", type=Path, metavar="B", help="the other one")
    parser.add_argument(
        "--data", metavar="NAME|PATH", help="the images that were predicted, test images of a dataset (a run's own)"
    )
    parser.add_argument(
        "--split", choices=("test", "validation"), default="test", help="which images of two run folders (test)"
    )
    add_option(parser, "margin", default=0.0, help="differences of this size do not matter")
    add_option(parser, "confidence", default=0.95, help="of the interval")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE.html", help="write a page with the images, too")
    add_store_option(parser)
    add_output_options(parser, json="the comparison as one JSON document")
    parser.set_defaults(run="compare", command_parser=parser)


def add_doctor(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "doctor",
        help="say what is wrong with a run or a study, and why",
        description="Look at a run or a study for what keeps a network from learning and what makes a comparison void. "
        "Exit code 0 for nothing above INFO, 8 for a WARN, 9 for a FAIL or INVALID.",
    )
    parser.add_argument(
        "subject",
        metavar="RUN|STUDY",
        help="run folder, name of a study in the store, or beginning of a run's identity there",
    )
    add_store_option(parser)
    parser.add_argument(
        "--without", action="append", default=[], metavar="ID", help="leave a check out, as in A1; may be repeated"
    )
    add_fail_on_option(parser)
    add_output_options(parser, json="findings as one JSON document")
    add_proof_options(parser)
    parser.set_defaults(run="doctor", command_parser=parser)


_MENDED = Path("mended.toml")


def add_proof_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the proof to the doctor's parser."""
    group = parser.add_argument_group("proof of a remedy, for one run")
    group.add_argument(
        "--prove",
        action="store_true",
        help="train the faulty and the remedied version side by side for a short course, and say what came of it",
    )
    group.add_argument(
        "--apply",
        nargs="?",
        type=Path,
        const=_MENDED,
        metavar="FILE",
        help="write the mended study file (mended.toml); with --prove only a remedy that was confirmed",
    )
    group.add_argument("--rule", metavar="ID", help="the finding to prove or mend, as in A1 (the gravest that can be)")
    group.add_argument("--seeds", type=count, default=3, metavar="N", help="runs of each version (3)")
    group.add_argument(
        "--steps", type=count, default=300, metavar="N", help="steps of each run, fewer of slow ones (300)"
    )
    add_device_option(group)
    group.add_argument("--again", action="store_true", help="overwrite the study file")


_AUDIT_DESCRIPTION = """\
Reads scripts and notebooks and follows their arrays, models and results, without running or importing anything:
images scaled twice, labels that do not fit the loss, arms under the wrong name, a winner picked on the test images.

A finding is silenced by a comment with a reason on its line:

  x_train = x_train / 255  # classlab: ignore[A1] the first division is undone above
"""


_AUDIT_EPILOG = """\
exit codes:
  0  nothing above INFO     8  the gravest finding is a WARN     9  the gravest is FAIL or INVALID
  3  a file is not valid Python or not a notebook     5  a file cannot be read
  10, 11  8 or 9 in what could be audited, and something could not be, as with 3 or 5
"""


def add_audit(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "audit",
        help="look for mistakes in a Keras script or notebook without running it",
        description=_AUDIT_DESCRIPTION,
        epilog=_AUDIT_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    files_help = ".py or .ipynb, or a folder of hand-ins: its sub-folders, and the files beside them"
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE|FOLDER", help=files_help)
    add_fail_on_option(parser)
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the table of hand-ins and rules as CSV")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the table and all findings as one HTML page")
    parser.add_argument(
        "--sarif",
        nargs="?",
        type=Path,
        const=Path("-"),
        metavar="FILE",
        help="write SARIF 2.1.0 for editors and CI (standard output)",
    )
    add_output_options(parser, quiet="say nothing on standard error", json="print one JSON document")
    parser.set_defaults(run="audit", command_parser=parser)
